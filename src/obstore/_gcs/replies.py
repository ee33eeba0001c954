"""Google Cloud Storage's replies, where they are not S3's: from bytes to values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._core.url import split_url
from obstore._http.client import Failure
from obstore._http.message import Query
from obstore._transfer.failures import Refusal
from obstore._transfer.xml_replies import read_refusal as read_xml_refusal


def read_refusal(body: bytes, request_id: str | None) -> Refusal:
    """Find code and message in the reply of a request that failed: XML, or JSON where the JSON API was asked."""
    if not body.lstrip().startswith(b"{"):
        return read_xml_refusal(body, request_id)
    import json

    try:
        error = json.loads(body)["error"]
        reasons = [each["reason"] for each in error.get("errors", [])]
        return Refusal(next(iter(reasons), None), str(error["message"]), request_id)
    except (ValueError, KeyError, TypeError, AttributeError):
        return Refusal(None, None, request_id)


def is_too_large_to_copy(failure: Failure) -> bool:
    """Tell whether a copy was refused because one request is not enough for it.

    "Copy spanning locations and/or storage classes could not complete within 30 seconds. Please use the
    Rewrite method" is what the service says, with 413. It may have other words for other reasons.
    """
    status = failure.response.status if failure.response is not None else None
    return status == 413 or (status is not None and b"rewrite" in failure.body.lower())


def read_rewrite(body: Buffer) -> str | None:
    """Return the token to go on with; None if the copy is complete.

    Raises:
        GenericError: It is not the reply to a rewrite.
    """
    import json

    try:
        reply = json.loads(bytes(body))
        return None if reply["done"] else str(reply["rewriteToken"])
    except (ValueError, KeyError, TypeError) as error:
        raise GenericError(
            f"Generic GCS error: the reply to a rewrite has no 'done' or 'rewriteToken': {bytes(body[:200])!r}",
            store="GCS",
        ) from error


def read_session(headers: Mapping[str, str]) -> tuple[str, Query]:
    """Return the path and query of a resumable upload that has begun.

    Raises:
        GenericError: The reply names none.
    """
    from urllib.parse import parse_qsl

    try:
        url = split_url(headers["location"])
    except (KeyError, ValueError) as error:
        raise GenericError("Generic GCS error: a resumable upload began without a Location", store="GCS") from error
    return url.path, tuple(parse_qsl(url.query, keep_blank_values=True))


def read_persisted(headers: Mapping[str, str]) -> int:
    """Return how many bytes of a resumable upload the service has: it names the last one, if there is one."""
    found = re.fullmatch(r"bytes=0-([0-9]+)", headers.get("range", ""))
    return int(found[1]) + 1 if found else 0
