"""S3's replies: from XML to values. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._core.xml import find_all, find_text, parse_xml
from obstore._transfer.failures import Refusal


def read_refusal(body: bytes, headers: dict[str, str]) -> Refusal:
    """Find code and message in the reply of a request that failed."""
    request_id = headers.get("x-amz-request-id")
    if not body.lstrip().startswith(b"<"):
        return Refusal(None, None, request_id)
    try:
        root = parse_xml(body)
    except ValueError:
        return Refusal(None, None, request_id)
    return Refusal(find_text(root, "Code"), find_text(root, "Message"), request_id or find_text(root, "RequestId"))


def is_error_document(body: Buffer) -> bool:
    """Tell whether a reply with status 200 is an error after all.

    S3 answers copies and completions before it has done them, and may find out only then
    ("CompleteMultipartUpload", "CopyObject" in the API reference).
    """
    return re.match(rb"\s*(<\?xml[^>]*>)?\s*<Error[\s>]", bytes(body[:1024])) is not None


def read_text(body: Buffer, name: str) -> str:
    """Return the text of an element of a reply.

    Raises:
        GenericError: There is none.
    """
    try:
        text = find_text(parse_xml(body), name)
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the reply is not XML: {error}") from error
    if text is None:
        raise GenericError(f"Generic S3 error: the reply has no {name}: {bytes(body[:200])!r}")
    return text


class DeleteError(NamedTuple):
    """A key that DeleteObjects did not delete, and why."""

    key: str
    code: str
    message: str


def read_delete_errors(body: Buffer) -> list[DeleteError]:
    """Return the failures that a reply to DeleteObjects lists. A reply without children is a success."""
    if not len(body):
        return []
    try:
        root = parse_xml(body)
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the reply is not XML: {error}") from error
    return [
        DeleteError(*(find_text(element, name) or "" for name in ("Key", "Code", "Message")))
        for element in find_all(root, "Error")
    ]
