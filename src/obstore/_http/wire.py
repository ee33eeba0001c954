"""HTTP/1.1 on the wire: heads to bytes, bytes to heads, and where a body ends.

Sans-I/O: buffers in, values out, `None` for "more bytes are needed". Strict where
leniency lets two parties read one message differently (RFC 9112, section 11):

- a reply with both `Transfer-Encoding` and `Content-Length`, or with two lengths, is refused;
- a line ends with CR LF, and neither may stand alone inside one; no folded lines;
- a chunk size is hexadecimal digits and nothing else, an extension at most after `;`;
- no request line or header with CR, LF or NUL ever leaves this module.

Limits: a head of 64 KiB and 200 headers. nginx allows 32 KiB, S3's largest user
metadata is 2 KiB; a head beyond this is a fault or an attack.
"""

from __future__ import annotations

import re

from obstore._core.errors import TransportError
from obstore._core.memo import remember
from obstore._http.message import Head, Header

MAX_HEAD = 65536
MAX_HEADERS = 200
MAX_CHUNK_LINE = 256
_LENGTH_DIGITS = 18
"""More of them do not fit 63 bits. (And `int` refuses to read 4,300.)"""

_STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9][0-9])(?: ([^\r\n\0]*))?")
_HEADER_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")

CHUNKED = -1
UNTIL_CLOSE = -2


def format_head(method: str, target: str, headers: list[Header]) -> bytes:
    """Write a request's head.

    Raises:
        ValueError: Something in it would break out of its line.
    """
    lines = [f"{method} {target} HTTP/1.1", *map(": ".join, headers)]
    text = "".join(lines)  # Looked through once: a look at each header would cost more than all the rest.
    if "\r" in text or "\n" in text or "\0" in text or " " in target:
        raise ValueError(f"header or target with a line break, NUL or space: {_find_broken(method, target, headers)}")
    lines += "", ""
    # As signatures have it: AWS and Azure compute them over UTF-8.
    return "\r\n".join(lines).encode()


def _find_broken(method: str, target: str, headers: list[Header]) -> str:
    broken = [name for name, value in headers if re.search(r"[\r\n\0]", name + value)]
    return repr(broken[0]) if broken else f"{method} {target!r}"


def find_head_end(buf: bytearray, searched: int, filled: int) -> int:
    """Return where the head in `buf[:filled]` ends, or -1; `buf[:searched]` was looked at before."""
    return buf.find(b"\r\n\r\n", max(searched - 3, 0), filled)


def parse_head(data: bytes | bytearray) -> Head:
    """Read a reply's head, without its last empty line.

    Raises:
        TransportError: It is not one; kind `decode`.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    first, *lines = text.split("\r\n")
    is_1_1, status, reason = _seen_first.get(first) or _parse_status_line(first)
    if len(lines) > MAX_HEADERS:
        raise TransportError("decode", f"a reply with {len(lines)} headers; {MAX_HEADERS} are accepted")
    headers = dict(map(_seen.__getitem__, lines))
    if len(headers) != len(lines):
        headers = _join_repeated(lines)
    return Head(status, reason, headers, _is_persistent(is_1_1, headers))


def _join_repeated(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in map(_seen.__getitem__, lines):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class _Seen(dict[str, tuple[str, str]]):
    """Headers by their lines.

    Half the lines of a reply are those of the reply before: the server's name, the type, the second.
    A line that was found right once needs no second look: that saves a tenth of a small request.
    """

    __slots__ = ()

    def __missing__(self, line: str) -> tuple[str, str]:
        return remember(self, line, _parse_header(line), _MAX_SEEN)


_seen = _Seen()
_seen_first: dict[str, tuple[bool, int, str]] = {}
_MAX_SEEN = 1024


def _parse_status_line(line: str) -> tuple[bool, int, str]:
    match = _STATUS_LINE.fullmatch(line)
    if match is None:
        raise TransportError("decode", f"not an HTTP/1.1 reply: {line[:80].encode()!r}")
    minor, status, reason = match.groups()
    return remember(_seen_first, line, (minor == "1", int(status), reason or ""), _MAX_SEEN)


def _parse_header(line: str) -> tuple[str, str]:
    match = _HEADER_LINE.fullmatch(line)
    if match is None:
        raise TransportError("decode", f"a reply with a header like this: {line[:80].encode()!r}")
    name, value = match.groups()
    return name.lower(), value.strip(" \t")


def _is_persistent(is_1_1: bool, headers: dict[str, str]) -> bool:
    connection = headers.get("connection")
    if connection is None:
        return is_1_1
    tokens = connection.lower()
    if is_1_1:
        return "close" not in tokens
    # "A client that receives an HTTP/1.0 message containing a Transfer-Encoding MUST [...] close the connection
    # after processing the message" (RFC 9112, 6.1): on its way some proxy may have read it by another framing.
    return "keep-alive" in tokens and "close" not in tokens and "transfer-encoding" not in headers


def body_length(method: str, head: Head) -> int:
    """Return the length of a reply's body, `CHUNKED` or `UNTIL_CLOSE` (RFC 9112, 6.3).

    Raises:
        TransportError: The head contradicts itself; kind `decode`.
    """
    headers = head.headers
    coding = headers.get("transfer-encoding")
    length = headers.get("content-length")
    size = UNTIL_CLOSE if length is None else parse_length(length)
    if coding is not None and length is not None:
        raise TransportError("decode", "a reply with both Transfer-Encoding and Content-Length")
    if method == "HEAD" or head.status in (204, 304):
        return 0
    if coding is None:
        return size
    if coding.lower() != "chunked":
        raise TransportError("decode", f"a reply with Transfer-Encoding {coding!r}; only 'chunked' is known")
    return CHUNKED


def parse_length(text: str) -> int:
    """Read a Content-Length.

    Two of them are refused even where they agree: RFC 9110, 8.6 allows that, and everyone
    who reads the header after us may take it for a number.
    """
    if len(text) > _LENGTH_DIGITS or not (text.isascii() and text.isdigit()):
        raise TransportError("decode", f"a reply with Content-Length {text[:40]!r}")
    return int(text)


class ChunkedDecoder:
    """Takes the chunked coding off a body (RFC 9112, 7.1). Trailers are read and dropped.

    Feed it what arrives; it returns what is content. `is_complete` turns true at the end,
    and `surplus` then counts the bytes that came after it.
    """

    __slots__ = ("_line", "_pending", "_state", "_trailers", "is_complete", "surplus")

    def __init__(self) -> None:
        self._line = bytearray()
        self._pending = 0  # Bytes of the current chunk that have not come yet.
        self._state = "size"
        self._trailers = 0
        self.is_complete = False
        self.surplus = 0

    def feed(self, data: memoryview) -> bytearray:
        """Decode the next bytes.

        Raises:
            TransportError: They are not chunked coding; kind `decode`.
        """
        content = bytearray()
        while data and not self.is_complete:
            if self._state == "data":
                taken = min(self._pending, len(data))
                content += data[:taken]
                data = data[taken:]
                self._pending -= taken
                self._state = "data" if self._pending else "end"
            else:
                data = self._feed_line(data)
        self.surplus = len(data)
        return content

    def _feed_line(self, data: memoryview) -> memoryview:
        # A piece of no more than a line: copying all of `data` for each small chunk in it would be quadratic.
        piece = bytes(data[:MAX_CHUNK_LINE])
        end = piece.find(b"\n")
        taken = len(piece) if end < 0 else end + 1
        self._line += piece[:taken]
        if len(self._line) > (MAX_HEAD if self._state == "trailer" else MAX_CHUNK_LINE):
            raise TransportError("decode", "a chunked body with an endless line")
        if end >= 0:
            self._end_line()
        return data[taken:]

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise TransportError("decode", f"a chunked body with a bare line break: {line[:40]!r}")
        getattr(self, f"_on_{self._state}")(line[:-2])

    def _on_size(self, line: bytes) -> None:
        match = _CHUNK_SIZE.fullmatch(line)
        if match is None:
            raise TransportError("decode", f"a chunk of size {line[:40]!r}")
        self._pending = int(match[1], 16)
        self._state = "data" if self._pending else "trailer"

    def _on_end(self, line: bytes) -> None:
        if line:
            raise TransportError("decode", "a chunk longer than its size")
        self._state = "size"

    def _on_trailer(self, line: bytes) -> None:
        self.is_complete = not line
        self._trailers += len(line)
        if self._trailers > MAX_HEAD:
            raise TransportError("decode", f"a chunked body with trailers longer than {MAX_HEAD} bytes")
