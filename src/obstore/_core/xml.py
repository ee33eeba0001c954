"""XML, safely: parsing what a server sent, and writing text into what it gets.

A document type is refused before the parser sees it, since that is where entities are
defined: no "billion laughs", no external files. No service uses one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from obstore._core.types import Buffer

_EXCERPT = 120
# https://www.w3.org/TR/xml/#charsets: XML 1.0 has no way to write these, not even as a reference.
_FORBIDDEN = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_NOT_XML = _FORBIDDEN + "|&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8BCEFbcef]|1[0-9A-Fa-f]));"


def parse_xml(data: Buffer) -> Element:
    """Parse a document in UTF-8 and return its root.

    >>> find_text(parse_xml(b'<Error xmlns="urn:x"><Code>NoSuchKey</Code></Error>'), "Code")
    'NoSuchKey'

    Raises:
        ValueError: It is not well-formed, or has a document type.
    """
    from xml.etree.ElementTree import ParseError, XMLParser

    text = bytes(data)
    if b"<!DOCTYPE" in text:
        raise ValueError(f"XML with a document type is not accepted: {_excerpt(text)}")
    # Other encodings could hide what was just looked for. The one declared is overruled; UTF-16
    # and UTF-32, which the parser recognises all the same, cannot do without null bytes.
    if b"\0" in text:
        raise ValueError(f"not well-formed XML (null byte): {_excerpt(text)}")
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - without a document type there are no entities
    try:
        parser.feed(text)
        return parser.close()
    except ParseError as error:
        raise ValueError(f"not well-formed XML ({error}): {_excerpt(text)}") from error


def parse_mended(data: Buffer) -> Element:
    """Parse a document as `parse_xml` does, with U+FFFD for each character that XML forbids.

    For replies that repeat a key, which may have such characters, and of which something else is wanted.

    >>> find_text(parse_mended(b"<r><Key>&#x1;</Key><Id>7</Id></r>"), "Id")
    '7'

    Raises:
        ValueError: It is not well-formed for another reason.
    """
    try:
        return parse_xml(data)
    except ValueError:
        text = bytes(data).decode("utf-8", "replace")
        return parse_xml(re.sub(_NOT_XML, "\ufffd", text).encode())


def _excerpt(text: bytes) -> str:
    shown = text[:_EXCERPT].decode(errors="replace")
    return f"{shown!r}{'...' if len(text) > _EXCERPT else ''}"


def local_name(element: Element) -> str:
    """Return an element's name without its namespace.

    >>> local_name(parse_xml(b'<a xmlns="urn:x"/>'))
    'a'
    """
    return element.tag.rpartition("}")[2]


def find_all(element: Element, name: str) -> list[Element]:
    """Return the children of that name, in any namespace."""
    return [child for child in element if local_name(child) == name]


def find_text(element: Element, name: str) -> str | None:
    """Return the text of the first child of that name, in any namespace; `None` if there is none.

    >>> find_text(parse_xml(b"<a><b>1</b><c/></a>"), "c"), find_text(parse_xml(b"<a/>"), "b")
    ('', None)
    """
    for child in element:
        if local_name(child) == name:
            return child.text or ""
    return None


def can_carry(text: str) -> bool:
    """Tell whether XML has a way to write all of a text.

    >>> can_carry("a&b"), can_carry("a" + chr(1))
    (True, False)
    """
    return (text.isascii() and text.isprintable()) or re.search(_FORBIDDEN, text) is None


def escape_text(text: str) -> str:
    """Write text for use between tags.

    >>> escape_text("a < b & c")
    'a &lt; b &amp; c'

    Raises:
        ValueError: It has a character that XML cannot carry.
    """
    found = None if text.isascii() and text.isprintable() else re.search(_FORBIDDEN, text)
    if found is not None:
        raise ValueError(f"XML cannot carry {found[0]!r}, the character at {found.start()} of {text!r}")
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A parser turns a bare carriage return into a newline: the key would come back as another one.
    return text.replace('"', "&quot;").replace("\r", "&#13;")
