"""Several objects, each from a place of its own to a place of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from obstore._bulk.crew import Job
from obstore._bulk.pace import Pace
from obstore._bulk.places import Tree
from obstore._bulk.readers import FileReader, ObjectReader, Reader
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Settings, Transfer
from obstore._bulk.work import work
from obstore._bulk.writers import FileOptions, FileWriter, ObjectWriter, Writer
from obstore._core.errors import BaseError, NotImplementedError, NotSupportedError
from obstore._core.types import ObjectMeta, WriteOptions


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
        self._settings.tally.find(errand.meta["size"])
        stays_there = errand.target.can_copy_from(errand.source)
        return partial(self._copy_there, errand) if stays_there else self._transfer(errand).start

    async def close(self) -> None:
        """Do nothing: what has not been begun is only forgotten."""

    async def _copy_there(self, errand: Errand) -> Iterator[Job] | None:
        source, target, meta = errand
        try:
            await target.store.copy_from(source.store, source.prefix, target.prefix, overwrite=True)
        except (NotSupportedError, NotImplementedError):
            return iter([self._transfer(errand).start])
        except BaseError as error:
            self._settings.tally.fail(source.prefix, error)
            return None
        self._settings.tally.move(source.prefix, meta["size"])
        self._settings.tally.finish(source.prefix, meta["size"])
        return None

    def _transfer(self, errand: Errand) -> Transfer:
        return Transfer(errand.source.prefix, partial(_ends, errand), self._settings)


def _ends(errand: Errand, afresh: bool) -> tuple[Reader, Writer]:
    source, target, meta = errand
    reader: Reader
    if source.local is not None:
        reader = FileReader(source.file_of(""))
    else:
        known = None if afresh else meta
        reader = ObjectReader(source.store, source.prefix, known, wants_attributes=target.local is None)
    if target.local is not None:
        identity = {"store": source.store.identity, "path": source.prefix}
        return reader, FileWriter(target.file_of(""), FileOptions(), identity)
    return reader, ObjectWriter(target.store, target.prefix, WriteOptions({}, {}, "overwrite"), keeps_attributes=True)
