"""A bucket behind a network that misbehaves on command.

A `Fault` is given one exchange: the request's head has been read, nothing else has happened. It reads
on, has the bucket carry the request out or not, and answers as it likes.
"""

import threading
from collections.abc import Callable
from typing import NamedTuple

from tests.faults.bucket import Bucket, name_of
from tests.socket.listener import Listener, Peer, Received


class Exchange(NamedTuple):
    """A request whose head has come, on a connection that can do what it should not."""

    peer: Peer
    head: Received
    bucket: Bucket

    def carry_out(self) -> bytes:
        """Read the rest of the request, do what it says, and return the proper reply."""
        return self.bucket.answer(self.read_body())

    def read_body(self) -> Received:
        """Read the rest of the request, having told a client that asks to send it, and do nothing."""
        if "expect" in self.head.headers:
            self.peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = self.peer.read_body(self.head)
        if len(request.body) < int(self.head.headers.get("content-length", 0)):
            raise ConnectionError("the client left in the middle of a body")
        return request


Fault = Callable[[Exchange], bool | None]
"""Misbehaves. The connection goes on only if it returns True."""


class FaultServer(Listener):
    """Serves a bucket. The first requests of a name meet the fault that `faults` has for it, as often as that says."""

    def __init__(self, bucket: Bucket, target: str, fault: Fault, times: int = 1) -> None:
        super().__init__(self._script)
        self.bucket = bucket
        self.faults = {target: (fault, times)}
        self._lock = threading.Lock()

    def _script(self, peer: Peer) -> None:
        while (head := peer.read_head()) is not None:
            exchange = Exchange(peer, head, self.bucket)
            if (fault := self._take(name_of(head))) is None:
                peer.send(exchange.carry_out())
            elif not fault(exchange):
                return

    def _take(self, name: str) -> Fault | None:
        with self._lock:
            fault, left = self.faults.get(name, (None, 0))
            if fault is None or not left:
                return None
            self.faults[name] = (fault, left - 1)
            return fault

    def is_through(self) -> bool:
        """Tell whether all faults have happened."""
        return not any(left for _, left in self.faults.values())
