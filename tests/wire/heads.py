"""Replies for the tests of the framing, and a reader that is fed piece by piece."""

from collections.abc import Iterable, Iterator

from obstore._core.errors import TransportError
from obstore._http.message import Head
from obstore._http.wire import find_head_end, parse_head

VALID = {
    "plain": b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
    "no reason": b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    "empty reason": b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
    "reason with spaces": b"HTTP/1.1 503 Slow Down, please\r\nRetry-After: 2\r\n\r\n",
    "no headers": b"HTTP/1.0 200 OK\r\n\r\n",
    "padded values": b"HTTP/1.1 200 OK\r\nA:1\r\nB:  \t2 \t\r\nC:\r\nD: \r\n\r\n",
    "bytes above ASCII": b"HTTP/1.1 200 \xc3\xa4\r\nx-amz-meta-name: \xe4\xff\r\n\r\n",
    "colons in values": b"HTTP/1.1 200 OK\r\nLocation: http://h:80/a?b: c\r\n\r\n",
    "odd tokens": b"HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09aZ: v\r\n\r\n",
    "repeated": b"HTTP/1.1 200 OK\r\nVary: a\r\nvary: b\r\n\r\n",
    "control characters": b"HTTP/1.1 200 OK\r\nA: \x01\x7f\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
}

PIECES = [
    b"HTTP/1.1 200 OK", b"HTTP/1.0", b"\r\n", b"\r", b"\n", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"5", b"ff",
    b"Content-Length: 5", b"Content-Length: ", b"Transfer-Encoding: chunked", b"Connection: close", b"chunked",
    b"99999999999999999999", b"9" * 5000, b"\xb2", b"\xff", b"hello",
]  # fmt: skip
"""What a reply is made of, and what must not be in it."""


def read_head(data: bytes) -> tuple[Head, bytes]:
    """Read a head that is there as a whole, and what comes after it."""
    return read_pieces([data])


def read_pieces(pieces: Iterable[bytes]) -> tuple[Head, bytes]:
    """Read a head as a connection does: look for its end in what has arrived so far."""
    buf, searched = bytearray(), 0
    remaining = iter(pieces)
    for piece in remaining:
        buf += piece
        end = find_head_end(buf, searched, len(buf))
        if end >= 0:
            rest = bytes(buf[end + 4 :]) + b"".join(remaining)
            return parse_head(buf[:end]), rest
        searched = max(len(buf) - 3, 0)
    raise TransportError("interrupted", "no head")


def splits(data: bytes) -> Iterator[list[bytes]]:
    """Cut `data` in two at every point, and into single bytes."""
    for cut in range(1, len(data)):
        yield [data[:cut], data[cut:]]
    yield [data[at : at + 1] for at in range(len(data))]
