"""Trees made alike: the listings of two places are compared as they arrive, and what differs is moved.

One plan serves all of `download_tree`, `upload_tree`, `copy_tree` and `sync`; they differ in
their places. It is asked for a job when the crew has room for one. Deletions come last, in a second
pass, and only if nothing failed in the first.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial

from obstore._bulk.collisions import Names, ignores_case
from obstore._bulk.content import has_same_content
from obstore._bulk.crew import Job
from obstore._bulk.deletion import Batches
from obstore._bulk.listing import Entry, Listing, Merge, Order, Pairs, UnsortedError
from obstore._bulk.pace import Pace
from obstore._bulk.places import Tree
from obstore._bulk.route import Route
from obstore._bulk.selection import Criteria, difference
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Settings
from obstore._bulk.work import work
from obstore._core.errors import (
    BaseError,
    InvalidPathError,
    NotFoundError,
    store_error,
)
from obstore._io.runtime import current


async def transfer_tree(
    operation: str,
    source: Tree,
    target: Tree,
    criteria: Criteria,
    pace: Pace,
    make_plan: Callable[..., CopyPlan] | None = None,
) -> Summary:
    """Copy what differs from one place to another, and delete there what is extraneous."""
    _check_places(operation, source, target, criteria)
    make = make_plan or CopyPlan
    try:
        return await _transfer_tree(operation, source, target, criteria, pace, make, "listed")
    except UnsortedError:
        # What has been moved by now is skipped this time.
        return await _transfer_tree(operation, source, target, criteria, pace, make, "sorted")


def _check_places(operation: str, source: Tree, target: Tree, criteria: Criteria) -> None:
    """Refuse what would never end, or delete what is to be copied."""
    if source.place == target.place:
        raise ValueError(f"{operation}: source and target are the same place, {source}")
    if source.holds(target):
        raise ValueError(f"{operation}: the target, {target}, lies in the source: its copies would be copied too")
    if criteria.delete and target.holds(source):
        raise ValueError(f"{operation}: the source, {source}, lies in the target: delete=True would delete it")


async def _transfer_tree(
    operation: str,
    source: Tree,
    target: Tree,
    criteria: Criteria,
    pace: Pace,
    make_plan: Callable[..., CopyPlan],
    order: Order,
) -> Summary:
    tally = Tally(operation, stops_at_error=pace.stops_at_error)
    settings = Settings(pace, tally, set())
    plan = make_plan(source, target, criteria, settings, order=order)
    await work(plan, pace, tally, settings.active)
    if criteria.delete and not criteria.dry_run and plan.extraneous and not tally.failed:
        await work(DeletePlan(source, target, criteria, tally, order=order), pace, tally)
    return tally.summary()


class _Pairs:
    """The two listings of a plan, without what the patterns leave out."""

    def __init__(self, source: Tree, target: Tree, criteria: Criteria, tally: Tally, *, order: Order) -> None:
        self._criteria = criteria
        self._tally = tally
        self._has_failed = False
        self._merge = self._open(source, target, criteria, order)

    def _open(self, source: Tree, target: Tree, criteria: Criteria, order: Order) -> Pairs:
        wanted = Listing(source.store, source.prefix, self._fail, order)
        there = Listing(target.store, target.prefix, self._fail, order) if criteria.looks_at_target else None
        return Merge(wanted, there)

    def _fail(self, path: str, error: Exception) -> None:
        self._has_failed = True
        self._tally.fail(path, error)

    async def next_pair(self) -> tuple[Entry | None, Entry | None] | None:
        while (pair := await self._merge.next()) is not None:
            entry = pair[0] or pair[1]
            if entry is not None and self._criteria.is_wanted(entry.path):
                return pair
        return None

    async def close(self) -> None:
        await self._merge.close()


class CopyPlan(_Pairs):
    """The jobs that copy what differs. Without a `crew` that asks it, nothing happens."""

    def __init__(self, source: Tree, target: Tree, criteria: Criteria, settings: Settings, *, order: Order) -> None:
        super().__init__(source, target, criteria, settings.tally, order=order)
        self._source = source
        self._target = target
        self._settings = settings
        self._stays_there = target.can_copy_from(source)
        local = target.local
        root = None if local is None else local.locate_directory(target.prefix).rstrip(os.sep)
        self._names = None if root is None else Names(ignores_case=ignores_case(root))
        self._is_empty = True
        self.extraneous = 0

    async def next_job(self) -> Job | None:
        """Return the next job; None at the end."""
        while (pair := await self.next_pair()) is not None:
            source, target = pair
            if source is None:
                assert target is not None
                self._note_extraneous(target)
            else:
                self._is_empty = False
                job = self._job_for(source, target)
                if job is not None:
                    return job
        await self._end()
        return None

    async def _end(self) -> None:
        self._tally.is_planned = True
        if self._is_empty and not self._criteria.missing_ok and not self._has_failed:
            there = await current().call(self._source.is_there)
            if not there:
                raise store_error(
                    NotFoundError,
                    self._source.store.label,
                    self._source.prefix or "/",
                    "there is nothing below it",
                    hint="missing_ok=True accepts that" if self._tally.operation != "upload_tree" else None,
                )

    def _note_extraneous(self, target: Entry) -> None:
        self.extraneous += 1
        if self._criteria.delete and self._criteria.dry_run:
            self._tally.plan("delete", target.path, target.meta["size"], "extraneous")

    def _job_for(self, source: Entry, target: Entry | None) -> Job | None:
        return self._decide(source, target) if self._admits(source) else None

    def _admits(self, source: Entry) -> bool:
        """Count an object of the source, and tell whether the target can hold it."""
        if _is_directory_marker(source) and not self._can_hold(source.path):
            return False
        self._tally.find(source.meta["size"])
        objection = None if self._names is None else self._names.objection(source.path)
        if objection is not None:
            self._tally.fail(source.path, objection)
        return objection is None

    def _can_hold(self, path: str) -> bool:
        try:
            return self._names is None and bool(self._target.checked(path))
        except InvalidPathError:
            return False

    def _decide(self, source: Entry, target: Entry | None) -> Job | None:
        reason = difference(self._criteria.compare, source.meta, target and target.meta)
        if reason is None:
            self._skip(source)
            return None
        if target is not None and reason in {"etag", "checksum"}:
            return partial(self._look_closer, source, target, reason)
        return self._copy_or_plan(source, reason)

    def _skip(self, source: Entry) -> None:
        if self._criteria.dry_run:
            self._tally.plan("skip", source.path, source.meta["size"], "unchanged")
        self._tally.skip(source.path, source.meta["size"])

    def _copy_or_plan(self, source: Entry, reason: str) -> Job | None:
        if self._criteria.dry_run:
            self._tally.plan("copy", source.path, source.meta["size"], reason)
            return None
        route = Route(self._source, self._target, source.path, source.path, source.meta, self._criteria.attributes_for)
        return route.job(self._settings, stays_there=self._stays_there)

    async def _look_closer(self, source: Entry, target: Entry, reason: str) -> Iterator[Job] | None:
        try:
            same = await has_same_content(
                reason, (self._source, source), (self._target, target), self._settings.pace.chunk_size
            )
        except Exception as error:
            self._tally.fail(source.path, error)
            return None
        if same:
            self._skip(source)
            return None
        job = self._copy_or_plan(source, reason)
        return iter([job]) if job is not None else None


def _is_directory_marker(entry: Entry) -> bool:
    """Tell whether an object stands for a directory, as consoles make them. Its name is an odd key."""
    return entry.path.endswith("/") and not entry.meta["size"]


class DeletePlan(_Pairs):
    """The jobs that delete what only the target has."""

    def __init__(self, source: Tree, target: Tree, criteria: Criteria, tally: Tally, *, order: Order) -> None:
        super().__init__(source, target, criteria, tally, order=order)
        self._batches = Batches(target, self._report)

    def _report(self, entry: Entry, error: BaseError | None) -> None:
        if error is not None:
            self._tally.fail(entry.path, error)
        else:
            self._tally.delete(1)

    async def next_job(self) -> Job | None:
        """Return the next job; None at the end."""
        while (pair := await self.next_pair()) is not None:
            source, target = pair
            if source is None and target is not None and (job := self._batches.add(target)) is not None:
                return job
        return None if self._has_failed else self._batches.rest()
