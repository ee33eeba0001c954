"""What is said to a proxy to make a tunnel of it: CONNECT, and SOCKS 5. Sans-I/O.

Each is a generator that yields `(data, measure)`: send the data, then receive until `measure` of
what has come says how long the answer is, and pass that much in. It returns when the tunnel is
there, and raises `TransportError` if there will be none:

- `proxy`: the proxy says no, or is none. Asking again would not help.
- `not sent`: it cannot reach the origin now. Nothing of the request has been sent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from obstore._core.errors import TransportError
from obstore._http.wire import MAX_HEAD, format_head, parse_head

if TYPE_CHECKING:
    from obstore._http.message import Head
    from obstore._http.proxy import Proxy
    from obstore._io.connect import Measure, Negotiation

_ENCODED = "special characters in them are percent-encoded"

_SOCKS_FAILURES = {  # RFC 1928, section 6: what it says, and whether it may be otherwise the next time.
    1: ("general failure", "not sent"),
    2: ("its rules do not allow it", "proxy"),
    3: ("network unreachable", "not sent"),
    4: ("host unreachable", "not sent"),
    5: ("connection refused there", "not sent"),
    6: ("TTL expired", "not sent"),
    7: ("it does not know CONNECT", "proxy"),
    8: ("it does not know this type of address", "proxy"),
}


def connect(proxy: Proxy) -> Callable[[str, int], Negotiation]:
    """Return what asks an HTTP proxy for a tunnel to a host and port."""
    return lambda host, port: _connect(proxy, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _connect(proxy: Proxy, authority: str) -> Negotiation:
    request = format_head("CONNECT", authority, [("host", authority), *proxy.authorization])
    reply = yield request, _end_of_head
    while (head := _read_head(proxy, reply)).status < 200:
        reply = yield b"", _end_of_head
    if head.status >= 300:
        raise _refusal(proxy, authority, head)


def _end_of_head(buf: bytearray) -> int | None:
    end = buf.find(b"\r\n\r\n")
    if end >= 0:
        return end + 4
    # What does not begin like a reply is not waited for any longer.
    is_reply = buf[:5] == b"HTTP/"[: len(buf)] and len(buf) < MAX_HEAD
    return None if is_reply else len(buf)


def _read_head(proxy: Proxy, reply: bytes) -> Head:
    head, end, _ = reply.partition(b"\r\n\r\n")
    try:
        return parse_head(head if end else b"")  # A head without an end is none, whatever it begins with.
    except TransportError as error:
        raise TransportError(
            "proxy", f"the proxy {proxy} does not answer CONNECT with HTTP: {reply[:40]!r}", _other_kind(proxy)
        ) from error


def _refusal(proxy: Proxy, authority: str, head: Head) -> TransportError:
    # 502, 503 and 504 are about the origin, and 429 is "not now".
    kind = "not sent" if head.status >= 500 or head.status == 429 else "proxy"
    message = f"the proxy {proxy} opens no tunnel to {authority}: {head.status} {head.reason}".rstrip()
    return TransportError(kind, message, _remedy(proxy, head))


def _remedy(proxy: Proxy, head: Head) -> str:
    if head.status not in (401, 407):  # tinyproxy says 407 where there is no password, 401 where it is wrong.
        return f"ask whoever runs the proxy, or name the host in {proxy.exclusions} to do without it"
    offered = head.headers.get("proxy-authenticate", "")
    if offered and "basic" not in offered.lower():
        return f"it wants {offered.split(' ')[0]}, and this client knows user and password (Basic) only"
    if proxy.user is None:
        return f"give user and password in {proxy.source}, as in http://user:password@host:port; {_ENCODED}"
    return f"it does not accept the user and password in {proxy.source}; {_ENCODED}"


def _other_kind(proxy: Proxy) -> str:
    other = "an https:// or socks5h://" if proxy.is_http else "an http://"
    return f"is it {other} one? {proxy.source} says that it is {proxy.scheme}://"


def socks(proxy: Proxy) -> Callable[[str, int], Negotiation]:
    """Return what asks a SOCKS 5 proxy for a tunnel to a host and port."""
    return lambda host, port: _socks(proxy, host, port)


def _socks(proxy: Proxy, host: str, port: int) -> Negotiation:
    methods = b"\0" if proxy.user is None else b"\0\2"
    version, method = yield bytes([5, len(methods)]) + methods, _exactly(2)
    if version != 5:
        raise TransportError("proxy", f"the proxy {proxy} does not speak SOCKS 5", _other_kind(proxy))
    if method == 2 and proxy.user is not None:
        _, status = yield _login(proxy), _exactly(2)
        if status:
            hint = f"check the user and password in {proxy.source}; {_ENCODED}"
            raise TransportError("proxy", f"the proxy {proxy} does not accept the user and password", hint)
    elif method != 0:
        raise _login_wanted(proxy)
    _, status, *_ = yield b"\5\1\0" + _address(host) + port.to_bytes(2, "big"), _end_of_socks_reply
    if status:
        text, kind = _SOCKS_FAILURES.get(status, (f"reply {status}", "proxy"))
        hint = f"name the host in {proxy.exclusions} to do without the proxy"
        raise TransportError(kind, f"the proxy {proxy} opens no tunnel to {host}:{port}: {text}", hint)


def _exactly(size: int) -> Measure:
    return lambda buf: size if len(buf) >= size else None


def _end_of_socks_reply(buf: bytearray) -> int | None:
    if len(buf) >= 2 and buf[1]:
        return len(buf)  # Nobody reads the address in a refusal, and not all send one.
    if len(buf) < 5:
        return None
    address = {1: 4, 4: 16}.get(buf[3], 1 + buf[4])
    size = 4 + address + 2
    return size if len(buf) >= size else None


def _login(proxy: Proxy) -> bytes:
    user, password = (proxy.user or "").encode(), proxy.password.encode()
    if len(user) > 255 or len(password) > 255:
        raise TransportError("proxy", "user and password of a SOCKS proxy have 255 bytes at most (RFC 1929)")
    return b"".join([b"\1", bytes([len(user)]), user, bytes([len(password)]), password])


def _login_wanted(proxy: Proxy) -> TransportError:
    if proxy.user is None:
        hint = f"give user and password in {proxy.source}, as in {proxy.scheme}://user:password@host:port; {_ENCODED}"
    else:
        hint = "it knows neither a password nor doing without (RFC 1929), and this client knows nothing else"
    return TransportError("proxy", f"the proxy {proxy} wants another kind of login", hint)


def _address(host: str) -> bytes:
    from ipaddress import ip_address

    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("ascii")
        if len(name) > 255:
            raise TransportError("proxy", f"a host's name has 255 bytes at most for SOCKS, not {len(name)}") from None
        return b"\3" + bytes([len(name)]) + name
    return (b"\1" if address.version == 4 else b"\4") + address.packed
