import timeit
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from obstore._core.errors import InvalidPathError
from obstore._core.path import (
    decode_percent,
    encode_path,
    encode_query_value,
    is_below,
    join_path,
    parse_path,
    parse_prefix,
    strip_prefix,
)

text = st.text(st.characters(exclude_categories=["Cs"]))
segments = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1).filter(
    lambda segment: segment not in (".", "..")
)
paths = st.lists(segments, min_size=1, max_size=4).map("/".join)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ""),
        ("/", ""),
        ("a", "a"),
        ("/a", "a"),
        ("a/", "a"),
        ("/a/b/", "a/b"),
        ("a b/%20/%2F", "a b/%20/%2F"),
        ("a%2E/...", "a%2E/..."),
        (".zarray/..a/a../.b", ".zarray/..a/a../.b"),
        ("é/日本/🙂", "é/日本/🙂"),
        ("a\\b?c#d:e*", "a\\b?c#d:e*"),
        ("\x80\u2028\xa0", "\x80\u2028\xa0"),
        ("x#1", "x#1"),
    ],
)
def test_parse_path_keeps_everything_but_one_slash_at_either_end(path: str, expected: str) -> None:
    assert expected == parse_path(path)


@pytest.mark.parametrize("path", ["//", "a//b", "/a//", "//a", "foo///bar", "///", "é//x"])
def test_empty_segments_are_refused(path: str) -> None:
    with pytest.raises(InvalidPathError) as caught:
        parse_path(path)

    assert f'Could not parse path: Path "{path}" contained empty path segment' == str(caught.value)


@pytest.mark.parametrize(
    ("path", "segment"),
    [(".", "."), ("..", ".."), ("a/./b", "."), ("a/../b", ".."), ("../a", ".."), ("a/.", "."), ("/./", ".")],
)
def test_dot_segments_are_refused(path: str, segment: str) -> None:
    with pytest.raises(InvalidPathError) as caught:
        parse_path(path)

    expected = f'Encountered illegal character sequence "{segment}" whilst parsing path segment "{segment}"'
    assert f'Could not parse path: Error parsing Path "{path}": {expected}' == str(caught.value)


@pytest.mark.parametrize("code", [*range(32), 127])
@pytest.mark.parametrize("shape", ["a/x{}y", "é/x{}y"])
def test_control_characters_are_refused_and_shown_escaped(code: int, shape: str) -> None:
    with pytest.raises(InvalidPathError, match="illegal character sequence") as caught:
        parse_path(shape.format(chr(code)))

    assert str(caught.value).isprintable()


def test_lone_surrogates_cannot_be_encoded() -> None:
    with pytest.raises(UnicodeEncodeError):
        parse_path("a/\ud800")


@pytest.mark.parametrize("path", [b"a", None, 1, ["a"]])
def test_other_types_are_refused_with_the_remedy(path: Any) -> None:
    with pytest.raises(TypeError, match=r"path must be a str, not \w+: pass str\(path\)"):
        parse_path(path)


def test_an_invalid_path_is_a_value_error() -> None:
    with pytest.raises(ValueError):
        parse_path("a//b")


def test_a_subclass_of_str_becomes_a_str() -> None:
    class Name(str):
        __slots__ = ()

    assert type(parse_path(Name("a"))) is str


@given(paths)
def test_parsing_twice_changes_nothing(path: str) -> None:
    assert path == parse_path(path) == parse_path(f"/{path}/")


@given(st.text())
def test_parse_path_returns_a_path_or_raises_a_value_error(path: str) -> None:
    try:
        parsed = parse_path(path)
    except ValueError:
        return

    assert parsed == parse_path(parsed)


def test_parse_path_is_fast() -> None:
    path = "some/ordinary/path/to/chunk/c/0/12/3.zarr"
    seconds = min(timeit.repeat(lambda: parse_path(path), number=1000, repeat=20)) / 1000

    assert seconds < 5e-6  # it takes 0.25 us on an idle machine


@pytest.mark.parametrize(("prefix", "expected"), [(None, ""), ("", ""), ("/", ""), ("a/", "a"), ("a/b", "a/b")])
def test_parse_prefix(prefix: str | None, expected: str) -> None:
    assert expected == parse_prefix(prefix)


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [("", "", ""), ("a", "", "a"), ("", "b", "b"), ("a", "b/c", "a/b/c")],
)
def test_join_path(prefix: str, path: str, expected: str) -> None:
    assert expected == join_path(prefix, path)


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [
        ("", "a/b", "a/b"),
        ("", "", ""),
        ("a", "a", ""),
        ("a", "a/b", "b"),
        ("a/b", "a/b/c/d", "c/d"),
        ("a", "ab", None),
        ("a", "ab/c", None),
        ("a/b", "a", None),
        ("a", "b", None),
    ],
)
def test_strip_prefix(prefix: str, path: str, expected: str | None) -> None:
    assert expected == strip_prefix(prefix, path)


@given(st.just("") | paths, st.just("") | paths)
def test_stripping_undoes_joining(prefix: str, path: str) -> None:
    assert path == strip_prefix(prefix, join_path(prefix, path))


@given(st.just("") | paths, paths)
def test_is_below_means_that_segments_remain(prefix: str, path: str) -> None:
    assert bool(strip_prefix(prefix, path)) == is_below(prefix, path)


@pytest.mark.parametrize(
    ("prefix", "path", "expected"),
    [("", "a", True), ("", "", False), ("a", "a/b", True), ("a", "a", False), ("foo", "foobar", False)],
)
def test_is_below(prefix: str, path: str, expected: bool) -> None:
    assert expected is is_below(prefix, path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a-b_c.d~e/F9", "a-b_c.d~e/F9"),
        ("a b", "a%20b"),
        ("100%", "100%25"),
        ("%2F", "%252F"),
        ("é", "%C3%A9"),
        ("+*'()!:@&=$,;?#[]\\", "%2B%2A%27%28%29%21%3A%40%26%3D%24%2C%3B%3F%23%5B%5D%5C"),
    ],
)
def test_encode_path(path: str, expected: str) -> None:
    assert expected == encode_path(path)


@given(text)
def test_encoding_agrees_with_urllib(path: str) -> None:
    assert quote(path, safe="/~") == encode_path(path)
    assert quote(path, safe="~") == encode_query_value(path)


@given(text)
def test_decoding_undoes_encoding(path: str) -> None:
    assert path == decode_percent(encode_path(path)) == decode_percent(encode_query_value(path))


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        ("foo%20bar", "foo bar"),
        ("%48%45%4C%4c%4F", "HELLO"),
        ("foo%2F%252E%252E%2Fbar", "foo/%2E%2E/bar"),
        ("100%", "100%"),
        ("%zz%2", "%zz%2"),
        ("+", "+"),
    ],
)
def test_decode_percent(encoded: str, expected: str) -> None:
    assert expected == decode_percent(encoded)


@given(text)
def test_decoding_agrees_with_urllib(encoded: str) -> None:
    try:
        expected = unquote(encoded, errors="strict")
    except UnicodeDecodeError:
        assume(False)

    assert expected == decode_percent(encoded)


def test_what_decodes_to_other_than_utf8_is_an_invalid_path() -> None:
    with pytest.raises(InvalidPathError, match='"%FF" is not UTF-8'):
        decode_percent("%FF")
