"""A store whose operations are always awaitable, whichever colour they run in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import obstore
from obstore._testing.colour import Colour, concurrently
from obstore._testing.handles import ChunksView, ReaderView, ResultView, WriterView

if TYPE_CHECKING:
    from obstore._core.types import ListResult, ObjectMeta, PutResult

T = TypeVar("T")

Piece = bytes | Exception
"""A piece of a source, or the failure that the source ends in."""


class StoreView:
    """A store seen in one colour. Operations take what the functions of `obstore` take.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> async def a_copy_is_of_its_time(store: StoreView) -> None:
    ...     await store.fill("a", "b/c")  # each with its path for content
    ...     await store.copy("a", "d")
    ...     await store.put("a", store.source(b"ne", b"w"))
    ...     assert await store.concurrently([lambda: store.body("a"), lambda: store.body("d")]) == [b"new", b"a"]
    ...     assert await store.paths() == ["a", "b/c", "d"]
    ...     await store.wipe()
    >>> asyncio.run(a_copy_is_of_its_time(StoreView(MemoryStore(), "async")))
    """

    def __init__(self, store: Any, colour: Colour) -> None:
        self.store = store
        self.colour = colour

    def __repr__(self) -> str:
        return f"<StoreView {self.colour} {self.store!r}>"

    async def _do(self, name: str, *args: Any, **options: Any) -> Any:
        if self.colour == "sync":
            return getattr(obstore, name)(self.store, *args, **options)
        return await getattr(obstore, f"{name}_async")(self.store, *args, **options)

    async def put(self, path: str, data: Any, **options: Any) -> PutResult:
        """Store an object."""
        value: PutResult = await self._do("put", path, data, **options)
        return value

    async def get(self, path: str, **options: Any) -> ResultView:
        """Begin to fetch an object; `options` are the keys of `GetOptions`."""
        return ResultView(await self._do("get", path, options=options or None), self.colour)

    async def get_range(self, path: str, **limits: int) -> bytes:
        """Fetch one range."""
        return bytes(await self._do("get_range", path, **limits))

    async def get_ranges(self, path: str, **limits: Any) -> list[bytes]:
        """Fetch several ranges."""
        return [bytes(piece) for piece in await self._do("get_ranges", path, **limits)]

    async def head(self, path: str) -> ObjectMeta:
        """Fetch an object's metadata."""
        value: ObjectMeta = await self._do("head", path)
        return value

    async def delete(self, paths: str | Sequence[str]) -> None:
        """Delete one object or many."""
        await self._do("delete", paths)

    async def copy(self, source: str, target: str, **options: bool) -> None:
        """Copy an object."""
        await self._do("copy", source, target, **options)

    async def rename(self, source: str, target: str, **options: bool) -> None:
        """Move an object."""
        await self._do("rename", source, target, **options)

    def list(self, prefix: str | None = None, **options: Any) -> ChunksView[Sequence[ObjectMeta]]:
        """Begin to list."""
        return ChunksView(obstore.list(self.store, prefix, **options), self.colour)

    async def list_with_delimiter(self, prefix: str | None = None) -> ListResult:
        """List one level."""
        value: ListResult = await self._do("list_with_delimiter", prefix)
        return value

    async def sign(self, method: Any, paths: Any, expires_in: timedelta, **options: Any) -> Any:
        """Sign one URL or many."""
        return await self._do("sign", method, paths, expires_in, **options)

    async def open_reader(self, path: str, **options: int) -> ReaderView:
        """Open an object for reading."""
        return ReaderView(await self._do("open_reader", path, **options), self.colour)

    def open_writer(self, path: str, **options: Any) -> WriterView:
        """Open an object for writing."""
        function = obstore.open_writer if self.colour == "sync" else obstore.open_writer_async
        return WriterView(function(self.store, path, **options), self.colour)

    def source(self, *pieces: Piece) -> Iterator[bytes] | AsyncIterator[bytes]:
        """Make a one-pass source of the view's colour; it raises the piece that is an exception."""
        return _each(pieces) if self.colour == "sync" else _each_async(pieces)

    async def concurrently(self, workers: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> Sequence[T]:
        """Run `workers` at once: in threads in the sync colour, in tasks in the async one."""
        return await concurrently(self.colour, [*workers])

    async def body(self, path: str) -> bytes:
        """Return the content of an object."""
        return await (await self.get(path)).bytes()

    async def paths(self, prefix: str | None = None, **options: Any) -> Sequence[str]:
        """Return the sorted paths of a listing."""
        return sorted(meta["path"] for meta in await self.list(prefix, **options).collect())

    async def fill(self, *paths: str) -> None:
        """Put an object at each path, with the path for its content."""
        for path in paths:
            await self.put(path, path.encode())

    async def wipe(self) -> None:
        """Delete everything."""
        if paths := await self.paths():
            await self.delete(paths)


def _each(pieces: Iterable[Piece]) -> Iterator[bytes]:
    for piece in pieces:
        if isinstance(piece, Exception):
            raise piece
        yield piece


async def _each_async(pieces: Iterable[Piece]) -> AsyncIterator[bytes]:
    for piece in _each(pieces):
        yield piece


async def raises(kinds: type[BaseException] | tuple[type[BaseException], ...], doing: Awaitable[Any]) -> None:
    """Check that `doing` fails with one of `kinds`; another failure is passed on.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> asyncio.run(raises(FileNotFoundError, MemoryStore().get_async("k")))
    """
    try:
        value = await doing
    except kinds:
        return
    raise AssertionError(f"expected {kinds}, got {value!r}")
