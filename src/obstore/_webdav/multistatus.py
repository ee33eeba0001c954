"""Multi-status documents (RFC 4918, 13): from XML to the entries of a directory. Pure.

Servers differ in how they write a URL: absolute or not, with capital or small hexadecimal
digits, with this or that character escaped, and, behind a proxy, below another path than the one that was
asked. So paths are compared decoded, and taken relative to the entry of the directory
itself, which a reply always has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from obstore._core.errors import GenericError, InvalidPathError
from obstore._core.path import decode_percent, is_below, join_path
from obstore._core.times import parse_http_date
from obstore._core.types import Buffer, ObjectMeta
from obstore._core.xml import find_all, find_text, local_name, parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_AUTHORITY = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*")


class Entry(NamedTuple):
    """What a reply says of one resource. `path` is decoded; `size` is None where the server does not say."""

    path: str
    is_directory: bool
    last_modified: datetime = EPOCH
    size: int | None = None
    e_tag: str | None = None

    def meta(self) -> ObjectMeta:
        """Return the entry as a store shows it."""
        return {
            "path": self.path,
            "last_modified": self.last_modified,
            "size": self.size or 0,
            "e_tag": self.e_tag,
            "version": None,
        }


def read_entries(body: Buffer, requested: str, directory: str) -> list[Entry]:
    """Return what is below `directory`, with paths that the store can be asked for.

    Args:
        body: The reply to a PROPFIND.
        requested: The path that it was sent to, as on the wire.
        directory: The store's path of the directory; empty for its root.

    Raises:
        GenericError: It is not a multi-status document, or a resource in it could not be described.
    """
    return _relative(_read_responses(body), path_of(requested), directory)


def describes_directory(body: Buffer) -> bool:
    """Tell whether the one resource that a reply to `Depth: 0` describes is a directory."""
    return any(entry.is_directory for entry in _read_responses(body))


def _read_responses(body: Buffer) -> list[Entry]:
    try:
        root = parse_xml(body)
    except ValueError as error:
        raise GenericError(f"Generic HTTP error: the reply to PROPFIND is not XML: {error}", store="HTTP") from error
    if local_name(root) != "multistatus":
        raise GenericError(
            f"Generic HTTP error: the reply to PROPFIND is a {local_name(root)!r} document", store="HTTP"
        )
    found = [_read_response(element) for element in find_all(root, "response")]
    return [entry for entry in found if entry is not None]


def path_of(href: str) -> str:
    """Return the decoded path of a URL, without slashes at its ends.

    >>> path_of("http://h:80/a%20b/%c3%a9/")
    'a b/é'
    """
    path = _AUTHORITY.sub("", href.strip(), count=1).partition("?")[0].partition("#")[0].strip("/")
    try:
        return decode_percent(path)
    except InvalidPathError:
        return path  # Not UTF-8: listed as it is written, rather than not at all.


def _relative(entries: list[Entry], requested: str, directory: str) -> list[Entry]:
    base = _base_of(entries, requested)
    start = len(base) + 1 if base else 0
    return [
        entry._replace(path=join_path(directory, entry.path[start:])) for entry in entries if is_below(base, entry.path)
    ]


def _base_of(entries: list[Entry], requested: str) -> str:
    paths = [entry.path for entry in entries]
    if not paths or any(path == requested or is_below(requested, path) for path in paths):
        return requested
    shortest = min(paths, key=len)
    if all(path == shortest or is_below(shortest, path) for path in paths):
        return shortest
    return requested


def _read_response(element: Element) -> Entry | None:
    href = find_text(element, "href")
    if href is None:
        raise GenericError("Generic HTTP error: a response in the reply to PROPFIND has no href", store="HTTP")
    statuses = [find_text(element, "status")]
    for propstat in find_all(element, "propstat"):
        status = find_text(propstat, "status")
        if _is(status, "200"):
            return _read_properties(href, find_all(propstat, "prop"))
        statuses.append(status)
    if any(_is(status, "404") or _is(status, "410") for status in statuses):
        return None  # Deleted while the server was listing.
    shown = next(filter(None, statuses), "no status")
    raise GenericError(f"Generic HTTP error: the server could not describe {href}: {shown}", store="HTTP")


def _is(status: str | None, code: str) -> bool:
    return status is not None and code in status.split()[:2]


def _read_properties(href: str, props: Iterable[Element]) -> Entry:
    texts: dict[str, str] = {}
    is_directory = False
    for prop in props:
        for child in prop:
            name = local_name(child)
            texts[name] = (child.text or "").strip()
            is_directory = is_directory or (name == "resourcetype" and bool(find_all(child, "collection")))
    size = texts.get("getcontentlength", "")
    return Entry(
        path_of(href),
        is_directory,
        _date(texts.get("getlastmodified")),
        int(size) if size.isdecimal() else None,
        _entity_tag(texts.get("getetag")),
    )


def _entity_tag(text: str | None) -> str | None:
    # A tag is a quoted string (RFC 9110, 8.8.3). WsgiDAV leaves the quotes out here, and nowhere else.
    return f'"{text}"' if text and '"' not in text else text or None


def _date(text: str | None) -> datetime:
    if not text:
        return EPOCH
    try:
        return parse_http_date(text)
    except ValueError as error:
        raise GenericError(f"Generic HTTP error: {error}", store="HTTP") from error


def first_failure(body: Buffer) -> str | None:
    """Return the first status in a document that is not a success; None if there is none.

    A DELETE, COPY or MOVE answered with 207 was done in part (RFC 4918, 9.6.1, 9.8.5).
    """
    try:
        root = parse_xml(body)
    except ValueError:
        return None
    statuses = [find_text(element, "status") or "" for element in find_all(root, "response")]
    return next((status for status in statuses if not re.search(r"\b2[0-9][0-9]\b", status)), None)
