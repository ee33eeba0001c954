from xml.etree.ElementTree import ParseError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.xml import escape_text, find_all, find_text, local_name, parse_xml

REPLY = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>NoSuchKey</Code><Message/><Key>a</Key><Key>b</Key>
</Error>"""


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_parse_xml_takes_any_buffer(kind: type[bytes]) -> None:
    assert local_name(parse_xml(kind(REPLY))) == "Error"


def test_find_text_looks_at_children_in_any_namespace() -> None:
    root = parse_xml(REPLY)

    assert tuple(find_text(root, name) for name in ("Code", "Message", "HostId")) == ("NoSuchKey", "", None)


def test_find_all() -> None:
    assert [key.text for key in find_all(parse_xml(REPLY), "Key")] == ["a", "b"]
    assert find_all(parse_xml(REPLY), "key") == []


def test_local_name_without_a_namespace() -> None:
    assert local_name(parse_xml(b"<a/>")) == "a"


@pytest.mark.parametrize("data", [b"", b"x", b"<a>", b"<a></b>", b"<a>&b;</a>", b"<a>\xff</a>", b"<a/><b/>"])
def test_what_is_not_well_formed_is_shown(data: bytes) -> None:
    with pytest.raises(ValueError, match="not well-formed XML") as caught:
        parse_xml(data)

    assert isinstance(caught.value.__cause__, ParseError)


def test_a_null_byte_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not well-formed XML \(null byte\)"):
        parse_xml(b"<a>\0</a>")


def test_only_the_beginning_is_shown() -> None:
    with pytest.raises(ValueError) as caught:
        parse_xml(b"<html>" + b"x" * 10_000)

    assert str(caught.value).endswith("xxx'...")
    assert len(str(caught.value)) < 300


BOMB = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize("data", [BOMB.encode(), b'<?xml version="1.0"?>\n' + BOMB.encode(), b"<!DOCTYPE a><a/>"])
def test_a_document_type_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="XML with a document type is not accepted"):
        parse_xml(data)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"])
def test_no_encoding_hides_a_document_type(encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}'
    with pytest.raises(ValueError):
        parse_xml(declared.encode(encoding))


def test_a_declared_encoding_is_overruled() -> None:
    root = parse_xml('<?xml version="1.0" encoding="latin-1"?><a>\u00e9</a>'.encode())

    assert root.text == "\u00e9"


@given(st.binary())
def test_parse_xml_raises_nothing_but_value_errors(data: bytes) -> None:
    try:
        parse_xml(data)
    except ValueError:
        return


def test_escape_text() -> None:
    assert escape_text("<a> &amp; \"'\r\n\t\u00e9") == "&lt;a&gt; &amp;amp; &quot;'&#13;\n\t\u00e9"


@pytest.mark.parametrize("character", ["\0", "\x01", "\x08", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_carry_are_refused(character: str) -> None:
    with pytest.raises(ValueError, match=r"XML cannot carry .* the character at 1 of"):
        escape_text(f"a{character}")


@given(st.text())
def test_escaped_text_is_read_back_unchanged(text: str) -> None:
    try:
        escaped = escape_text(text)
    except ValueError:
        return

    assert text == (parse_xml(f"<a>{escaped}</a>".encode()).text or "")
