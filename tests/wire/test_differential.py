"""The framing against two that are well kept: `h11` and `httptools` (llhttp).

On what is valid all three agree. `REFUSED` lists what one of them takes and we do not, with the reason.
"""

from typing import NamedTuple

import h11
import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.errors import TransportError
from obstore._http.wire import CHUNKED, UNTIL_CLOSE, ChunkedDecoder, body_length
from tests.wire.heads import VALID, read_head


class Reply(NamedTuple):
    """A reply as any of the three reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


def ours(data: bytes) -> Reply:
    head, rest = read_head(data)
    length = body_length("GET", head)
    if length == CHUNKED:
        decoder = ChunkedDecoder()
        rest = bytes(decoder.feed(memoryview(rest)))
        if not decoder.is_complete:
            raise TransportError("interrupted", "the body broke off")
    elif length != UNTIL_CLOSE:
        rest = rest[:length]
    return Reply(head.status, head.headers, rest)


def with_h11(data: bytes) -> Reply:
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("host", "h")]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    client.receive_data(b"")
    head, body = None, b""
    while not isinstance(event := client.next_event(), h11.EndOfMessage | h11.PAUSED):
        if isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.ConnectionClosed) or event is h11.NEED_DATA:
            raise h11.RemoteProtocolError("incomplete")
    assert head is not None
    return Reply(head.status_code, joined([(bytes(name), bytes(value)) for name, value in head.headers]), body)


class _Collected:
    """What `httptools` calls back with."""

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.is_complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.is_complete and name:
            self.headers.append((name, value or b""))

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = True


def with_httptools(data: bytes) -> Reply:
    collected = _Collected()
    parser = httptools.HttpResponseParser(collected)
    parser.feed_data(data)
    return Reply(parser.get_status_code(), joined(collected.headers), collected.body)


def joined(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


BODIES = {"plain": b"hello", "chunked": b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"}


# h11 refuses control characters in values, which RFC 9110, 5.5 only advises against.
@pytest.mark.parametrize("name", sorted(VALID.keys() - {"control characters"}))
def test_all_agree_on_valid_replies(name: str) -> None:
    data = VALID[name] + BODIES.get(name, b"")

    assert ours(data) == with_h11(data)
    assert ours(data) == with_httptools(data)


token = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.", min_size=1, max_size=12)
value = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
framing = {"content-length", "transfer-encoding", "connection", "upgrade", "proxy-connection"}
lines = st.lists(st.tuples(token.filter(lambda name: name.lower() not in framing), value), max_size=6)


@st.composite
def replies(draw: st.DrawFn) -> bytes:
    status = draw(st.integers(200, 599).filter(lambda status: status not in (204, 304)))
    body = draw(st.binary(max_size=60))
    headers = [f"{name}:{draw(st.sampled_from(['', ' ', '  ']))}{text}" for name, text in draw(lines)]
    if draw(st.booleans()):
        headers.append(f"Content-Length: {len(body)}")
    elif draw(st.booleans()):
        headers.append("Transfer-Encoding: chunked")
        body = (b"%x\r\n%s\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
    return "\r\n".join([f"HTTP/1.1 {status} OK", *headers, "", ""]).encode() + body


@given(data=replies())
def test_all_agree_on_generated_replies(data: bytes) -> None:
    assert ours(data) == with_h11(data)
    assert ours(data) == with_httptools(data)


class Refused(NamedTuple):
    """A reply that we refuse, who takes it, and why we do not."""

    data: bytes
    takers: str
    reason: str


def reply(*headers: bytes, first: bytes = b"HTTP/1.1 200 OK", body: bytes = b"hello") -> bytes:
    return b"\r\n".join([first, *headers, b"", body])


def chunked(body: bytes, *headers: bytes) -> bytes:
    return reply(*(headers or [b"Transfer-Encoding: chunked"]), body=body)


HELLO = b"5\r\nhello\r\n0\r\n\r\n"
SMUGGLES = "another reader of the same bytes may see another message"
REFUSED = {
    "bare LF": Refused(
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", "h11", "RFC 9112, 2.2 allows it, no server of ours sends it"
    ),
    "folded line": Refused(reply(b"A: b", b" c", b"Content-Length: 5"), "h11", "obsolete; RFC 9112, 5.2"),
    "equal lengths": Refused(
        reply(b"Content-Length: 5", b"Content-Length: 5"), "h11", "RFC 9110, 8.6 allows both; one number is enough"
    ),
    "list of lengths": Refused(reply(b"Content-Length: 5, 5"), "h11", "as equal lengths"),
    "chunked and length": Refused(
        reply(b"Transfer-Encoding: chunked", b"Content-Length: 5", body=b"0\r\n\r\n"), "h11", SMUGGLES
    ),
    "other coding": Refused(
        reply(b"Transfer-Encoding: gzip"), "httptools", "nobody asked for it, and its end is that of the connection"
    ),
    "coding before chunked": Refused(
        reply(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), "httptools", "we could not undo the first"
    ),
    "empty line first": Refused(b"\r\n" + reply(b"Content-Length: 5"), "httptools", "it belongs to nothing we asked"),
    "other version": Refused(
        reply(b"Content-Length: 5", first=b"HTTP/2.0 200 OK"), "h11 httptools", "that protocol is framed otherwise"
    ),
    "status below 100": Refused(reply(b"Content-Length: 5", first=b"HTTP/1.1 099 X"), "httptools", "RFC 9110, 15"),
    "header flood": Refused(
        reply(*[b"X-%d: y" % number for number in range(300)], b"Content-Length: 5"), "h11 httptools", "our limit"
    ),
    "line feed in a value": Refused(reply(b"A: b\nC: d", b"Content-Length: 5"), "h11", SMUGGLES),
    "carriage return in an extension": Refused(chunked(b"5;a\rb\r\nhello\r\n0\r\n\r\n"), "h11", SMUGGLES),
    "NUL in an extension": Refused(chunked(b"5;a\0b\r\nhello\r\n0\r\n\r\n"), "h11", "no server sends it"),
    "chunked twice": Refused(chunked(HELLO, b"Transfer-Encoding: chunked, chunked"), "httptools", SMUGGLES),
    "two codings": Refused(
        chunked(HELLO, b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked"), "httptools", SMUGGLES
    ),
    "quoted coding": Refused(
        chunked(HELLO, b'Transfer-Encoding: "chunked"'), "httptools", "taken for a body that ends with the connection"
    ),
    "endless zeros in a size": Refused(chunked(b"0" * 20 + HELLO), "httptools", "a number that may not fit elsewhere"),
    "NUL in the reason": Refused(reply(b"Content-Length: 5", first=b"HTTP/1.1 200 O\0K"), "httptools", "RFC 9112, 4"),
    "version to come": Refused(reply(b"Content-Length: 5", first=b"HTTP/1.2 200 OK"), "h11", "there is none"),
    "long chunk line": Refused(
        reply(b"Transfer-Encoding: chunked", body=b"5;" + b"a" * 300 + b"\r\nhello\r\n0\r\n\r\n"),
        "h11 httptools",
        "our limit: no server sends extensions",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_others_take_and_we_refuse(name: str) -> None:
    refused = REFUSED[name]

    with pytest.raises(TransportError):
        ours(refused.data)
    assert refused.takers == " ".join(takers(refused.data))


NOBODY_TAKES = {
    "bare LF after a size": chunked(b"5\nhello\r\n0\r\n\r\n"),
    "bare LF after a chunk": chunked(b"5\r\nhello\n0\r\n\r\n"),
    "space before a size": chunked(b" " + HELLO),
    "prefix of a size": chunked(b"0x" + HELLO),
    "sign of a size": chunked(b"+" + HELLO),
    "negative size": chunked(b"-" + HELLO),
    "underscore in a size": chunked(b"0_" + HELLO),
    "size beyond 64 bits": chunked(b"1000000000000000" + HELLO),
    "coding after a vertical tab": chunked(HELLO, b"Transfer-Encoding: \x0bchunked"),
    "identity and length": reply(b"Transfer-Encoding: identity", b"Content-Length: 5"),
    "space before a colon": reply(b"Content-Length : 5"),
    "space in a name": reply(b"Content Length: 5"),
    "header without a colon": reply(b"Content-Length", b"Content-Length: 5"),
    "header without a name": reply(b": x", b"Content-Length: 5"),
    "space before the first header": reply(b" Content-Length: 3", b"Content-Length: 5"),
    "carriage return in a value": reply(b"A: b\rc", b"Content-Length: 5"),
    "NUL in a value": reply(b"A: b\0c", b"Content-Length: 5"),
    "NUL in a name": reply(b"A\0: b", b"Content-Length: 5"),
    "sign of a length": reply(b"Content-Length: +5"),
    "negative length": reply(b"Content-Length: -5"),
    "prefix of a length": reply(b"Content-Length: 0x5"),
    "length of two words": reply(b"Content-Length: 5 5"),
    "underscore in a length": reply(b"Content-Length: 5_0"),
    "empty length": reply(b"Content-Length:"),
    "length beyond 64 bits": reply(b"Content-Length: 99999999999999999999"),
    "length in other digits": reply("Content-Length: \N{ARABIC-INDIC DIGIT FIVE}".encode()),
    "two lengths": reply(b"Content-Length: 5", b"Content-Length: 6"),
    "status of four digits": reply(b"Content-Length: 5", first=b"HTTP/1.1 2000 OK"),
    "status that is a word": reply(b"Content-Length: 5", first=b"HTTP/1.1 abc OK"),
    "tab after the version": reply(b"Content-Length: 5", first=b"HTTP/1.1\t200 OK"),
    "version in small letters": reply(b"Content-Length: 5", first=b"http/1.1 200 OK"),
    "lines that end with CR": b"HTTP/1.1 200 OK\rContent-Length: 5\r\rhello",
}


@pytest.mark.parametrize("name", NOBODY_TAKES)
def test_what_nobody_takes(name: str) -> None:
    with pytest.raises(TransportError):
        ours(NOBODY_TAKES[name])
    assert takers(NOBODY_TAKES[name]) == []


def takers(data: bytes) -> list[str]:
    found = []
    for name, read in {"h11": with_h11, "httptools": with_httptools}.items():
        try:
            read(data)
        except (h11.RemoteProtocolError, httptools.HttpParserError):
            continue
        found.append(name)
    return found
