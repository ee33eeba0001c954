"""Azure's replies: from XML to values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.times import parse_http_date, parse_rfc3339
from obstore._core.types import Buffer, ListPage, ObjectMeta, PutResult
from obstore._core.xml import find_all, find_text, local_name, parse_xml
from obstore._transfer.failures import Refusal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from obstore._azure.sas import DelegationKey

_PREFIX = "Generic MicrosoftAzure error:"


def read_refusal(body: bytes, headers: Mapping[str, str]) -> Refusal:
    """Find code and message in the reply of a request that failed."""
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
    detail = find_text(root, "AuthenticationErrorDetail")
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


def _parse(body: Buffer, what: str) -> Element:
    try:
        return parse_xml(_without_mark(body))
    except ValueError as error:
        raise GenericError(f"{_PREFIX} {what} is not XML: {error}", store="MicrosoftAzure") from error


def read_page(body: Buffer, prefix: str, prefix_length: int, offset: str | None = None) -> ListPage:
    """Read a page of List Blobs.

    `prefix` is what was listed, `offset` what all keys must be greater than, both with the
    store's own prefix. `prefix_length` characters are cut off each key.

    Raises:
        GenericError: It is not such a page.
    """
    root = _parse(body, "the listing")
    blobs = next((child for child in root if local_name(child) == "Blobs"), None)
    if blobs is None:
        raise GenericError(f"{_PREFIX} the listing is a {local_name(root)!r} document", store="MicrosoftAzure")
    floor = len(prefix) + 1 if prefix else 0
    objects, directories = [], []
    for element in blobs:
        name = _name_of(element)
        if local_name(element) == "BlobPrefix":
            directories.append(name[prefix_length:].removesuffix("/"))
        # `startFrom` includes the offset itself, and an emulator knows nothing of it.
        elif len(name) > floor and (offset is None or name > offset):
            objects += _read_blob(element, name[prefix_length:])
    return ListPage(objects, directories, find_text(root, "NextMarker") or None)


def _name_of(element: Element) -> str:
    for child in element:
        if local_name(child) == "Name":
            name = child.text or ""
            # What XML cannot carry is percent-encoded, and said to be ("List Blobs", since version 2021-02-12).
            return decode_percent(name) if child.get("Encoded") == "true" else name
    raise GenericError(f"{_PREFIX} a listed object has no Name", store="MicrosoftAzure")


def _read_blob(element: Element, path: str) -> list[ObjectMeta]:
    """Return the object; none if it is a directory, which accounts with a hierarchical namespace list as well."""
    fields = {local_name(each): each.text for part in find_all(element, "Properties") for each in part}
    if fields.get("ResourceType") == "directory":
        return []
    modified, size = fields.get("Last-Modified"), fields.get("Content-Length")
    if modified is None or size is None:
        raise GenericError(
            f"{_PREFIX} the listed object {path!r} has no Last-Modified or Content-Length", store="MicrosoftAzure"
        )
    meta: ObjectMeta = {
        "path": path,
        "last_modified": parse_http_date(modified),
        "size": int(size),
        "e_tag": _quoted(fields.get("Etag")),
        "version": None,
    }
    return [meta]


def _quoted(etag: str | None) -> str | None:
    # Listings have the tag without its quotes. With them it is what every other reply and every condition has.
    return etag if etag is None or etag.endswith('"') else f'"{etag}"'


_KEY_FIELDS = ("SignedOid", "SignedTid", "SignedStart", "SignedExpiry", "SignedService", "SignedVersion", "Value")


def read_delegation_key(body: Buffer, requested_expiry: float) -> DelegationKey:
    """Read a user delegation key.

    Raises:
        GenericError: It is none.
    """
    from base64 import b64decode

    from obstore._azure.sas import DelegationKey

    root = _parse(body, "the delegation key")
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
