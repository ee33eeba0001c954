"""Shared Key: a request is reduced to a text, and the account's key signs it.

See "Authorize with Shared Key" in the REST reference. Twelve lines for the method and
the standard headers, then every `x-ms-` header, then the resource: account, path as it goes on the
wire, and the query decoded.

One thing the reference does not say. "Sort the headers lexicographically" means the
rules of a language, not the order of bytes: hyphens count last and punctuation comes before
digits. Among the names that can occur (metadata's are identifiers) only `_` is affected:
the service puts `a_b` before `a1`, ASCII after it. Its own clients carry a table for this.
"""

from __future__ import annotations

import functools
from binascii import b2a_base64
from collections.abc import Sequence

from obstore._core.mac import Mac
from obstore._http.message import Header, Query

_SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


def sign(key: bytes, text: str) -> str:
    """Return the signature of a text, in base64."""
    return b2a_base64(_mac_of(key).digest(text.encode()), newline=False).decode()


@functools.lru_cache(16)
def _mac_of(key: bytes) -> Mac:
    return Mac(key)


def signed_headers(method: str, headers: Sequence[Header]) -> str:
    """Return what the signed text has before the resource. Header names are lower-case.

    `headers` are all that go on the wire, a content length that is not 0 among them.
    """
    value_of = dict(headers).get
    return "\n".join([method, *[value_of(name, "") for name in _SIGNED], *canonical_headers(headers)])


def resource(account: str, path: str, query: Query) -> str:
    """Return how the signed text names what a request is about."""
    lines = [f"/{account}{path}", *canonical_query(query)] if query else [f"/{account}{path}"]
    return "\n".join(lines)


def canonical_headers(headers: Sequence[Header]) -> list[str]:
    """Return the lines of the service's own headers, in its order."""
    special = [header for header in headers if header[0].startswith("x-ms-")]
    special.sort(key=_collation)
    return [f"{name}:{value.strip()}" for name, value in special]


def _collation(header: Header) -> str:
    name = header[0]
    return name.replace("_", "!") if "_" in name else name


def canonical_query(query: Query) -> list[str]:
    """Return the lines of the query: one for each name, with its values sorted."""
    values: dict[str, list[str]] = {}
    for name, value in query:
        values.setdefault(name.lower(), []).append(value)
    return [f"{name}:{','.join(sorted(values[name]))}" for name in sorted(values)]
