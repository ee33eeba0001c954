"""The blocking runtime: its awaitables never suspend, they block the calling thread.

Sockets have a timeout while it uses them, so that one system call of Python's waits
and reads with the GIL released. An interrupt (Ctrl-C) ends such a wait at once.

Workers are threads, kept for the next group. Each runs its jobs with a `Scope`, through
which an abandoned group reaches the socket that a worker is waiting for and shuts it
down: without that, Ctrl-C would have to wait for the workers' timeouts.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from obstore._core.errors import TransportError
from obstore._io.runtime import PATIENCE, Runtime, Ticket, Workers, run_blocking, thread_state

if TYPE_CHECKING:
    from concurrent.futures import Future

    from obstore._core.types import Buffer
    from obstore._io.channel import Channel

T = TypeVar("T")


class Abandoned(BaseException):
    """Ends a worker whose group has been abandoned. Nobody catches it on the way."""


class Scope:
    """Where a worker is: the channel it waits for, and whether it is to stop.

    The lock keeps `stop` from a channel that the worker has just left, and somebody else taken.
    """

    __slots__ = ("_lock", "channel", "groups", "stopped")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.channel: Channel | None = None
        self.groups: weakref.WeakSet[ThreadWorkers[Any]] = weakref.WeakSet()
        self.stopped = threading.Event()

    def enter(self, channel: Channel) -> None:
        with self._lock:
            if self.stopped.is_set():
                raise Abandoned
            self.channel = channel

    def leave(self) -> None:
        with self._lock:
            self.channel = None

    def stop(self) -> None:
        with self._lock:
            self.stopped.set()
            if self.channel is not None:
                self.channel.interrupt()
        for group in tuple(self.groups):
            group.stop()


class Blocking(Runtime):
    """Waits by blocking. `scope` is None except in the threads of a group of workers."""

    __slots__ = ("scope",)

    def __init__(self, scope: Scope | None = None) -> None:
        self.scope = scope

    def __repr__(self) -> str:
        return "<Blocking runtime>"

    @property
    def home(self) -> Runtime:
        return BLOCKING

    async def call(self, function: Callable[[], Any], discard: Callable[[Any], None] | None = None) -> Any:
        return function()

    async def sleep(self, seconds: float) -> None:
        if self.scope is None:
            time.sleep(seconds)
        elif self.scope.stopped.wait(seconds):
            raise Abandoned

    def try_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if channel.timeout != timeout:
            channel.take_over(timeout)
        if self.scope is not None:
            self.scope.enter(channel)
        try:
            return channel.sock.recv_into(view)
        except OSError as error:
            raise transport_error(error, timeout) from error
        finally:
            if self.scope is not None:
                self.scope.leave()

    async def wait_and_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        return self.try_receive(channel, view, timeout)

    async def fill(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if channel.timeout != timeout:
            channel.take_over(timeout)
        if self.scope is not None:
            self.scope.enter(channel)
        try:
            return fill(channel, view, timeout)
        finally:
            if self.scope is not None:
                self.scope.leave()

    def try_send(self, channel: Channel, data: Buffer, timeout: float) -> int:
        if channel.timeout != timeout:
            channel.take_over(timeout)
        if self.scope is not None:
            self.scope.enter(channel)
        try:
            sent = channel.sock.send(data)
            if sent < len(data):
                send_rest(channel, memoryview(data)[sent:])
            return len(data)
        except OSError as error:
            raise transport_error(error, timeout) from error
        finally:
            if self.scope is not None:
                self.scope.leave()

    async def send_rest(self, channel: Channel, view: memoryview, timeout: float) -> None:
        self.try_send(channel, view, timeout)

    async def send_file(self, channel: Channel, fd: int, offset: int, length: int, timeout: float) -> None:
        if channel.timeout != timeout:
            channel.take_over(timeout)
        if self.scope is not None:
            self.scope.enter(channel)
        try:
            send_file(channel, fd, offset, length, timeout)
        finally:
            if self.scope is not None:
                self.scope.leave()

    def ticket(self) -> Ticket:
        return _BlockingTicket(self.scope)

    def workers(self, limit: int, eager: int | None = None) -> Workers[Any]:
        group: ThreadWorkers[Any] = ThreadWorkers(limit, eager)
        if self.scope is not None:
            self.scope.groups.add(group)  # Who waits for its own workers is reached through them.
        return group

    def hand_over(self, channel: Channel) -> None:
        channel.owner = None

    def discard(self, channel: Channel) -> None:
        channel.close()


BLOCKING = Blocking()


def transport_error(error: OSError, timeout: float) -> TransportError:
    """Say what a failed socket call means for the request."""
    if isinstance(error, TimeoutError | BlockingIOError):  # The kernel's timeout says EAGAIN.
        return TransportError("timeout", f"no bytes for {timeout:g} s")
    return TransportError("interrupted", f"connection lost ({error})")


def fill(channel: Channel, view: memoryview, timeout: float) -> int:
    """Receive until `view` is full, in a channel whose timeout is set. See `Runtime.fill`."""
    received, size = 0, len(view)
    receive = channel.sock.recv_into
    try:
        while received < size:
            n = receive(view[received:])
            if not n:
                break
            received += n
    except OSError as error:
        channel.failure = transport_error(error, timeout)
    return received


def send_rest(channel: Channel, view: memoryview) -> None:
    """Send all of `view`. Not `sendall`: its timeout bounds the whole, not each silence."""
    while view:
        view = view[channel.sock.send(view) :]


def send_file(channel: Channel, fd: int, offset: int, length: int, timeout: float) -> None:
    """Send a piece of an open file: by the kernel where the connection is plain, else by reading it."""
    end = offset + length
    try:
        while offset < end:
            sent = _send_some_of_file(channel, fd, offset, end - offset)
            if not sent:
                raise TransportError("decode", "the file became shorter while it was being sent")
            offset += sent
    except OSError as error:
        raise transport_error(error, timeout) from error


def _send_some_of_file(channel: Channel, fd: int, offset: int, length: int) -> int:
    if hasattr(os, "sendfile") and not channel.is_tls:
        return os.sendfile(channel.fd, fd, offset, min(length, 1 << 30))
    piece = os.pread(fd, min(length, 1 << 20), offset)
    send_rest(channel, memoryview(piece))
    return len(piece)


class _BlockingTicket(Ticket):
    __slots__ = ("_event", "_scope")

    def __init__(self, scope: Scope | None) -> None:
        self._event = threading.Event()
        self._scope = scope

    async def wait(self, timeout: float) -> bool:
        if self._scope is not None and self._scope.stopped.is_set():
            raise Abandoned
        return self._event.wait(timeout)

    def wake(self) -> None:
        self._event.set()


class ThreadWorkers(Workers[T]):
    """Workers that are threads, for sync callers."""

    def __init__(self, limit: int, eager: int | None = None) -> None:
        places = max(limit, 1) if eager is None else min(limit, eager)
        self._places = threading.Semaphore(places)
        self._held_back = max(limit, 1) - places
        self._jobs: list[Future[T]] = []
        self._scopes: set[Scope] = set()
        self._failure: BaseException | None = None

    async def submit(self, job: Callable[[], Coroutine[Any, Any, T]]) -> None:
        if not self._places.acquire(timeout=PATIENCE if self._held_back else None):
            self._places.release(self._held_back)
            self._held_back = 0
            self._places.acquire()
        if self._failure is not None:
            raise self._failure
        # In the caller's context, as a task would have it: a trace goes on in its workers.
        self._jobs.append(threads().submit(copy_context().run, self._run, job))

    def _run(self, job: Callable[[], Coroutine[Any, Any, T]]) -> T:
        scope = Scope()
        self._scopes.add(scope)
        thread_state.runtime = Blocking(scope)
        try:
            return run_blocking(job())
        except BaseException as error:
            self._failure = self._failure or error
            raise
        finally:
            thread_state.runtime = None
            self._scopes.discard(scope)
            self._places.release()

    async def join(self) -> list[T]:
        from concurrent.futures import FIRST_EXCEPTION, wait

        wait(self._jobs, return_when=FIRST_EXCEPTION)
        if self._failure is not None:
            raise self._failure
        return [job.result() for job in self._jobs]

    def stop(self) -> None:
        """Tell the workers to end, wherever they are."""
        for scope in tuple(self._scopes):
            scope.stop()

    async def abandon(self) -> None:
        from concurrent.futures import wait

        for job in self._jobs:
            job.cancel()
        while pending := [job for job in self._jobs if not job.done()]:
            self.stop()
            # A worker that was just starting a wait when it was told to stop is told again.
            wait(pending, 0.05)


_threads: Any = None


def threads() -> Any:
    """Return the process's worker threads: made on first use, reused while idle, gone in a forked child.

    The bound is far above any sensible parallelism: workers may have workers of their own,
    and a bound that they could reach would let them wait for each other for ever.
    """
    global _threads
    if _threads is None:
        from concurrent.futures import ThreadPoolExecutor

        _threads = ThreadPoolExecutor(1024, "obstore")
    return _threads


def forget_threads() -> None:
    """Forget, in a forked child, the threads that stayed with the parent."""
    global _threads
    _threads = None
