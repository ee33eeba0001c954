"""Several objects, each from a place of its own to a place of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from obstore._bulk.crew import Job
from obstore._bulk.pace import Pace
from obstore._bulk.places import Tree
from obstore._bulk.route import Route
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Settings
from obstore._bulk.work import work
from obstore._core.types import ObjectMeta


class Errand(NamedTuple):
    """One object: `source` and `target` are trees whose prefix is the whole path."""

    source: Tree
    target: Tree
    meta: ObjectMeta


async def run_errands(operation: str, errands: Iterable[Errand], pace: Pace) -> Summary:
    """Copy objects, side by side. One that fails does not stop the others, unless the pace says so."""
    tally = Tally(operation, stops_at_error=pace.stops_at_error)
    settings = Settings(pace, tally, set())
    await work(_Errands(iter(errands), settings), pace, tally, settings.active)
    return tally.summary()


class _Errands:
    """The plan: a job for each errand, made when there is somebody to do it."""

    def __init__(self, errands: Iterator[Errand], settings: Settings) -> None:
        self._errands = errands
        self._settings = settings

    async def next_job(self) -> Job | None:
        """Return the next job; None at the end."""
        errand = next(self._errands, None)
        if errand is None:
            self._settings.tally.is_planned = True
            return None
        source, target, meta = errand
        self._settings.tally.find(meta["size"])
        route = Route(source, target, "", source.prefix, meta)
        return route.job(self._settings, stays_there=target.can_copy_from(source))

    async def close(self) -> None:
        """Do nothing: what has not been begun is only forgotten."""
