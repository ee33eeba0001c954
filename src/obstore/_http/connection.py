"""A connection: one channel, one buffer, one exchange at a time.

It sends a request and receives the head of its reply. What of the body has arrived with
the head is handed on; the rest is received straight into its destination by `HttpBody`.
A connection can be used again only when the last byte of a body has been read and
nothing came after it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from obstore._core.body import Body, BufferBody
from obstore._core.bytes import frozen
from obstore._core.counts import Counts
from obstore._core.errors import TransportError
from obstore._core.types import Buffer
from obstore._http.message import FilePiece, Head, Response
from obstore._http.wire import (
    CHUNKED,
    MAX_HEAD,
    UNTIL_CLOSE,
    ChunkedDecoder,
    body_length,
    find_head_end,
    parse_head,
)
from obstore._io.buffers import allocate
from obstore._io.runtime import Runtime, current

if TYPE_CHECKING:
    from obstore._http.pool import Pool
    from obstore._io.channel import Channel

_JOIN_LIMIT = 64 * 1024
"""A body up to this size goes out with the head, in one packet or a few."""

_LAST_WORDS = 1.0
"""Seconds to wait for the reply of a server that hears no more: it is there already, or there is none."""


class Connection:
    """One connection of a pool, to which it belongs while somebody has it: an idle one belongs to nobody.

    So a pool that is dropped does not live on in what it keeps, and its finalizer finds that whole.
    """

    __slots__ = (
        "_buf",
        "_view",
        "channel",
        "counts",
        "exchanges",
        "generation",
        "home",
        "is_removed",
        "pool",
        "since",
        "timeout",
    )

    def __init__(self, channel: Channel, pool: Pool, generation: int, timeout: float) -> None:
        self.channel = channel
        self.pool: Pool | None = pool
        self.generation = generation
        self.timeout = timeout
        self.exchanges = 0
        self.counts = Counts()  # Of whoever has it: the client puts its own here.
        self.since = time.monotonic()  # When it became idle, or was opened.
        self.is_removed = False
        self.home: Runtime | None = None
        self._buf = bytearray(MAX_HEAD)
        self._view = memoryview(self._buf)

    def __repr__(self) -> str:
        return f"<Connection exchanges={self.exchanges} {self.channel!r}>"

    def __del__(self) -> None:
        # Ctrl-C may come between taking a connection and using it: its place must not be lost.
        self.close()

    def close(self) -> None:
        """Close the connection and give back its place in the pool. Closing twice does nothing."""
        if self.pool is not None:
            self.pool.remove(self)

    def close_channel(self) -> bool:
        """Close the channel only, from any thread. Say whether it was open."""
        if self.is_removed:
            return False
        self.is_removed = True
        channel, owner = self.channel, self.channel.owner
        if owner is None:
            channel.close()
        else:
            owner.discard(channel)
        return True

    def enter_current(self) -> Runtime:
        """Make the runtime of the running call the one under which the connection will be kept."""
        runtime = current()
        self.home = runtime.home
        return runtime

    async def exchange(self, runtime: Runtime, method: str, head: bytes, body: Buffer | FilePiece) -> Response:
        """Send a request and receive the head of the reply.

        Raises:
            TransportError: `stale` if the connection turns out to have been closed while it
                was idle, before any byte of a reply.
        """
        try:
            try:
                if not body:
                    await runtime.send(self.channel, head, self.timeout)
                else:
                    await self._send(runtime, head, body)
            except TransportError as failure:
                reply, start, filled = await self._early_reply(runtime, failure)
            else:
                reply, start, filled = await self._receive_head(runtime)
            pool = self.pool
            assert pool is not None
            if not self.exchanges and self.channel.is_tls:
                pool.keep_session(self)  # Not earlier: in TLS 1.3 it comes with the first bytes.
            response = self._respond(pool, method, reply, start, filled)
        except BaseException:
            self.close()
            raise
        self.exchanges += 1
        return response

    async def _send(self, runtime: Runtime, head: bytes, body: Buffer | FilePiece) -> None:
        if isinstance(body, FilePiece):
            await runtime.send(self.channel, head, self.timeout)
            await runtime.send_file(self.channel, body.fd, body.offset, body.length, self.timeout)
        elif len(body) <= _JOIN_LIMIT:
            await runtime.send(self.channel, b"".join([head, body]), self.timeout)
        else:
            await runtime.send(self.channel, head, self.timeout)
            await runtime.send(self.channel, body, self.timeout)

    async def _early_reply(self, runtime: Runtime, failure: TransportError) -> tuple[Head, int, int]:
        """Return the refusal that a server sent before it stopped listening, or raise what became of the send.

        S3 answers an upload to the wrong region with a redirect and closes, whatever is still under way.
        """
        if failure.kind == "interrupted":
            self.timeout = min(self.timeout, _LAST_WORDS)
            try:
                reply, start, filled = await self._receive_head(runtime)
                if reply.status >= 300:
                    return reply._replace(is_persistent=False), start, filled
            except TransportError as error:
                failure.kind = "stale" if error.kind == "stale" else failure.kind
        raise failure

    async def _receive_head(self, runtime: Runtime) -> tuple[Head, int, int]:
        buf, view = self._buf, self._view
        start = searched = filled = 0
        while True:
            try:
                received = await runtime.receive(self.channel, view[filled:] if filled else view, self.timeout)
            except TransportError as error:
                raise self._explain(error, is_first=not filled) from error.__cause__
            if not received:
                closed = TransportError("interrupted", "connection closed before the reply")
                raise self._explain(closed, is_first=not filled)
            filled += received
            while (end := find_head_end(buf, searched, filled)) >= 0:
                head = parse_head(buf[start:end])
                start = searched = end + 4
                if head.status >= 200:
                    return head, start, filled
                if head.status == 101:
                    raise TransportError("decode", "a reply that switches protocols, which nobody asked for")
            searched = max(start, filled - 3)
            if filled == MAX_HEAD:
                raise TransportError("decode", f"a reply whose head is longer than {MAX_HEAD} bytes")

    def _explain(self, error: TransportError, *, is_first: bool) -> TransportError:
        """Tell a connection that was closed while it was idle from one that broke under a request."""
        if is_first and self.exchanges > 0 and error.kind == "interrupted":
            error.kind = "stale"
        return error

    def _respond(self, pool: Pool, method: str, head: Head, start: int, filled: int) -> Response:
        length = body_length(method, head)
        arrived = self._view[start:filled]
        if 0 <= length <= len(arrived):
            content = frozen(arrived[:length]) if length else b""
            self.counts.received += length
            if head.is_persistent and len(arrived) == length:
                pool.release(self)
            else:
                self.close()
            return Response(head, BufferBody(content), self)
        return Response(head, HttpBody(self, pool, head, length, arrived), self)


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

        `failure` then says why.
        """
        connection = self._connection
        assert connection is not None
        assert self.remaining is not None
        self._unpark(connection)
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
        if self._is_persistent and not has_surplus:
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
