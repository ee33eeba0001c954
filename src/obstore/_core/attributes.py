"""Attributes and tags: what is stored with an object, as callers name it and as headers carry it."""

from __future__ import annotations

import re
from collections.abc import Mapping

ATTRIBUTE_HEADERS = {
    "Cache-Control": "cache-control",
    "Content-Disposition": "content-disposition",
    "Content-Encoding": "content-encoding",
    "Content-Language": "content-language",
    "Content-Type": "content-type",
}
"""The attributes that every service keeps, and the headers of a reply that they are read from."""

STORAGE_CLASS = "Storage-Class"

_CANONICAL = {
    spelling: name
    for name in (*ATTRIBUTE_HEADERS, STORAGE_CLASS)
    for spelling in (name.lower(), name.lower().replace("-", ""))
}
# RFC 9110 section 5.6.2: what a header may be called; section 5.5: what it may hold.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FORM_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789*-._")


def normalize_attributes(attributes: Mapping[str, str] | None) -> dict[str, str]:
    """Check a caller's attributes, and spell the known ones as they are read back.

    Known names are recognised in any case and without their hyphen. All others are the
    names of user metadata, and kept as they are.

    >>> normalize_attributes({"contenttype": "text/plain", "Colour": "red"})
    {'Content-Type': 'text/plain', 'Colour': 'red'}

    Raises:
        TypeError: It is not a mapping of `str` to `str`.
        ValueError: A name or a value has a control character, which no header can carry.
    """
    normal = {}
    for name, value in _pairs("attributes", attributes):
        _check_characters(name, value)
        normal[_CANONICAL.get(name.lower(), name)] = value
    return normal


def _pairs(argument: str, mapping: Mapping[str, str] | None) -> list[tuple[str, str]]:
    if mapping is None:
        return []
    if not isinstance(mapping, Mapping):
        raise TypeError(f"{argument} must be a dict of str to str, not {type(mapping).__name__}")
    for name, value in mapping.items():
        if not (isinstance(name, str) and isinstance(value, str)):
            kinds = f"{type(name).__name__} to {type(value).__name__}"
            raise TypeError(f"{argument} must be a dict of str to str: {name!r} maps {kinds}")
    return list(mapping.items())


def _check_characters(name: str, value: str) -> None:
    for what, text in (("name", name), ("value", value)):
        found = _FORBIDDEN.search(text)
        if found is not None:
            raise ValueError(f"the {what} of attribute {name!r} contains {found[0]!r}: remove or encode it")


def attributes_to_headers(
    attributes: Mapping[str, str],
    metadata_prefix: str | None,
    storage_class_header: str | None,
    *,
    content_prefix: str = "",
) -> list[tuple[str, str]]:
    """Write the attributes of an upload as headers, with names in lower case.

    >>> attributes_to_headers({"Content-Type": "a/b", "k": "v"}, "x-amz-meta-", None)
    [('content-type', 'a/b'), ('x-amz-meta-k', 'v')]

    Args:
        attributes: What `normalize_attributes` returned.
        metadata_prefix: Begins the names of user metadata; `None` where there is no such thing.
        storage_class_header: Names the storage class; `None` where there is no such thing.
        content_prefix: Begins the names of all others: Azure's `x-ms-blob-`.

    Raises:
        ValueError: A name of user metadata cannot be part of a header's.
    """
    headers = []
    for name, value in attributes.items():
        header = _header_name(name, metadata_prefix, storage_class_header, content_prefix)
        if header is not None:
            _check_characters(name, value)
            headers.append((header, value))
    return headers


def _header_name(
    name: str, metadata_prefix: str | None, storage_class_header: str | None, content_prefix: str
) -> str | None:
    if name in ATTRIBUTE_HEADERS:
        return content_prefix + ATTRIBUTE_HEADERS[name]
    if name == STORAGE_CLASS:
        return storage_class_header
    if metadata_prefix is None:
        return None
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"attribute name {name!r} cannot be sent as a header: use letters, digits and !#$%&'*+-.^_`|~")
    return metadata_prefix + name.lower()


def headers_to_attributes(headers: Mapping[str, str], metadata_prefix: str | None) -> dict[str, str]:
    """Read the attributes of an object from the headers of a reply, whose names are in lower case.

    >>> headers_to_attributes({"content-type": "a/b", "x-amz-meta-k": "v", "date": "d"}, "x-amz-meta-")
    {'Content-Type': 'a/b', 'k': 'v'}
    """
    attributes = {name: headers[header] for name, header in ATTRIBUTE_HEADERS.items() if header in headers}
    if metadata_prefix is not None:
        for header, value in headers.items():
            if header.startswith(metadata_prefix):
                attributes[header[len(metadata_prefix) :]] = value
    return attributes


def validate_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Check a caller's tags.

    Raises:
        TypeError: It is not a mapping of `str` to `str`.
    """
    return dict(_pairs("tags", tags))


def encode_tags(tags: Mapping[str, str]) -> str:
    """Write tags the way services take them in a header: as a form, in the order given.

    >>> encode_tags({"team/a": "red blue"})
    'team%2Fa=red+blue'
    """
    return "&".join([f"{_encode_form(name)}={_encode_form(value)}" for name, value in tags.items()])


def _encode_form(text: str) -> str:
    encoded = [chr(byte) if byte in _FORM_SAFE else f"%{byte:02X}" for byte in text.encode()]
    return "".join(encoded).replace("%20", "+")
