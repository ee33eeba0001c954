"""Workers: the same promises whether they are threads or tasks."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from obstore._io.blocking import Abandoned
from obstore._io.runtime import current
from obstore._transfer.parallel import run_all, try_all
from tests.engine.loops import both_colours, run


class Log:
    """What happened in the jobs, and how many were at work at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.begun: list[int] = []
        self.ended: list[int] = []
        self.stopped: list[int] = []
        self.most = 0

    def begin(self, number: int) -> None:
        with self._lock:
            self.begun.append(number)
            self.most = max(self.most, len(self.begun) - len(self.ended) - len(self.stopped))

    def end(self, number: int) -> None:
        with self._lock:
            self.ended.append(number)

    def stop(self, number: int) -> None:
        with self._lock:
            self.stopped.append(number)

    def job(self, number: int, seconds: float = 0.002, failure: Exception | None = None) -> Callable[[], Any]:
        async def work() -> int:
            self.begin(number)
            try:
                await current().sleep(seconds)
            except BaseException:
                self.stop(number)
                raise
            self.end(number)
            if failure is not None:
                raise failure
            return number * 10

        return work


class JobError(Exception):
    """Of a job's own."""


@both_colours
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_results_come_in_order_and_no_more_than_the_limit_work(colour: str, limit: int) -> None:
    log = Log()
    jobs = [log.job(number, 0.01 if number % 3 == 0 else 0.001) for number in range(20)]

    assert run(colour, run_all(jobs, limit)) == [number * 10 for number in range(20)]
    assert log.most <= limit


@both_colours
def test_as_many_work_as_may(colour: str) -> None:
    log = Log()
    run(colour, run_all([log.job(number, 0.05) for number in range(9)], 3))

    assert log.most == 3


@both_colours
def test_who_submits_never_runs_ahead(colour: str) -> None:
    log = Log()
    ahead: list[int] = []

    async def submit() -> list[int]:
        workers = current().workers(2)
        for number in range(12):
            await workers.submit(log.job(number))
            ahead.append(number + 1 - len(log.ended))
        return await workers.join()

    assert run(colour, submit()) == [number * 10 for number in range(12)]
    assert max(ahead) <= 2


async def with_eager_places(log: Log, seconds: float, finish: Callable[[], bool]) -> None:
    """Run jobs that end when `finish` says so, with two places at first and six at the most."""

    async def work() -> None:
        number = len(log.begun)
        log.begin(number)
        while not finish():
            await current().sleep(seconds)
        log.end(number)

    workers = current().workers(6, eager=2)
    for _ in range(12):
        await workers.submit(work)
    await workers.join()


@both_colours
def test_who_waits_for_long_jobs_gets_all_places(colour: str) -> None:
    log = Log()
    run(colour, with_eager_places(log, 0.001, lambda: log.most == 6))

    assert len(log.ended) == 12


@both_colours
def test_short_jobs_have_the_first_places_only(colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("obstore._io.blocking.PATIENCE", 60)
    monkeypatch.setattr("obstore._io.tasks.PATIENCE", 60)
    log, looks = Log(), itertools.count()
    run(colour, with_eager_places(log, 0.001, lambda: next(looks) % 5 == 4))

    assert log.most == 2


@both_colours
def test_no_jobs_have_no_results(colour: str) -> None:
    async def join() -> list[Any]:
        return await current().workers(3).join()

    assert run(colour, join()) == []
    assert run(colour, run_all([], 3)) == []


async def in_a_group(jobs: list[Callable[[], Coroutine[Any, Any, Any]]], limit: int) -> list[Any]:
    """Run jobs, with the caller doing none of them."""
    workers = current().workers(limit)
    try:
        for job in jobs:
            await workers.submit(job)
        return await workers.join()
    except BaseException:
        await workers.abandon()
        raise


@both_colours
@pytest.mark.parametrize("count", [4, 30])
@pytest.mark.parametrize("failing", [0, 3])
def test_first_failure_is_raised_bare_and_stops_the_rest(colour: str, failing: int, count: int) -> None:
    log, failure = Log(), JobError("no")
    jobs = [log.job(number, 60) for number in range(count)]
    jobs[failing] = log.job(failing, 0.02, failure)
    started = time.monotonic()

    with pytest.raises(JobError) as caught:
        run(colour, in_a_group(jobs, 4))

    assert caught.value is failure
    assert time.monotonic() - started < 5
    assert sorted(log.begun) == [0, 1, 2, 3]
    assert sorted(log.stopped) == sorted({0, 1, 2, 3} - {failing})


@both_colours
def test_after_a_failure_nobody_begins_another(colour: str) -> None:
    log, failure = Log(), JobError("no")
    jobs = [log.job(number, 0.1, failure if number == 1 else None) for number in range(30)]

    with pytest.raises(JobError) as caught:
        run(colour, run_all(jobs, 4))

    assert caught.value is failure
    assert len(log.begun) <= 8


@both_colours
def test_failure_stops_the_jobs_that_run(colour: str) -> None:
    log = Log()
    jobs = [log.job(0, 60), log.job(1, 60), log.job(2, 0.02, JobError("no"))]
    started = time.monotonic()

    with pytest.raises(JobError):
        run(colour, run_all(jobs, 3))

    assert time.monotonic() - started < 5


@both_colours
def test_failure_is_noticed_by_who_submits(colour: str) -> None:
    log = Log()

    async def submit_for_ever() -> None:
        workers = current().workers(2)
        try:
            for number in range(10_000):
                await workers.submit(log.job(number, 0.001, JobError("no") if number == 5 else None))
        except BaseException:
            await workers.abandon()
            raise

    with pytest.raises(JobError):
        run(colour, submit_for_ever())
    assert len(log.begun) < 20


@both_colours
def test_all_are_tried_where_that_is_asked_for(colour: str) -> None:
    log = Log()
    jobs = [log.job(number, 0.001, JobError(str(number)) if number in (7, 2) else None) for number in range(10)]

    with pytest.raises(JobError, match="2"):
        run(colour, try_all(jobs, 3))
    assert sorted(log.ended) == list(range(10))


@both_colours
def test_abandoned_workers_have_ended_when_that_returns(colour: str) -> None:
    log = Log()

    async def abandon() -> None:
        workers = current().workers(3)
        for number in range(3):
            await workers.submit(log.job(number, 60))
        await current().sleep(0.02)
        await workers.abandon()

    started = time.monotonic()
    run(colour, abandon())

    assert sorted(log.stopped) == sorted(log.begun)
    assert time.monotonic() - started < 5


def test_a_thread_that_is_stopped_unwinds() -> None:
    ended: list[type[BaseException]] = []

    async def job() -> None:
        try:
            await current().sleep(60)
        except BaseException as error:
            ended.append(type(error))
            raise

    async def abandon() -> None:
        workers = current().workers(1)
        await workers.submit(job)
        await current().sleep(0.02)
        await workers.abandon()

    run("sync", abandon())

    assert ended == [Abandoned]


@both_colours
def test_workers_may_have_workers(colour: str) -> None:
    log = Log()

    def group(first: int) -> Callable[[], Coroutine[Any, Any, list[int]]]:
        return lambda: run_all([log.job(number) for number in range(first, first + 5)], 2)

    got = run(colour, run_all([group(0), group(5), group(10)], 3))

    assert got == [[number * 10 for number in range(first, first + 5)] for first in (0, 5, 10)]


@both_colours
@pytest.mark.parametrize("count", [2, 5])
def test_abandoning_reaches_the_workers_of_workers(colour: str, count: int) -> None:
    log = Log()

    async def inner() -> list[Any]:
        return await in_a_group([log.job(number, 60) for number in range(count)], 2)

    async def fail() -> list[Any]:
        await current().sleep(0.05)
        raise JobError

    started = time.monotonic()
    with pytest.raises(JobError):
        run(colour, in_a_group([inner, fail], 2))

    assert time.monotonic() - started < 5
    assert sorted(log.stopped) == [0, 1]


def test_both_colours_tell_the_same_story() -> None:
    def story(colour: str) -> tuple[list[int], list[int]]:
        log = Log()
        jobs = [log.job(number, 0.001 * number, JobError() if number == 6 else None) for number in range(12)]
        with pytest.raises(JobError):
            run(colour, run_all(jobs, 1))
        return log.begun, log.ended

    assert story("sync") == story("async")
