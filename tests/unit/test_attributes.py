from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.attributes import (
    ATTRIBUTE_HEADERS,
    attributes_to_headers,
    encode_tags,
    headers_to_attributes,
    normalize_attributes,
    validate_tags,
)

KNOWN = [*ATTRIBUTE_HEADERS, "Storage-Class"]


@pytest.mark.parametrize("name", KNOWN)
def test_known_names_in_any_case_and_without_their_hyphen(name: str) -> None:
    for spelling in (name, name.lower(), name.upper(), name.replace("-", ""), name.lower().replace("-", "")):
        assert {name: "v"} == normalize_attributes({spelling: "v"})


@pytest.mark.parametrize("name", ["content_type", "Content Type", "c-ontenttype", "Colour", "", "a b", "\u00e9"])
def test_other_names_are_kept(name: str) -> None:
    assert {name: "v"} == normalize_attributes({name: "v"})


def test_no_attributes() -> None:
    assert {} == normalize_attributes(None) == normalize_attributes({})


def test_values_are_kept() -> None:
    value = 'attachment; filename="\u00e9.html"\t  x'

    assert {"Content-Disposition": value} == normalize_attributes({"contentdisposition": value})


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x1f", "\x7f"])
def test_control_characters_are_refused_by_the_name_of_the_attribute(character: str) -> None:
    with pytest.raises(ValueError, match="the value of attribute 'k' contains"):
        normalize_attributes({"k": f"a{character}b"})
    with pytest.raises(ValueError, match="the name of attribute"):
        normalize_attributes({f"a{character}b": "v"})


@pytest.mark.parametrize("check", [normalize_attributes, validate_tags])
@pytest.mark.parametrize("value", [5, "x", [("a", "b")], {"x": 5}, {5: "x"}, {"x": None}, {"x": b"y"}])
def test_only_mappings_of_str_to_str(check: Any, value: Any) -> None:
    with pytest.raises(TypeError, match="must be a dict of str to str"):
        check(value)


ATTRIBUTES = {name: f"value of {name}" for name in KNOWN} | {"My_Key": "hello   world"}


def test_headers_of_s3() -> None:
    headers = attributes_to_headers(ATTRIBUTES, "x-amz-meta-", "x-amz-storage-class")

    assert dict(headers) == {
        "cache-control": "value of Cache-Control",
        "content-disposition": "value of Content-Disposition",
        "content-encoding": "value of Content-Encoding",
        "content-language": "value of Content-Language",
        "content-type": "value of Content-Type",
        "x-amz-storage-class": "value of Storage-Class",
        "x-amz-meta-my_key": "hello   world",
    }


def test_headers_of_azure() -> None:
    headers = attributes_to_headers(ATTRIBUTES, "x-ms-meta-", "x-ms-access-tier", content_prefix="x-ms-blob-")

    assert dict(headers)["x-ms-blob-content-type"] == "value of Content-Type"
    assert dict(headers)["x-ms-access-tier"] == "value of Storage-Class"


def test_what_a_service_does_not_keep_is_not_sent() -> None:
    headers = attributes_to_headers(ATTRIBUTES, None, None)

    assert set(ATTRIBUTE_HEADERS.values()) == set(dict(headers))


@pytest.mark.parametrize("name", ["", "a b", "a:b", "\u00e9", "a\nb", "(a)"])
def test_names_that_no_header_can_have_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent as a header: use letters"):
        attributes_to_headers({name: "v"}, "x-amz-meta-", None)


def test_a_value_that_was_not_checked_is_checked_here() -> None:
    with pytest.raises(ValueError, match="the value of attribute 'Content-Type' contains"):
        attributes_to_headers({"Content-Type": "a\r\nx: y"}, None, None)


def test_headers_to_attributes_takes_nothing_else() -> None:
    headers = {"content-type": "a/b", "x-amz-meta-k": "v", "x-amz-storage-class": "C", "date": "d"}

    assert headers_to_attributes(headers, "x-amz-meta-") == {"Content-Type": "a/b", "k": "v"}
    assert headers_to_attributes(headers, None) == {"Content-Type": "a/b"}


tokens = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.!#$%&'*+^`|~", min_size=1)
values = st.text(st.characters(exclude_categories=["Cc", "Cs"]))


@given(st.dictionaries(st.sampled_from([*ATTRIBUTE_HEADERS]) | tokens, values))
def test_attributes_round_trip(attributes: dict[str, str]) -> None:
    normal = normalize_attributes(attributes)
    headers = attributes_to_headers(normal, "x-amz-meta-", None)
    normal.pop("Storage-Class", None)

    assert normal == headers_to_attributes(dict(headers), "x-amz-meta-")


def test_encode_tags() -> None:
    tags = {"test/foo": "value sdlks", "foo": " sdf _ /+./sd"}

    assert encode_tags(tags) == "test%2Ffoo=value+sdlks&foo=+sdf+_+%2F%2B.%2Fsd"


def test_encode_tags_leaves_only_the_characters_of_forms() -> None:
    assert "a*-._Z9=%7E%C3%A9%25%20".replace("%20", "+") == encode_tags({"a*-._Z9": "~\u00e9% "})
    assert encode_tags({}) == ""


@given(st.dictionaries(values.filter(bool), values))
def test_tags_can_be_read_as_a_form(tags: dict[str, str]) -> None:
    assert list(tags.items()) == parse_qsl(encode_tags(tags), keep_blank_values=True, max_num_fields=None)


def test_validate_tags() -> None:
    assert validate_tags(None) == {}
    assert validate_tags({"a": "b"}) == {"a": "b"}
