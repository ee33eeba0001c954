"""Ways to repeat an operation for a while: one after the other, from threads, from tasks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# The stores of the two packages share names, not a base class.
Store = Any
Op = Callable[[Store], Any]
Drive = Callable[[Op, Store, float], int]


def ticks(seconds: float) -> Iterator[None]:
    """Yield until the time is up, and once in any case."""
    deadline = time.perf_counter() + seconds
    yield
    while time.perf_counter() < deadline:
        yield


def once(op: Op, store: Store, seconds: float) -> int:
    del seconds
    op(store)
    return 1


def serial(op: Op, store: Store, seconds: float) -> int:
    count = 0
    for _ in ticks(seconds):
        op(store)
        count += 1
    return count


class Threads:
    """The same threads in every slice: starting them is not what is measured."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.pool: ThreadPoolExecutor | None = None

    def __call__(self, op: Op, store: Store, seconds: float) -> int:
        self.pool = self.pool or ThreadPoolExecutor(self.count)
        futures = [self.pool.submit(serial, op, store, seconds) for _ in range(self.count)]
        return sum(future.result() for future in futures)


class Tasks:
    """Tasks that drain one iterator, on one loop for all slices, as a long-lived service has it."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.runner = asyncio.Runner()

    def __call__(self, op: Callable[[Store], Awaitable[None]], store: Store, seconds: float) -> int:
        return self.runner.run(self.drain(op, store, seconds))

    async def drain(self, op: Callable[[Store], Awaitable[None]], store: Store, seconds: float) -> int:
        shared = ticks(seconds)

        async def worker() -> int:
            count = 0
            for _ in shared:
                await op(store)
                count += 1
            return count

        return sum(await asyncio.gather(*(worker() for _ in range(self.count))))
