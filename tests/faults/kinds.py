"""What can go wrong with one exchange, and what is to come of it. One row for each."""

import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from tests.faults.bucket import refusal
from tests.faults.server import Exchange, Fault
from tests.socket.listener import Peer, reply


class Kind(NamedTuple):
    """A fault. `outcome` says what the client makes of it.

    - `repeated`: the request is sent again, if doing so does no harm
    - `refused`: it is an error whose message matches `says`, at the first attempt
    - `mistaken`: as `repeated`, but for reads of objects, which it misleads about the size, as `refused`
    - `endured`: the request succeeds, and is not sent again
    """

    fault: Fault
    outcome: str
    says: str = ""
    timeout: float = 5.0


# Where a reply is cut: how many of its bytes are sent.


def _in_status(whole: bytes) -> int:
    return 7


def _in_head(whole: bytes) -> int:
    return whole.index(b"\r\n\r\n") - 3


def _in_end_of_head(whole: bytes) -> int:
    return whole.index(b"\r\n\r\n") + 2


def _after_head(whole: bytes) -> int:
    return whole.index(b"\r\n\r\n") + 4


def _in_body(whole: bytes) -> int:
    return (_after_head(whole) + len(whole)) // 2


def _before_last_byte(whole: bytes) -> int:
    return len(whole) - 1


PLACES: dict[str, Callable[[bytes], int]] = {
    "before the reply": lambda whole: 0,
    "in the status line": _in_status,
    "in the head": _in_head,
    "in the end of the head": _in_end_of_head,
    "after the head": _after_head,
    "in the body": _in_body,
    "before the last byte": _before_last_byte,
}


# How the connection ends there, and the client's timeout.

STALL = 0.15


def _half_close(peer: Peer) -> None:
    peer.sock.shutdown(socket.SHUT_WR)
    peer.wait_for_end()


ENDS: dict[str, tuple[Callable[[Peer], None], float]] = {
    "reset": (Peer.reset, 5.0),
    "closed": (Peer.close, 5.0),
    "half-closed": (_half_close, 5.0),
    "stalled": (Peer.wait_for_end, STALL),
}

# A stall costs the timeout, and a half-closed connection is to the client a closed one: not everywhere.
EVERYWHERE = {"reset", "closed"}
SOMEWHERE = {"before the reply", "in the head", "in the body"}


def cutting(place: Callable[[bytes], int], end: Callable[[Peer], None]) -> Fault:
    """Carry the request out, send the beginning of the reply, and end."""

    def fault(exchange: Exchange) -> None:
        whole = exchange.carry_out()
        exchange.peer.send(whole[: place(whole)])
        end(exchange.peer)

    return fault


def deaf(end: Callable[[Peer], None]) -> Fault:
    """End when the head of the request has come, without doing anything."""
    return lambda exchange: end(exchange.peer)


def answering(*pieces: bytes, stays: bool = False) -> Fault:
    """Read the request, do nothing, and send that."""

    def fault(exchange: Exchange) -> bool:
        exchange.read_body()
        exchange.peer.send(*pieces)
        return stays

    return fault


def altering(change: Callable[[bytes], bytes], *, stays: bool = False) -> Fault:
    """Carry the request out, and change the reply."""

    def fault(exchange: Exchange) -> bool:
        exchange.peer.send(change(exchange.carry_out()))
        return stays

    return fault


def then_silent(change: Callable[[bytes], bytes]) -> Fault:
    """Carry the request out, change the reply, and say no more."""

    def fault(exchange: Exchange) -> None:
        exchange.peer.send(change(exchange.carry_out()))
        exchange.peer.wait_for_end()

    return fault


def dripping(exchange: Exchange) -> bool:
    """Send the reply in twenty pieces, with a breath between."""
    whole = exchange.carry_out()
    step = len(whole) // 20 + 1
    for start in range(0, len(whole), step):
        exchange.peer.send(whole[start : start + step])
        time.sleep(0.001)
    return True


def until_next(end: Callable[[Peer], None]) -> Fault:
    """Answer properly, and end when the next request has come."""

    def fault(exchange: Exchange) -> None:
        exchange.peer.send(exchange.carry_out())
        exchange.peer.read_head()
        end(exchange.peer)

    return fault


def early(refused: bytes) -> Fault:
    """Refuse before the body of the request has been read, and hear no more of it."""

    def fault(exchange: Exchange) -> None:
        exchange.peer.send(refused)
        exchange.peer.sock.shutdown(socket.SHUT_WR)
        exchange.peer.read(1)

    return fault


def _with_length(difference: int) -> Callable[[bytes], bytes]:
    def change(whole: bytes) -> bytes:
        head, end, body = whole.partition(b"\r\n\r\n")
        said = f"content-length: {len(body)}".encode()
        return head.replace(said, f"content-length: {len(body) + difference}".encode()) + end + body

    return change


def _with_headers(lines: bytes) -> Callable[[bytes], bytes]:
    return lambda whole: whole.replace(b"\r\n\r\n", b"\r\n" + lines + b"\r\n\r\n", 1)


def _doubled(whole: bytes) -> bytes:
    return whole + b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"


REPLY_CUT = {
    f"{end} {place}": Kind(
        cutting(PLACES[place], ENDS[end][0]), "repeated", "lost|closed|broke off|no bytes", ENDS[end][1]
    )
    for place in PLACES
    for end in ENDS
    if end in EVERYWHERE or place in SOMEWHERE
}
REQUEST_UNHEARD = {
    f"{end} at the request": Kind(deaf(ENDS[end][0]), "repeated", "lost|closed|broke off|no bytes", ENDS[end][1])
    for end in ENDS
}
REFUSED_FOR_NOW = {
    "500": Kind(answering(refusal("500 Internal Server Error", "InternalError"), stays=True), "repeated always"),
    "503": Kind(answering(refusal("503 Slow Down", "SlowDown"), stays=True), "repeated always"),
    "503 and closed": Kind(answering(refusal("503 Slow Down", "SlowDown", connection="close")), "repeated always"),
    "503 without a body": Kind(
        answering(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", stays=True), "repeated always"
    ),
    "503 whose body breaks off": Kind(answering(reply(b"<Er", status="503 No", length=99)), "repeated always"),
    "408": Kind(answering(refusal("408 Request Timeout", "RequestTimeout", connection="close")), "repeated always"),
    "429 with seconds": Kind(
        answering(refusal("429 No", "TooMany", retry_after="7"), stays=True), "repeated after 7 s"
    ),
    "503 with a date": Kind(
        answering(refusal("503 No", "SlowDown", retry_after="Fri, 31 Dec 1999 23:59:59 GMT"), stays=True),
        "repeated always",
    ),
    "503 with nonsense": Kind(
        answering(refusal("503 No", "SlowDown", retry_after="soon"), stays=True), "repeated always"
    ),
}
_TWICE = b"HTTP/1.1 200 OK\r\netag: x\r\ncontent-length: 5\r\n"
NOT_HTTP = {
    "another protocol": Kind(answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n\r\n"), "refused", "not an HTTP/1.1 reply"),
    "HTTP/0.9": Kind(answering(b"<html><body>hello</body></html>\r\n\r\n"), "refused", "not an HTTP/1.1 reply"),
    "HTTP/2": Kind(answering(b"HTTP/2 200\r\n\r\n"), "refused", "not an HTTP/1.1 reply"),
    "binary": Kind(answering(bytes(range(256)) * 4 + b"\r\n\r\n"), "refused", "not an HTTP/1.1 reply"),
    "endless status line": Kind(answering(b"HTTP/1.1 200 " + b"x" * 70_000), "refused", "longer than 65536"),
    "too many headers": Kind(altering(_with_headers(b"\r\n".join([b"x: y"] * 300))), "refused", "headers; 200 are"),
    "a header too long": Kind(altering(_with_headers(b"x: " + b"y" * 70_000)), "refused", "longer than 65536"),
    "two lengths": Kind(answering(_TWICE + b"content-length: 7\r\n\r\n"), "refused", "Content-Length"),
    "two framings": Kind(
        answering(_TWICE + b"transfer-encoding: chunked\r\n\r\n"), "refused", "both Transfer-Encoding"
    ),
    "a negative length": Kind(answering(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"), "refused", "Content-Length"),
    "a folded header": Kind(altering(_with_headers(b"x: y\r\n z")), "refused", "a header like this: b' z'"),
    "a bare line feed": Kind(altering(_with_headers(b"x: y\nz: 1")), "refused", "a header like this: b'x: y"),
    "another protocol offered": Kind(answering(b"HTTP/1.1 101 Switching\r\n\r\n"), "refused", "switches protocols"),
    "a redirect to itself": Kind(answering(reply(status="307 Over There", location="/bucket/k")), "refused", "307"),
    "a redirect to nowhere": Kind(answering(reply(status="301 Moved")), "refused", "301"),
}
STRANGE = {
    "dripping": Kind(dripping, "endured"),
    "closed after the reply": Kind(altering(bytes), "endured"),
    "closed as the next request arrives": Kind(until_next(Peer.close), "endured"),
    "reset as the next request arrives": Kind(until_next(Peer.reset), "endured"),
    "a second reply with the first": Kind(altering(_doubled, stays=True), "endured"),
    "interim replies": Kind(
        altering(lambda whole: b"HTTP/1.1 102 P\r\n\r\nHTTP/1.1 103 E\r\nlink: x\r\n\r\n" + whole, stays=True),
        "endured",
    ),
}
# What is asked for after a break is not there: 416. A range that contradicts itself is noticed at once.
_NOT_SO_LONG = "416|Content-Range has|broke off|no bytes"
WRONG_LENGTH = {
    "a length too long": Kind(altering(_with_length(+10)), "mistaken", _NOT_SO_LONG),
    "a length too long and stalled": Kind(then_silent(_with_length(+10)), "mistaken", _NOT_SO_LONG, STALL),
}
KINDS = {**REPLY_CUT, **REQUEST_UNHEARD, **REFUSED_FOR_NOW, **NOT_HTTP, **STRANGE, **WRONG_LENGTH}
