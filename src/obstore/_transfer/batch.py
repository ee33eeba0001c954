"""Batches: several requests in the body of one, and their replies in the body of its reply.

Azure ("Blob Batch" in its REST reference) and Google Cloud Storage ("Batch requests" of its JSON API)
have the same form: `multipart/mixed`, every part an HTTP message of its own, matched to its reply by
`Content-ID`. All but `send_batch` is pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from os import urandom
from typing import NamedTuple

from obstore._core.body import BufferBody
from obstore._core.errors import BaseError, GenericError
from obstore._core.types import Buffer
from obstore._http.client import Authorized, Failure
from obstore._http.message import Head, Request, Response
from obstore._transfer.cloud import CloudBackend

_TRY_ALONE = frozenset({408, 429, 500, 502, 503, 504})


async def send_batch(store: CloudBackend, batch: Request, requests: Sequence[Request]) -> None:
    """Send a batch of deletions. All are tried; the first failure is raised.

    What the service was too busy for is sent again by itself, with the patience of any request.
    """
    response, body = await store._send_and_read(batch)
    replies = read_batch(response.headers.get("content-type"), body, len(requests), store.label)
    first: BaseError | None = None
    for request, reply in zip(requests, replies, strict=True):
        try:
            await _settle(store, response.attempts, request, reply)
        except BaseError as error:
            first = first or error
    if first is not None:
        raise first


async def _settle(store: CloudBackend, attempts: int, request: Request, reply: PartReply) -> None:
    status = reply.head.status
    if status in _TRY_ALONE:
        await store._send_deletion(request)
    elif status >= 300 and not (status == 404 and attempts > 1):
        # A 404 after a second attempt: the first may have deleted it, although its reply never came.
        response = Response(reply.head, BufferBody(reply.body), None)
        raise store._error(Failure(request, attempts, 0.0, response, reply.body))


def make_boundary() -> str:
    """Return a new line to stand between parts."""
    from base64 import b64encode

    return f"batch_{b64encode(urandom(16)).decode().rstrip('=')}"


def write_batch(boundary: str, requests: Sequence[Authorized]) -> bytes:
    """Write the body of a batch of deletions, each with the target and the headers it would have by itself."""
    parts = [_write_part(boundary, number, *request) for number, request in enumerate(requests)]
    return "".join([*parts, f"--{boundary}--\r\n"]).encode()


def _write_part(boundary: str, number: int, target: str, headers: Sequence[tuple[str, str]]) -> str:
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        # Azure looks for exactly this spelling.
        f"Content-ID: {number}",
        "",
        f"DELETE {target} HTTP/1.1",
        "Content-Length: 0",
        *[f"{name.title()}: {value}" for name, value in headers],
        "",
        "",
    ]
    return "".join([f"{line}\r\n" for line in lines])


class PartReply(NamedTuple):
    """What became of one request of a batch."""

    head: Head
    body: bytes


_BOUNDARY = re.compile(r'multipart/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))', re.IGNORECASE)
# Google answers "Content-ID: 7" with "Content-ID: response-7", with or without angle brackets.
_CONTENT_ID = re.compile(r"<?(?:response-)?([0-9]+)>?")
_STATUS_LINE = re.compile(r"HTTP/1\.[01] ([1-9][0-9][0-9])(?: (.*))?")


def read_batch(content_type: str | None, body: Buffer, count: int, store: str) -> list[PartReply]:
    """Read the replies of a batch of `count` requests, in the order of the requests.

    Raises:
        GenericError: It is not such a reply, or a request has none in it.
    """
    found = _BOUNDARY.match(content_type or "")
    if found is None:
        raise _broken(store, f"its Content-Type is {content_type!r}")
    boundary = (found[1] or found[2]).encode()
    replies: dict[int, PartReply] = {}
    for part in re.split(rb"(?:\A|\r?\n)--" + re.escape(boundary), bytes(body))[1:]:
        if part.startswith(b"--"):
            break
        number, reply = _read_part(part, store)
        replies[number] = reply
    if missing := set(range(count)) - set(replies):
        raise _broken(store, f"it has no part with Content-ID {min(missing)}")
    return [replies[number] for number in range(count)]


def _read_part(part: bytes, store: str) -> tuple[int, PartReply]:
    _, outer, message = _split_head(part)
    line, headers, body = _split_head(message)
    status = _STATUS_LINE.fullmatch(line)
    if status is None:
        raise _broken(store, f"a part of it begins with {line[:80]!r}")
    number = _CONTENT_ID.fullmatch(outer.get("content-id", headers.get("content-id", "")))
    if number is None:
        # What the service refuses as a whole it answers with one part that belongs to no request.
        said = f"{status[0]}: {body[:300].decode(errors='replace')}"
        raise _broken(store, f"a part of it has no Content-ID: {said}")
    return int(number[1]), PartReply(Head(int(status[1]), status[2] or "", headers, is_persistent=True), body)


def _split_head(message: bytes) -> tuple[str, dict[str, str], bytes]:
    """Split a message into its first line, its headers (lower-case names) and its body."""
    head, _, body = message.replace(b"\r\n", b"\n").partition(b"\n\n")
    line, *rest = head.decode("latin-1").split("\n")
    pairs = [header.partition(":") for header in rest]
    return line, {name.strip().lower(): value.strip() for name, _, value in pairs}, body


def _broken(store: str, why: str) -> GenericError:
    return GenericError(f"Generic {store} error: the reply to a batch cannot be read: {why}", store=store)
