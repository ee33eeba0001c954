"""The asyncio runtime: waits through the readiness callbacks of a loop. uvloop is one of them.

Raw sockets, no transports. Their rules:

- A channel's reader stays registered with its loop between waits: registering for each
  wait cost a third of the throughput (25 against 38 thousand requests a second).
- The callback receives by itself, into the waiter's view, and then wakes the waiter.
  Waking it first and letting it receive would have the loop see the same bytes twice.
- A channel that turns readable while nobody waits is unregistered. Its next user asks
  `is_alive`, and registers it anew.
- A registration ends, in the loop's own thread, before its socket is closed or goes to
  a thread or to another runtime. File descriptors are reused, and a stale registration
  would poison the next socket with that number.
- A loop that has been closed takes its idle channels with it.

Tried and left out, each with 64 tasks:

- An epoll of our own that the loop watches as one descriptor, past asyncio's selector in Python. It made no
  difference that could be measured (29 to 32 us a request with it and without).
- A waiter of our own that resumes its task from the callback, past the future and the loop's queue: 3 to 5 % less.
  One after the other, all tasks receive, then all compute: each kind of work finds its own code in the caches.
- Sends put off to the end of the loop's turn: 3 to 7 % more where the server has a processor of its own, 5 to
  8 % less where it has not.

Timeouts do not cost a timer each. One timer per loop fires at the earliest deadline of
those that wait, and is not moved when that one is served: a busy loop sets it once in
every timeout's length.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

from obstore._core.errors import TransportError
from obstore._io.blocking import fill, send_file, send_rest, threads, transport_error
from obstore._io.runtime import LARGE, Runtime, Ticket, Workers
from obstore._io.shutdown import loop_is_gone
from obstore._io.tasks import LoopTicket, TaskWorkers, set_done

if TYPE_CHECKING:
    from obstore._core.types import Buffer
    from obstore._io.channel import Channel


class AsyncioRuntime(Runtime):
    """Waits through one event loop. All its methods but `discard` run in the loop's thread."""

    __slots__ = ("_channels", "_loop_ref", "_timer_at", "_watcher")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop_ref: Callable[[], asyncio.AbstractEventLoop | None] = weakref.ref(loop)
        self._channels: set[Channel] = set()
        self._timer_at = float("inf")
        self._watcher = _watcher_of(loop)

    def __repr__(self) -> str:
        return f"<asyncio runtime channels={len(self._channels)}>"

    @property
    def is_gone(self) -> bool:
        loop = self._loop_ref()
        return loop is None or loop.is_closed()

    @property
    def _loop(self) -> asyncio.AbstractEventLoop:
        loop = self._loop_ref()
        assert loop is not None
        return loop

    async def call(self, function: Callable[[], Any], discard: Callable[[Any], None] | None = None) -> Any:
        context = contextvars.copy_context()
        job = threads().submit(context.run, function)
        try:
            return await asyncio.wrap_future(job)
        except asyncio.CancelledError:
            if discard is not None and not job.cancel():
                job.add_done_callback(lambda job: None if job.exception() else discard(job.result()))
            raise

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def try_receive(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if channel.owner is not self:
            self._adopt(channel)
        if channel.quiet:
            channel.quiet = False
            return -1
        try:
            return channel.sock.recv_into(view)
        except OSError as error:
            if _would_block(error):
                return -1
            raise transport_error(error, timeout) from error

    def wait_and_receive(self, channel: Channel, view: memoryview, timeout: float) -> asyncio.Future[int]:
        loop = self._loop_ref()
        assert loop is not None
        channel.waiter = future = loop.create_future()
        channel.view = view
        channel.patience = timeout
        channel.deadline = deadline = monotonic() + timeout
        if deadline < self._timer_at:
            self._set_timer(loop, deadline)
        return future

    async def fill(self, channel: Channel, view: memoryview, timeout: float) -> int:
        if len(view) >= LARGE:
            return int(await self._in_thread(channel, timeout, lambda: fill(channel, view, timeout)))
        received, size = 0, len(view)
        try:
            while received < size:
                n = await self.receive(channel, view[received:], timeout)
                if not n:
                    break
                received += n
        except TransportError as error:
            channel.failure = error
        return received

    async def send_rest(self, channel: Channel, view: memoryview, timeout: float) -> None:
        if len(view) >= LARGE:
            await self._in_thread(channel, timeout, lambda: _send_all(channel, view, timeout))
            return
        while view:
            await self._wait_writable(channel, timeout)
            view = view[self.try_send(channel, view, timeout) :]

    def try_send(self, channel: Channel, data: Buffer, timeout: float) -> int:
        if channel.owner is not self:
            self._adopt(channel)
        channel.quiet = not channel.is_tls or not channel.sock.pending()  # type: ignore[attr-defined]
        try:
            return channel.sock.send(data)
        except OSError as error:
            if _would_block(error):
                return 0
            raise transport_error(error, timeout) from error

    async def send_file(self, channel: Channel, fd: int, offset: int, length: int, timeout: float) -> None:
        await self._in_thread(channel, timeout, lambda: send_file(channel, fd, offset, length, timeout))

    async def _wait_writable(self, channel: Channel, timeout: float) -> None:
        future: asyncio.Future[None] = self._loop.create_future()
        self._watcher.add_writer(channel.fd, set_done, future)
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError as error:
            raise transport_error(error, timeout) from error
        finally:
            self._watcher.remove_writer(channel.fd)

    async def _in_thread(self, channel: Channel, timeout: float, work: Callable[[], Any]) -> Any:
        # TLS and recv release the GIL, so transfers in threads use several cores.
        self._release(channel)
        channel.set_timeout(timeout)
        job = threads().submit(work)
        try:
            return await asyncio.wrap_future(job)
        except BaseException:
            if not job.done():
                channel.leave_to(job)
            raise

    def ticket(self) -> Ticket:
        return LoopTicket(self._loop)

    def workers(self, limit: int, eager: int | None = None) -> Workers[Any]:
        return TaskWorkers(limit, eager)

    # Registration

    def _adopt(self, channel: Channel) -> None:
        channel.take_over(0)
        channel.owner = self
        channel.quiet = False
        self._channels.add(channel)
        self._watcher.add_reader(channel.fd, self._on_readable, channel)

    def _release(self, channel: Channel) -> None:
        if channel.owner is self:
            channel.owner = None
            self._channels.discard(channel)
            self._watcher.remove_reader(channel.fd)

    def _on_readable(self, channel: Channel) -> None:
        waiter = channel.waiter
        if waiter is None:
            channel.is_noisy = True
            self._release(channel)
            return
        if waiter.done():
            return
        try:
            n = channel.sock.recv_into(channel.view)  # type: ignore[arg-type]  # There is one while somebody waits.
        except OSError as error:
            if not _would_block(error):
                channel.waiter = None
                waiter.set_exception(transport_error(error, 0))
        else:
            channel.waiter = None
            waiter.set_result(n)

    def hand_over(self, channel: Channel) -> None:
        loop = self._loop_ref()
        if loop is None or loop.is_closed():
            self._channels.discard(channel)
            channel.owner = None
        elif _may_touch(loop):
            self._release(channel)
        else:
            self._release_from_elsewhere(loop, channel)

    def _release_from_elsewhere(self, loop: asyncio.AbstractEventLoop, channel: Channel) -> None:
        released = threading.Event()

        def release() -> None:
            self._release(channel)
            released.set()

        loop.call_soon_threadsafe(release)
        if not released.wait(10):
            raise RuntimeError("the event loop that opened this result does not respond")

    def discard(self, channel: Channel) -> None:
        loop = self._loop_ref()
        if loop is None or loop.is_closed():
            self._channels.discard(channel)
            channel.close()
        elif _may_touch(loop):
            self._release(channel)
            channel.close()
        else:
            self._discard_from_elsewhere(loop, channel)

    def _discard_from_elsewhere(self, loop: asyncio.AbstractEventLoop, channel: Channel) -> None:
        try:
            loop.call_soon_threadsafe(self.discard, channel)
        except RuntimeError:  # It was closed between the question and the call.
            self._channels.discard(channel)
            channel.close()

    def close(self) -> None:
        """Let go of the channels of a loop that is gone: who keeps idle ones closes them, who uses one goes on."""
        while self._channels:
            self._channels.pop().owner = None
        if not isinstance(self._watcher, weakref.ProxyType):
            self._watcher.close()
        loop_is_gone()

    def forget(self) -> None:
        """Never touch the loop again: in a forked child, its selector is the parent's too."""
        self._loop_ref = _no_loop
        self._channels.clear()

    # Timeouts

    def _set_timer(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        self._timer_at = deadline
        loop.call_later(deadline - monotonic(), self._on_timer, deadline)

    def _on_timer(self, scheduled: float) -> None:
        if scheduled != self._timer_at:
            return  # An earlier deadline has been served meanwhile, by a timer of its own.
        loop = self._loop
        now = monotonic()
        self._timer_at = float("inf")
        earliest = self._timer_at
        for channel in tuple(self._channels):
            waiter = channel.waiter
            if waiter is None:
                continue
            if channel.deadline > now:
                earliest = min(earliest, channel.deadline)
            elif not waiter.done():
                channel.waiter = None
                waiter.set_exception(transport_error(TimeoutError(), channel.patience))
        if earliest < self._timer_at:
            self._set_timer(loop, earliest)


def _would_block(error: OSError) -> bool:
    return isinstance(error, BlockingIOError) or type(error).__name__ in {
        "SSLWantReadError",
        "SSLWantWriteError",
    }


def _no_loop() -> None:
    return None


def _may_touch(loop: asyncio.AbstractEventLoop) -> bool:
    """Say whether the calling thread may change what the loop watches: it runs in this one, or in none."""
    return not loop.is_running() or asyncio._get_running_loop() is loop


def _send_all(channel: Channel, view: memoryview, timeout: float) -> None:
    try:
        send_rest(channel, view)
    except OSError as error:
        raise transport_error(error, timeout) from error


def _watcher_of(loop: asyncio.AbstractEventLoop) -> Any:
    """Return what has the loop's `add_reader`: the loop itself, or a thread where it has none."""
    try:
        loop.remove_reader(-1)
    except NotImplementedError:  # Windows' proactor has the method, and refuses at the call.
        from obstore._io.selector import SelectorThread

        return SelectorThread(loop)
    except (ValueError, OSError):
        pass  # It looked for the descriptor, so it can watch one.
    return weakref.proxy(loop)
