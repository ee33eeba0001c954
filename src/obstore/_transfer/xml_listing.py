"""Pages of ListObjectsV2, which S3 and the XML API of Google Cloud Storage share. Pure."""

from __future__ import annotations

import re
import sys
from operator import itemgetter

from obstore._core.errors import GenericError
from obstore._core.key import directory_name, mark_keys
from obstore._core.path import decode_percent
from obstore._core.times import parse_rfc3339
from obstore._core.types import Buffer, ListPage, ObjectMeta
from obstore._core.xml import find_all, find_text, local_name, parse_xml

# A page of a listing is a thousand times the same elements in the same order. The first entry
# is made into a pattern that captures the text of each of them, and the pattern is laid over the page: three
# times as fast as ElementTree. Where any entry differs from the first, ElementTree reads the page.

_ENTRY = re.compile(r"<Contents>.*?</Contents>", re.DOTALL)
_TAG = re.compile(r"<([A-Za-z0-9]+)>[^<]*</\1>")
_FIELDS = ("Key", "LastModified", "ETag", "Size", "Generation")


def read_page(body: Buffer, prefix_length: int) -> ListPage:
    """Read a page of ListObjectsV2. `prefix_length` characters are cut off each key.

    Raises:
        GenericError: It is not such a page.
    """
    # Amazon writes the quotes of every ETag as references, which nothing in a listing needs.
    text = _decode(body).replace("&quot;", '"')
    entries = _read_entries_fast(text)
    head = _without_entries(text) if entries is not None else text
    try:
        root = parse_xml(head.encode())
    except ValueError as error:
        raise GenericError(f"Generic S3 error: the listing is not XML: {error}") from error
    if local_name(root) != "ListBucketResult":
        raise GenericError(f"Generic S3 error: the listing is a {local_name(root)!r} document")
    if entries is None:
        entries = [_read_entry(element) for element in find_all(root, "Contents")]
    prefixes = [find_text(element, "Prefix") or "" for element in find_all(root, "CommonPrefixes")]
    if find_text(root, "EncodingType") == "url":
        entries = [(_decode_key(entry[0]), *entry[1:]) for entry in entries]
        prefixes = [_decode_key(prefix) for prefix in prefixes]
    return ListPage(
        mark_keys(_metas(entries, prefix_length)),
        [directory_name(prefix[prefix_length:]) for prefix in prefixes],
        find_text(root, "NextContinuationToken") or None,
    )


def _decode_key(key: str) -> str:
    # S3 encodes as forms do: a blank is a plus sign.
    return decode_percent(key.replace("+", " ")) if "%" in key or "+" in key else key


def _decode(body: Buffer) -> str:
    try:
        return bytes(body).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GenericError(f"Generic S3 error: the listing is not UTF-8: {error}") from error


_Entry = tuple[str, str, str | None, str, str | None]


def _read_entries_fast(text: str) -> list[_Entry] | None:
    first = _ENTRY.search(text)
    if first is None:
        # Entries may be there all the same, with a prefix or attributes to their name.
        return None if "Contents" in text else []
    pattern, names = _pattern_of(first[0])
    rows = re.findall(pattern, text)
    if 2 * len(rows) != text.count("Contents>") or not set(names) >= {"Key", "LastModified", "Size"}:
        return None
    if "&" in text:
        rows = [tuple(_unescape(field) for field in row) for row in rows]
    where = [names.index(name) if name in names else len(names) for name in _FIELDS]
    if len(names) in where:
        rows = [(*row, None) for row in rows]
    return list(map(itemgetter(*where), rows))


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


_REFERENCE = re.compile(r"&(?:#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6})|(amp|lt|gt|quot|apos));")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def _unescape(text: str) -> str:
    """Resolve references, those too that XML forbids: S3 writes `&#x1;` for a key with that character."""
    return _REFERENCE.sub(_character, text) if "&" in text else text


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        return _NAMED[name]
    number = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(number) if number <= sys.maxunicode else reference[0]


def _read_entry(element: object) -> _Entry:
    key, modified, tag, size, generation = (find_text(element, name) for name in _FIELDS)  # type: ignore[arg-type]
    if key is None or modified is None or size is None:
        raise GenericError("Generic S3 error: a listed object has no Key, LastModified or Size")
    return key, modified, tag, size, generation


def _metas(entries: list[_Entry], prefix_length: int) -> list[ObjectMeta]:
    # Without a function for each: a hundred thousand calls are a tenth of a second.
    return [
        {
            "path": key[prefix_length:],
            "last_modified": parse_rfc3339(modified),
            "size": int(size),
            "e_tag": tag,
            "version": generation,
        }
        for key, modified, tag, size, generation in entries
    ]


def _without_entries(text: str) -> str:
    """Cut the entries out of a page, which in a flat listing stand in one row."""
    if "<CommonPrefixes>" in text:
        return _ENTRY.sub("", text)
    start = text.find("<Contents>")
    return text if start < 0 else text[:start] + text[text.rindex("</Contents>") + 11 :]
