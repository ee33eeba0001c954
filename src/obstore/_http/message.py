"""Requests and replies, as values. Nothing here does I/O or knows a cloud."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from obstore._core.body import Body
from obstore._core.errors import TransportError
from obstore._core.types import Buffer
from obstore._core.url import DEFAULT_PORTS, Url

if TYPE_CHECKING:
    from obstore._http.connection import Connection

Header: TypeAlias = tuple[str, str]
Query: TypeAlias = tuple[tuple[str, str], ...]
Judge: TypeAlias = Callable[[Buffer], int | None]
"""Looks at the body of a reply of status 2xx, and says as which status it counts: `None` for its own."""

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND"})

BODILESS_METHODS = frozenset({"GET", "HEAD", "DELETE", "OPTIONS", "COPY", "MOVE", "MKCOL"})
"""Methods whose requests have no content; all others say how long theirs is, if only 0."""


class Origin(NamedTuple):
    """Scheme, host and port: whom secrets may be sent to."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The value of `Host`: the port only where it is not the scheme's own (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if DEFAULT_PORTS.get(self.scheme) == self.port else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


def origin_of(url: Url) -> Origin:
    """Return the origin of a URL whose scheme is `http` or `https`."""
    return Origin(url.scheme, url.host.strip("[]"), url.port or DEFAULT_PORTS[url.scheme])


class FilePiece:
    """A request body that is part of an open file, sent without being read where the system can."""

    __slots__ = ("fd", "length", "offset")

    def __init__(self, fd: int, offset: int, length: int) -> None:
        self.fd = fd
        self.offset = offset
        self.length = length

    def __repr__(self) -> str:
        return f"<FilePiece fd={self.fd} {self.offset}..{self.offset + self.length}>"

    def __len__(self) -> int:
        return self.length

    def pieces(self, size: int) -> Iterator[bytes]:
        """Read it, `size` bytes at a time.

        Raises:
            TransportError: The file has become shorter.
        """
        offset, end = self.offset, self.offset + self.length
        while offset < end:
            piece = os.pread(self.fd, min(size, end - offset), offset)
            if not piece:
                raise TransportError("decode", "the file became shorter while it was being sent")
            offset += len(piece)
            yield piece


class Request:
    """One request, before it is signed.

    `path` is percent-encoded as it goes on the wire. `query` holds names and values as
    they are, in wire order. `idempotent` says that doing it twice does no harm, so that it may be
    repeated although the first try may have arrived. A request that `is_guarded` carries a condition under
    which it happens once at most: it is repeated too, and its sender looks into a refusal that an
    earlier attempt may have caused (`_transfer/lost_reply.py`). `final_statuses` are answers to this request
    that asking again will not change, such as nginx's 500 to a copy into a directory that is not there.
    With a `judge` the reply is read as part of each attempt, so that one which breaks off or turns out
    to be a refusal is tried again like any other; without, whoever sent the request reads it.
    `resends` counts what no attempt is: that it went out over a connection that had been closed.
    """

    __slots__ = (
        "body",
        "final_statuses",
        "headers",
        "idempotent",
        "is_guarded",
        "is_secret",
        "judge",
        "method",
        "path",
        "payload_hash",
        "query",
        "resends",
        "retries_conflict",
        "subject",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: Query = (),
        headers: tuple[Header, ...] | list[Header] = (),
        body: Buffer | FilePiece = b"",
        *,
        subject: str = "",
        idempotent: bool | None = None,
        retries_conflict: bool = False,
        is_secret: bool = False,
        final_statuses: frozenset[int] = frozenset(),
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.subject = subject
        self.idempotent = method in IDEMPOTENT_METHODS if idempotent is None else idempotent
        self.retries_conflict = retries_conflict
        self.is_secret = is_secret
        self.final_statuses = final_statuses
        self.payload_hash: str | None = None
        self.judge: Judge | None = None
        self.is_guarded = False
        self.resends = 0

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"

    @property
    def content_length(self) -> int:
        """The number of bytes in the body."""
        return len(self.body)


class Head(NamedTuple):
    """The first part of a reply. Header names are lower-case; repeated ones are joined by commas."""

    status: int
    reason: str
    headers: dict[str, str]
    is_persistent: bool


class Response:
    """A reply whose head has arrived. Its body is read, or closed, by whoever asked for it."""

    __slots__ = ("attempts", "body", "connection", "headers", "reason", "status")

    def __init__(self, head: Head, body: Body, connection: Connection | None) -> None:
        self.status, self.reason, self.headers, _ = head
        self.body = body
        self.connection = connection
        self.attempts = 1

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.reason}>"
