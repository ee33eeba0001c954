"""URLs as anyone may see them: in logs, events and spans.

Of the query only those values are shown that say *what* is asked for. It is a list of what
may be seen, not of what may not: a token can have any name. User and password are never
part of a request's target, and the signature is added after this has been made.
"""

from __future__ import annotations

from obstore._http.message import Origin, Request

_SHOWN = frozenset(
    {
        "blockid",
        "blocklisttype",
        "comp",
        "continuation-token",
        "delimiter",
        "encoding-type",
        "generation",
        "include",
        "list-type",
        "marker",
        "max-keys",
        "maxresults",
        "partnumber",
        "prefix",
        "restype",
        "start-after",
        "startfrom",
        "uploadid",
        "versionid",
    }
)
"""Parameters of S3, GCS and Azure that name an object, a version, a part, or a page of a listing."""

_SHOWN_BARE = frozenset({"acl", "compose", "delete", "tagging", "uploads"})
"""Those that have no value. Any other word on its own may be a token."""

_HIDDEN = "***"


def shown_url(origin: Origin, request: Request, target: str | None = None) -> str:
    """Return the URL of a request, or of `target` where a redirect has led it, without secrets.

    >>> shown_url(Origin("https", "h", 443), Request("GET", "/b", (("prefix", "a"), ("sig", "x"))))
    'https://h/b?prefix=a&sig=***'
    """
    if request.is_secret:
        return f"{origin}/{_HIDDEN}"
    path, _, query = (request.path if target is None else target).partition("?")
    pairs = [part.partition("=")[::2] for part in query.split("&")] if query else []
    pairs += request.query if target is None else ()
    shown = "&".join(_shown(name, value) for name, value in pairs)
    return f"{origin}{path}?{shown}" if shown else f"{origin}{path}"


def _shown(name: str, value: str) -> str:
    if not value:
        return name if name.lower() in _SHOWN_BARE else f"{name}=" if name.lower() in _SHOWN else _HIDDEN
    return f"{name}={value if name.lower() in _SHOWN else _HIDDEN}"
