"""The URL of a store: where it is, what goes with every request, and how it may be shown. Pure.

Path and query are kept as they were written, but for characters that no URL has. So a
presigned query keeps its signature, and `%2F` in the path stays what it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import DEFAULT_PORTS, Url, collapse_dots, split_url
from obstore._http.message import Origin, origin_of

# The "path percent-encode set" and the "special-query percent-encode set" of https://url.spec.whatwg.org.
_ODD_IN_PATH = re.compile(r'[^!-~]|["#<>?`{}]')
_ODD_IN_QUERY = re.compile(r"[^!-~]|[\"#'<>]")


class Place(NamedTuple):
    """A store's URL, taken apart. `root` and `query` are its path and query, encoded as they go on the wire."""

    url: str
    origin: Origin
    root: str
    query: str
    userinfo: str

    @property
    def base(self) -> str:
        """What the paths of objects are appended to, with a slash between."""
        return self.root.removesuffix("/")

    @property
    def shown(self) -> str:
        """The URL without what gives access: user and password, and the values of the query."""
        user = "***@" if self.userinfo else ""
        query = "?***" if self.query else ""
        return f"{self.origin.scheme}://{user}{self.origin.authority}{self.root}{query}"

    @property
    def user_and_password(self) -> bytes:
        """What `Authorization: Basic` encodes; empty if the URL names no user."""
        name, _, password = self.userinfo.partition(":")
        return f"{decode_percent(name)}:{decode_percent(password)}".encode() if self.userinfo else b""


def read_place(url: str) -> Place:
    """Take the URL of a store apart, and bring it into the form that `url` shows.

    >>> read_place("https://User@Example.com:443/a/../b c").url
    'https://User@example.com/b%20c'

    Raises:
        TypeError: It is not text.
        ValueError: It is not a URL.
        GenericError: It is one of another scheme.
    """
    if not isinstance(url, str):
        raise TypeError(f"url must be a str, not {type(url).__name__}")
    parts = split_url(url)
    if parts.scheme not in DEFAULT_PORTS:
        raise GenericError(
            f"Generic HTTP error: the URL of an HTTPStore begins with https:// or http://, not {parts.scheme}:",
            store="HTTP",
            hint="obstore.store.from_url makes the store that a URL of any scheme names",
        )
    path = _ODD_IN_PATH.sub(_escape, collapse_dots(parts.path))
    query = _ODD_IN_QUERY.sub(_escape, parts.query)
    origin = origin_of(parts)
    return Place(_join(parts, origin, path, query), origin, path, query, parts.userinfo)


def _join(parts: Url, origin: Origin, path: str, query: str) -> str:
    user = f"{parts.userinfo}@" if parts.userinfo else ""
    return f"{origin.scheme}://{user}{origin.authority}{path}{f'?{query}' if query else ''}"


def _escape(character: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in character[0].encode())
