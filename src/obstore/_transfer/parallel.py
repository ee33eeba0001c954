"""Several jobs side by side, in either colour."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from obstore._io.interleaved import can_interleave, interleave
from obstore._io.runtime import current

T = TypeVar("T")


async def run_all(jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], limit: int) -> list[T]:
    """Run jobs, at most `limit` at a time, and return their results in order.

    The first failure stops the rest and is raised as it is.
    """
    if len(jobs) < 2 or limit == 1:
        return [await job() for job in jobs]
    # Each worker takes one job after the other: a thread for each job would be woken for each.
    results: list[Any] = [None] * len(jobs)
    waiting = enumerate(jobs)

    async def work() -> None:
        try:
            for index, job in waiting:
                results[index] = await job()
        except BaseException:
            for _ in waiting:
                pass  # Nobody begins another.
            raise

    count = min(limit, len(jobs))
    workers = current().workers(count)
    try:
        for _ in range(count):
            await workers.submit(work)
        await workers.join()
    except BaseException:
        await workers.abandon()
        raise
    return results


SHORT = 256 * 1024
"""Bytes that a reply has at most if it is to be waited for in place. Longer ones go to threads: what a kernel
keeps of several bodies while one is being read is about this much each."""


async def run_short(jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], limit: int) -> list[T]:
    """Run jobs as `run_all` does, each of which waits for a reply over the network at most, and a short one.

    A sync call keeps them in its own thread.
    """
    if len(jobs) > 1 and can_interleave(current()):
        return interleave(jobs, limit)
    return await run_all(jobs, limit)


async def try_all(jobs: Sequence[Callable[[], Coroutine[Any, Any, Any]]], limit: int) -> None:
    """Run all jobs whatever becomes of each, then raise the first failure in order, if there is one."""
    failures = await run_all([_kept(job) for job in jobs], limit)
    for failure in failures:
        if failure is not None:
            raise failure


def _kept(job: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Coroutine[Any, Any, Exception | None]]:
    async def run() -> Exception | None:
        try:
            await job()
        except Exception as error:
            return error
        return None

    return run
