"""The chunked coding: whole, at every split point, and hostile."""

import time

import pytest

from obstore._core.errors import TransportError
from obstore._http.wire import MAX_CHUNK_LINE, MAX_HEAD, ChunkedDecoder
from tests.wire.heads import splits

BODIES = {
    "empty": (b"0\r\n\r\n", b""),
    "one chunk": (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
    "two chunks": (b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", b"hello world"),
    "upper and lower case": (b"A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n", b"0123456789" * 2),
    "leading zeros": (b"0005\r\nhello\r\n000\r\n\r\n", b"hello"),
    "line breaks in a chunk": (b"6\r\n\r\n0\r\n\n\r\n0\r\n\r\n", b"\r\n0\r\n\n"),
    "extension": (b"5;name=value\r\nhello\r\n0;last\r\n\r\n", b"hello"),
    "extension after space": (b'5 ; name="a;b"\r\nhello\r\n0\r\n\r\n', b"hello"),
    "trailers": (b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"hello"),
}


def decode(pieces: list[bytes]) -> tuple[bytes, ChunkedDecoder]:
    decoder = ChunkedDecoder()
    return b"".join(bytes(decoder.feed(memoryview(piece))) for piece in pieces), decoder


@pytest.mark.parametrize("name", BODIES)
def test_body_is_decoded(name: str) -> None:
    coded, body = BODIES[name]

    content, decoder = decode([coded])

    assert (body, True, 0) == (content, decoder.is_complete, decoder.surplus)


@pytest.mark.parametrize("name", BODIES)
def test_body_is_decoded_at_every_split_point(name: str) -> None:
    coded, body = BODIES[name]

    for pieces in splits(coded):
        content, decoder = decode(pieces)
        assert (body, True, 0) == (content, decoder.is_complete, decoder.surplus)


@pytest.mark.parametrize("name", BODIES)
def test_bytes_after_the_end_are_counted(name: str) -> None:
    coded, body = BODIES[name]

    content, decoder = decode([coded + b"HTTP/1.1"])

    assert (body, True, 8) == (content, decoder.is_complete, decoder.surplus)


@pytest.mark.parametrize("name", BODIES)
def test_body_is_complete_only_with_its_last_byte(name: str) -> None:
    coded, _ = BODIES[name]

    for end in range(len(coded)):
        assert not decode([coded[:end]])[1].is_complete


HOSTILE = {
    "no size": b"\r\nhello\r\n",
    "not hexadecimal": b"g\r\n",
    "negative": b"-5\r\nhello\r\n",
    "signed": b"+5\r\nhello\r\n",
    "prefixed": b"0x5\r\nhello\r\n",
    "underscore": b"1_0\r\n",
    "leading space": b" 5\r\nhello\r\n",
    "space inside": b"5 5\r\n",
    "extension without semicolon": b"5 name\r\nhello\r\n",
    "NUL in extension": b"5;a\0b\r\nhello\r\n",
    "bare CR in extension": b"5;a\rb\r\nhello\r\n",
    "bare LF after size": b"5\nhello\r\n",
    "bare LF after chunk": b"5\r\nhello\n",
    "chunk longer than its size": b"5\r\nhello!\r\n0\r\n\r\n",
    "chunk shorter than its size": b"5\r\nhell\r\n0\r\n\r\n",
    "size of sixteen digits": b"FFFFFFFFFFFFFFFF\r\n",
    "size with many zeros": b"0" * 40 + b"\r\n",
    "endless size": b"0" * (MAX_CHUNK_LINE + 1),
    "endless extension": b"5;" + b"a" * MAX_CHUNK_LINE,
    "bare LF in trailers": b"0\r\nA: b\n\r\n",
    "bare CR in trailers": b"0\r\nA: b\rc\r\n\r\n",
    "endless trailer": b"0\r\nA: " + b"a" * MAX_HEAD,
    "flood of trailers": b"0\r\n" + b"A: b\r\n" * (MAX_HEAD // 4 + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("size", [1 << 20, 1000, 1])
def test_hostile_body_is_refused(name: str, size: int) -> None:
    data = HOSTILE[name]

    with pytest.raises(TransportError) as caught:
        decode([data[at : at + size] for at in range(0, len(data), size)])

    assert caught.value.kind == "decode"


def test_many_small_chunks_take_linear_time() -> None:
    # Copying the rest of the buffer for each of them took three seconds of the processor's time.
    coded = b"1\r\nx\r\n" * 100_000
    started = time.thread_time()

    content, _ = decode([coded])

    assert len(content) == 100_000
    assert time.thread_time() - started < 2
