"""Replies that S3 and the XML API of Google Cloud Storage share: from XML to values. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._core.xml import find_all, find_text, parse_mended, parse_xml
from obstore._transfer.failures import Refusal


def read_refusal(body: bytes, request_id: str | None) -> Refusal:
    """Find code and message in the reply of a request that failed."""
    if not body.lstrip().startswith(b"<"):
        return Refusal(None, None, request_id)
    try:
        root = parse_mended(body)
    except ValueError:
        return Refusal(None, None, request_id)
    # Google's message only names the kind of mistake; what is wrong stands in its "Details".
    said = filter(None, [find_text(root, "Message"), find_text(root, "Details")])
    return Refusal(find_text(root, "Code"), " ".join(said) or None, request_id or find_text(root, "RequestId"))


# What a reply means that began with 200 before the service knew, by the code in it.
_STATUS_OF_CODE = {
    "AccessDenied": 403,
    "ConditionalRequestConflict": 409,
    "InternalError": 500,
    "NoSuchKey": 404,
    "NoSuchUpload": 404,
    "PreconditionFailed": 412,
    "RequestTimeout": 503,
    "ServiceUnavailable": 503,
    "SlowDown": 503,
}


def status_of_document(body: Buffer) -> int | None:
    """Return the status that a reply should have had, or `None` if it is no error."""
    if not is_error_document(body):
        return None
    return status_of_code(read_refusal(bytes(body), None).code)


def status_of_code(code: str | None) -> int:
    """Return the status that goes with a service's code: 5xx for what passes."""
    return _STATUS_OF_CODE.get(code or "", 400)


def is_error_document(body: Buffer) -> bool:
    """Tell whether a reply with status 200 is an error after all.

    S3 answers copies and completions before it has done them, and may find out only then
    ("CompleteMultipartUpload", "CopyObject" in the API reference).
    """
    return re.match(rb"\s*(<\?xml[^>]*>)?\s*<Error[\s>]", bytes(body[:1024])) is not None


def read_text(body: Buffer, name: str, store: str) -> str:
    """Return the text of an element of a reply to `store`.

    Raises:
        GenericError: There is none.
    """
    try:
        text = maybe_read_text(body, name)
    except ValueError as error:
        raise GenericError(f"Generic {store} error: the reply is not XML: {error}", store=store) from error
    if text is None:
        raise GenericError(f"Generic {store} error: the reply has no {name}: {bytes(body[:200])!r}", store=store)
    return text


def read_texts(body: Buffer, parent: str, names: Sequence[str], store: str) -> list[str | None]:
    """Return the texts of the elements in the first `parent` of a reply. No error quotes them: they may be secrets.

    Raises:
        GenericError: There is no such element.
    """
    try:
        found = find_all(parse_xml(body), parent)
    except ValueError:
        raise GenericError(f"Generic {store} error: the reply is not XML", store=store) from None
    if not found:
        raise GenericError(f"Generic {store} error: the reply has no {parent}", store=store)
    return [find_text(found[0], name) for name in names]


def maybe_read_text(body: Buffer, name: str) -> str | None:
    """Return the text of an element, if it is there.

    Raises:
        ValueError: It is not in XML.
    """
    return find_text(parse_mended(body), name)
