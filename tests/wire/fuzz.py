"""A long run of the framing against noise: `python -m tests.wire.fuzz --cases 1000000`.

The tests in `test_fuzz.py` have hypothesis do this with a few hundred examples, cleverly. Here it is done
plainly and often: replies are made of pieces of replies, then cut, doubled, swapped and corrupted, and read as a
connection reads them, in pieces. What is checked of each:

- it is read, or refused with our error of kind `decode`; nothing else is ever raised;
- where it is cut into pieces makes no difference to what is read;
- what is read obeys the limits, and no header holds a line break;
- what h11 takes for a complete reply, and we do too, means the same to both.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import h11

from obstore._core.errors import TransportError
from obstore._http.wire import CHUNKED, MAX_HEADERS, ChunkedDecoder, body_length
from tests.wire.heads import PIECES, VALID, read_pieces
from tests.wire.test_differential import with_h11

_FRAMING = [
    b"Content-Length: 5\r\n", b"Content-Length: 05\r\n", b"Content-Length: +5\r\n", b"Content-Length: 5, 5\r\n",
    b"Content-Length : 5\r\n", b"content-length:5\r\n", b"Content-Length: 5\r\n 6\r\n", b"Content-Length:\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: Chunked\r\n", b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: gzip\r\n", b"Transfer-Encoding:\tchunked\r\n", b"Transfer-Encoding: \x0bchunked\r\n",
    b"Transfer-Encoding: identity\r\n", b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"X: y\r\n",
]  # fmt: skip
_FIRST = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 206 \r\n",
    b"HTTP/1.0 200 OK\r\n",
    b"HTTP/1.1 404\r\n",
    b"HTTP/1.1 204 N\r\n",
]
_BODIES = [
    b"hello", b"5\r\nhello\r\n0\r\n\r\n", b"5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n", b"05\r\nhello\r\n000\r\n\r\n",
    b"5 \r\nhello\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello0\r\n\r\n", b"6\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\nhello", b"5\r\nhello\r\n0\r\n\r\nHTTP",
    b"",
]  # fmt: skip
_METHODS = ["GET", "HEAD", "PUT"]


class Reading(NamedTuple):
    """What is made of some bytes: a reply, or why it is none."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_complete: bool


def make(rng: random.Random) -> bytes:
    """Make a reply that may be right, nearly right, or noise."""
    kind = rng.random()
    if kind < 0.1:
        return b"".join(rng.choices(PIECES, k=rng.randrange(12)))
    if kind < 0.3:
        data = rng.choice(sorted(VALID.values())) + rng.choice(_BODIES)
    else:
        data = rng.choice(_FIRST) + b"".join(rng.choices(_FRAMING, k=rng.randrange(4))) + b"\r\n" + rng.choice(_BODIES)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 5])):
        data = mutate(rng, data)
    return data


def mutate(rng: random.Random, data: bytes) -> bytes:
    """Change a few bytes: replace, drop, double or swap them."""
    start = rng.randrange(len(data) + 1)
    stop = min(start + rng.randrange(5), len(data))
    taken = data[start:stop]
    with_what = rng.choice([rng.randbytes(rng.randrange(4)), rng.choice(PIECES[:18]), taken * 2, taken[::-1], b""])
    return data[:start] + with_what + data[stop:]


def read(pieces: Sequence[bytes], method: str) -> Reading | str:
    """Read a reply that arrives in pieces, as a connection does. A refusal is returned as its message."""
    try:
        head, rest = read_pieces(pieces)
        length = body_length(method, head)
        if length == CHUNKED:
            decoder = ChunkedDecoder()
            step = max(len(pieces[0]), 1)
            body = b"".join(bytes(decoder.feed(memoryview(rest)[at : at + step])) for at in range(0, len(rest), step))
            return Reading(head.status, head.headers, body, decoder.is_complete)
        body = rest if length < 0 else rest[:length]
        return Reading(head.status, head.headers, body, length < 0 or len(body) == length)
    except TransportError as error:
        assert error.kind in ("decode", "interrupted"), error  # noqa: PT017 - refusals are half of what is read
        return str(error)


def check(data: bytes, cut: int, method: str) -> str:
    """Check one case, and say what became of it."""
    reading = read([data], method)
    assert reading == read([data[:cut], data[cut:]] if 0 < cut < len(data) else [data], method)
    if isinstance(reading, str):
        return "refused"
    assert 200 <= reading.status + 100 <= 1099
    assert len(reading.headers) <= MAX_HEADERS
    assert not any(set(name + value) & set("\r\n\0") for name, value in reading.headers.items())
    if method != "GET" or not reading.is_complete or reading.status < 200:
        return "read"
    try:
        other = with_h11(data)
    except h11.RemoteProtocolError:
        return "read, unlike h11"
    assert (other.status, other.body) == (reading.status, reading.body)
    return "read, as h11"


def main() -> None:
    """Run as many cases as were asked for, and count what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    options = parser.parse_args()
    rng, started, outcomes = random.Random(options.seed), time.monotonic(), Counter[str]()
    for number in range(options.cases):
        data, method = make(rng), rng.choice(_METHODS)
        try:
            outcomes[check(data, rng.randrange(len(data) + 1), method)] += 1
        except BaseException:
            print(f"case {number} of seed {options.seed}: {method} {data!r}")
            raise
    took = time.monotonic() - started
    print(f"{options.cases} cases of seed {options.seed} in {took:.0f} s: {dict(outcomes)}")


if __name__ == "__main__":
    main()
