"""What operations return, with methods that are awaitable in both colours.

Readers and writers of the async colour return awaitables by themselves; results and
streams have a pair of methods, of which the colour picks one.
"""

from __future__ import annotations

import builtins
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from obstore._testing.colour import Colour, drive

if TYPE_CHECKING:
    from obstore._core.types import ObjectMeta

T = TypeVar("T")


class _Handle:
    """An object of the library, and the colour in which it is used."""

    def __init__(self, raw: Any, colour: Colour) -> None:
        self.raw = raw
        self.colour = colour

    async def _do(self, name: str, *args: Any) -> Any:
        value = getattr(self.raw, name)(*args)
        return await value if self.colour == "async" else value


class ChunksView(_Handle, Generic[T]):
    """The chunks of a listing or of a body."""

    def __aiter__(self) -> ChunksView[T]:
        return self

    async def __anext__(self) -> T:
        chunk: T | None
        if self.colour == "async":
            chunk = await self.raw.__anext__()
        elif (chunk := next(self.raw, None)) is None:
            raise StopAsyncIteration
        assert chunk is not None
        return chunk

    async def drain(self) -> list[T]:
        """Return the chunks that are left."""
        return [chunk async for chunk in self]

    async def collect(self) -> list[ObjectMeta]:
        """Return the objects that are left of a listing."""
        value: list[ObjectMeta] = await self._do("collect" if self.colour == "sync" else "collect_async")
        return value


class ResultView(_Handle):
    """The result of a `get`."""

    @property
    def meta(self) -> ObjectMeta:
        """The object's metadata."""
        value: ObjectMeta = self.raw.meta
        return value

    @property
    def range(self) -> tuple[int, int]:
        """The bytes that the body holds."""
        value: tuple[int, int] = self.raw.range
        return value

    @property
    def attributes(self) -> dict[str, str]:
        """The object's attributes."""
        value: dict[str, str] = self.raw.attributes
        return value

    async def bytes(self) -> bytes:
        """Take the whole body."""
        return bytes(await self._do("bytes" if self.colour == "sync" else "bytes_async"))

    def stream(self, min_chunk_size: int) -> ChunksView[builtins.bytes]:
        """Take the body in chunks."""
        return ChunksView(self.raw.stream(min_chunk_size), self.colour)

    async def bytes_in_other_colour(self) -> builtins.bytes:
        """Take the whole body by the method that the behaviour's colour would not use."""
        if self.colour == "async":
            return bytes(self.raw.bytes())
        return bytes(drive("async", ResultView(self.raw, "async").bytes()))


class ReaderView(_Handle):
    """A file open for reading."""

    @property
    def size(self) -> int:
        """The size of the object."""
        value: int = self.raw.size
        return value

    async def read(self, size: int | None = None) -> bytes:
        """Read up to `size` bytes."""
        return bytes(await self._do("read", size))

    async def readall(self) -> bytes:
        """Read what is left."""
        return bytes(await self._do("readall"))

    async def readline(self) -> bytes:
        """Read to the end of the line."""
        return bytes(await self._do("readline"))

    async def readlines(self) -> list[bytes]:
        """Read the lines that are left."""
        return [bytes(line) for line in await self._do("readlines")]

    async def seek(self, offset: int, whence: int = 0) -> int:
        """Move, and return the new position."""
        value: int = await self._do("seek", offset, whence)
        return value

    async def tell(self) -> int:
        """Return the position."""
        value: int = await self._do("tell")
        return value


class WriterView(_Handle):
    """A file open for writing; a context manager, always the asynchronous kind."""

    async def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append `data`, and return its length."""
        value: int = await self._do("write", data)
        return value

    async def flush(self) -> None:
        """Flush, which publishes nothing."""
        await self._do("flush")

    async def close(self) -> None:
        """Publish the object."""
        await self._do("close")

    async def closed(self) -> bool:
        """Tell whether the writer has been closed."""
        value: bool = await self._do("closed")
        return value

    async def __aenter__(self) -> Self:
        await self._do("__enter__" if self.colour == "sync" else "__aenter__")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        name = "__exit__" if self.colour == "sync" else "__aexit__"
        await self._do(name, kind, error, traceback)
