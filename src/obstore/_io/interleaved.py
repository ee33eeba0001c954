"""Several short requests at once, in the thread of a sync call and without any other.

A thread costs tens of microseconds to wake, and as much again to get the interpreter's
lock back: more than a short request itself. But all that a request waits for is its
reply, so one thread can send several and then take the replies as they come. That is
what happens here: a coroutine is left where it waits for the first bytes of a reply,
`poll` tells which of them have come, and everything else blocks as in any sync call.

It is not a loop. It ends with the jobs it was given, it belongs to the thread that runs
it, and a rest of a body is waited for in place: hence short replies only. An interrupt
or the first failure closes the coroutines that wait, and with them their connections.
"""

from __future__ import annotations

import contextvars
import math
import select
import time
import types
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from obstore._core.errors import TransportError
from obstore._io.blocking import BLOCKING
from obstore._io.runtime import ASYNC_IN_SYNC, Runtime, Ticket, Workers, thread_state

if TYPE_CHECKING:
    from obstore._core.types import Buffer
    from obstore._io.channel import Channel

T = TypeVar("T")

_GRAIN = 0.01
"""Seconds between two looks at a ticket, which another thread may wake. Nobody queues unless all connections are
taken, and then for longer than this."""


class _Pause(NamedTuple):
    """Why a coroutine was left: until `fd` is readable, if it is one, or until `deadline`."""

    fd: int
    deadline: float


@types.coroutine
def _pause(fd: int, deadline: float) -> Generator[_Pause, bool, bool]:
    """Wait, and say whether `fd` became readable."""
    return (yield _Pause(fd, deadline))


_NOTHING = -1


class Interleaved(Runtime):
    """The runtime of jobs that share a thread. What is not a wait for a reply blocks."""

    __slots__ = ()

    shares_thread = True

    def __repr__(self) -> str:
        return "<Interleaved runtime>"

    @property
    def home(self) -> Runtime:
        return BLOCKING

    async def call(self, function: Callable[[], Any], discard: Callable[[Any], None] | None = None) -> Any:
        thread_state.runtime = BLOCKING  # It may make sync calls of its own.
        try:
            return await BLOCKING.call(function, discard)
        finally:
            thread_state.runtime = self

    async def sleep(self, seconds: float) -> None:
        await _pause(_NOTHING, time.monotonic() + seconds)

    def try_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if channel.is_tls and channel.sock.pending():  # type: ignore[attr-defined]
            return BLOCKING.try_receive(channel, view, timeout)
        return -1

    async def wait_and_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if not await _pause(channel.fd, time.monotonic() + timeout):
            raise TransportError("timeout", f"no bytes for {timeout:g} s")
        return BLOCKING.try_receive(channel, view, timeout)

    async def fill(self, channel: Channel, view: memoryview, timeout: float) -> int:
        return await BLOCKING.fill(channel, view, timeout)

    def try_send(self, channel: Channel, data: Buffer, timeout: float) -> int:
        return BLOCKING.try_send(channel, data, timeout)

    async def send_rest(self, channel: Channel, view: memoryview, timeout: float) -> None:
        BLOCKING.try_send(channel, view, timeout)

    async def send_file(self, channel: Channel, fd: int, offset: int, length: int, timeout: float) -> None:
        await BLOCKING.send_file(channel, fd, offset, length, timeout)

    def ticket(self) -> Ticket:
        return _PolledTicket()

    def workers(self, limit: int, eager: int | None = None) -> Workers[Any]:
        return BLOCKING.workers(limit, eager)

    def hand_over(self, channel: Channel) -> None:
        BLOCKING.hand_over(channel)

    def discard(self, channel: Channel) -> None:
        BLOCKING.discard(channel)


class _PolledTicket(Ticket):
    __slots__ = ("_is_awake",)

    def __init__(self) -> None:
        self._is_awake = False

    async def wait(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not self._is_awake and (now := time.monotonic()) < deadline:
            await _pause(_NOTHING, min(now + _GRAIN, deadline))
        return self._is_awake

    def wake(self) -> None:
        self._is_awake = True


def can_interleave(runtime: Runtime) -> bool:
    """Whether jobs of this caller can share its thread.

    Not those of a worker: whoever abandons its group reaches one channel that it waits for, not several.
    """
    return runtime is BLOCKING and hasattr(select, "poll")


Job = Callable[[], Coroutine[Any, Any, T]]


def interleave(jobs: Iterable[Job[T]], limit: int) -> list[T]:
    """Run jobs in this thread, at most `limit` at a time, and return their results in order.

    The first failure closes the others and is raised as it is.
    """
    previous, thread_state.runtime = thread_state.runtime, Interleaved()
    crew: _Crew[T] = _Crew(jobs)
    try:
        return crew.run(limit)
    finally:
        crew.close()
        thread_state.runtime = previous


class _Member(Generic[T]):
    """A job that has been begun, and why it waits.

    It has a context of its own, as a task has: what one job sets for a while is not seen by the others.
    """

    __slots__ = ("context", "coroutine", "index", "pause")

    def __init__(self, index: int, coroutine: Coroutine[Any, Any, T]) -> None:
        self.index = index
        self.coroutine = coroutine
        self.context = contextvars.copy_context()
        self.pause = _Pause(_NOTHING, 0.0)


class _Crew(Generic[T]):
    """Jobs that share a thread, of which some wait."""

    def __init__(self, jobs: Iterable[Job[T]]) -> None:
        self._jobs = enumerate(jobs)
        self._waiting: list[_Member[T]] = []
        self._results: dict[int, T] = {}
        self._poll = select.poll()

    def run(self, limit: int) -> list[T]:
        """Run all jobs, at most `limit` at a time."""
        self._begin(limit)
        while self._waiting:
            for member, is_readable in self._wait():
                self._waiting.remove(member)  # Not earlier: if another one fails first, it is closed with the rest.
                self._resume(member, is_readable)
            self._begin(limit)
        return [self._results[index] for index in sorted(self._results)]

    def close(self) -> None:
        """End the jobs that wait. Their connections are closed, since a reply may still come."""
        for member in self._waiting:
            member.context.run(member.coroutine.close)

    def _begin(self, limit: int) -> None:
        while len(self._waiting) < limit and (entry := next(self._jobs, None)) is not None:
            index, job = entry
            self._resume(_Member(index, job()), None)

    def _resume(self, member: _Member[T], value: bool | None) -> None:
        if member.pause.fd >= 0:
            self._poll.unregister(member.pause.fd)
        try:
            pause = member.context.run(member.coroutine.send, value)
        except StopIteration as stop:
            self._results[member.index] = stop.value
            return
        self._waiting.append(member)
        if not isinstance(pause, _Pause):
            raise TypeError(ASYNC_IN_SYNC)
        member.pause = pause
        if pause.fd >= 0:
            self._poll.register(pause.fd, select.POLLIN)

    def _wait(self) -> list[tuple[_Member[T], bool]]:
        """Return those who can go on, and whether that is because there is something to read."""
        deadline = min(member.pause.deadline for member in self._waiting)
        timeout = max(0.0, deadline - time.monotonic())
        readable = {fd for fd, _ in self._poll.poll(math.ceil(timeout * 1000))}
        now = time.monotonic()
        return [
            (member, member.pause.fd in readable)
            for member in self._waiting
            if member.pause.fd in readable or member.pause.deadline <= now
        ]
