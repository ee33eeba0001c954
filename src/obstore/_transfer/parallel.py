"""Several jobs side by side, in either colour."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

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


_NEAR = 0.0005
"""Seconds. Waking a thread and getting the interpreter's lock back costs tens of microseconds, several times
over; a request within a machine takes about a hundred, one within a cloud's region a thousand or more."""


async def run_near(
    jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], limit: int, latency: Callable[[], float | None]
) -> list[T]:
    """Run short jobs as `run_all` does, but one after the other where the server is so near that threads only cost.

    As long as nobody knows how near it is, it counts as far.
    """
    if not current().is_blocking:
        return await run_all(jobs, limit)
    results: list[T] = []
    while len(results) < len(jobs) and (seconds := latency()) is not None and seconds < _NEAR:
        results.append(await jobs[len(results)]())
    return results + await run_all(jobs[len(results) :], limit)


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
