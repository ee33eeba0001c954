"""Bodies: the bytes of one object on their way to the caller, readable once.

A body knows nothing of the store it came from. `read` takes all that is left in one
buffer, `read_chunk` the next piece. Neither is called again after the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from obstore._core.bytes import Bytes, frozen
from obstore._core.types import Buffer


class Body(ABC):
    """The bytes of one object, or of a range of it."""

    __slots__ = ()

    @abstractmethod
    async def read(self) -> Buffer:
        """Return everything that is left."""

    def take(self) -> Buffer | None:
        """Return everything that is left if it is in memory already, without waiting; else None."""
        return None

    @abstractmethod
    async def read_chunk(self, max_bytes: int) -> Buffer:
        """Return the next bytes, about `max_bytes` of them at most; empty at the end."""

    def close(self) -> None:  # noqa: B027 - a body in memory has nothing to give back
        """Give back what the body holds, read or not. Closing twice does nothing."""


class BufferBody(Body):
    """A body that is in memory already. It is handed out as it is, in one piece."""

    __slots__ = ("_data",)

    def __init__(self, data: Buffer) -> None:
        self._data: Buffer | None = data

    def take(self) -> Buffer:
        data, self._data = self._data, None
        return data if data is not None else b""

    async def read(self) -> Buffer:
        return self.take()

    async def read_chunk(self, max_bytes: int) -> Buffer:
        return self.take()


class IterableBody(Body):
    """A body that a user's store yields piece by piece."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[Buffer] | AsyncIterable[Buffer]) -> None:
        self._pieces: Iterator[Buffer] | AsyncIterator[Buffer] = (
            aiter(pieces) if isinstance(pieces, AsyncIterable) else iter(pieces)
        )

    async def read(self) -> Buffer:
        whole = bytearray()
        while piece := await self.read_chunk(0):
            whole += piece
        return whole

    async def read_chunk(self, max_bytes: int) -> Buffer:
        # An empty piece is not the end: only the iterator says when that is.
        while (piece := await self._next()) is not None:
            if len(piece):
                return piece
        return b""

    async def _next(self) -> Buffer | None:
        if isinstance(self._pieces, AsyncIterator):
            return await anext(self._pieces, None)
        return next(self._pieces, None)


def as_body(value: Body | Buffer | Iterable[Buffer] | AsyncIterable[Buffer]) -> Body:
    """Make a body of whatever a store returned for one."""
    if isinstance(value, Body):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return BufferBody(value)
    return IterableBody(value)


def as_bytes(data: Buffer) -> Bytes:
    """Give a buffer the type that the surface returns, without a copy where it has it already."""
    return data if type(data) is Bytes else frozen(data)
