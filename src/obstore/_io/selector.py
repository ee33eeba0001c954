"""Readiness for loops that have none: a thread with a selector of its own.

Windows' proactor loop cannot watch a socket that it does not own. One such thread per
loop watches for it and calls back in the loop's thread. Each registration fires once;
the runtime's readers are registered again after each firing, so that the thread does
not spin on a socket which the loop has not come round to reading.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
import weakref
from collections.abc import Callable
from typing import Any

_EVENTS = {"reader": selectors.EVENT_READ, "writer": selectors.EVENT_WRITE}


class SelectorThread:
    """Watches sockets for one loop. Its methods are called in the loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop, lambda _: self.close())
        self._lock = threading.Lock()
        self._callbacks: dict[tuple[int, str], tuple[Callable[..., Any], tuple[Any, ...]]] = {}
        self._armed: dict[tuple[int, str], None] = {}
        self._waker, self._wakee = socket.socketpair()
        self._closing = False
        threading.Thread(target=self._watch, name="obstore-selector", daemon=True).start()

    def add_reader(self, fd: int, callback: Callable[..., Any], *args: Any) -> None:
        """Call back, in the loop, whenever `fd` turns readable."""
        self._add(fd, "reader", callback, args)

    def remove_reader(self, fd: int) -> None:
        """Do not watch `fd` for reading any more."""
        self._remove(fd, "reader")

    def add_writer(self, fd: int, callback: Callable[..., Any], *args: Any) -> None:
        """Call back, in the loop, whenever `fd` turns writable."""
        self._add(fd, "writer", callback, args)

    def remove_writer(self, fd: int) -> None:
        """Do not watch `fd` for writing any more."""
        self._remove(fd, "writer")

    def close(self) -> None:
        """End the thread."""
        self._closing = True
        self._wake()

    def _add(self, fd: int, kind: str, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        with self._lock:
            self._callbacks[fd, kind] = (callback, args)
            self._armed[fd, kind] = None
        self._wake()

    def _remove(self, fd: int, kind: str) -> None:
        with self._lock:
            self._callbacks.pop((fd, kind), None)
            self._armed.pop((fd, kind), None)
        self._wake()

    def _wake(self) -> None:
        try:
            self._waker.send(b"\0")
        except OSError:
            pass  # The thread has ended.

    def _watch(self) -> None:
        with self._waker, self._wakee:
            while not self._closing:
                for fd, kind in self._select():
                    self._fire(fd, kind)

    def _select(self) -> list[tuple[int, str]]:
        with self._lock:
            armed = list(self._armed)
        with selectors.DefaultSelector() as selector:
            selector.register(self._wakee, selectors.EVENT_READ)
            for fd in {fd for fd, _ in armed}:
                events = sum(_EVENTS[kind] for other, kind in armed if other == fd)
                _register(selector, fd, events)
            try:
                ready = {key.fd: events for key, events in selector.select()}
            except OSError:  # Windows: one was closed while it was watched. The next round is without it.
                return []
        if ready.pop(self._wakee.fileno(), 0):
            self._wakee.recv(4096)
        return [(fd, kind) for fd, kind in armed if ready.get(fd, 0) & _EVENTS[kind]]

    def _fire(self, fd: int, kind: str) -> None:
        with self._lock:
            callback = self._callbacks.get((fd, kind))
            self._armed.pop((fd, kind), None)
        loop = self._loop()
        if callback is None or loop is None:
            return
        try:
            loop.call_soon_threadsafe(self._call, fd, kind)
        except RuntimeError:
            self._closing = True

    def _call(self, fd: int, kind: str) -> None:
        with self._lock:
            registered = self._callbacks.get((fd, kind))
        if registered is None:
            return
        callback, args = registered
        callback(*args)
        with self._lock:
            if (fd, kind) in self._callbacks:
                self._armed[fd, kind] = None
        self._wake()


def _register(selector: selectors.BaseSelector, fd: int, events: int) -> None:
    try:
        selector.register(fd, events)
    except (ValueError, OSError):
        pass  # It was closed between the question and the call.
