"""A channel is a connected socket and what the runtimes need to remember about it.

Nothing here knows a protocol or a loop. A channel may be used by one caller at a
time, in any thread, and by different runtimes one after the other; the runtime that
takes it over sets its timeout mode and, for asyncio, its registration with the loop.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from concurrent.futures import Future

    from obstore._core.errors import TransportError
    from obstore._io.runtime import Runtime


class Channel:
    """A connected socket. `owner` is the runtime that watches it, if one does.

    `is_noisy` says that something came while nobody had asked. `quiet` says that nothing
    can have arrived since the last `send`, so that a first attempt to receive would be
    wasted. `waiter`, `view`, `patience` and `deadline` are for an asyncio runtime: whom to
    wake, what to receive into, for how long and until when. `failure` says why the last `fill` stopped short.
    """

    __slots__ = (
        "deadline",
        "failure",
        "fd",
        "is_left",
        "is_noisy",
        "is_tls",
        "owner",
        "patience",
        "quiet",
        "sock",
        "timeout",
        "view",
        "waiter",
    )

    def __init__(self, sock: socket.socket, *, is_tls: bool) -> None:
        self.sock = sock
        self.fd = sock.fileno()
        self.is_tls = is_tls
        self.is_left = False
        self.is_noisy = False
        self.failure: TransportError | None = None
        self.owner: Runtime | None = None
        self.quiet = False
        self.timeout: float | None = sock.gettimeout()
        self.waiter: Any = None
        self.view: memoryview | None = None
        self.patience = self.deadline = 0.0

    def __repr__(self) -> str:
        state = "closed" if self.is_closed else "tls" if self.is_tls else "plain"
        return f"<Channel fd={self.fd} {state}>"

    @property
    def is_closed(self) -> bool:
        """Whether the socket is gone."""
        return self.sock.fileno() < 0

    def set_timeout(self, timeout: float) -> None:
        """Let the socket's own calls wait for `timeout` seconds; 0 for not at all.

        Remembered, because setting it is a system call even where nothing changes. A plain
        socket has the kernel do the waiting: Python's own timeout would add a `poll` to
        every call, a third of the system calls of a small request. TLS needs Python's.
        """
        if self.is_tls or not timeout or not _set_kernel_timeouts(self.sock, timeout):
            self.sock.settimeout(timeout)
        self.timeout = timeout

    def take_over(self, timeout: float) -> None:
        """Make the channel the calling runtime's: no other one watches it any more."""
        owner = self.owner  # Read once: the collector may find meanwhile that its loop is gone.
        if owner is not None:
            owner.hand_over(self)
        if self.timeout != timeout:
            self.set_timeout(timeout)

    def interrupt(self) -> None:
        """End, from another thread, whatever the socket is waiting for. It stays open, and dead."""
        import socket

        try:
            # The plain socket's method: SSLSocket.shutdown would forget its TLS state under a reader's feet.
            socket.socket.shutdown(getattr(self.sock, "carrier", self.sock), socket.SHUT_RDWR)
        except OSError:
            pass  # It is disconnected already.

    def leave_to(self, job: Future[Any]) -> None:
        """End what a thread is doing with the socket, and have it closed when the thread has come out.

        Closing it earlier would free its number for another socket, whose bytes the thread might take.
        """
        self.is_left = True
        self.interrupt()
        job.add_done_callback(lambda _: self.sock.close())

    def is_alive(self) -> bool:
        """Tell whether an idle connection can still be used, without waiting.

        One that has something to say when nobody asked is closing. The exception is TLS
        1.3, where session tickets arrive after the handshake: reading swallows them.
        """
        import select

        self.is_noisy = False
        if not _is_readable(select, self.fd):
            return True
        if not self.is_tls:
            return False
        self.set_timeout(0)
        try:
            self.sock.recv(1)
        except OSError as error:
            return type(error).__name__ == "SSLWantReadError"
        return False

    def close(self) -> None:
        """Close the socket. Only for one that no loop watches any more: see `Runtime.discard`."""
        if not self.is_left:
            self.sock.close()

    def abandon(self) -> None:
        """Close our copy of a socket that a parent process goes on using."""
        fd = self.sock.detach()
        if fd >= 0:
            os.close(fd)


def _set_kernel_timeouts(sock: socket.socket, timeout: float) -> bool:
    if os.name != "posix":
        return False
    import socket
    import struct

    seconds = int(timeout)
    limit = struct.pack("ll", seconds, max(int((timeout - seconds) * 1e6), 1))
    sock.setblocking(True)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return True


def _is_readable(select: Any, fd: int) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([fd], [], [], 0)[0])
