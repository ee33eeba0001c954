"""Heads of replies: whole, in pieces, with trailing data, and hostile."""

import pytest

from obstore._core.errors import TransportError
from obstore._http.wire import MAX_HEADERS, parse_head
from tests.wire.heads import VALID, read_head, read_pieces, splits


def test_head_has_status_reason_and_headers() -> None:
    head, rest = read_head(VALID["plain"])

    assert (200, "OK", {"content-length": "5", "etag": '"a"'}, True) == tuple(head)
    assert rest == b""


@pytest.mark.parametrize("name", VALID)
def test_head_in_pieces_is_the_head_as_a_whole(name: str) -> None:
    whole = read_head(VALID[name])

    for pieces in splits(VALID[name]):
        assert read_pieces(pieces) == whole


@pytest.mark.parametrize("name", VALID)
def test_what_follows_a_head_is_left_alone(name: str) -> None:
    head, _ = read_head(VALID[name])

    assert read_head(VALID[name] + b"\r\n\r\nbody") == (head, b"\r\n\r\nbody")


def test_reason_may_be_missing() -> None:
    assert read_head(VALID["no reason"])[0].reason == ""
    assert read_head(VALID["empty reason"])[0].reason == ""


def test_white_space_around_values_is_no_part_of_them() -> None:
    assert read_head(VALID["padded values"])[0].headers == {"a": "1", "b": "2", "c": "", "d": ""}


def test_values_are_utf_8() -> None:
    assert read_head("HTTP/1.1 200 OK\r\nx-amz-meta-name: ä€\r\n\r\n".encode())[0].headers == {"x-amz-meta-name": "ä€"}


def test_values_that_are_not_utf_8_are_latin_1() -> None:
    assert read_head(VALID["bytes above ASCII"])[0].headers == {"x-amz-meta-name": "\xe4\xff"}


def test_a_line_that_is_no_header_is_shown_whatever_it_is() -> None:
    with pytest.raises(TransportError, match="with a header like this"):
        read_head("HTTP/1.1 200 OK\r\nnaïve€\r\n\r\n".encode())


def test_repeated_headers_are_joined() -> None:
    assert read_head(VALID["repeated"])[0].headers == {"vary": "a, b"}


HOSTILE = {
    "empty": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.6",
    "HTTP/2": b"HTTP/2 200 OK",
    "HTTP/0.9": b"<html>",
    "version of three digits": b"HTTP/1.10 200 OK",
    "lower case": b"http/1.1 200 OK",
    "space before": b" HTTP/1.1 200 OK",
    "line before": b"\r\nHTTP/1.1 200 OK",
    "two spaces": b"HTTP/1.1  200 OK",
    "tab": b"HTTP/1.1\t200 OK",
    "no status": b"HTTP/1.1 ",
    "status of two digits": b"HTTP/1.1 20 OK",
    "status of four digits": b"HTTP/1.1 2000 OK",
    "status of letters": b"HTTP/1.1 2OO OK",
    "status with sign": b"HTTP/1.1 +20 OK",
    "status below 100": b"HTTP/1.1 099 OK",
    "status of other digits": "HTTP/1.1 \uff12\uff10\uff10 OK".encode(),
    "NUL in reason": b"HTTP/1.1 200 O\0K",
    "bare CR in reason": b"HTTP/1.1 200 O\rK",
    "bare LF in reason": b"HTTP/1.1 200 OK\nX: y",
    "header without colon": b"HTTP/1.1 200 OK\r\nContent-Length 5",
    "header without name": b"HTTP/1.1 200 OK\r\n: 5",
    "space before colon": b"HTTP/1.1 200 OK\r\nContent-Length : 5",
    "space in name": b"HTTP/1.1 200 OK\r\nContent Length: 5",
    "NUL in name": b"HTTP/1.1 200 OK\r\nContent-\0Length: 5",
    "name above ASCII": b"HTTP/1.1 200 OK\r\nContent-L\xe4nge: 5",
    "NUL in value": b"HTTP/1.1 200 OK\r\nA: b\0c",
    "bare CR in value": b"HTTP/1.1 200 OK\r\nA: b\rContent-Length: 5",
    "bare LF in value": b"HTTP/1.1 200 OK\r\nA: b\nContent-Length: 5",
    "CR before CR LF": b"HTTP/1.1 200 OK\r\nA: b\r\r\nB: c",
    "folded line": b"HTTP/1.1 200 OK\r\nA: b\r\n c",
    "folded line with tab": b"HTTP/1.1 200 OK\r\nA: b\r\n\tc",
    "folded first line": b"HTTP/1.1 200 OK\r\n Content-Length: 5",
    "line feeds only": b"HTTP/1.1 200 OK\nA: b",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_head_is_refused(name: str) -> None:
    with pytest.raises(TransportError) as caught:
        parse_head(HOSTILE[name])

    assert caught.value.kind == "decode"


def with_headers(count: int) -> bytes:
    return b"HTTP/1.1 200 OK" + b"".join(b"\r\nX-%d: 1" % number for number in range(count))


def test_flood_of_headers_is_refused() -> None:
    assert len(parse_head(with_headers(MAX_HEADERS)).headers) == MAX_HEADERS
    with pytest.raises(TransportError, match="201 headers; 200 are accepted"):
        parse_head(with_headers(MAX_HEADERS + 1))


def test_flood_of_one_header_is_refused() -> None:
    with pytest.raises(TransportError, match="headers"):
        parse_head(b"HTTP/1.1 200 OK" + b"\r\nA: 1" * (MAX_HEADERS + 1))


def test_error_shows_only_the_beginning() -> None:
    with pytest.raises(TransportError) as caught:
        parse_head(b"x" * 60_000)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("version", "connection", "persistent"),
    [
        ("1.1", None, True),
        ("1.1", "keep-alive", True),
        ("1.1", "close", False),
        ("1.1", "Close", False),
        ("1.1", "keep-alive, close", False),
        ("1.1", "upgrade", True),
        ("1.0", None, False),
        ("1.0", "keep-alive", True),
        ("1.0", "Keep-Alive", True),
        ("1.0", "close", False),
        ("1.0", "keep-alive, close", False),
    ],
)
def test_connection_persists_by_version_and_header(version: str, connection: str | None, *, persistent: bool) -> None:
    head = f"HTTP/{version} 200 OK" + (f"\r\nConnection: {connection}" if connection else "")

    assert parse_head(head.encode()).is_persistent is persistent


def test_chunks_in_http_1_0_are_the_last_thing_on_a_connection() -> None:
    head = b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked"

    assert not parse_head(head).is_persistent
