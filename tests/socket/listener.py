"""A listening socket whose behaviour belongs to the test, and the messages that it needs.

A script is called once per connection, in a thread of its own, with the server's side of it.
What a script raises fails the test, except what a client that goes away causes.
"""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Self

from obstore._http.pool import Pool
from obstore.store import S3Store

ETAG = '"1"'


class Received(NamedTuple):
    """A request as it came. Header names are lower-case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's side of one connection; `number` counts them from 0."""

    def __init__(self, sock: socket.socket, number: int, listener: Listener) -> None:
        self.sock = sock
        self.number = number
        self._file = sock.makefile("rb")
        self._listener = listener

    def read_head(self) -> Received | None:
        """Return the next request without its body, or None if the client has gone."""
        lines = []
        while (line := self._file.readline()) not in (b"\r\n", b""):
            lines.append(line.decode("latin-1").rstrip("\r\n"))
        if not lines:
            return None
        method, target, _ = lines[0].split(" ")
        pairs = (line.split(": ", 1) for line in lines[1:])
        return Received(method, target, {name.lower(): value for name, value in pairs}, b"")

    def read_request(self) -> Received | None:
        """Return the next request, or None if the client has gone."""
        head = self.read_head()
        return None if head is None else self.read_body(head)

    def read_body(self, head: Received) -> Received:
        """Return a request whose head has been read, whole."""
        request = head._replace(body=self.read(int(head.headers.get("content-length", 0))))
        self._listener.requests.append(request)
        return request

    def read(self, size: int) -> bytes:
        """Return the next bytes; fewer if the client has gone."""
        return self._file.read(size)

    def send(self, *pieces: bytes) -> None:
        """Send bytes as they are."""
        self.sock.sendall(b"".join(pieces))

    def wait_for_end(self) -> None:
        """Return when the client has closed the connection."""
        while self._file.read(1 << 16):
            pass

    def reset(self) -> None:
        """Break the connection, so that the client gets a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close the connection. Closing twice does nothing."""
        self._file.close()
        self.sock.close()


Script = Callable[[Peer], None]


class Listener:
    """A server on loopback, for as long as it is a context manager."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.failures: list[BaseException] = []
        self.connections = 0
        self._script = script
        self._tls = tls
        self._peers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._sock = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._sock.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.stop()
        if kind is None and self.failures:
            raise self.failures[0]

    def stop(self) -> None:
        """Listen no more, break what is open, and wait for the scripts to end."""
        self._sock.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(10)
        self._sock.close()
        for peer in self._peers:
            _shut(peer)
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive(), "a script does not end"

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._sock.accept()
            except OSError:
                return
            self._peers.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True)
            self.connections += 1
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
                self._peers.append(sock)
            peer = Peer(sock, number, self)
            try:
                self._script(peer)
            finally:
                peer.close()
        except OSError:
            sock.close()  # The client went away, which is its right.
        except BaseException as error:
            self.failures.append(error)

    def store(self, *, scheme: str = "http", host: str = "127.0.0.1", **client_options: object) -> S3Store:
        """Make a store of this server's, that tries again at once."""
        return S3Store(
            "bucket",
            endpoint=f"{scheme}://{host}:{self.port}",
            region="us-east-1",
            access_key_id="key",
            secret_access_key="secret",
            virtual_hosted_style_request=False,
            client_options={"allow_http": True, "timeout": "5s", **client_options},
            retry_config=QUICK,
        )


def without_retries(store: S3Store) -> S3Store:
    """Make the same store again, that takes the first failure for the answer."""
    return S3Store(config=store.config, client_options=store.client_options, retry_config={"max_retries": 0})


def pool_of(store: Any) -> Pool:
    """Return the connections of a store."""
    pool: Pool = store._client.pool
    return pool


def is_tidy(store: S3Store) -> bool:
    """Tell whether every place of the pool is free or has an idle connection in it, now or in a moment.

    A worker thread may be the last to let go of a loop, and then closes what was kept for it.
    """
    pool, deadline = pool_of(store), time.monotonic() + 2
    while pool._open != pool.idle_count or pool._parked or pool._queue:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def _shut(sock: socket.socket) -> None:
    try:
        # The plain socket's own method: TLS state is the script's thread's.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass  # It is closed already.


def _seconds(number: float) -> object:
    from datetime import timedelta

    return timedelta(seconds=number)


QUICK = {
    "max_retries": 3,
    "retry_timeout": _seconds(20),
    "backoff": {"init_backoff": _seconds(0.001), "max_backoff": _seconds(0.002), "base": 2},
}


def reply(body: bytes = b"", *, status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """Write a reply; `length` is what it says of its body, where that is not the truth."""
    fields = {"content-length": str(len(body) if length is None else length), "etag": ETAG}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def part_of(content: bytes, request: Received) -> bytes:
    """Write the reply to a request for a range, or for all."""
    wanted = request.headers.get("range")
    if wanted is None:
        return reply(content)
    first, last = wanted.removeprefix("bytes=").split("-")
    start, stop = int(first), min(int(last) + 1, len(content)) if last else len(content)
    shown = f"bytes {start}-{stop - 1}/{len(content)}"
    return reply(content[start:stop], status="206 Partial Content", content_range=shown)


def serving(content: bytes) -> Script:
    """Answer every request properly: reads with `content`."""

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            if request.method == "GET":
                peer.send(part_of(content, request))
            elif request.method == "HEAD":
                peer.send(reply(length=len(content)))
            else:
                peer.send(reply())

    return script


def one_after_another(*scripts: Script) -> Script:
    """Let each connection have the next script; the last one serves all that come later."""
    return lambda peer: scripts[min(peer.number, len(scripts) - 1)](peer)
