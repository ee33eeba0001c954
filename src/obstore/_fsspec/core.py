"""What both file systems are: fsspec's operations, done with stores.

A file system says how a path becomes a store and a key (`_split_path`, `_store_of`), and
what the name of a key is (`_name_of`). All else is here. Listings are kept, in fsspec's `dircache`, only if
`use_listings_cache=True` asks for it; whatever is written through the file system makes
it forget those above.

The coroutines run in whatever loop drives them, fsspec's own or the caller's.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fsspec.asyn import AsyncFileSystem, sync, sync_wrapper
from fsspec.core import has_magic

from obstore._api.listing import list as list_objects
from obstore._api.listing import list_with_delimiter_async
from obstore._api.moving import copy_async, delete_async, rename_async
from obstore._api.reading import head_async
from obstore._api.signing import sign_async
from obstore._api.writing import put_async
from obstore._core.key import Key
from obstore._core.types import HTTP_METHOD, PutResult
from obstore._fsspec.between import copy_between
from obstore._fsspec.compression import compressed
from obstore._fsspec.entries import Entry, directory_entry, file_entry, with_directories
from obstore._fsspec.file import BufferedFile
from obstore._fsspec.foreign import foreign_attributes
from obstore._fsspec.later import write_later
from obstore._fsspec.reading import read_part
from obstore._fsspec.transfers import Transfers
from obstore._io.runtime import current
from obstore._transfer.backend import Backend

_PAGE = 1000
_PUT_OPTIONS = ("attributes", "tags", "use_multipart", "chunk_size", "max_concurrency")


class StoreFileSystem(Transfers, AsyncFileSystem):  # type: ignore[misc]
    """An fsspec file system over stores."""

    default_block_size: int | None = None
    attributes: Mapping[str, str] = {}
    """What every object is written with, unless the call says otherwise."""

    _keeps_listings = False

    @abstractmethod
    def _split_path(self, path: str) -> tuple[str, str]:
        """Take a path apart: the bucket, or `""` where there is only one store, and the key."""

    @abstractmethod
    def _store_of(self, bucket: str) -> Backend:
        """Return the store of a bucket."""

    def _name_of(self, bucket: str, key: str) -> str:
        """Return the name that a key has in listings."""
        return f"{bucket}/{key}" if bucket and key else bucket or key

    def _locate(self, path: str) -> tuple[Backend, str]:
        bucket, key = self._split_path(path)
        return self._store_of(bucket), key

    async def _info(self, path: str, **_: Any) -> Entry:
        bucket, key = self._split_path(path)
        name = self._name_of(bucket, key.strip("/"))
        if (cached := self._cached_info(name)) is not None:
            return cached
        if not name:
            return directory_entry("")
        store = self._store_of(bucket)
        if key.strip("/"):
            try:
                return file_entry(name, await head_async(store, key))
            except FileNotFoundError:
                pass
        elif bucket:
            # An empty bucket is a directory all the same; that there is none is an error of the listing.
            await anext(list_objects(store, chunk_size=1), None)
            return directory_entry(name)
        return await self._directory_info(store, key, name)

    async def _directory_info(self, store: Backend, key: str, name: str) -> Entry:
        if await anext(list_objects(store, key, chunk_size=1), None) is None:
            raise FileNotFoundError(name)
        return directory_entry(name)

    def _cached_info(self, name: str) -> Entry | None:
        if not len(self.dircache):
            return None
        entries = self._ls_from_cache(name)
        if entries is None:
            return None
        return next((entry for entry in entries if entry["name"] == name), directory_entry(name))

    async def _ls(self, path: str, detail: bool = True, refresh: bool = False, **_: Any) -> list[Any]:
        bucket, key = self._split_path(path)
        key = key.strip("/")
        name = self._name_of(bucket, key)
        if refresh:
            self.invalidate_cache(path)
        if self._keeps_listings and name in self.dircache:
            entries = list(self.dircache[name])
        else:
            entries = await self._list_level(bucket, key)
            if self._keeps_listings and entries:
                self.dircache[name] = list(entries)
        if not entries and key:
            info = await self._info(path)
            # An object is listed as itself. (What is a directory now was written after the listing.)
            entries = [info] if info["type"] == "file" else []
        return entries if detail else sorted(entry["name"] for entry in entries)

    async def _list_level(self, bucket: str, key: str) -> list[Entry]:
        level = await list_with_delimiter_async(self._store_of(bucket), key)
        entries = [directory_entry(self._name_of(bucket, name)) for name in level["common_prefixes"]]
        return entries + [file_entry(self._name_of(bucket, meta["path"]), meta) for meta in level["objects"]]

    def invalidate_cache(self, path: str | None = None) -> None:
        """Forget the listings that show `path`, or all of them. There are none unless they were asked for.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> fs = AsyncFsspecStore(store, use_listings_cache=True)
        >>> _ = store.put("a/b", b""), fs.ls("a"), store.put("a/c", b"")
        >>> fs.ls("a", detail=False)
        ['a/b']
        >>> fs.invalidate_cache("a")
        >>> fs.ls("a", detail=False)
        ['a/b', 'a/c']
        """
        super().invalidate_cache(path)
        if path is None:
            self.dircache.clear()
        elif len(self.dircache):
            name = self._name_of(*self._split_path(path)).rstrip("/")
            for each in (name, *_ancestors(name)):
                self.dircache.pop(each, None)

    async def _find(
        self,
        path: str,
        maxdepth: int | None = None,
        withdirs: bool = False,
        detail: bool = False,
        prefix: str = "",
        **kwargs: Any,
    ) -> Any:
        if maxdepth is not None:
            return await super()._find(path, maxdepth=maxdepth, withdirs=withdirs, detail=detail, **kwargs)
        # One deep listing, rather than a listing for each directory.
        found = await self._list_below(path)
        root = self._name_of(*self._split_path(path)).rstrip("/")
        if not found:
            found = [info for info in [await self._maybe_info(path)] if info and info["type"] == "file"]
        elif withdirs:
            found = list(with_directories(root, found).values())
        start = f"{root}/{prefix}" if root else prefix
        names = {info["name"]: info for info in found if not prefix or info["name"].startswith(start)}
        return dict(sorted(names.items())) if detail else sorted(names)

    async def _list_below(self, path: str) -> list[Entry]:
        bucket, key = self._split_path(path)
        found: list[Entry] = []
        async for chunk in list_objects(self._store_of(bucket), key.strip("/"), chunk_size=_PAGE):
            found += [file_entry(self._name_of(bucket, meta["path"]), meta) for meta in chunk]
        return found

    async def _maybe_info(self, path: str) -> Entry | None:
        try:
            return await self._info(path)
        except FileNotFoundError:
            return None

    async def _du(self, path: str, total: bool = True, maxdepth: int | None = None, **kwargs: Any) -> Any:
        found = await self._find(path, maxdepth=maxdepth, detail=True, **kwargs)
        sizes = {name: info["size"] for name, info in found.items()}
        return sum(sizes.values()) if total else sizes

    async def _files(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> list[str]:
        """Expand paths and patterns to the names of objects, without the directories among them."""
        names: set[str] = set()
        for each in [path] if isinstance(path, str) else path:
            names.update(await self._expand_files(self._strip_protocol(each), recursive, maxdepth))
        if not names:
            raise FileNotFoundError(path)
        return sorted(names)

    async def _expand_files(self, path: str, recursive: bool, maxdepth: int | None) -> Iterable[str]:
        if not has_magic(path):
            found: Iterable[str] = await self._find(path, maxdepth=maxdepth) if recursive else [path]
            return found
        matches = await self._glob(path, detail=True)
        names = [name for name, info in matches.items() if info["type"] == "file"]
        for name in matches if recursive else ():
            names += await self._find(name, maxdepth=maxdepth)
        return names

    async def _cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        store, key = self._locate(path)
        return await read_part(store, key, start, end)

    async def _cat(self, path: Any, recursive: bool = False, **kwargs: Any) -> Any:
        paths = [name for name in await self._files(path, recursive) if not _is_marker(name)] if recursive else path
        if isinstance(path, str) and paths == [self._strip_protocol(path)]:
            paths = path  # one file is no directory, and its content no dict
        return await super()._cat(paths, **kwargs)

    async def _pipe_file(self, path: str, value: Any, mode: str = "overwrite", **kwargs: Any) -> PutResult:
        if isinstance(value, str) or hasattr(value, "__fspath__"):
            raise TypeError(
                f"the value must be bytes, not {type(value).__name__}: encode text, use put_file for a file"
            )
        return await self._put_object(path, value, mode, kwargs)

    async def _put_object(self, path: str, value: Any, mode: str, options: dict[str, Any]) -> PutResult:
        chosen = {name: options[name] for name in _PUT_OPTIONS if options.get(name) is not None}
        if attributes := self._attributes_of(options):
            chosen["attributes"] = attributes
        if self._intrans:
            kind = "xb" if mode == "create" else "wb"
            await current().call(lambda: write_later(self, path, value, kind, chosen))
            return PutResult(e_tag=None, version=None)
        store, key = self._locate(path)
        result = await put_async(store, key, value, mode="create" if mode == "create" else None, **chosen)
        self.invalidate_cache(path)
        return result

    def _attributes_of(self, options: Mapping[str, Any]) -> dict[str, str]:
        """Return what an object is to be written with, also where it is said in the words of s3fs or gcsfs."""
        return {**self.attributes, **foreign_attributes(options), **(options.get("attributes") or {})}

    async def _cp_file(self, path1: str, path2: str, **_: Any) -> None:
        bucket, key = self._split_path(path1)
        target, target_key = self._split_path(path2)
        try:
            if bucket == target:
                await copy_async(self._store_of(bucket), key, target_key)
            else:
                await copy_between(self._store_of(bucket), key, self._store_of(target), target_key)
        except FileNotFoundError:
            if not await self._isdir(path1):
                raise  # a directory is copied with what is in it
        self.invalidate_cache(path2)

    async def _mv_file(self, path1: str, path2: str, **_: Any) -> None:
        bucket, key = self._split_path(path1)
        target, target_key = self._split_path(path2)
        if bucket == target:
            await rename_async(self._store_of(bucket), key, target_key)
            self.invalidate_cache(path1)
            self.invalidate_cache(path2)
        else:
            await self._cp_file(path1, path2)
            await self._rm_file(path1)

    def mv(self, path1: Any, path2: Any, recursive: bool = False, maxdepth: int | None = None, **kwargs: Any) -> None:
        """Move objects. One object is renamed, where the store can do that; several are copied, then deleted.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import MemoryStore
        >>> fs = AsyncFsspecStore(MemoryStore())
        >>> _ = fs.pipe_file("a/b.txt", b"hello")
        >>> fs.mv("a/b.txt", "c.txt")
        >>> fs.find("")
        ['c.txt']
        """
        if recursive or not isinstance(path1, str) or not isinstance(path2, str) or has_magic(path1):
            super().mv(path1, path2, recursive=recursive, maxdepth=maxdepth, **kwargs)
        else:
            sync(self.loop, self._mv, path1, path2)

    async def _mv(self, path1: str, path2: str) -> None:
        if self._strip_protocol(path1) == self._strip_protocol(path2):
            return
        if path2.endswith("/") or await self._isdir(path2):
            path2 = f"{path2.rstrip('/')}/{self._strip_protocol(path1).rpartition('/')[2]}"
        await self._mv_file(path1, path2)

    async def _rm_file(self, path: str, **_: Any) -> None:
        store, key = self._locate(path)
        await delete_async(store, [key])
        self.invalidate_cache(path)

    async def _rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None, **_: Any) -> None:
        keys: dict[str, list[str]] = {}
        names = await self._files(path, recursive, maxdepth)
        for name in names:
            bucket, key = self._split_path(name)
            if _is_marker(name):
                key = Key(name.removeprefix(f"{bucket}/") if bucket else name)
            keys.setdefault(bucket, []).append(key)
        try:
            for bucket, below in keys.items():
                await delete_async(self._store_of(bucket), below)
        finally:
            for name in names:
                self.invalidate_cache(name)

    async def _touch(self, path: str, truncate: bool = True, **_: Any) -> None:
        """Make an empty object; without `truncate` only where there is none.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import MemoryStore
        >>> fs = AsyncFsspecStore(MemoryStore())
        >>> _ = fs.pipe_file("a/b.txt", b"hello")
        >>> fs.touch("a/b.txt")
        >>> fs.size("a/b.txt")
        0
        """
        if not truncate and await self._exists(path):
            raise NotImplementedError(
                "the time of an object is that of its last write: touch(truncate=True) empties it"
            )
        await self._pipe_file(path, b"")

    touch = sync_wrapper(_touch)

    async def _modified(self, path: str) -> datetime:
        """Return when an object was written, which is when it was last changed, too.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import MemoryStore
        >>> fs = AsyncFsspecStore(MemoryStore())
        >>> _ = fs.pipe_file("a/b.txt", b"hello")
        >>> fs.modified("a/b.txt") == fs.created("a/b.txt")
        True
        """
        info = await self._info(path)
        if info["type"] != "file":
            raise IsADirectoryError(f"{path} is a directory, which has no time")
        time: datetime = info["last_modified"]
        return time

    modified = sync_wrapper(_modified)
    created = sync_wrapper(_modified)  # an object is never changed, only replaced

    async def _sign(self, path: str, expiration: float = 100, method: HTTP_METHOD = "GET", **_: Any) -> str:
        """Return a URL that lets whoever has it do `method` on an object for `expiration` seconds.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import S3Store
        >>> fs = AsyncFsspecStore(S3Store("bucket", access_key_id="AK", secret_access_key="SK"))
        >>> fs.sign("k", expiration=60).partition("?")[0]
        'https://s3.us-east-1.amazonaws.com/bucket/k'
        """
        store, key = self._locate(path)
        return await sign_async(store, method, key, timedelta(seconds=expiration))

    sign = sync_wrapper(_sign)

    def open(self, path: str, mode: str = "rb", *args: Any, compression: str | None = None, **kwargs: Any) -> Any:
        """Open an object, as a binary or a text file.

        As fsspec's own, but a compressed file is published when it is closed.

        >>> from obstore.fsspec import AsyncFsspecStore
        >>> from obstore.store import MemoryStore
        >>> fs = AsyncFsspecStore(MemoryStore())
        >>> _ = fs.pipe_file("a/b.txt", b"hello")
        >>> with fs.open("a/b.txt") as file:
        ...     file.read(2)
        b'he'
        """
        if compression is None or "b" not in mode:
            return super().open(path, mode, *args, compression=compression, **kwargs)
        return compressed(super().open(path, mode, *args, **kwargs), path, mode, compression)

    def _open(
        self,
        path: str,
        mode: str = "rb",
        block_size: int | str | None = None,
        autocommit: bool = True,
        cache_options: Any = None,
        **kwargs: Any,
    ) -> BufferedFile:
        size = self.default_block_size if block_size in (None, "default") else block_size
        options = {"buffer_size": size, **kwargs}
        if mode != "rb":
            options["attributes"] = self._attributes_of(kwargs)
        return BufferedFile(self, path, mode, autocommit=autocommit, **options)


def _is_marker(name: str) -> bool:
    """Tell whether a listed name is that of an object which stands for a directory. No given one ends in a slash."""
    return name.endswith("/")


def _ancestors(name: str) -> Iterator[str]:
    """Return the directories above a name, and the root.

    >>> [*_ancestors("a/b/c")]
    ['a/b', 'a', '']
    """
    while name:
        name = name.rpartition("/")[0]
        yield name
