"""Another store, of which what was read is kept.

Contents are kept in blocks, so that ranges that overlap share them. Before anything kept is handed out the
store is asked whether the object is still the same (a request without a body), unless it said so within
`ttl`. All blocks of one answer belong to one version: a missing one is fetched on condition that the ETag is
still that of the others, and if it is not, the answer begins anew with the version that there is now, or, when
part of it has been handed out already, fails.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar

from obstore._core.body import Body
from obstore._core.conditions import strong_tag
from obstore._core.errors import NotFoundError, NotModifiedError, PreconditionError, store_error
from obstore._core.types import READ_HEAD, Bounded, Buffer, ReadOptions
from obstore._io.lock import Lock
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, StoredObject
from obstore._transfer.select import select
from obstore._wrappers.base import Call, Wrapper
from obstore._wrappers.blocks import BlockKey, Blocks, DiskBlocks, Known, MemoryBlocks

T = TypeVar("T")

MAX_BYTES = 256 << 20
BLOCK_SIZE = 1 << 20
_TRIES = 3
_RUN = 16
"""How many missing blocks in a row are fetched in one request, at the most."""


class CacheStats(NamedTuple):
    """What a cache was good for, in this process.

    >>> from obstore.store import CachingStore, MemoryStore
    >>> CachingStore(MemoryStore()).stats
    CacheStats(hits=0, misses=0, validations=0, bypassed=0, bytes=0)

    Attributes:
        hits: Blocks that were there.
        misses: Blocks that were fetched.
        validations: Requests that asked whether an object is still the same.
        bypassed: Reads of objects that cannot be cached: they have no ETag, or a version was named.
        bytes: About how many bytes are kept.
    """

    hits: int
    misses: int
    validations: int
    bypassed: int
    bytes: int


class _Stale(Exception):
    """The object is not any more what the cache knows it as."""


class CachingBackend(Wrapper):
    """Reads through a cache. Writes go to the store, and have the cache forget the object."""

    def __init__(
        self,
        store: Backend,
        *,
        directory: str | os.PathLike[str] | None = None,
        max_bytes: int = MAX_BYTES,
        block_size: int = BLOCK_SIZE,
        ttl: timedelta = timedelta(0),
    ) -> None:
        super().__init__(store)
        if not isinstance(ttl, timedelta):
            raise TypeError(f"ttl must be a timedelta, not {type(ttl).__name__}: e.g. timedelta(minutes=1)")
        for name, value in (("max_bytes", max_bytes), ("block_size", block_size)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a positive int, not {value!r}")
        if block_size > max_bytes:
            raise ValueError(f"block_size ({block_size}) must not be larger than max_bytes ({max_bytes})")
        self.directory = None if directory is None else os.fspath(directory)
        self._given = {"directory": self.directory, "max_bytes": max_bytes, "block_size": block_size, "ttl": ttl}
        self._block_size = block_size
        self._ttl = ttl.total_seconds()
        self._blocks: Blocks = (
            MemoryBlocks(max_bytes) if self.directory is None else DiskBlocks(self.directory, max_bytes)
        )
        self._counts = dict.fromkeys(CacheStats._fields[:-1], 0)
        self._lock = Lock()
        self._changes = 0

    def _options(self) -> dict[str, Any]:
        return self._given

    @property
    def stats(self) -> CacheStats:
        """What the cache was good for.

        >>> from obstore.store import CachingStore, MemoryStore
        >>> store = CachingStore(MemoryStore())
        >>> _ = store.put("k", b"hello")
        >>> _ = store.get("k").bytes()
        >>> store.stats.misses
        1
        """
        return CacheStats(**self._counts, bytes=self._blocks.size)

    def clear(self) -> None:
        """Drop everything that is kept, for other processes too if it is on disk.

        >>> from obstore.store import CachingStore, MemoryStore
        >>> store = CachingStore(MemoryStore())
        >>> _ = store.put("k", b"hello")
        >>> _ = store.get("k").bytes()
        >>> store.clear()
        >>> store.stats.bytes
        0
        """
        self._blocks.clear()

    def _count(self, name: str, number: int = 1) -> None:
        with self._lock:
            self._counts[name] += number

    def _key(self, path: str) -> str:
        return f"{self._inner.identity}\n{path}"

    async def _in_cache(self, do: Callable[[], T]) -> T:
        """Use the cache: at once where it is in memory, else in a way that does not block an event loop."""
        if self.directory is None:
            return do()
        value: T = await current().call(do)
        return value

    # Reading

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        if options.version is not None:
            return await self._bypass(path, options)
        for _ in range(_TRIES):
            known, is_fresh = await self._recall(path)
            try:
                return await self._get(path, options, known, is_fresh=is_fresh)
            except _Stale:
                await self._forget([path])
        return await self._bypass(path, options)

    async def _bypass(self, path: str, options: ReadOptions) -> StoredObject:
        self._count("bypassed")
        return await self._inner.get_object(path, options)

    async def _recall(self, path: str) -> tuple[Known | None, bool]:
        key = self._key(path)
        known = await self._in_cache(lambda: self._blocks.recall(key))
        is_fresh = known is not None and 0 <= time.time() - known.checked < self._ttl
        return known, is_fresh

    async def _get(self, path: str, options: ReadOptions, known: Known | None, *, is_fresh: bool) -> StoredObject:
        if known is None or not is_fresh:
            known = await self._validate(path, known)
        elif not options.head and not await self._has_all(path, known, select(options, known.meta, self.label)):
            known = await self._validate(path, known)  # The store is going to be asked anyway.
        if not _can_be_cached(known):
            return await self._bypass(path, options)
        extent = select(options, known.meta, self.label)
        if options.head:
            return StoredObject(known.meta, b"", range=extent, attributes=dict(known.attributes))
        body = _CachedBody(self, path, known, extent)
        await body.prepare()
        return StoredObject(known.meta, body, range=extent, attributes=dict(known.attributes))

    async def _has_all(self, path: str, known: Known, extent: tuple[int, int]) -> bool:
        first, stop = extent[0] // self._block_size, -(-extent[1] // self._block_size)
        if stop - first > _RUN:
            return False
        keys = [self._block_key(path, known, index) for index in range(first, stop)]
        return await self._in_cache(lambda: all(self._blocks.has(key) for key in keys))

    async def _validate(self, path: str, known: Known | None) -> Known:
        """Ask the store what the object is now."""
        self._count("validations")
        options = READ_HEAD if known is None else ReadOptions(head=True, if_none_match=known.meta["e_tag"])
        asked, changes = time.time(), self._changes
        try:
            stored = await self._inner.get_object(path, options)
        except NotModifiedError:
            assert known is not None
            found = known._replace(checked=asked)
        except NotFoundError:
            await self._forget([path])
            raise
        else:
            stored.body.close()
            found = Known(stored.meta, dict(stored.attributes), asked)
        # An answer that a write of ours has overtaken is not for those who come later.
        if _can_be_cached(found) and changes == self._changes:
            key = self._key(path)
            await self._in_cache(lambda: self._blocks.remember(key, found))
        return found

    async def block(self, path: str, known: Known, index: int, last: int) -> list[Buffer]:
        """Return block `index` of an object, and those up to `last` that are fetched with it.

        Raises:
            _Stale: It is another version now.
        """
        kept = await self._kept(path, known, index)
        if kept is not None:
            self._count("hits")
            return [kept]
        stop = index + 1
        while stop <= last and stop - index < _RUN and not await self._has(path, known, stop):
            stop += 1
        blocks = await self._fetch(path, known, index, stop)
        self._count("misses", len(blocks))
        for number, block in enumerate(blocks, index):
            key = self._block_key(path, known, number)
            await self._in_cache(lambda key=key, block=block: self._blocks.put(key, block))  # type: ignore[misc]
        return blocks

    async def _has(self, path: str, known: Known, index: int) -> bool:
        key = self._block_key(path, known, index)
        return await self._in_cache(lambda: self._blocks.has(key))

    async def _kept(self, path: str, known: Known, index: int) -> Buffer | None:
        key = self._block_key(path, known, index)
        return await self._in_cache(lambda: self._blocks.get(key))

    def _block_key(self, path: str, known: Known, index: int) -> BlockKey:
        return BlockKey(self._key(path), known.meta["e_tag"] or "", self._block_size, index)

    async def _fetch(self, path: str, known: Known, index: int, stop: int) -> list[Buffer]:
        size, tag = known.meta["size"], known.meta["e_tag"]
        extent = index * self._block_size, min(stop * self._block_size, size)
        whole = extent == (0, size)
        options = ReadOptions(range=None if whole else Bounded(*extent), if_match=strong_tag(tag))
        try:
            stored = await self._inner.get_object(path, options)
        except (PreconditionError, NotFoundError) as error:
            raise _Stale from error
        if stored.meta["e_tag"] != tag or stored.range != extent:
            stored.body.close()
            raise _Stale
        data = memoryview(await stored.body.read())
        if len(data) != extent[1] - extent[0]:
            raise _Stale
        return [data[start : start + self._block_size] for start in range(0, len(data), self._block_size)]

    async def stale(self, path: str) -> Exception:
        """Forget an object that changed, and return the error for whoever was reading it."""
        await self._forget([path])
        return store_error(PreconditionError, self.label, path, "it changed while it was read through a cache")

    # Writing

    async def _forget(self, paths: Sequence[str]) -> None:
        self._changes += 1
        for path in paths:
            key = self._key(path)
            await self._in_cache(lambda key=key: self._blocks.forget(key))  # type: ignore[misc]

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        if not call.writes or call.operation == "put_part":
            return await do()
        try:
            result = await do()
        except Exception:
            await self._forget([call.path])  # It may have been done all the same.
            raise
        await self._forget([call.path])
        return result

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await self._forget(paths)
        await self._inner.delete_objects(paths)
        await self._forget(paths)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        await super().rename_object(source, target, overwrite=overwrite)
        await self._forget([source])


def _can_be_cached(known: Known) -> bool:
    return known.meta["e_tag"] is not None


class _CachedBody(Body):
    """The bytes `[start, stop)` of an object, block by block."""

    __slots__ = ("_blocks", "_known", "_path", "_position", "_stop", "_store")

    def __init__(self, store: CachingBackend, path: str, known: Known, extent: tuple[int, int]) -> None:
        self._store = store
        self._path = path
        self._known = known
        self._position, self._stop = extent
        self._blocks: list[tuple[int, Buffer]] = []

    def __repr__(self) -> str:
        return f"<CachedBody {self._path} {self._position}..{self._stop}>"

    async def prepare(self) -> None:
        """Have the first blocks at hand.

        Raises:
            _Stale: The object is another version now.
        """
        if self._position < self._stop:
            size = self._store._block_size
            first = self._position // size
            blocks = await self._store.block(self._path, self._known, first, (self._stop - 1) // size)
            self._blocks = list(enumerate(blocks, first))

    async def read_chunk(self, max_bytes: int) -> Buffer:
        if self._position >= self._stop:
            return b""
        if not self._blocks:
            try:
                await self.prepare()
            except _Stale as error:
                raise await self._store.stale(self._path) from error
        index, block = self._blocks[0]
        begin = index * self._store._block_size
        end = min(begin + len(block), self._stop)
        if max_bytes:
            end = min(end, self._position + max_bytes)
        piece = memoryview(block)[self._position - begin : end - begin]
        self._position = end
        if end >= begin + len(block):
            self._blocks.pop(0)
        return piece

    async def read(self) -> Buffer:
        pieces = []
        while len(piece := await self.read_chunk(0)):
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)
