"""Redirects: whether to follow one, where to, and what may be taken along. Pure decisions.

The rules are those of RFC 9110, section 15.4, kept narrow for a client of object stores:

- Reads (GET, HEAD, PROPFIND) follow 301, 302, 303, 307 and 308 with their method. Anything
  that changes the server follows 307 and 308 only: with the others browsers would turn
  it into a GET, which would look like success.
- A target on another origin gets the headers that say *what* is asked for, and none of those that
  say *who* asks. It is a list of what may go, not of what may not: an API key can have any
  name. What was left behind stays behind, also when the way leads back.
- COPY and MOVE name a second URL, of the first origin, and are not sent to another one.
- What is sent to its own URL with a slash at the end is not followed, but for PROPFIND: that is how
  web servers say that there is a directory, which is no object. A DELETE or MOVE would take it whole. A
  server behind a proxy may name another scheme or port there than the one that it was asked at.
- From `https` to `http` only if the caller has allowed plain connections.

Ten redirects are followed, as by the reference; a way that comes to the same place twice ends there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from obstore._core.errors import TransportError
from obstore._core.url import DEFAULT_PORTS, shown_url, split_url
from obstore._http.message import Header, Origin, origin_of

MAX_REDIRECTS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""The statuses that say that something is elsewhere."""

_READS = frozenset({"GET", "HEAD", "PROPFIND"})
_FOR_WRITES = frozenset({307, 308})
_BOUND_TO_ORIGIN = frozenset({"COPY", "MOVE"})

# What is asked for, and in which form: nothing here says who asks.
_HARMLESS = frozenset(
    {
        "accept",
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-type",
        "depth",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "range",
        "user-agent",
    }
)
# RFC 3986: what may stand in a target as it is. `%` begins an escape that is there already.
_NOT_IN_TARGET = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")


class Step(NamedTuple):
    """Where a request goes, with which headers. `trail` are the places it was sent before."""

    origin: Origin
    target: str
    headers: list[Header]
    trail: tuple[tuple[Origin, str], ...] = ()

    @property
    def shown(self) -> str:
        """The URL as anyone may see it."""
        return _shown(self.origin, self.target)


def is_followed(method: str, status: int) -> bool:
    """Tell whether a reply of that status is a redirect that a request of that method follows."""
    return status in (REDIRECTS if method in _READS else _FOR_WRITES)


def next_step(method: str, step: Step, location: str, *, allow_http: bool) -> Step | None:
    """Return where a redirect leads; `None` if the request must not be sent there.

    Raises:
        TransportError: It leads nowhere: kind `redirect`, which is not tried again.
    """
    origin, target = resolve(step.origin, step.target, location)
    if method != "PROPFIND" and origin.host == step.origin.host and is_directory(step.target, target):
        return None
    if origin.scheme == "http" and step.origin.scheme == "https" and not allow_http:
        raise TransportError(
            "redirect",
            f"redirected from {step.origin} to {origin}, which is not encrypted, and allow_http is off",
            "client_options={'allow_http': True} follows it, if what is read may be seen and changed on its way",
        )
    trail = (*step.trail, (step.origin, step.target))
    if (origin, target) in trail:
        raise TransportError("redirect", f"the redirects lead back to {_shown(origin, target)}: a loop")
    if len(trail) > MAX_REDIRECTS:
        raise TransportError("redirect", f"more than {MAX_REDIRECTS} redirects, the last to {_shown(origin, target)}")
    if origin == step.origin:
        return Step(origin, target, step.headers, trail)
    return None if method in _BOUND_TO_ORIGIN else Step(origin, target, _harmless(step.headers, origin), trail)


def is_directory(target: str, redirected: str) -> bool:
    """Tell whether a redirect does nothing but add a slash to the path, whatever becomes of the query."""
    return redirected.partition("?")[0] == target.partition("?")[0] + "/"


def _harmless(headers: list[Header], origin: Origin) -> list[Header]:
    return [("host", origin.authority), *[header for header in headers if header[0] in _HARMLESS]]


def _shown(origin: Origin, target: str) -> str:
    return f"{origin}{target.partition('?')[0]}"  # A query may hold a signature.


def resolve(origin: Origin, target: str, location: str) -> tuple[Origin, str]:
    """Return what a `Location` means, seen from `target` on `origin`. Fragment and user are dropped.

    >>> resolve(Origin("https", "h", 443), "/a/b?c", "../d")
    (Origin(scheme='https', host='h', port=443), '/d')

    Raises:
        TransportError: It is not a URL of HTTP; kind `redirect`.
    """
    from urllib.parse import urljoin

    try:
        url = split_url(urljoin(f"{origin}{target}", location.strip()))
        if url.scheme not in DEFAULT_PORTS:
            raise ValueError(f"its scheme is {url.scheme!r}")
    except ValueError as error:
        where = shown_location(location)
        raise TransportError("redirect", f"redirected to {where}, which is not a URL of HTTP: {error}") from error
    path = _NOT_IN_TARGET.sub(_escape, (url.path or "/") + (f"?{url.query}" if url.query else ""))
    return origin_of(url), path


def shown_location(location: str) -> str:
    """Return a `Location` as anyone may see it: without what is secret, or only for a browser."""
    return shown_url(location.partition("#")[0])


def _escape(character: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in character[0].encode())
