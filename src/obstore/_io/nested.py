"""TLS inside TLS: to an `https://` origin through an `https://` proxy.

`SSLContext.wrap_socket` takes the socket away from an `SSLSocket`, so the inner one is an
`SSLObject` between two buffers in memory, with a socket's methods: those that channels and
runtimes call. It waits, or says that it would have to, as the outer one does.
"""

from __future__ import annotations

import ssl
from typing import Any

_RECORD = 16384
"""The most that fits a record of TLS (RFC 8446, 5.1). `send` encrypts no more than one at a time."""

_PIECE = 65536


class NestedTls:
    """An inner TLS connection over an outer one, which it owns.

    What has been encrypted must be sent, and in order. A `send` that cannot finish says
    `SSLWantWriteError`, and wants to be called again with the same bytes: that is OpenSSL's own rule.
    """

    def __init__(self, carrier: ssl.SSLSocket, context: ssl.SSLContext, host: str, session: Any = None) -> None:
        self.carrier = carrier
        self.context = context
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._unsent = memoryview(b"")
        self._promised = 0  # Bytes of the caller's that are in `_unsent`, and not yet reported as sent.
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host, session=session)
        self._shake_hands()

    def __repr__(self) -> str:
        return f"<NestedTls over {self.carrier!r}>"

    def _shake_hands(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                self._flush()
                self._take_in()
            except ssl.SSLError:
                self._flush()  # The alert that says why.
                raise
            else:
                self._flush()
                return

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a later connection to the same server can resume."""
        return self._tls.session

    def pending(self) -> int:
        """Return how many bytes have arrived that `recv_into` may return without the network."""
        return self._tls.pending() + self._incoming.pending + self.carrier.pending()

    def recv_into(self, view: memoryview | bytearray) -> int:
        """Receive some bytes into `view`; 0 at the end."""
        while True:
            try:
                return self._tls.read(len(view), view)  # type: ignore[return-value]  # With a buffer it counts.
            except ssl.SSLWantReadError:
                self._flush()
                self._take_in()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # Politely or not: `SSLSocket` takes both for the end.
                return 0

    def recv(self, size: int) -> bytes:
        """Receive up to `size` bytes."""
        buf = bytearray(size)
        return bytes(buf[: self.recv_into(buf)])

    def send(self, data: Any) -> int:
        """Send some of `data`, and return how much."""
        if not self._promised:
            self._flush()
            self._promised = self._tls.write(memoryview(data)[:_RECORD])
        self._flush()
        sent, self._promised = self._promised, 0
        return sent

    def _take_in(self) -> None:
        if piece := self.carrier.recv(_PIECE):
            self._incoming.write(piece)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        while self._unsent or self._outgoing.pending:
            if not self._unsent:
                self._unsent = memoryview(self._outgoing.read())
            self._unsent = self._unsent[self.carrier.send(self._unsent) :]

    def fileno(self) -> int:
        return self.carrier.fileno()

    def gettimeout(self) -> float | None:
        return self.carrier.gettimeout()

    def settimeout(self, timeout: float | None) -> None:
        self.carrier.settimeout(timeout)

    def detach(self) -> int:
        return self.carrier.detach()

    def close(self) -> None:
        self.carrier.close()
