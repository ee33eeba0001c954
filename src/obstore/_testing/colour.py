"""One body, two colours: how a behaviour is driven, alone and in several workers at once.

In the sync colour nothing may wait: every operation has finished when its call returns,
so a coroutine made of such calls ends at the first `send`. What suspends is a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")

Colour: TypeAlias = Literal["sync", "async"]
"""How operations are called: by the functions without a suffix, or by those whose names end in `_async`."""

COLOURS: tuple[Colour, ...] = ("sync", "async")
"""Both of them."""


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise RuntimeError("a sync operation suspended instead of blocking")


def drive(colour: Colour, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a behaviour to its end: on this thread's stack, or in an event loop of its own."""
    import asyncio

    return run_sync(coroutine) if colour == "sync" else asyncio.run(coroutine)


async def concurrently(colour: Colour, workers: Sequence[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    """Run all `workers` at once, in threads or in tasks, and return what they return."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    if colour == "async":
        return list(await asyncio.gather(*(worker() for worker in workers)))
    with ThreadPoolExecutor(len(workers)) as threads:
        return list(threads.map(lambda worker: run_sync(worker()), workers))
