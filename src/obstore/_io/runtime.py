"""How to wait: one interface, two ways, chosen by who is calling.

Every operation is written once, as a coroutine over `current()`. A sync call drives
its coroutine with `run_blocking`: the blocking runtime's awaitables never suspend,
so one `send(None)` runs it to the end (0.5 us more than plain code). A coroutine that
an event loop drives waits through that loop instead.

Which of the two is a fact about the thread: while `run_blocking` is at work nothing
else runs in its thread, so a flag in thread-local storage cannot be wrong, also when
a sync call is made inside a running loop. It needs no parameter through every layer,
and user-written stores may call ours without knowing that runtimes exist.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from obstore._core.types import Buffer
    from obstore._io.channel import Channel

T = TypeVar("T")

LARGE = 1 << 20
"""From this many bytes on, an asyncio caller leaves the transfer to a worker thread."""


PATIENCE = 0.02
"""Seconds. A service that takes 5 MiB in less serves this connection alone with 250 MB/s, three times what S3 does."""


class Ticket(ABC):
    """A place in a queue: one caller waits, anyone in any thread may wake it."""

    __slots__ = ()

    @abstractmethod
    async def wait(self, timeout: float) -> bool:
        """Wait to be woken, for `timeout` seconds at most. Say whether it happened."""

    @abstractmethod
    def wake(self) -> None:
        """Let the waiter go on. Waking twice, or nobody, does nothing."""


class Workers(ABC, Generic[T]):
    """Jobs at work side by side, at most `limit` of them, results in the order of submission.

    The one who submits waits for a free place, so it never runs ahead of the work. The
    first failure is raised, bare, by the next `submit` or `join`.

    There are `eager` places to begin with. All are given out when somebody has waited for
    one for `PATIENCE`: jobs that are over sooner do not wait for the network, but for each
    other's processors, and more of them at once would only take memory.
    """

    @abstractmethod
    async def submit(self, job: Callable[[], Coroutine[Any, Any, T]]) -> None:
        """Start a job as soon as there is a free place."""

    @abstractmethod
    async def join(self) -> list[T]:
        """Wait for all jobs and return their results."""

    @abstractmethod
    async def abandon(self) -> None:
        """Interrupt the jobs that still run, and wait until they have ended."""

    async def dismiss(self) -> None:
        """Do the same in a thread that has never submitted any, blocking it."""
        await self.abandon()


class Runtime(ABC):
    """The ways of waiting that the engine needs. A third kind of loop is one more of these."""

    __slots__ = ("__weakref__",)

    shares_thread = False
    """Whether several coroutines of one sync call wait through it, each of which may wait for another."""

    @property
    def home(self) -> Runtime:
        """The runtime that idle connections are kept under: all blocking callers share one."""
        return self

    @property
    def is_gone(self) -> bool:
        """Whether what it waits through has been closed, so that it can never wait again."""
        return False

    @abstractmethod
    async def call(self, function: Callable[[], Any], discard: Callable[[Any], None] | None = None) -> Any:
        """Run a function that may block. A result that nobody waits for any more goes to `discard`."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let time pass."""

    @abstractmethod
    def try_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        """Receive some bytes into `view`, 0 at the end of the stream; -1 says to `wait_and_receive`.

        Who blocks waits here: small replies come this way, and each coroutine costs as much as their parsing.
        """

    @abstractmethod
    def wait_and_receive(self, channel: Channel, view: memoryview, timeout: float) -> Awaitable[int]:
        """Receive some bytes after `try_receive` had none."""

    async def receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        """Receive some bytes into `view`; 0 at the end of the stream."""
        received = self.try_receive(channel, view, timeout)
        return received if received >= 0 else await self.wait_and_receive(channel, view, timeout)

    @abstractmethod
    async def fill(self, channel: Channel, view: memoryview, timeout: float) -> int:
        """Receive until `view` is full, and say how many bytes came: fewer when the stream ended.

        It does not raise then, since what did come is worth keeping; `channel.failure` says why.
        """

    @abstractmethod
    def try_send(self, channel: Channel, data: Buffer, timeout: float) -> int:
        """Send what goes at once, and say how many bytes that was: all of them, for who blocks."""

    @abstractmethod
    async def send_rest(self, channel: Channel, view: memoryview, timeout: float) -> None:
        """Send what `try_send` has left. `timeout` bounds each silence, not the whole."""

    async def send(self, channel: Channel, data: Buffer, timeout: float) -> None:
        """Send all of `data`. `timeout` bounds each silence, not the whole."""
        sent = self.try_send(channel, data, timeout)
        if sent < len(data):
            await self.send_rest(channel, memoryview(data)[sent:], timeout)

    @abstractmethod
    async def send_file(self, channel: Channel, fd: int, offset: int, length: int, timeout: float) -> None:
        """Send `length` bytes of the open file `fd`, from `offset` on, without reading them."""

    @abstractmethod
    def ticket(self) -> Ticket:
        """Make a place in a queue for this caller."""

    @abstractmethod
    def workers(self, limit: int, eager: int | None = None) -> Workers[Any]:
        """Make a group of workers of this caller's kind, all of whose places are free unless `eager` says how many."""

    @abstractmethod
    def hand_over(self, channel: Channel) -> None:
        """Stop watching a channel, from any thread, so that another runtime can use it."""

    @abstractmethod
    def discard(self, channel: Channel) -> None:
        """Close a channel that this runtime used, from any thread, when that is safe."""


class _ThreadState(threading.local):
    """What one thread is doing: `runtime` is set while it runs a sync call."""

    runtime: Runtime | None = None


thread_state = _ThreadState()


def current() -> Runtime:
    """Return the runtime of the running call."""
    return thread_state.runtime or _running_loop_runtime()


def _running_loop_runtime() -> Runtime:
    # asyncio is imported by whoever runs a loop; a program that does not never pays for it.
    global _running_loop_runtime
    from obstore._io.loops import running_loop_runtime

    _running_loop_runtime = running_loop_runtime
    return running_loop_runtime()


_blocking: Runtime | None = None


def _load_blocking() -> Runtime:
    global _blocking
    from obstore._io.blocking import BLOCKING

    _blocking = BLOCKING
    return BLOCKING


def run_blocking(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in this thread, waiting by blocking it.

    Raises:
        TypeError: Something in it awaited an event loop, which a sync call has not.
    """
    previous = thread_state.runtime
    thread_state.runtime = previous or _blocking or _load_blocking()
    try:
        coroutine.send(None)
        coroutine.close()  # Its cleanup is part of the sync call.
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    except RuntimeError as error:
        _explain_missing_loop(error)
        raise
    finally:
        thread_state.runtime = previous
    raise TypeError(ASYNC_IN_SYNC)


ASYNC_IN_SYNC = (
    "a sync call reached asynchronous code (a store, credential provider or iterator written "
    "with 'await'): call the operation's '_async' form instead"
)


def _explain_missing_loop(error: RuntimeError) -> None:
    if thread_state.runtime is not None and str(error) == "no running event loop":
        raise TypeError(ASYNC_IN_SYNC) from error


async def resolve(value: T | Awaitable[T]) -> T:
    """Return what a callback of the user's returned, awaited where it is an awaitable."""
    if not isinstance(value, Awaitable):
        return value
    try:
        return await value
    except RuntimeError as error:
        _explain_missing_loop(error)
        raise
