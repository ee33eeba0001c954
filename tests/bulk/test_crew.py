"""A crew: who does what, who is told, and when it is over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from obstore._bulk.crew import Crew, Job
from obstore._io.runtime import current, run_blocking
from obstore._testing.colour import drive
from obstore.testing import COLOURS, Colour


class Jobs:
    """A plan of so many jobs, that notes how far ahead it was asked."""

    def __init__(self, *jobs: Job) -> None:
        self.jobs = list(jobs)
        self.asked = 0

    async def next_job(self) -> Job | None:
        self.asked += 1
        return self.jobs.pop(0) if self.jobs else None


def run(colour: Colour, crew: Crew, plan: Any) -> None:
    if colour == "sync":
        run_blocking(crew.run(plan))
    else:
        drive(colour, crew.run(plan))


@pytest.mark.parametrize("colour", COLOURS)
def test_further_jobs_go_before_all_others(colour: Colour) -> None:
    done: list[str] = []

    async def job(name: str, *further: str) -> Iterator[Job] | None:
        done.append(name)
        return iter([partial(job, each) for each in further]) if further else None

    run(colour, Crew(1, lambda: None), Jobs(partial(job, "a", "a1", "a2", "a3"), partial(job, "b"), partial(job, "c")))

    assert done == ["a", "a1", "a2", "a3", "b", "c"]


def test_it_is_over_when_the_last_further_job_has_been_taken_and_done() -> None:
    crew = Crew(1, lambda: None)

    async def job() -> None:
        return None

    crew._busy = 1
    crew._finished(iter([job]))
    assert not crew._is_done()
    assert crew._take() is job
    assert crew._is_done()


@pytest.mark.parametrize("colour", COLOURS)
def test_a_plan_is_asked_no_further_ahead_than_there_is_room(colour: Colour) -> None:
    ahead: list[int] = []

    async def job() -> None:
        ahead.append(plan.asked)

    plan = Jobs(*[job] * 100)
    run(colour, Crew(2, lambda: None), plan)

    assert len(ahead) == 100
    assert all(asked <= n + 2 * 2 + 2 for n, asked in enumerate(ahead))


@pytest.mark.parametrize("colour", COLOURS)
def test_at_most_so_many_are_at_work_and_all_of_them(colour: Colour) -> None:
    meeting = threading.Barrier(4)
    inside: list[int] = []
    most = 0

    async def job() -> None:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        await current().call(lambda: meeting.wait(10))
        inside.pop()

    run(colour, Crew(4, lambda: None), Jobs(*[job] * 12))

    assert most == 4


@pytest.mark.parametrize("colour", COLOURS)
def test_a_job_that_fails_stops_the_others_and_is_raised_bare(colour: Colour) -> None:
    async def wait() -> None:
        await current().sleep(60)

    async def fail() -> None:
        raise KeyError("bare")

    with pytest.raises(KeyError, match="bare"):
        run(colour, Crew(3, lambda: None), Jobs(wait, wait, fail, wait))


@pytest.mark.parametrize("colour", COLOURS)
def test_a_plan_that_fails_stops_the_jobs(colour: Colour) -> None:
    class Failing(Jobs):
        async def next_job(self) -> Job | None:
            if not self.jobs:
                raise KeyError("plan")
            return await super().next_job()

    async def wait() -> None:
        await current().sleep(60)

    with pytest.raises(KeyError, match="plan"):
        run(colour, Crew(3, lambda: None), Failing(wait, wait))


@pytest.mark.parametrize("colour", COLOURS)
def test_news_is_told_by_the_caller(colour: Colour) -> None:
    told: list[threading.Thread] = []

    async def job() -> None:
        crew.news()

    crew = Crew(3, lambda: told.append(threading.current_thread()))
    run(colour, crew, Jobs(*[job] * 20))

    assert set(told) == {threading.current_thread()}


@pytest.mark.parametrize("colour", COLOURS)
def test_an_empty_plan_is_over_at_once(colour: Colour) -> None:
    run(colour, Crew(3, lambda: None), Jobs())
