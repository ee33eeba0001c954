"""A crew: workers that take job after job, and the caller who hands them out and tells how it goes.

The jobs come from a plan that is asked only when there is room, so that memory is bounded
however long it is. A job may return further jobs (the pieces of a large object), which go before all
others: few objects are open at a time, and one large object has all workers.

Progress is told in the caller's thread, or in the caller's task: workers only leave word
that there is news. A listener that raises ends the operation, and Ctrl-C finds the caller in a wait
that it can interrupt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Protocol, TypeAlias

from obstore._io.lock import Lock
from obstore._io.runtime import Ticket, Workers, current

Job: TypeAlias = "Callable[[], Coroutine[Any, Any, Iterator[Job] | None]]"

_LONG = 60.0
"""Seconds of one wait. Nobody depends on its end: whoever waits is woken."""


class Plan(Protocol):
    """Where jobs come from."""

    async def next_job(self) -> Job | None:
        """Return the next job; None at the end."""


class Crew:
    """Workers, at most `limit` of them. `tell` is called, by the caller, when there is news."""

    def __init__(self, limit: int, tell: Callable[[], None]) -> None:
        self._limit = limit
        self._tell = tell
        self._lock = Lock()
        self._ready: deque[Job] = deque()
        self._urgent: deque[Job] = deque()
        self._idle: deque[Ticket] = deque()
        self._watcher: Ticket | None = None
        self._has_news = False
        self._is_closed = False
        self._failure: BaseException | None = None
        self._busy = 0
        self._started = 0

    def __repr__(self) -> str:
        return f"<Crew busy={self._busy} ready={len(self._ready)} idle={len(self._idle)}>"

    async def run(self, plan: Plan) -> None:
        """Do all jobs of a plan. What a job raises stops the others, and is raised bare."""
        workers = current().workers(self._limit)
        try:
            while (job := await plan.next_job()) is not None:
                self._ready.append(job)
                await self._watch(workers, self._has_room)
            await self._watch(workers, self._is_done)
            self._close()
            await workers.join()
        except BaseException:
            self._close()
            await workers.abandon()
            raise

    def news(self) -> None:
        """Let the caller know, from any thread, that there is something to tell."""
        with self._lock:
            self._has_news = True
            watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.wake()

    def _has_room(self) -> bool:
        return len(self._ready) < self._limit

    def _is_done(self) -> bool:
        return not (self._busy or self._ready or self._urgent)

    async def _watch(self, workers: Workers[None], is_enough: Callable[[], bool]) -> None:
        """See that there are workers for the jobs, and tell the news, until `is_enough`."""
        while True:
            await self._call_workers(workers)
            with self._lock:
                if self._failure is not None:
                    raise self._failure
                enough, news, self._has_news = is_enough(), self._has_news, False
                ticket = self._watcher = None if enough or news else current().ticket()
            if ticket is not None:
                await ticket.wait(_LONG)
            elif news:
                self._tell()
            if enough:
                return

    async def _call_workers(self, workers: Workers[None]) -> None:
        """Wake those who have nothing to do, or take on another."""
        self._wake()
        wanted = self._limit if self._urgent else min(self._limit, self._busy + len(self._ready))
        while self._started < wanted:
            self._started += 1
            await workers.submit(self._work)

    def _wake(self) -> None:
        with self._lock:
            count = len(self._idle) if self._urgent or self._is_closed else min(len(self._idle), len(self._ready))
            tickets = [self._idle.popleft() for _ in range(count)]
        for ticket in tickets:
            ticket.wake()

    def _close(self) -> None:
        self._is_closed = True
        self._wake()

    async def _work(self) -> None:
        try:
            while (job := await self._next_job()) is not None:
                self._finished(await job())
        except BaseException as error:
            self._failure = self._failure or error
            self.news()
            raise

    async def _next_job(self) -> Job | None:
        while True:
            with self._lock:
                if self._is_closed:
                    return None
                job = self._take()
                if job is not None:
                    self._busy += 1
                    return job
                ticket = current().ticket()
                self._idle.append(ticket)
            if not await ticket.wait(_LONG):
                self._forget(ticket)

    def _take(self) -> Job | None:
        waiting = self._urgent or self._ready
        return waiting.popleft() if waiting else None

    def _forget(self, ticket: Ticket) -> None:
        with self._lock:
            if ticket in self._idle:
                self._idle.remove(ticket)

    def _finished(self, further: Iterator[Job] | None) -> None:
        with self._lock:
            self._busy -= 1
            if further is not None:
                # Not the iterator itself: whether it is at its end nobody would know who waits for the end.
                self._urgent.extend(further)
        self.news()
