"""Conditional writes that were sent again because a reply was lost, and then met a refusal.

The first attempt may have been carried out: then the condition no longer holds because of us,
and what looks like somebody else's write is our own. What is stored decides: it is ours if
it is what we wrote, and no older than our first attempt by the service's own clock. Without
the second half, an object that had been there all along with the same content would pass
for ours. Two writers who store the same bytes at the same moment cannot be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from obstore._core.body import Body
from obstore._core.errors import BaseError
from obstore._core.times import parse_http_date
from obstore._core.types import Buffer
from obstore._http.message import FilePiece

_SLACK = 2.0
"""Seconds. HTTP's dates have whole ones, and a service's machines differ by about as much."""

_CHUNK = 1 << 20
_MD5 = re.compile(r'"([0-9a-f]{32})"')


def may_be_ours(error: BaseError) -> bool:
    """Tell whether a refusal can have been caused by an earlier attempt of the same request."""
    return error.attempts > 1 and error.status in (404, 409, 412)


def is_fresh(headers: Mapping[str, str], seconds: float) -> bool:
    """Tell whether an object was modified no earlier than `seconds` before its reply was written.

    Without these dates nothing speaks against it.
    """
    try:
        age = parse_http_date(headers["date"]) - parse_http_date(headers["last-modified"])
    except (KeyError, ValueError):
        return True
    return age.total_seconds() <= seconds + _SLACK


async def holds(body: Body, data: Buffer | FilePiece) -> bool:
    """Tell whether a body is `data`, without more of it in memory than a piece."""
    if isinstance(data, FilePiece):
        data = b"".join(data.pieces(_CHUNK))
    view, position = memoryview(data), 0
    while piece := await body.read_chunk(_CHUNK):
        if view[position : position + len(piece)] != piece:
            body.close()
            return False
        position += len(piece)
    return position == len(view)


def etag_of_parts(etags: Sequence[str]) -> str | None:
    """Return the ETag of an object made of parts, as S3 computes it; `None` if theirs are not MD5s."""
    from hashlib import md5

    digests = [_MD5.fullmatch(etag) for etag in etags]
    if not all(digests):
        return None
    joined = b"".join(bytes.fromhex(digest[1]) for digest in digests if digest)
    return f'"{md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"'


def doubt(error: BaseError) -> None:
    """Say on an error that it may be of our own making, where that could not be found out."""
    error.add_note("a reply to an earlier attempt was lost: it may have been that attempt which did the work")
