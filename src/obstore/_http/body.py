"""A reply's body, received straight into its destination over the connection that brought the head.

It knows how the reply is framed: by a length, in chunks, or by the end of the connection.
Where it broke off is for its reader to mend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._core.body import Body
from obstore._core.errors import TransportError
from obstore._core.types import Buffer
from obstore._http.message import Head
from obstore._http.wire import CHUNKED, MAX_HEAD, UNTIL_CLOSE, ChunkedDecoder
from obstore._io.buffers import allocate

if TYPE_CHECKING:
    from obstore._http.connection import Connection
    from obstore._http.pool import Pool


class HttpBody(Body):
    """A reply's body that has not all arrived. Reading its last byte frees the connection."""

    __slots__ = (
        "_arrived",
        "_connection",
        "_decoder",
        "_is_parked",
        "_is_persistent",
        "_pool",
        "failure",
        "remaining",
    )

    def __init__(self, connection: Connection, pool: Pool, head: Head, length: int, arrived: memoryview) -> None:
        self._connection: Connection | None = connection
        self._pool = pool
        self._arrived = arrived
        self._decoder = ChunkedDecoder() if length == CHUNKED else None
        self._is_persistent = head.is_persistent and length != UNTIL_CLOSE
        self.remaining: int | None = length if length >= 0 else None
        self.failure: TransportError | None = None
        self._is_parked = True
        pool.park(connection, +1)

    def __repr__(self) -> str:
        return f"<HttpBody remaining={self.remaining}>"

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        connection = self._detach()
        if connection is not None:
            connection.close()

    def _detach(self) -> Connection | None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._unpark(connection)
        return connection

    def _unpark(self, connection: Connection) -> None:
        if self._is_parked:
            self._is_parked = False
            self._pool.park(connection, -1)

    async def read_into(self, view: memoryview) -> int:
        """Fill `view` from a body of known length; say how many bytes came before it broke off.

        `failure` then says why. No more than `remaining` bytes are taken: what comes after is not the body's.
        """
        connection = self._connection
        if connection is None:
            return 0  # It broke off before, or was closed.
        assert self.remaining is not None
        self._unpark(connection)
        if len(view) > self.remaining:
            view = view[: self.remaining]
        have = min(len(self._arrived), len(view))
        view[:have] = self._arrived[:have]
        self._arrived = self._arrived[have:]
        try:
            if have < len(view):
                runtime = connection.enter_current()
                have += await runtime.fill(connection.channel, view[have:], connection.timeout)
        except BaseException:
            self.close()
            raise
        self.remaining -= have
        connection.counts.received += have
        if have < len(view):
            self.failure = connection.channel.failure or TransportError("interrupted", "the body broke off")
            self.close()
        elif not self.remaining:
            self._finish(has_surplus=bool(self._arrived))
        return have

    def _finish(self, *, has_surplus: bool) -> None:
        connection = self._detach()
        if connection is None:
            return
        # What a server sends unasked would be taken for the reply to the next request.
        if self._is_persistent and not has_surplus and connection.channel.is_alive():
            self._pool.release(connection)
        else:
            connection.close()

    async def read(self) -> Buffer:
        """Return everything that is left.

        Raises:
            TransportError: The body broke off.
        """
        if self.remaining is None:
            return await self._read_unsized()
        whole = allocate(self.remaining)
        if await self.read_into(memoryview(whole)) < len(whole):
            raise self.failure or TransportError("interrupted", "the body broke off")
        return whole

    async def _read_unsized(self) -> Buffer:
        whole = bytearray()
        while piece := await self.read_chunk(MAX_HEAD):
            whole += piece
        return whole

    async def read_chunk(self, max_bytes: int) -> Buffer:
        """Return the next bytes; empty at the end.

        Raises:
            TransportError: The body broke off.
        """
        if self.remaining is not None:
            return await self._read_sized(min(max_bytes, self.remaining))
        while self._connection is not None:
            if piece := await self._read_unsized_piece(self._connection):
                return piece
        return b""

    async def _read_sized(self, size: int) -> Buffer:
        if not size:
            return b""
        piece = allocate(size)
        received = await self.read_into(memoryview(piece))
        if received == size:
            return piece
        if not received:
            raise self.failure or TransportError("interrupted", "the body broke off")
        return bytes(memoryview(piece)[:received])

    async def _read_unsized_piece(self, connection: Connection) -> Buffer:
        self._unpark(connection)
        arrived, self._arrived = self._arrived, memoryview(b"")
        try:
            if not arrived:
                arrived = await self._receive(connection)
            piece = self._decode(arrived)
            connection.counts.received += len(piece)
            return piece
        except BaseException:
            self.close()
            raise

    async def _receive(self, connection: Connection) -> memoryview:
        view = connection._view
        runtime = connection.enter_current()
        return view[: await runtime.receive(connection.channel, view, connection.timeout)]

    def _decode(self, arrived: memoryview) -> Buffer:
        if self._decoder is None:
            if not arrived:
                self._finish(has_surplus=True)
            return bytes(arrived)
        if not arrived:
            raise TransportError("interrupted", "a chunked body broke off")
        content = self._decoder.feed(arrived)
        if self._decoder.is_complete:
            self._finish(has_surplus=self._decoder.surplus > 0)
        return content
