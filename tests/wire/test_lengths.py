"""Where a body ends: RFC 9112, section 6.3, in its order."""

import pytest

from obstore._core.errors import TransportError
from obstore._http.message import Head
from obstore._http.wire import CHUNKED, UNTIL_CLOSE, body_length, parse_head


def head(*lines: str, status: int = 200) -> Head:
    return parse_head("\r\n".join([f"HTTP/1.1 {status} x", *lines]).encode())


@pytest.mark.parametrize(
    ("lines", "length"),
    [
        (["Content-Length: 0"], 0),
        (["Content-Length: 12"], 12),
        (["Content-Length: 007"], 7),
        (["Content-Length: 999999999999999999"], 999999999999999999),
        (["Transfer-Encoding: chunked"], CHUNKED),
        (["Transfer-Encoding: Chunked"], CHUNKED),
        ([], UNTIL_CLOSE),
    ],
)
def test_length_of_a_body(lines: list[str], length: int) -> None:
    assert body_length("GET", head(*lines)) == length


@pytest.mark.parametrize("lines", [["Content-Length: 12"], ["Transfer-Encoding: chunked"], []])
@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("HEAD", 404), ("GET", 204), ("GET", 304)])
def test_some_replies_have_no_body_whatever_they_say(method: str, status: int, lines: list[str]) -> None:
    assert body_length(method, head(*lines, status=status)) == 0


REFUSED = {
    "both framings": ["Transfer-Encoding: chunked", "Content-Length: 5"],
    "two lengths": ["Content-Length: 5", "Content-Length: 6"],
    "two equal lengths": ["Content-Length: 5", "Content-Length: 5"],
    "list of lengths": ["Content-Length: 5, 5"],
    "empty length": ["Content-Length:"],
    "negative length": ["Content-Length: -5"],
    "signed length": ["Content-Length: +5"],
    "hexadecimal length": ["Content-Length: 0x5"],
    "length with underscore": ["Content-Length: 1_0"],
    "length with a point": ["Content-Length: 5.0"],
    "length of other digits": ["Content-Length: \xb2"],
    "length beyond 63 bits": ["Content-Length: 9999999999999999999"],
    "length that int() refuses to read": ["Content-Length: " + "9" * 5000],
    "coding twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    "coding before chunked": ["Transfer-Encoding: gzip, chunked"],
    "coding after chunked": ["Transfer-Encoding: chunked, gzip"],
    "another coding": ["Transfer-Encoding: identity"],
    "coding with a vertical tab": ["Transfer-Encoding: \x0bchunked"],
    "coding with a parameter": ["Transfer-Encoding: chunked;q=1"],
    "empty coding": ["Transfer-Encoding:"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_contradictory_framing_is_refused(name: str) -> None:
    with pytest.raises(TransportError) as caught:
        body_length("GET", parse_head("\r\n".join(["HTTP/1.1 200 OK", *REFUSED[name]]).encode("latin-1")))

    assert caught.value.kind == "decode"


def test_length_of_a_reply_without_body_is_checked_too() -> None:
    # It is the size of the object, for who asked with HEAD.
    with pytest.raises(TransportError, match="Content-Length"):
        body_length("HEAD", head("Content-Length: many"))


def test_contradiction_in_a_reply_without_body_is_refused_too() -> None:
    with pytest.raises(TransportError, match="both"):
        body_length("HEAD", head("Content-Length: 5", "Transfer-Encoding: chunked"))
