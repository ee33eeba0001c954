"""A web server over files in memory, some of which have moved: it speaks as much WebDAV as the store does."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from obstore.store import HTTPStore
from tests.socket.listener import QUICK, Listener, Peer, Received, part_of, reply

NOT_FOUND = reply(status="404 Not Found")
DONE = b"HTTP/1.1 204 No Content\r\n\r\n"


class Files:
    """Files by their paths, without directories."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = dict(files)

    def answer(self, request: Received) -> bytes:
        """Carry a request out, and return the reply."""
        path = unquote(request.target.partition("?")[0])
        if request.method not in ("PUT", "PROPFIND") and path not in self.files:
            return NOT_FOUND
        answer: bytes = getattr(self, f"_{request.method}")(path, request)
        return answer

    def _GET(self, path: str, request: Received) -> bytes:
        return part_of(self.files[path], request)

    def _HEAD(self, path: str, request: Received) -> bytes:
        return reply(length=len(self.files[path]))

    def _PUT(self, path: str, request: Received) -> bytes:
        self.files[path] = request.body
        return DONE

    def _DELETE(self, path: str, request: Received) -> bytes:
        del self.files[path]
        return DONE

    def _COPY(self, path: str, request: Received) -> bytes:
        self.files[unquote(urlsplit(request.headers["destination"]).path)] = self.files[path]
        return DONE

    def _MOVE(self, path: str, request: Received) -> bytes:
        self._COPY(path, request)
        return self._DELETE(path, request)

    def _PROPFIND(self, path: str, request: Received) -> bytes:
        names = [path, *(name for name in self.files if name.startswith(path))]
        if len(names) == 1:
            return NOT_FOUND
        entries = "".join(
            f"<response><href>{name}</href><propstat><prop><resourcetype>{'<collection/>' * (name == path)}"
            f"</resourcetype><getcontentlength>{len(self.files.get(name, b''))}</getcontentlength></prop>"
            "<status>HTTP/1.1 200 OK</status></propstat></response>"
            for name in names
        )
        return reply(f'<multistatus xmlns="DAV:">{entries}</multistatus>'.encode(), status="207 Multi-Status")


Moved = Callable[[Received], bytes | None]
"""Returns the reply that sends a request elsewhere; None if it is right here."""


def nothing(request: Received) -> None:
    """Send no request elsewhere."""


class Site(Listener):
    """Serves files, but for the requests that `moved` sends elsewhere. Half a head ends the connection."""

    def __init__(self, files: Mapping[str, bytes], moved: Moved = nothing, **options: Any) -> None:
        super().__init__(self._script, **options)
        self.files = Files(files)
        self._moved = moved
        self._scheme = "https" if options else "http"

    def _script(self, peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            answer = self._moved(request) or self.files.answer(request)
            peer.send(answer)
            if b"\r\n\r\n" not in answer:
                return

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[str]:
        """What was asked, without the headers."""
        return [f"{request.method} {request.target}" for request in self.requests]

    def web_store(self, path: str = "/data", **client_options: object) -> HTTPStore:
        """Make a store of the files below `path`, that tries again at once and says who asks."""
        return HTTPStore(
            f"{self.url}{path}?key=hush",
            username="me",
            password="hush",
            client_options={
                "allow_http": True,
                "timeout": "5s",
                "default_headers": {"x-api-key": "hush", "cookie": "session=hush"},
                **client_options,
            },
            retry_config=QUICK,  # type: ignore[arg-type]
        )


def moved_to(location: str | None, status: int = 307) -> bytes:
    """Write a redirect."""
    return reply(status=f"{status} Moved", **({} if location is None else {"location": location}))
