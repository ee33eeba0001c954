"""What a web server says when it says no. Pure."""

from __future__ import annotations

import re

from obstore._core.xml import find_all, local_name, parse_xml
from obstore._http.client import Failure
from obstore._http.message import Origin
from obstore._http.redirect import is_directory, resolve
from obstore._transfer.failures import Refusal

_ANYWHERE = Origin("http", "localhost", 80)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def read_refusal(failure: Failure) -> Refusal:
    """Find the condition that a WebDAV server names (RFC 4918, 16), or the title of a web server's page."""
    response = failure.response
    if response is None:
        return Refusal()
    request_id = response.headers.get("x-request-id")
    location = response.headers.get("location")
    if says_directory(failure):
        return Refusal(None, "there is a directory of that name", request_id)
    if 300 <= response.status < 400 and location is not None:
        return Refusal(None, f"redirected to {location.partition('?')[0]}, which is not followed", request_id)
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
    location = response.headers.get("location") if response is not None else None
    if response is None or location is None or not 300 <= response.status < 400:
        return False
    path = failure.request.path
    return is_directory(path, resolve(_ANYWHERE, path, location)[1])
