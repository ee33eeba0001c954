"""S3's replies: from XML to values. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from obstore._core.errors import GenericError
from obstore._core.times import parse_rfc3339
from obstore._core.types import Buffer
from obstore._core.xml import find_all, find_text, local_name, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


class DeleteError(NamedTuple):
    """A key that DeleteObjects did not delete, and why."""

    key: str
    code: str
    message: str


class VersionEntry(NamedTuple):
    """A version of an object, or a marker that it was deleted. `e_tag` is that of a version."""

    key: str
    version: str
    last_modified: datetime
    size: int
    e_tag: str | None
    is_latest: bool
    is_delete_marker: bool


class UploadEntry(NamedTuple):
    """An upload in parts that has neither been completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime


E = TypeVar("E", VersionEntry, UploadEntry)


class Entries(NamedTuple, Generic[E]):
    """A page of a listing, and the two markers with which it continues, if it does."""

    entries: list[E]
    markers: tuple[str, str] | None


def read_versions(body: Buffer) -> Entries[VersionEntry]:
    """Read a page of ListObjectVersions.

    Raises:
        GenericError: It is not such a page.
    """
    root = _parse(body, "ListVersionsResult")
    found = [_version(element) for element in root if local_name(element) in {"Version", "DeleteMarker"}]
    return Entries(found, _markers(root, "NextVersionIdMarker"))


def read_uploads(body: Buffer) -> Entries[UploadEntry]:
    """Read a page of ListMultipartUploads.

    Raises:
        GenericError: It is not such a page.
    """
    root = _parse(body, "ListMultipartUploadsResult")
    found = [
        UploadEntry(_text(element, "Key"), _text(element, "UploadId"), parse_rfc3339(_text(element, "Initiated")))
        for element in find_all(root, "Upload")
    ]
    return Entries(found, _markers(root, "NextUploadIdMarker"))


def _version(element: Element) -> VersionEntry:
    return VersionEntry(
        _text(element, "Key"),
        _text(element, "VersionId"),
        parse_rfc3339(_text(element, "LastModified")),
        int(find_text(element, "Size") or 0),
        find_text(element, "ETag"),
        find_text(element, "IsLatest") == "true",
        local_name(element) == "DeleteMarker",
    )


def _parse(body: Buffer, name: str) -> Element:
    try:
        root = parse_xml(body)
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the reply is not XML: {error}", store="S3") from error
    if local_name(root) != name:
        raise GenericError(f"Generic S3 error: the reply is a {local_name(root)!r}, not a {name!r}", store="S3")
    return root


def _text(element: Element, name: str) -> str:
    text = find_text(element, name)
    if text is None:
        raise GenericError(f"Generic S3 error: a listed {local_name(element)} has no {name}", store="S3")
    return text


def _markers(root: Element, name: str) -> tuple[str, str] | None:
    if find_text(root, "IsTruncated") != "true":
        return None
    return find_text(root, "NextKeyMarker") or "", find_text(root, name) or ""


def read_tags(body: Buffer) -> dict[str, str]:
    """Read an object's tags."""
    sets = find_all(_parse(body, "Tagging"), "TagSet")
    return {_text(tag, "Key"): _text(tag, "Value") for each in sets for tag in find_all(each, "Tag")}


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
