"""Another store, of which at most so many operations are in flight at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from obstore._io.lock import Lock
from obstore._io.runtime import Ticket, current
from obstore._transfer.backend import Backend
from obstore._wrappers.base import Call, Wrapper

T = TypeVar("T")

_PATIENCE = 1.0
"""Seconds after which one who waits looks whether its call has been abandoned."""


class Gate:
    """So many places, given away first come first served, to callers of either colour.

    A place that becomes free goes to the first in the queue, never to one who comes just then.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._start()

    def _start(self) -> None:
        self._free = self._places
        self._queue: deque[Ticket] = deque()
        self._granted: set[Ticket] = set()
        self._lock = Lock()
        self._process = os.getpid()

    def __repr__(self) -> str:
        return f"<Gate free={self._free} of {self._places} waiting={len(self._queue)}>"

    async def enter(self) -> None:
        """Take a place, as soon as there is one."""
        if self._process != os.getpid():
            self._start()  # Those who had the places stayed with the parent.
        with self._lock:
            if self._free and not self._queue:
                self._free -= 1
                return
            ticket = current().ticket()
            self._queue.append(ticket)
        try:
            while not await ticket.wait(_PATIENCE):
                pass
        except BaseException:
            self._give_up(ticket)
            raise
        self._granted.discard(ticket)

    def _give_up(self, ticket: Ticket) -> None:
        with self._lock:
            if ticket not in self._granted:
                self._queue.remove(ticket)
                return
            self._granted.discard(ticket)
        self.leave()

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            if not self._queue:
                self._free += 1
                return
            ticket = self._queue.popleft()
            self._granted.add(ticket)
        ticket.wake()


class LimitBackend(Wrapper):
    """Has callers wait for a place before each operation.

    A body that is being read has a place only while bytes are on their way: results that nobody reads hold up
    nobody.
    """

    def __init__(self, store: Backend, max_operations: int) -> None:
        super().__init__(store)
        if isinstance(max_operations, bool) or not isinstance(max_operations, int):
            raise TypeError(f"max_operations must be an int, not {type(max_operations).__name__}")
        if max_operations < 1:
            raise ValueError(f"max_operations must be at least 1, not {max_operations}")
        self.max_operations = max_operations
        self._gate = Gate(max_operations)

    def _options(self) -> dict[str, Any]:
        return {"max_operations": self.max_operations}

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        gate = self._gate
        await gate.enter()
        try:
            return await do()
        finally:
            gate.leave()
