"""A connection: one channel, one buffer, one exchange at a time.

It sends a request and receives the head of its reply. What of the body has arrived with
the head is handed on; the rest is received by `HttpBody`. A connection can be used again
only when the last byte of a body has been read and nothing came after it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from obstore._core.body import BufferBody
from obstore._core.bytes import frozen
from obstore._core.counts import Counts
from obstore._core.errors import TransportError
from obstore._core.types import Buffer
from obstore._http.body import HttpBody
from obstore._http.message import FilePiece, Head, Response
from obstore._http.wire import MAX_HEAD, body_length, find_head_end, parse_head
from obstore._io.runtime import Runtime, current

if TYPE_CHECKING:
    from obstore._http.pool import Pool
    from obstore._io.channel import Channel

_JOIN_LIMIT = 64 * 1024
"""A body up to this size goes out with the head, in one packet or a few."""

_FIRST = 16 * 1024
"""Bytes that are received to begin with: a head and a small body. What comes of a larger one with its head is copied
from here to where it belongs, so let it not be all that the kernel has."""

_LAST_WORDS = 1.0
"""Seconds to wait for the reply of a server that hears no more: it is there already, or there is none."""

_PATIENCE = 1.0
"""Seconds to wait for `100 Continue` before the body is sent all the same: as botocore and curl do."""


class Connection:
    """One connection of a pool, to which it belongs while somebody has it: an idle one belongs to nobody.

    So a pool that is dropped does not live on in what it keeps, and its finalizer finds that whole.
    """

    __slots__ = (
        "_buf",
        "_first",
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
        self._first = self._view[:_FIRST]

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

    async def exchange(
        self, runtime: Runtime, method: str, head: bytes, body: Buffer | FilePiece, *, asks: bool = False
    ) -> Response:
        """Send a request and receive the head of the reply.

        Args:
            runtime: The runtime of the running call.
            method: The request's.
            head: The request's, as it goes on the wire.
            body: What follows it.
            asks: Whether `head` asks for consent before the body is sent (`Expect: 100-continue`).

        Raises:
            TransportError: `stale` if the connection turns out to have been closed while it
                was idle, before any byte of a reply.
        """
        refusal = None
        try:
            try:
                if not body:
                    sent = runtime.try_send(self.channel, head, self.timeout)
                    if sent < len(head):
                        await runtime.send_rest(self.channel, memoryview(head)[sent:], self.timeout)
                elif not asks:
                    await self._send(runtime, head, body)
                elif (refusal := await self._ask(runtime, head)) is None:
                    await self._send(runtime, b"", body)
            except TransportError as failure:
                refusal = await self._early_reply(runtime, failure)
            reply, start, filled = refusal or await self._receive_head(runtime)
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
        if not isinstance(body, FilePiece) and len(body) <= _JOIN_LIMIT:
            await runtime.send(self.channel, b"".join([head, body]), self.timeout)
            return
        if head:
            await runtime.send(self.channel, head, self.timeout)
        if isinstance(body, FilePiece):
            await runtime.send_file(self.channel, body.fd, body.offset, body.length, self.timeout)
        else:
            await runtime.send(self.channel, body, self.timeout)

    async def _ask(self, runtime: Runtime, head: bytes) -> tuple[Head, int, int] | None:
        """Send a head that asks whether its body is wanted; return the reply of a server that does not want it.

        "A client that will wait for a 100 (Continue) response [...] SHOULD NOT wait for an indefinite period"
        (RFC 9110, 10.1.1): a server that says nothing is sent the body, and is not asked again.
        """
        await runtime.send(self.channel, head, self.timeout)
        kept, self.timeout = self.timeout, min(self.timeout, _PATIENCE)
        try:
            reply, start, filled = await self._receive_head(runtime, interim=100)
        except TransportError as error:
            if error.kind != "timeout" or self.pool is None:
                raise
            self.pool.asks_from = None
            return None
        finally:
            self.timeout = kept
        if reply.status == 100:
            if start == filled:
                return None
            reply, start, filled = await self._receive_head(runtime, start, filled)  # It has made up its mind since.
        if reply.status < 300:
            raise TransportError("decode", f"a reply of {reply.status} to a request whose body was not sent")
        return reply._replace(is_persistent=False), start, filled

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

    async def _receive_head(
        self, runtime: Runtime, start: int = 0, filled: int = 0, interim: int = 0
    ) -> tuple[Head, int, int]:
        """Receive the head of the reply, or the interim one of status `interim`.

        `filled` bytes are there already; a head begins at `start`.
        """
        buf, view = self._buf, self._view
        searched = start
        while True:
            while filled and (end := find_head_end(buf, searched, filled)) >= 0:
                head = parse_head(buf[start:end])
                start = searched = end + 4
                if head.status >= 200 or head.status == interim:
                    return head, start, filled
                if head.status == 101:
                    raise TransportError("decode", "a reply that switches protocols, which nobody asked for")
            searched = max(start, filled - 3)
            if filled == MAX_HEAD:
                raise TransportError("decode", f"a reply whose head is longer than {MAX_HEAD} bytes")
            try:
                place = view[filled:] if filled else self._first
                received = runtime.try_receive(self.channel, place, self.timeout)
                if received < 0:
                    received = await runtime.wait_and_receive(self.channel, place, self.timeout)
            except TransportError as error:
                raise self._explain(error, is_first=not filled) from error.__cause__
            if not received:
                closed = TransportError("interrupted", "connection closed before the reply")
                raise self._explain(closed, is_first=not filled)
            filled += received

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
