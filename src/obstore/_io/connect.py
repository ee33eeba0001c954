"""Opening a channel: names to addresses, TCP, a proxy if there is one, then TLS. All of it blocks.

asyncio callers run it in a worker thread: resolving blocks anyway, and a handshake is
too much work for a loop's thread.

Of several addresses the next one is tried as soon as one refuses, and beside it when one
does not answer within a quarter of a second; the first to answer is used (RFC 8305).
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from obstore._core.errors import TransportError
from obstore._io.channel import Channel

if TYPE_CHECKING:
    import selectors
    import ssl

_HEAD_START = 0.25
"""Seconds that an address has before the next one is tried too: RFC 8305, section 5."""

Address: TypeAlias = tuple[int, Any]
"""A family, and where in it."""

Measure: TypeAlias = Callable[[bytearray], "int | None"]
"""Says how long the answer is that begins what has come, or None if it is not whole yet."""

Negotiation: TypeAlias = Generator[tuple[bytes, Measure], bytes, None]
"""What is said to a proxy: yields what to send and the measure of the answer, and is sent the answer."""


class Via(NamedTuple):
    """A proxy on the way to a target.

    `tls` is for talking to the proxy itself. `negotiate` makes, for a host and port, what is said to
    it to get a tunnel (see `tunnel`); without one, it is given the target's requests as they are.
    `resolves_here` has the name of the target looked up on this machine. `source` says who named it.
    """

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    negotiate: Callable[[str, int], Negotiation] | None
    resolves_here: bool = False
    source: str = ""


class Target(NamedTuple):
    """Where to connect to, and how. `connect_timeout` is for all of it, from names to TLS."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    connect_timeout: float = 5.0
    randomize_addresses: bool = True
    via: Via | None = None


def open_channel(target: Target, session: Any = None) -> Channel:
    """Connect, and shake hands if the target is a TLS one. `session` is a TLS session to resume.

    Raises:
        TransportError: `not sent` where trying again may help, `untrusted` and `proxy` where it cannot.
    """
    deadline = time.monotonic() + target.connect_timeout
    if target.via is None:
        sock = connect(target, target.host, target.port, deadline)
    else:
        from obstore._io.tunnel import open_tunnel

        sock = open_tunnel(target, target.via, deadline)
    if target.tls is not None:
        sock = start_tls(sock, target.tls, target.host, deadline, session)
    # A plain target's channel is a TLS one if its proxy's is.
    return Channel(sock, is_tls=hasattr(sock, "pending"))


def start_tls(
    sock: socket.socket, context: ssl.SSLContext, host: str, deadline: float, session: Any = None, *, proxy: str = ""
) -> socket.socket:
    """Shake hands over a connected socket. On failure the socket is closed. `proxy` is its name, if it is one's."""
    import ssl

    what = proxy or host
    try:
        sock.settimeout(max(deadline - time.monotonic(), 0.001))
        if isinstance(sock, ssl.SSLSocket):
            from obstore._io.nested import NestedTls

            return NestedTls(sock, context, host, session)  # type: ignore[return-value]  # It has what we use of one.
        return context.wrap_socket(sock, server_hostname=host, session=session)
    except ssl.SSLCertVerificationError as error:
        from obstore._io.tls import remedy_of

        sock.close()
        message = f"the certificate of {what} is not trusted: {error.verify_message}"
        raise TransportError("untrusted", message, remedy_of(error, is_proxy=bool(proxy))) from error
    except OSError as error:
        sock.close()
        raise TransportError("not sent", f"TLS handshake with {what} failed: {error}") from error
    except BaseException:
        sock.close()
        raise


def connect(target: Target, host: str, port: int, deadline: float, what: str = "") -> socket.socket:
    """Connect to a host. `what` is its name in errors."""
    what = what or f"{host}:{port}"
    try:
        return _connect_any(resolve(target, host, port), deadline)
    except TimeoutError as error:
        raise TransportError("not sent", f"no connection to {what} within {target.connect_timeout:g} s") from error
    except OSError as error:
        raise TransportError("not sent", f"cannot connect to {what}: {error}") from error


def resolve(target: Target, host: str, port: int) -> list[Address]:
    """Look up the addresses of a host, in the order in which they are to be tried."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        # A name that is said not to exist will hardly exist the next time; "try again" is another answer.
        kind = "unknown host" if getattr(error, "errno", None) == socket.EAI_NONAME else "not sent"
        raise TransportError(kind, f"cannot resolve host {host!r}: {error}") from error
    addresses: list[Address] = [(family, address) for family, _, _, _, address in found]
    if target.randomize_addresses:
        # S3 answers with a few of many addresses: a fixed first choice would load one of them.
        random.shuffle(addresses)
    return _alternate(addresses)


def _alternate(addresses: list[Address]) -> list[Address]:
    """Let the families take turns: where one of them leads nowhere, all its addresses do (RFC 8305, 4)."""
    queues: dict[int, deque[Address]] = {}
    for address in addresses:
        queues.setdefault(address[0], deque()).append(address)
    ordered = []
    while any(queues.values()):
        ordered += [queue.popleft() for queue in queues.values() if queue]
    return ordered


def _connect_any(addresses: list[Address], deadline: float) -> socket.socket:
    import selectors

    waiting, failure = deque(addresses), OSError("it has no address")
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or selector.get_map():
                if waiting and (error := _begin(selector, *waiting.popleft())) is not None:
                    failure = error
                    continue
                left = deadline - time.monotonic()
                for key, _ in selector.select(min(left, _HEAD_START) if waiting else left):
                    sock: Any = key.fileobj
                    if not (number := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        selector.unregister(sock)
                        return _prepared(sock)
                    failure = OSError(number, os.strerror(number))
                    _drop(selector, sock)
                if time.monotonic() >= deadline:
                    raise TimeoutError
        finally:
            for key in tuple(selector.get_map().values()):
                _drop(selector, key.fileobj)
    raise failure


def _begin(selector: selectors.BaseSelector, family: int, address: Any) -> OSError | None:
    """Begin to connect; return why that is impossible, if it is."""
    import selectors

    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:  # A family that this machine does not have.
        return error
    try:
        sock.setblocking(False)
        sock.connect(address)
    except BlockingIOError:
        pass
    except BaseException as error:
        sock.close()
        if isinstance(error, OSError):
            return error
        raise
    selector.register(sock, selectors.EVENT_WRITE)
    return None


def _drop(selector: selectors.BaseSelector, sock: Any) -> None:
    selector.unregister(sock)
    sock.close()


def _prepared(sock: socket.socket) -> socket.socket:
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    except BaseException:
        sock.close()
        raise
    return sock
