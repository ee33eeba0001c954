"""Through a proxy: connecting to it, and having it connect us. It knows no proxy's language.

What is said comes from above, as a `Negotiation`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

from obstore._core.errors import TransportError
from obstore._io.connect import Negotiation, Target, Via, connect, resolve, start_tls


def open_tunnel(target: Target, via: Via, deadline: float) -> socket.socket:
    """Return a socket whose other end is the target's, or the proxy's if it is to be asked itself.

    Raises:
        TransportError: There is none.
    """
    if via.negotiate is None:
        return _connect(target, via, deadline)
    failure: TransportError | None = None
    for host in _names(target, via):
        try:
            return _tunnel(target, via, via.negotiate(host, target.port), deadline)
        except TransportError as error:
            failure = error
            if error.kind != "not sent" or time.monotonic() >= deadline:
                break
    assert failure is not None
    raise failure


def _names(target: Target, via: Via) -> Iterator[str]:
    """The names under which the proxy may know the target."""
    if not via.resolves_here:
        yield target.host
        return
    for _, address in resolve(target, target.host, target.port):
        yield str(address[0]).partition("%")[0]


def _connect(target: Target, via: Via, deadline: float) -> socket.socket:
    what = f"the proxy {via.name}"
    try:
        sock = connect(target, via.host, via.port, deadline, what)
        return sock if via.tls is None else start_tls(sock, via.tls, via.host, deadline, proxy=what)
    except TransportError as error:
        error.hint = error.hint or f"is it running? It is named by {via.source}"
        raise


def _tunnel(target: Target, via: Via, negotiation: Negotiation, deadline: float) -> socket.socket:
    sock = _connect(target, via, deadline)
    try:
        _negotiate(sock, negotiation, deadline)
    except OSError as error:
        sock.close()
        late = isinstance(error, TimeoutError)
        why = f"it did not answer within {target.connect_timeout:g} s" if late else str(error)
        raise TransportError(
            "not sent",
            f"no tunnel to {target.host}:{target.port} through the proxy {via.name}: {why}",
            f"is it a proxy of that kind? It is named by {via.source}",
        ) from error
    except BaseException:
        sock.close()
        raise
    return sock


def _negotiate(sock: socket.socket, negotiation: Negotiation, deadline: float) -> None:
    buf = bytearray()
    data, measure = next(negotiation)
    while True:
        sock.settimeout(max(deadline - time.monotonic(), 0.001))
        if data:
            sock.sendall(data)
        while (size := measure(buf)) is None:
            _receive(sock, buf, deadline)
        answer = bytes(buf[:size])
        del buf[:size]
        try:
            data, measure = negotiation.send(answer)
        except StopIteration:
            break
    if buf:
        # The target has been told nothing yet: whoever speaks now is not the target.
        raise ConnectionError("it sent more than the answer")


def _receive(sock: socket.socket, buf: bytearray, deadline: float) -> None:
    sock.settimeout(max(deadline - time.monotonic(), 0.001))
    piece = sock.recv(4096)
    if not piece:
        raise ConnectionError("it closed the connection")
    buf += piece
