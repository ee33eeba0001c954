"""Heads of requests: what they look like, and what must never get out."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._http.message import Header
from obstore._http.wire import format_head


def test_request_head() -> None:
    head = format_head("GET", "/bucket/a%20b?x=1", [("host", "h"), ("range", "bytes=0-1")])

    assert head == b"GET /bucket/a%20b?x=1 HTTP/1.1\r\nhost: h\r\nrange: bytes=0-1\r\n\r\n"


@pytest.mark.parametrize("value", ["ä", "ä€"])
def test_values_are_utf_8(value: str) -> None:
    assert f"x: {value}\r\n".encode() in format_head("GET", "/", [("x", value)])


BREAKING = ["\r", "\n", "\0", "\r\n", "\n\r", "\r\r\n\n", "a\r\nx: y", "a\nx: y", "\r\n\r\nGET / HTTP/1.1\r\n\r\n"]


@pytest.mark.parametrize("text", BREAKING)
def test_value_does_not_break_out(text: str) -> None:
    with pytest.raises(ValueError, match="'evil'"):
        format_head("GET", "/", [("host", "h"), ("evil", text)])


@pytest.mark.parametrize("text", BREAKING)
def test_name_does_not_break_out(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        format_head("GET", "/", [("host", "h"), ("evil" + text, "v")])


@pytest.mark.parametrize("text", [*BREAKING, " ", "/a b", "/ HTTP/1.1\r\nx: y"])
def test_target_does_not_break_out(text: str) -> None:
    with pytest.raises(ValueError, match="target"):
        format_head("GET", "/" + text, [("host", "h")])


@pytest.mark.parametrize("text", BREAKING)
def test_method_does_not_break_out(text: str) -> None:
    with pytest.raises(ValueError, match="line break"):
        format_head("GET" + text, "/", [("host", "h")])


def test_one_break_does_not_make_up_for_another() -> None:
    # The check counts CR and LF over the whole head.
    with pytest.raises(ValueError, match="line break"):
        format_head("GET", "/", [("a", "\r"), ("b", "\n"), ("c", "d")])


def test_surrogates_are_refused() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        format_head("GET", "/", [("a", "\udc80")])


anything = st.text(st.characters(codec="utf-8"), max_size=20) | st.sampled_from(BREAKING)


@given(target=anything, headers=st.lists(st.tuples(anything, anything), max_size=4))
def test_head_has_as_many_lines_as_were_asked_for(target: str, headers: list[Header]) -> None:
    try:
        head = format_head("GET", target, headers)
    except ValueError:
        return

    assert head.count(b"\n") == head.count(b"\r") == len(headers) + 2
    assert head.endswith(b"\r\n\r\n")
    assert b"\0" not in head
    assert head.split(b"\r\n")[0].count(b" ") == 2


token = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-", min_size=1, max_size=12)
value = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


@given(path=value, headers=st.lists(st.tuples(token, value), max_size=5))
def test_h11_reads_what_we_write(path: str, headers: list[Header]) -> None:
    framing = {"content-length", "transfer-encoding", "host", "connection", "expect", "upgrade"}
    headers = [("host", "h"), *(header for header in headers if header[0].lower() not in framing)]
    server = h11.Connection(h11.SERVER)

    server.receive_data(format_head("GET", "/" + path, headers))
    request = server.next_event()

    assert isinstance(request, h11.Request)
    assert (b"GET", b"/" + path.encode()) == (request.method, request.target)
    assert [(name.lower().encode(), text.encode()) for name, text in headers] == list(request.headers)
