"""Deleting many objects: in batches, and what a batch does not say is asked for one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from obstore._bulk.crew import Job
from obstore._bulk.listing import Entry, Listing
from obstore._bulk.pace import Pace
from obstore._bulk.places import Tree
from obstore._bulk.selection import Criteria
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.work import work
from obstore._core.errors import BaseError, NotFoundError

BATCH = 1000
"""What S3 deletes in one request, at the most."""

Report = Callable[[Entry, "BaseError | None"], None]


class Batches:
    """Objects that are to be deleted, collected into jobs. `report` is told what became of each."""

    def __init__(self, tree: Tree, report: Report) -> None:
        self._tree = tree
        self._report = report
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> Job | None:
        """Add an object, and return a job once there are enough."""
        self._entries.append(entry)
        return self.rest() if len(self._entries) == BATCH else None

    def rest(self) -> Job | None:
        """Return the job for those that are left; None if there are none."""
        entries, self._entries = self._entries, []
        return partial(self._delete, entries) if entries else None

    async def _delete(self, entries: Sequence[Entry]) -> Iterator[Job] | None:
        try:
            await self._tree.store.delete_objects([self._tree.full(entry.path) for entry in entries])
        except BaseError as error:
            if len(entries) > 1:
                return (partial(self._delete, [entry]) for entry in entries)
            # Somebody else was faster, or the batch that failed got that far.
            self._report(entries[0], None if isinstance(error, NotFoundError) else error)
        else:
            for entry in entries:
                self._report(entry, None)
        return None


class _Plan:
    """The jobs that delete everything below a prefix that the patterns want."""

    def __init__(self, tree: Tree, criteria: Criteria, tally: Tally) -> None:
        self._listing = Listing(tree.store, tree.prefix, tally.fail, order="any")
        self._criteria = criteria
        self._tally = tally
        self._batches = Batches(tree, self._report)

    def _report(self, entry: Entry, error: BaseError | None) -> None:
        if error is not None:
            self._tally.fail(entry.path, error)
            return
        self._tally.move(entry.path, entry.meta["size"])
        self._tally.finish(entry.path, entry.meta["size"])

    async def next_job(self) -> Job | None:
        while (entry := await self._listing.next()) is not None:
            if not self._criteria.is_wanted(entry.path):
                continue
            self._tally.find(entry.meta["size"])
            if self._criteria.dry_run:
                self._tally.plan("delete", entry.path, entry.meta["size"], "below the prefix")
            elif (job := self._batches.add(entry)) is not None:
                return job
        self._tally.is_planned = True
        return self._batches.rest()

    async def close(self) -> None:
        await self._listing.close()


async def delete_tree(tree: Tree, criteria: Criteria, pace: Pace) -> Summary:
    """Delete what lies below a prefix."""
    tally = Tally("delete_prefix", stops_at_error=pace.stops_at_error)
    await work(_Plan(tree, criteria, tally), pace, tally)
    return tally.summary()
