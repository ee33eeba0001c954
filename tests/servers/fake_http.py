"""A threaded HTTP/1.1 server around one function, for fakes of services that have no emulator."""

import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path` is as it came; `query` is decoded; header names are lower-case,
    and what came in several lines is joined by commas."""

    method: str
    path: str
    query: dict[str, str]
    raw_query: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def form(self) -> dict[str, str]:
        """The body, read as a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply. The server adds its length."""

    status: int = 200
    body: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]


@contextmanager
def serving(handle: Handler, tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """Serve calls on a free port of the loopback interface, and yield the URL."""
    server = _Server(("127.0.0.1", 0), _requests_to(handle))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    # A client keeps its connections longer than a test lasts: nobody waits for them.
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that closes a connection with something unread in it is no error of the server's.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def _requests_to(handle: Handler) -> type[BaseHTTPRequestHandler]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body of a reply leave in two writes: Nagle's algorithm would hold the second back.
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self) -> None:
            try:
                self._exchange()
            except ConnectionError:
                self.close_connection = True

        def _exchange(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            path, _, raw_query = self.path.partition("?")
            query = dict(parse_qsl(raw_query, keep_blank_values=True))
            headers = {name.lower(): ", ".join(self.headers.get_all(name, ())) for name in self.headers}
            answer = handle(Call(self.command, path, query, raw_query, headers, body))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status not in {204, 304}:
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD" and answer.status not in {204, 304}:
                self.wfile.write(answer.body)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer
        do_PROPFIND = do_MKCOL = do_COPY = do_MOVE = _answer

    return Request
