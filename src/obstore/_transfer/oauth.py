"""Services that hand out tokens: a form or a query goes there, one JSON object comes back (RFC 6749, section 5)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._core.path import encode_query_value
from obstore._http.message import Header
from obstore._transfer.fetch import Reply, fetch

_RETRIES = 4


async def request_json(
    method: str,
    url: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    *,
    store: str,
    retries: int = _RETRIES,
    connect_timeout: float = 5.0,
) -> dict[str, Any]:
    """Send a request and return the object in its reply.

    Raises:
        UnauthenticatedError: There was no reply, or it is a refusal, or not an object of JSON.
    """
    try:
        reply = await fetch(method, url, headers, body, retries=retries, connect_timeout=connect_timeout)
    except (TransportError, ValueError) as error:
        raise UnauthenticatedError(f"no token from {shown(url)}: {error}", store=store) from error
    return read_json(reply, url, store)


def read_json(reply: Reply, url: str, store: str) -> dict[str, Any]:
    """Return the object in a reply.

    Raises:
        UnauthenticatedError: It is a refusal, or has none.
    """
    import json

    try:
        document = json.loads(reply.body)
    except ValueError:
        document = None
    if 200 <= reply.status < 300 and isinstance(document, dict):
        return document
    said = "the reply is not a JSON object"
    if not 200 <= reply.status < 300:
        said = f"{reply.status} {_complaint(document) or reply.body[:200].decode('utf-8', 'replace').strip()}"
    raise UnauthenticatedError(f"no token from {shown(url)}: {said}", store=store, status=reply.status)


def _complaint(document: object) -> str | None:
    if not isinstance(document, dict) or "error" not in document:
        return None
    error, described = document["error"], document.get("error_description")
    if isinstance(error, dict):  # Google's services other than the token endpoints
        return f"{error.get('status')}: {error.get('message')}"
    # Entra's descriptions go on with ids and times, one to a line; newer ones have it all in one line.
    return f"{error}: {str(described).splitlines()[0]}" if described else str(error)


def shown(url: str) -> str:
    """Return a URL as errors may show it."""
    return url.partition("?")[0]


def encode_form(fields: Mapping[str, str]) -> bytes:
    """Write a form, or a query."""
    return "&".join([f"{name}={encode_query_value(value)}" for name, value in fields.items()]).encode()


def read_token(document: Mapping[str, Any], url: str, store: str) -> tuple[str, float]:
    """Return the token in an object, and when it expires. `expires_on` is Azure's; it may be a number or text.

    Raises:
        UnauthenticatedError: One of the two is missing.
    """
    token = document.get("access_token")
    if not isinstance(token, str) or not token:
        raise UnauthenticatedError(f"no token from {shown(url)}: the reply has no access_token", store=store)
    try:
        if "expires_on" in document:
            return token, float(document["expires_on"])
        return token, time.time() + float(document["expires_in"])
    except (KeyError, TypeError, ValueError) as error:
        raise UnauthenticatedError(
            f"no token from {shown(url)}: the reply does not say when it expires", store=store
        ) from error
