"""What all wrappers have in common: they pass everything on.

Every operation that a store carries out, parts of uploads and readings of bodies included, goes
through `_around`, which a wrapper redefines to wait, to try again, to refuse or to take notes. What
changes paths or results redefines the primitive itself.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from obstore._core.body import Body
from obstore._core.types import Buffer, ListOptions, ListPage, Pairs, PutResult, ReadOptions, WriteOptions
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject, sign_with

if TYPE_CHECKING:
    from obstore._transfer.observed import Observed

T = TypeVar("T")


class Call(NamedTuple):
    """One operation: the primitive's name (or `put_part`, `complete`, `abort`, `read`), and the path.

    `size` is the number of bytes that go in. `is_repeatable` says that doing it twice is the same as doing it once.
    """

    operation: str
    path: str
    size: int = 0
    is_repeatable: bool = True

    @property
    def writes(self) -> bool:
        """Whether it changes what is stored."""
        return self.operation not in _READING


_READING = frozenset({"get_object", "list_objects", "list_directory", "sign_url", "read", "abort"})


class Wrapper(Backend):
    """Another store, of which something is different."""

    def __init__(self, store: Backend) -> None:
        if not isinstance(store, Backend):
            raise ValueError(f"Expected an object store instance, got {store!r}")
        self._inner = store
        self.label = store.label
        self.waits_in_place = store.waits_in_place
        self.lists_in_order = store.lists_in_order

    def _options(self) -> dict[str, Any]:
        """Return the arguments that the wrapper was made with, but for the store."""
        return {}

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        """Carry out an operation."""
        return await do()

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self._options().items())
        return f"{type(self).__name__}({self._inner!r}{options})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wrapper) or type(other) is not type(self):
            return NotImplemented
        return (self._inner, self._options()) == (other._inner, other._options())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        # What it has counted or kept so far stays in this process.
        return functools.partial(type(self), **self._options()), (self._inner,)

    @property
    def identity(self) -> str:
        return self._inner.identity

    def _observe(self) -> Observed:
        return self._inner._observe()

    def parse_path(self, path: str) -> str:
        return self._inner.parse_path(path)

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        call = Call("get_object", path)
        stored = await self._around(call, lambda: self._inner.get_object(path, options))
        return self._wrap_object(stored, path, options)

    def _wrap_object(self, stored: StoredObject, path: str, options: ReadOptions) -> StoredObject:
        """Return an object whose body is read through `_around`."""
        stored.body = WrappedBody(stored.body, path, self._around)
        return stored

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        call = Call("put_object", path, len(data), options.mode == "overwrite")
        return await self._around(call, lambda: self._inner.put_object(path, data, options))

    async def delete_objects(self, paths: Sequence[str]) -> None:
        call = Call("delete_objects", paths[0] if paths else "")
        await self._around(call, lambda: self._inner.delete_objects(paths))

    async def list_objects(self, options: ListOptions) -> ListPage:
        return await self._around(Call("list_objects", options.prefix), lambda: self._inner.list_objects(options))

    async def list_directory(self, options: ListOptions) -> ListPage:
        return await self._around(Call("list_directory", options.prefix), lambda: self._inner.list_directory(options))

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        call = Call("create_multipart_upload", path)
        upload = await self._around(call, lambda: self._inner.create_multipart_upload(path, options))
        return WrappedUpload(upload, path, self._around)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        call = Call("copy_object", target, is_repeatable=overwrite)
        await self._around(call, lambda: self._inner.copy_object(source, target, overwrite=overwrite))

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        call = Call("rename_object", target, is_repeatable=False)
        await self._around(call, lambda: self._inner.rename_object(source, target, overwrite=overwrite))

    def unwrap(self, path: str = "") -> tuple[Backend, str]:
        return self._inner.unwrap(path)

    def can_copy_from(self, other: Backend) -> bool:
        return self._inner.can_copy_from(other)

    async def copy_from(self, other: Backend, source: str, target: str, *, overwrite: bool) -> None:
        call = Call("copy_from", target, is_repeatable=overwrite)
        await self._around(call, lambda: self._inner.copy_from(other, source, target, overwrite=overwrite))

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        return await self._around(
            Call("sign_url", path), lambda: sign_with(self._inner, method, path, expires_in, query, headers)
        )


Around = Callable[[Call, Callable[[], Awaitable[Any]]], Awaitable[Any]]


class WrappedBody(Body):
    """A body whose readings are operations of a wrapper."""

    __slots__ = ("_around", "_body", "_path")

    def __init__(self, body: Body, path: str, around: Around) -> None:
        self._body = body
        self._path = path
        self._around = around

    def take(self) -> Buffer | None:
        return self._body.take()

    async def read(self) -> Buffer:
        data: Buffer = await self._around(Call("read", self._path, is_repeatable=False), self._body.read)
        return data

    async def read_chunk(self, max_bytes: int) -> Buffer:
        call = Call("read", self._path, is_repeatable=False)
        data: Buffer = await self._around(call, lambda: self._body.read_chunk(max_bytes))
        return data

    def close(self) -> None:
        self._body.close()


async def read_pieces(body: Body, piece_size: int = 1 << 20) -> bytearray:
    """Read what is left of a body, piece by piece."""
    whole = bytearray()
    while len(piece := await body.read_chunk(piece_size)):
        whole += piece
    return whole


class WrappedUpload(MultipartUpload):
    """An upload whose parts are operations of a wrapper."""

    def __init__(self, upload: MultipartUpload, path: str, around: Around) -> None:
        self._upload = upload
        self._path = path
        self._around = around
        self.part_limits = upload.part_limits

    @property
    def part_size(self) -> int:
        """The size of every part but the last."""
        return self._upload.part_size

    @part_size.setter
    def part_size(self, size: int) -> None:
        self._upload.part_size = size

    async def put_part(self, index: int, data: Buffer) -> None:
        await self._around(Call("put_part", self._path, len(data)), lambda: self._upload.put_part(index, data))

    async def complete(self) -> PutResult:
        call = Call("complete", self._path, is_repeatable=False)
        result: PutResult = await self._around(call, self._upload.complete)
        return result

    async def abort(self) -> None:
        await self._around(Call("abort", self._path), self._upload.abort)
