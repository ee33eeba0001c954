"""What a store must be able to do: the contract between the surface and any store.

Ten primitives, four of them required. Everything else (`head`, ranges, streams,
files, listings, wrappers, fsspec) is built on these and works for every store.

The primitives are coroutines that wait through the current runtime, so one
definition serves sync and async callers. A subclass may also write any of them as
a plain `def`: it is then called directly in a sync call, and in a worker thread in
an async one, so that it may block. A primitive that awaits something of asyncio's
works in the `_async` operations; in a sync call it raises a `TypeError` that says so.
"""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from obstore._core.body import Body, as_body
from obstore._core.errors import NotImplementedError, NotSupportedError, store_error
from obstore._core.path import parse_path
from obstore._core.types import (
    Buffer,
    ListOptions,
    ListPage,
    ObjectMeta,
    Pairs,
    PutResult,
    ReadOptions,
    WriteOptions,
)
from obstore._io.runtime import current
from obstore._transfer.observed import NAME, reports_of

if TYPE_CHECKING:
    from obstore._transfer.observed import Observed


class StoredObject:
    """What `get_object` returns: an object's metadata and its body, or a range of it.

    `range` is the `(start, stop)` that the body holds, by default all of it. The body is
    a buffer, or an iterable or async iterable of buffers.

    >>> from datetime import UTC, datetime
    >>> meta = {"path": "k", "last_modified": datetime.now(UTC), "size": 5, "e_tag": None, "version": None}
    >>> StoredObject(meta, b"el", range=(1, 3))
    <StoredObject 'k' bytes 1..3 of 5>
    """

    __slots__ = ("attributes", "body", "meta", "range")

    meta: ObjectMeta
    attributes: dict[str, str]
    range: tuple[int, int]
    body: Body

    def __init__(
        self,
        meta: ObjectMeta,
        body: Body | Buffer | Iterable[Buffer] | AsyncIterable[Buffer] = b"",
        *,
        range: tuple[int, int] | None = None,
        attributes: dict[str, str] | None = None,
    ) -> None:
        self.meta = meta
        self.body = as_body(body)
        self.range = range if range is not None else (0, meta["size"])
        self.attributes = attributes if attributes is not None else {}

    def __repr__(self) -> str:
        start, stop = self.range
        return f"<{type(self).__name__} {self.meta['path']!r} bytes {start}..{stop} of {self.meta['size']}>"


class MultipartUpload(ABC):
    """An upload in parts. Nothing is visible until `complete`, and nothing is left after `abort`.

    >>> class Collected(MultipartUpload):
    ...     def __init__(self, publish):
    ...         self.publish, self.parts = publish, {}
    ...     async def put_part(self, index, data):
    ...         self.parts[index] = bytes(data)
    ...     async def complete(self):
    ...         return self.publish(b"".join(self.parts[index] for index in sorted(self.parts)))
    ...     async def abort(self):
    ...         self.parts.clear()
    >>> import asyncio
    >>> async def upload(upload):
    ...     await upload.put_part(1, b"world")
    ...     await upload.put_part(0, b"hello ")
    ...     return await upload.complete()
    >>> asyncio.run(upload(Collected(len)))
    11
    """

    part_limits: tuple[int, int, int] | None = None
    """Smallest part (but the last), largest part, and number of parts that the service allows."""

    is_sequential = False
    """Whether parts must come one after the other: then the next is put when the last has arrived."""

    part_size: int = 0
    """The size of every part but the last, in bytes. Set before the first part is put."""

    @abstractmethod
    async def put_part(self, index: int, data: Buffer) -> None:
        """Store part `index` (from 0). Parts may be stored at once and in any order."""

    @abstractmethod
    async def complete(self) -> PutResult:
        """Publish the parts, in the order of their indices, as one object."""

    @abstractmethod
    async def abort(self) -> None:
        """Forget the parts. Called at most once, and never after `complete` returned."""


class Backend(ABC):
    """The primitives of a store. `paths` are parsed: no leading or trailing slash, no empty segment."""

    label = "custom store"
    """The name of this kind of store in error messages."""

    waits_in_place: bool = False
    """Whether several small reads are best left to the thread of a sync call: the store waits through this
    library's runtimes, or not at all. The reads of other stores may block, and get a thread each."""

    sends_files: bool = False
    """Whether what is written may be a `FilePiece`, which the store sends from where it is. Ours only."""

    @property
    def identity(self) -> str:
        """What tells this store's objects from those of any other, the same in every process. No secret is in it.

        Of a prefix it is that of the whole store, a slash, and the prefix, percent-encoded.
        """
        return f"{type(self).__name__} {self!r}"

    lists_in_order: bool = False
    """Whether `list_objects` returns paths in the order of their UTF-8 bytes. Who compares two such listings need
    not keep them."""

    has_conditional_uploads = False
    """Whether an upload in parts takes a `mode`. Elsewhere what has one is collected, and put in one request."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in PRIMITIVES:
            method = cls.__dict__.get(name)
            if callable(method) and not _is_coroutine_function(method):
                setattr(cls, name, _in_runtime(method))

    def _observe(self) -> Observed:
        """Return what tells of this store: who is to be told, and the numbers."""
        return reports_of(self, PRIMITIVES)

    def __getstate__(self) -> Any:
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name != NAME} if isinstance(state, dict) else state

    def parse_path(self, path: str) -> str:
        """Check a path or a listing's prefix from the caller, and bring it into the store's form."""
        return parse_path(path)

    @abstractmethod
    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        """Return an object, or the range of it that `options` names.

        Honouring `options.head` (no body wanted) and the conditions is up to the store;
        `obstore.store.select` does all of it for a store that has the whole object at hand.

        Raises:
            NotFoundError: There is no such object.
            PreconditionError, NotModifiedError: A condition does not hold.
        """

    @abstractmethod
    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        """Store an object whole, atomically.

        Raises:
            AlreadyExistsError: `options.mode` is `"create"` and there is one.
            PreconditionError: `options.mode` names a version that is not the current one.
        """

    @abstractmethod
    async def delete_objects(self, paths: Sequence[str]) -> None:
        """Delete objects. All are tried; the first failure is raised."""

    @abstractmethod
    async def list_objects(self, options: ListOptions) -> ListPage:
        """Return one page of the objects below a directory, at any depth."""

    async def list_directory(self, options: ListOptions) -> ListPage:
        """Return one page of the objects and directories directly in a directory."""
        page = await self.list_objects(options)
        return fold_page(page, options.prefix)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        """Begin an upload in parts. By default the parts are kept in memory and put at the end."""
        return _BufferedUpload(self, path, options)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        """Copy an object within the store. By default its bytes pass through this process."""
        stored = await self.get_object(source, ReadOptions())
        mode = WriteOptions(attributes=stored.attributes, mode="overwrite" if overwrite else "create")
        await self.put_object(target, await stored.body.read(), mode)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        """Move an object within the store. By default a copy, then a deletion: not atomic."""
        await self.copy_object(source, target, overwrite=overwrite)
        if source != target:
            await self.delete_objects([source])

    def unwrap(self, path: str = "") -> tuple[Backend, str]:
        """Return the store that holds `path`, and its path there: of a wrapper, those within what it wraps."""
        return self, path

    def can_copy_from(self, other: Backend) -> bool:
        """Tell whether `copy_from` can take objects of `other`. Nothing is sent to anyone to find out.

        By default it can if `other` is this very store, wrapped or not.
        """
        return other.unwrap()[0] is self

    async def copy_from(self, other: Backend, source: str, target: str, *, overwrite: bool) -> None:
        """Copy `source` in `other` to `target` here, without its bytes passing through this process.

        Only called if `can_copy_from(other)`. Attributes and tags go with the object.

        Raises:
            NotFoundError: There is no such object.
            AlreadyExistsError: There is one at `target`, and `overwrite` is false.
        """
        await self.copy_object(other.unwrap(source)[1], target, overwrite=overwrite)

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        """Return a URL that lets whoever has it do `method` on `path` for `expires_in` seconds.

        The URL has the names and values of `query` as well. Whoever uses it must send `headers` (names in
        lower case) as they are. Both are only passed where they are not empty; a store need not take them.
        """
        raise NotImplementedError(f"Operation sign not yet implemented by {self!r}.", store=self.label)


PRIMITIVES = (
    "get_object",
    "put_object",
    "delete_objects",
    "list_objects",
    "list_directory",
    "create_multipart_upload",
    "copy_object",
    "rename_object",
    "copy_from",
    "sign_url",
)


def _is_coroutine_function(function: Callable[..., Any]) -> bool:
    # As `inspect` does it, which costs 11 ms to import.
    code = getattr(function, "__code__", None)
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


_CO_COROUTINE = 0x80


def _in_runtime(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def primitive(self: Backend, *args: Any, **kwargs: Any) -> Any:
        return await current().call(functools.partial(method, self, *args, **kwargs))

    return primitive


def fold_page(page: ListPage, prefix: str) -> ListPage:
    """Reduce a recursive page to one level: what lies deeper becomes its directory."""
    start = len(prefix) + 1 if prefix else 0
    directories: dict[str, None] = {}
    objects = []
    for meta in page.objects:
        cut = meta["path"].find("/", start)
        if cut < 0:
            objects.append(meta)
        else:
            directories[meta["path"][:cut]] = None
    return ListPage(objects, list(directories), page.token)


async def sign_with(store: Backend, method: str, path: str, expires_in: float, query: Pairs, headers: Pairs) -> str:
    """Have a store sign a URL, with `query` and `headers` if there are any.

    Raises:
        NotSupportedError: There are, and the store was written without them in mind.
    """
    if not query and not headers:
        return await store.sign_url(method, path, expires_in)
    extras = {name: value for name, value in (("query", query), ("headers", headers)) if value}
    if unknown := extras.keys() - _parameters(store.sign_url):
        raise store_error(
            NotSupportedError, store.label, path, f"{store!r} signs URLs without {' and '.join(sorted(unknown))}"
        )
    return await store.sign_url(method, path, expires_in, **extras)


def _parameters(function: Callable[..., Any]) -> set[str]:
    from inspect import Parameter, signature

    found = signature(function).parameters
    takes_all = any(parameter.kind is Parameter.VAR_KEYWORD for parameter in found.values())
    return {"query", "headers"} if takes_all else set(found)


class _BufferedUpload(MultipartUpload):
    """Parts kept in memory until they can be put as one object."""

    def __init__(self, store: Backend, path: str, options: WriteOptions) -> None:
        self._store = store
        self._path = path
        self._options = options
        self._parts: dict[int, bytes] = {}

    async def put_part(self, index: int, data: Buffer) -> None:
        self._parts[index] = bytes(data)

    async def complete(self) -> PutResult:
        data = b"".join(self._parts[index] for index in sorted(self._parts))
        return await self._store.put_object(self._path, data, self._options)

    async def abort(self) -> None:
        self._parts.clear()
