"""Whatever arrives: it is read, or refused with our error. There is no third way."""

import random

from hypothesis import given
from hypothesis import strategies as st

from obstore._core.errors import TransportError
from obstore._http.message import Head
from obstore._http.wire import CHUNKED, UNTIL_CLOSE, ChunkedDecoder, body_length, parse_head
from tests.wire.fuzz import check as check_reply
from tests.wire.fuzz import make
from tests.wire.heads import PIECES, VALID

noise = st.lists(st.sampled_from(PIECES) | st.binary(max_size=8), max_size=20).map(b"".join)
heads = noise | noise.map(lambda tail: b"HTTP/1.1 200 OK\r\n" + tail)
methods = st.sampled_from(["GET", "HEAD", "PUT"])


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A valid head with one piece of it replaced."""
    data = draw(st.sampled_from(sorted(VALID.values())))[:-4]
    start = draw(st.integers(0, len(data)))
    stop = draw(st.integers(start, min(start + 4, len(data))))
    return data[:start] + draw(noise) + data[stop:]


def check(head: Head, method: str) -> None:
    assert 100 <= head.status <= 999
    for name, value in head.headers.items():
        assert name == name.lower()
        assert name.isascii()
        assert value == value.strip(" \t")
        assert not set(name + value) & set("\r\n\0")
    assert body_length(method, head) in range(10**18) or body_length(method, head) in (CHUNKED, UNTIL_CLOSE)


@given(data=heads | mutated() | st.binary(max_size=200), method=methods)
def test_any_head_is_read_or_refused(data: bytes, method: str) -> None:
    try:
        check(parse_head(data), method)
    except TransportError as error:
        assert error.kind == "decode"  # noqa: PT017 - both ways are right


coded = st.lists(st.binary(max_size=40), max_size=6).map(
    lambda chunks: b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"
)


@given(data=noise | coded | st.binary(max_size=200), step=st.integers(1, 50))
def test_any_chunked_body_is_read_or_refused(data: bytes, step: int) -> None:
    decoder = ChunkedDecoder()
    try:
        for at in range(0, len(data), step):
            assert len(decoder.feed(memoryview(data)[at : at + step])) <= step
    except TransportError as error:
        assert error.kind == "decode"  # noqa: PT017 - both ways are right


@given(chunks=st.lists(st.binary(max_size=300), max_size=6), step=st.integers(1, 400))
def test_body_survives_the_coding(chunks: list[bytes], step: int) -> None:
    data = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"
    decoder = ChunkedDecoder()

    content = b"".join(bytes(decoder.feed(memoryview(data)[at : at + step])) for at in range(0, len(data), step))

    assert (b"".join(chunks), True) == (content, decoder.is_complete)


@given(seed=st.integers(0, 2**32))
def test_pieces_of_replies_are_read_alike_however_they_arrive(seed: int) -> None:
    rng = random.Random(seed)
    data = make(rng)

    check_reply(data, rng.randrange(len(data) + 1), "GET")
