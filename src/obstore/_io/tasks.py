"""Workers and queues of asyncio callers: tasks, and futures that any thread may wake."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from obstore._io.runtime import PATIENCE, Ticket, Workers

T = TypeVar("T")

DISMISSAL = 1.0
"""Seconds in which a loop that runs at all has ended tasks that it was told to end."""


def set_done(future: asyncio.Future[None]) -> None:
    """Wake who waits for a future, if somebody still does."""
    if not future.done():
        future.set_result(None)


class LoopTicket(Ticket):
    __slots__ = ("_future", "_loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._future: asyncio.Future[None] = loop.create_future()

    async def wait(self, timeout: float) -> bool:
        done, _ = await asyncio.wait([self._future], timeout=timeout)
        return bool(done)

    def wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(set_done, self._future)
        except RuntimeError:
            pass  # The loop is closed, and its waiters gone with it.


class TaskWorkers(Workers[T]):
    """Workers that are tasks, for async callers."""

    def __init__(self, limit: int, eager: int | None = None) -> None:
        places = max(limit, 1) if eager is None else min(limit, eager)
        self._places = asyncio.Semaphore(places)
        self._held_back = max(limit, 1) - places
        self._tasks: list[asyncio.Task[T]] = []
        self._loop = asyncio.get_running_loop()
        self._failed: asyncio.Future[None] = self._loop.create_future()

    async def submit(self, job: Callable[[], Coroutine[Any, Any, T]]) -> None:
        try:
            async with asyncio.timeout(PATIENCE if self._held_back else None):
                await self._places.acquire()
        except TimeoutError:
            self._give_out_all()
            await self._places.acquire()
        self._raise_failure()
        task = asyncio.ensure_future(job())
        task.add_done_callback(self._on_done)
        self._tasks.append(task)

    def _give_out_all(self) -> None:
        for _ in range(self._held_back):
            self._places.release()
        self._held_back = 0

    def _on_done(self, task: asyncio.Task[T]) -> None:
        self._places.release()
        if not task.cancelled() and task.exception() is not None and not self._failed.done():
            self._failed.set_result(None)

    def _raise_failure(self) -> None:
        if self._failed.done():
            for task in self._tasks:
                if task.done() and not task.cancelled() and task.exception() is not None:
                    task.result()

    async def join(self) -> list[T]:
        if self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        self._raise_failure()
        return [task.result() for task in self._tasks]

    async def abandon(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def dismiss(self) -> None:
        ended = threading.Event()
        try:
            self._loop.call_soon_threadsafe(self._end, ended)
        except RuntimeError:
            return  # The loop is closed, and its tasks gone with it.
        ended.wait(DISMISSAL)

    def _end(self, ended: threading.Event) -> None:
        for task in self._tasks:
            task.cancel()
        asyncio.gather(*self._tasks, return_exceptions=True).add_done_callback(lambda _: ended.set())
