"""A web server whose every answer is written by the test."""

import socket
import socketserver
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, TypeVar

from obstore._testing.colour import drive
from obstore.store import HTTPStore
from obstore.testing import Colour, StoreView

T = TypeVar("T")


class Received(NamedTuple):
    """A request, as it arrived. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[Received], bytes]


class Scripted(socketserver.ThreadingTCPServer):
    """Answers as `answer` says, and keeps what it was asked. An answer that is not framed ends the connection."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.received: list[Received] = []
        self._open: list[socket.socket] = []

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    @property
    def asked(self) -> list[str]:
        """What was asked, without the headers."""
        return [f"{request.method} {request.target}" for request in self.received]

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(socketserver.StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        with suppress(ConnectionError):
            while (request := self._receive()) is not None:
                self.server.received.append(request)
                answer = self.server.answer(request)
                self.wfile.write(answer)
                if not _is_framed(request, answer):
                    return

    def _receive(self) -> Received | None:
        line = self.rfile.readline().decode().split()
        if len(line) != 3:
            return None
        headers: dict[str, str] = {}
        while header := self.rfile.readline().decode("latin-1").strip():
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        return Received(line[0], line[1], headers, self.rfile.read(int(headers.get("content-length", 0))))


def _is_framed(request: Received, answer: bytes) -> bool:
    head, _, body = answer.partition(b"\r\n\r\n")
    if request.method == "HEAD" or b" 204 " in head or b" 304 " in head:
        return True
    if b"transfer-encoding" in head:
        return body.endswith(b"0\r\n\r\n")
    return f"content-length: {len(body)}".encode() in head


@contextmanager
def scripted(answer: Answer) -> Iterator[Scripted]:
    """Run a server that answers as `answer` says."""
    with Scripted(answer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()


def reply(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Write an answer with a length; `_` in the name of a header is a hyphen."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def bare(status: str, body: bytes = b"", **headers: str) -> bytes:
    """Write an answer without a length."""
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*pieces: bytes, **headers: str) -> bytes:
    """Write an answer in chunks."""
    body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return bare("200 OK", body + b"0\r\n\r\n", transfer_encoding="chunked", **headers)


def store_on(url: str, client_options: Mapping[str, Any] | None = None, **arguments: Any) -> HTTPStore:
    """Make a store that does not wait between tries."""
    from datetime import timedelta

    retry = {"max_retries": 2, "backoff": {"init_backoff": timedelta(milliseconds=1)}}
    options = {"allow_http": True, **(client_options or {})}
    return HTTPStore(url, client_options=options, retry_config=retry, **arguments)


def run(colour: Colour, store: HTTPStore, body: Callable[[StoreView], Coroutine[Any, Any, T]]) -> T:
    """Run the body of a test on a store, in one colour."""
    found: list[T] = []

    async def keep() -> None:
        found.append(await body(StoreView(store, colour)))

    try:
        drive(colour, keep())
    finally:
        close_connections(store)
    return found[0]


def close_connections(store: HTTPStore) -> None:
    """Close what is idle: left to the garbage collector, a socket may be found before the pool that would close it."""
    client = store._client
    for pool in (client.pool, *client._elsewhere.values()):
        pool.close()
