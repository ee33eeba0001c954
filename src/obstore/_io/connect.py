"""Opening a channel: names to addresses, TCP, then TLS. All of it blocks.

asyncio callers run it in a worker thread: resolving blocks anyway, and a handshake is
too much work for a loop's thread.
"""

from __future__ import annotations

import random
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from obstore._core.errors import TransportError
from obstore._io.channel import Channel

if TYPE_CHECKING:
    import ssl


class Target(NamedTuple):
    """Where to connect to, and how."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    connect_timeout: float = 5.0
    randomize_addresses: bool = True


def open_channel(target: Target, session: Any = None) -> Channel:
    """Connect, and shake hands if the target is a TLS one. `session` is a TLS session to resume.

    Raises:
        TransportError: `not sent` where trying again may help, `untrusted` where it cannot.
    """
    deadline = time.monotonic() + target.connect_timeout
    sock = _connect(target, deadline)
    if target.tls is None:
        return Channel(sock, is_tls=False)
    return start_tls(sock, target.tls, target.host, deadline, session)


def start_tls(sock: socket.socket, context: ssl.SSLContext, host: str, deadline: float, session: Any = None) -> Channel:
    """Shake hands over a connected socket. On failure the socket is closed."""
    import ssl

    try:
        sock.settimeout(max(deadline - time.monotonic(), 0.001))
        secure = context.wrap_socket(sock, server_hostname=host, session=session)
    except ssl.SSLCertVerificationError as error:
        sock.close()
        raise TransportError(
            "untrusted", f"the certificate of {host} is not trusted: {error.verify_message}"
        ) from error
    except OSError as error:
        sock.close()
        raise TransportError("not sent", f"TLS handshake with {host} failed: {error}") from error
    return Channel(secure, is_tls=True)


def _connect(target: Target, deadline: float) -> socket.socket:
    addresses = _resolve(target)
    failure: OSError | None = None
    for left, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        # Every address gets its share of the time, so that a dead first one leaves some for the rest.
        timeout = max((deadline - time.monotonic()) / left, 0.001)
        try:
            return _connect_to(family, address, timeout)
        except OSError as error:
            failure = error
    where = f"{target.host}:{target.port}"
    if isinstance(failure, TimeoutError):
        message = f"no connection to {where} within {target.connect_timeout:g} s"
    else:
        message = f"cannot connect to {where}: {failure}"
    raise TransportError("not sent", message) from failure


def _resolve(target: Target) -> list[tuple[int, Any]]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransportError("not sent", f"cannot resolve host {target.host!r}: {error}") from error
    addresses: list[tuple[int, Any]] = [(family, address) for family, _, _, _, address in found]
    if target.randomize_addresses:
        # S3 answers with a few of many addresses: a fixed first choice would load one of them.
        random.shuffle(addresses)
    return addresses


def _connect_to(family: int, address: Any, timeout: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    except BaseException:
        sock.close()
        raise
    return sock
