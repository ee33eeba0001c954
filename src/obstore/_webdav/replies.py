"""What a web server says when it says no. Pure."""

from __future__ import annotations

import re

from obstore._core.errors import TransportError
from obstore._core.xml import find_all, local_name, parse_xml
from obstore._http.client import Failure
from obstore._http.message import Origin
from obstore._http.redirect import REDIRECTS, is_directory, resolve
from obstore._transfer.failures import Refusal, redirected_to
from obstore._webdav.authorization import HINT

_ANYWHERE = Origin("http", "localhost", 80)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def read_refusal(failure: Failure) -> Refusal:
    """Find the condition that a WebDAV server names (RFC 4918, 16), or the title of a web server's page."""
    response = failure.response
    if response is None:
        return Refusal()
    request_id = response.headers.get("x-request-id")
    if says_directory(failure):
        return Refusal(None, "there is a directory of that name", request_id)
    if response.status in REDIRECTS:
        return Refusal(None, None, request_id)  # The page of one is for people.
    title = _TITLE.search(failure.body)
    if title is not None:
        from html import unescape

        return Refusal(None, unescape(title[1].decode("utf-8", "replace")).strip(), request_id)
    return Refusal(*_read_dav_error(failure.body), request_id)


def _read_dav_error(body: bytes) -> tuple[str | None, str | None]:
    if not body.lstrip().startswith(b"<"):
        return None, None
    try:
        root = parse_xml(body)
    except ValueError:
        return None, None
    if local_name(root) != "error":
        return None, None
    messages = [child.text for name in ("message", "human-readable") for child in find_all(root, name)]
    codes = [local_name(child) for child in root if local_name(child) not in ("message", "human-readable", "exception")]
    return next(iter(codes), None), next((text.strip() for text in messages if text), None)


def says_directory(failure: Failure) -> bool:
    """Tell whether a server sent the request to the same URL with a slash at the end: there is a directory."""
    response = failure.response
    if response is None or response.status not in REDIRECTS:
        return False
    path = failure.step.target if failure.step is not None else failure.request.path
    try:
        return is_directory(path, resolve(_ANYWHERE, path, response.headers.get("location", ""))[1])
    except TransportError:
        return False  # It is not a URL of HTTP.


def hint_for(failure: Failure, origin: Origin) -> str | None:
    """Return the remedy, where there is one; `origin` is the store's, which knows who asks."""
    status = failure.response.status if failure.response is not None else None
    if status in (401, 403) and failure.step is not None and failure.step.origin != origin:
        where = failure.step.origin
        return f"{where} is not told who asks, as a redirect named it: if it may be, make the HTTPStore with its URL"
    if redirected_to(failure) is not None and not says_directory(failure):
        return "if that is where the files are, make the HTTPStore with its URL"
    return HINT if status == 401 else None
