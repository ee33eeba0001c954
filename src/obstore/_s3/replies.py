"""S3's replies: from headers and XML to values. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from obstore._core.attributes import headers_to_attributes
from obstore._core.body import Body
from obstore._core.errors import GenericError
from obstore._core.ranges import parse_content_range, resolve_range
from obstore._core.times import parse_http_date, parse_rfc3339
from obstore._core.types import Buffer, ByteRange, ListPage, ObjectMeta
from obstore._core.xml import find_all, find_text, local_name, parse_xml
from obstore._http.message import Response
from obstore._transfer.backend import StoredObject
from obstore._transfer.failures import Refusal

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HeaderObject(StoredObject):
    """An object as its reply's headers describe it. They are read when somebody asks."""

    __slots__ = ("_headers", "_metadata_prefix", "_path", "_size", "_version_header")

    def __init__(
        self,
        path: str,
        headers: dict[str, str],
        body: Body,
        range: tuple[int, int],
        size: int,
        metadata_prefix: str = "x-amz-meta-",
        version_header: str = "x-amz-version-id",
    ) -> None:
        self._path = path
        self._headers = headers
        self._size = size
        self._metadata_prefix = metadata_prefix
        self._version_header = version_header
        self.body = body
        self.range = range

    @property
    def meta(self) -> ObjectMeta:  # type: ignore[override]
        """The object's metadata, a new dictionary at each call."""
        headers = self._headers
        modified = headers.get("last-modified")
        return {
            "path": self._path,
            "last_modified": parse_http_date(modified) if modified is not None else _EPOCH,
            "size": self._size,
            "e_tag": headers.get("etag"),
            "version": headers.get(self._version_header),
        }

    @property
    def attributes(self) -> dict[str, str]:  # type: ignore[override]
        """The object's attributes."""
        return headers_to_attributes(self._headers, self._metadata_prefix)


def extent_of(response: Response, wanted: ByteRange | None) -> tuple[tuple[int, int], int]:
    """Return the range that a reply's body holds, and the size of the whole object.

    Raises:
        GenericError: It is not the range that was asked for.
    """
    headers = response.headers
    if wanted is None:
        size = int(headers.get("content-length") or 0)
        return (0, size), size
    if response.status != 206:
        raise GenericError("Received non-partial response when range requested")
    try:
        start, stop, size = parse_content_range(headers["content-range"])
        expected = resolve_range(wanted, size)
    except (KeyError, ValueError) as error:
        raise GenericError(f"Content-Range of a partial response is missing or wrong: {error}") from error
    if (start, stop) != expected:
        raise GenericError(f"Requested {expected[0]}..{expected[1]}, got {start}..{stop}")
    return (start, stop), size


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


# A page of a listing is a thousand times the same elements in the same order. The first entry
# is made into a pattern that captures the text of each of them, and the pattern is laid over the page: three
# times as fast as ElementTree. Where any entry differs from the first, ElementTree reads the page.

_ENTRY = re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
_TAG = re.compile(r"<([A-Za-z0-9]+)>[^<]*</\1>")
_FIELDS = ("Key", "LastModified", "ETag", "Size")


def read_page(body: Buffer, prefix_length: int) -> ListPage:
    """Read a page of ListObjectsV2. `prefix_length` characters are cut off each key.

    Raises:
        GenericError: It is not such a page.
    """
    text = _decode(body)
    entries = _read_entries_fast(text)
    head = _ENTRY.sub("", text) if entries is not None else text
    try:
        root = parse_xml(head.encode())
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the listing is not XML: {error}") from error
    if local_name(root) != "ListBucketResult":
        raise GenericError(f"Generic S3 error: the listing is a {local_name(root)!r} document")
    if entries is None:
        entries = [_read_entry(element) for element in find_all(root, "Contents")]
    prefixes = [find_text(element, "Prefix") or "" for element in find_all(root, "CommonPrefixes")]
    return ListPage(
        [_meta(entry, prefix_length) for entry in entries],
        [prefix[prefix_length:].removesuffix("/") for prefix in prefixes],
        find_text(root, "NextContinuationToken") or None,
    )


def _decode(body: Buffer) -> str:
    try:
        return bytes(body).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GenericError(f"Generic S3 error: the listing is not UTF-8: {error}") from error


_Entry = tuple[str, str, str | None, str]


def _read_entries_fast(text: str) -> list[_Entry] | None:
    first = _ENTRY.search(text)
    if first is None:
        return []
    pattern, names = _pattern_of(first[0])
    rows = re.findall(pattern, text)
    if len(rows) != text.count("<Contents>") or not set(names) >= {"Key", "LastModified", "Size"}:
        return None
    if "&" in text:
        rows = [tuple(_unescape(field) for field in row) for row in rows]
    where = [names.index(name) if name in names else None for name in _FIELDS]
    key, modified, tag, size = where
    if tag is None:
        return [(row[key], row[modified], None, row[size]) for row in rows]  # type: ignore[index]
    return [(row[key], row[modified], row[tag], row[size]) for row in rows]  # type: ignore[index]


def _pattern_of(entry: str) -> tuple[str, list[str]]:
    """Make a pattern of an entry, with one group for each of our fields that stands directly in it."""
    names: list[str] = []
    pattern, end = "", 0
    for match in _TAG.finditer(entry):
        pattern += re.escape(entry[end : match.start()])
        name, end = match[1], match.end()
        is_field = name in _FIELDS and name not in names and _depth(entry, match.start()) == 1
        names += [name] if is_field else []
        pattern += f"<{name}>{'([^<]*)' if is_field else '[^<]*'}</{name}>"
    return pattern + re.escape(entry[end:]), names


def _depth(entry: str, position: int) -> int:
    before = entry[:position]
    closing = before.count("</")
    return before.count("<") - closing - before.count("/>") - closing


def _unescape(text: str) -> str:
    if "&" not in text:
        return text
    return (find_text(parse_xml(f"<r><t>{text}</t></r>".encode()), "t")) or ""


def _read_entry(element: object) -> _Entry:
    key, modified, tag, size = (find_text(element, name) for name in _FIELDS)  # type: ignore[arg-type]
    if key is None or modified is None or size is None:
        raise GenericError("Generic S3 error: a listed object has no Key, LastModified or Size")
    return key, modified, tag, size


def _meta(entry: _Entry, prefix_length: int) -> ObjectMeta:
    key, modified, tag, size = entry
    return {
        "path": key[prefix_length:],
        "last_modified": parse_rfc3339(modified),
        "size": int(size),
        "e_tag": tag,
        "version": None,
    }
