"""Azure's replies: from XML to values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from obstore._core.errors import GenericError
from obstore._core.times import parse_rfc3339
from obstore._core.types import Buffer, PutResult
from obstore._core.xml import find_text, parse_xml
from obstore._transfer.failures import Refusal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from obstore._azure.sas import DelegationKey

_PREFIX = "Generic MicrosoftAzure error:"


def read_refusal(body: bytes, headers: Mapping[str, str], *, may_quote: bool = True) -> Refusal:
    """Find code and message in the reply of a request that failed.

    `may_quote` says whether what the service quotes of the request (the text that it was
    to sign, with all headers) may be shown: there is nothing secret in it.
    """
    # A reply to HEAD has no body; its code is in a header.
    code, request_id = headers.get("x-ms-error-code"), headers.get("x-ms-request-id")
    if b"<" not in body[:8]:
        return Refusal(code, None, request_id)
    try:
        root = parse_xml(_without_mark(body))
    except ValueError:
        return Refusal(code, None, request_id)
    # The message goes on with request id and time, which are in the error already.
    message = (find_text(root, "Message") or "").partition("\n")[0].strip()
    detail = find_text(root, "AuthenticationErrorDetail") if may_quote else None
    return Refusal(find_text(root, "Code") or code, " ".join(filter(None, [message, detail])) or None, request_id)


def read_put_result(headers: Mapping[str, str]) -> PutResult:
    """Read what the reply to an upload says of the new object.

    Raises:
        GenericError: It has no tag.
    """
    etag = headers.get("etag")
    if etag is None:
        raise GenericError(f"{_PREFIX} the reply to an upload has no ETag", store="MicrosoftAzure")
    return {"e_tag": etag, "version": headers.get("x-ms-version-id")}


def _without_mark(body: Buffer) -> bytes:
    return bytes(body).removeprefix(b"\xef\xbb\xbf")


def parse_reply(body: Buffer, what: str) -> Element:
    """Parse a document; `what` it is goes into the error.

    Raises:
        GenericError: It is not well-formed.
    """
    try:
        return parse_xml(_without_mark(body))
    except ValueError as error:
        raise GenericError(f"{_PREFIX} {what} is not XML: {error}", store="MicrosoftAzure") from error


_KEY_FIELDS = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion", "Value")


def read_delegation_key(body: Buffer, requested_expiry: float) -> DelegationKey:
    """Read a user delegation key.

    Raises:
        GenericError: It is none.
    """
    from base64 import b64decode

    from obstore._azure.sas import DelegationKey

    root = parse_reply(body, "the delegation key")
    fields = [find_text(root, name) for name in _KEY_FIELDS]
    if None in fields:
        raise GenericError(
            f"{_PREFIX} the delegation key has no {_KEY_FIELDS[fields.index(None)]}", store="MicrosoftAzure"
        )
    *named, value = [field or "" for field in fields]
    object_id, tenant_id, start, expiry, service, version = named
    return DelegationKey(
        object_id, tenant_id, start, expiry, service, version, b64decode(value), _time(expiry, requested_expiry)
    )


def _time(text: str, default: float) -> float:
    try:
        return parse_rfc3339(text).timestamp()
    except ValueError:
        return default
