"""Carrying out a plan: a crew does it, the listener is told, and an end before its time is cleaned up after."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from obstore._bulk.crew import Crew, Job, Plan
from obstore._bulk.listing import UnsortedError
from obstore._bulk.pace import Pace
from obstore._bulk.progress import SINGLE
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Transfer


class ClosablePlan(Plan, Protocol):
    """A plan that may have to be left half-way."""

    async def close(self) -> None:
        """Stop fetching what further jobs would be made of."""


async def work(plan: ClosablePlan, pace: Pace, tally: Tally, active: Collection[Transfer] = ()) -> None:
    """Do all jobs of a plan. `active` are the transfers that have begun and not ended.

    Whatever ends it early, Ctrl-C included, gets a note that says what was done.
    """

    def tell() -> None:
        if pace.listener is not None:
            pace.listener(tally.progress())

    crew = Crew(pace.max_concurrency, tell)
    tally.on_news = crew.news
    try:
        await crew.run(plan)
        tell()
    except BaseException as error:
        await plan.close()
        for transfer in tuple(active):
            await transfer.abandon(error)
        _note_on(error, tally)
        raise


def _note_on(error: BaseException, tally: Tally) -> None:
    if isinstance(error, UnsortedError) or (isinstance(error, Exception) and tally.operation in SINGLE):
        return
    tally.note_on(error)


class OneJob:
    """A plan of one job."""

    def __init__(self, job: Job) -> None:
        self._job: Job | None = job

    async def next_job(self) -> Job | None:
        """Return it, once."""
        job, self._job = self._job, None
        return job

    async def close(self) -> None:
        """Do nothing: it is all there is."""
