"""One object on its way from a reader to a writer, in one piece or in many side by side.

The pieces of an object are jobs of the crew that also does everything else. The last one
that ends, whichever it is, publishes the object, or cleans up if one of them failed. A source
object that changes on the way is begun again, from the version it has now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple, TypeAlias

from obstore._bulk.crew import Job
from obstore._bulk.pace import Pace
from obstore._bulk.readers import Facts, Reader
from obstore._bulk.tally import Tally
from obstore._bulk.writers import Piece, Writer
from obstore._core.errors import PreconditionError
from obstore._io.lock import Lock

_BEGINNINGS = 3
"""How often one object is begun, at the most, if it changes again and again."""

Ends: TypeAlias = "Callable[[bool], tuple[Reader, Writer]]"
"""Makes the two ends of a transfer; afresh, without believing what a listing said, if it is told so."""


class Settings(NamedTuple):
    """What all transfers of one operation share. `active` are those that have begun and not ended."""

    pace: Pace
    tally: Tally
    active: set[Transfer]


class Transfer:
    """The transfer of one object, which is reported under `path`."""

    def __init__(self, path: str, ends: Ends, settings: Settings, beginning: int = 1) -> None:
        self.path = path
        self._ends = ends
        self._settings = settings
        self._beginning = beginning
        self._reader: Reader
        self._writer: Writer
        self._lock = Lock()
        self._left = 0
        self._moved = 0
        self._failure: Exception | None = None
        self._facts: Facts

    def __repr__(self) -> str:
        return f"<Transfer {self.path}>"

    async def start(self) -> Iterator[Job] | None:
        """Move a small object, or begin with a large one and return the jobs that move its pieces."""
        try:
            self._reader, self._writer = self._ends(self._beginning > 1)
        except Exception as error:
            self._settings.tally.fail(self.path, error)
            return None
        self._settings.active.add(self)
        try:
            pieces = await self._begin()
        except Exception as error:
            self._failure = error
            return await self._end()
        if not pieces:
            return await self._end()
        self._left = len(pieces)
        return (partial(self._move, piece) for piece in pieces)

    async def _begin(self) -> list[Piece]:
        chunk_size = self._settings.pace.chunk_size
        facts = self._facts = await self._reader.open(chunk_size)
        if facts.size <= chunk_size:
            await self._move_whole(facts)
            return []
        pieces = await self._writer.begin(facts, chunk_size)
        self._count(facts.size - sum(stop - start for _, start, stop in pieces))
        if not pieces:
            await self._writer.finish(facts)
        return pieces

    async def _move_whole(self, facts: Facts) -> None:
        data = await self._reader.read(0, facts.size)
        if self._writer.takes_attributes:
            facts = facts._replace(attributes=await self._reader.attributes())
        await self._reader.verify()
        await self._writer.put_whole(data, facts)
        self._count(facts.size)

    async def _move(self, piece: Piece) -> Iterator[Job] | None:
        try:
            if self._failure is None:
                _, start, stop = piece
                await self._writer.put(piece, await self._reader.read(start, stop))
                self._count(stop - start)
        except Exception as error:
            self._failure = self._failure or error
        with self._lock:
            self._left -= 1
            is_last = not self._left
        return await self._publish() if is_last else None

    async def _publish(self) -> Iterator[Job] | None:
        try:
            if self._failure is None:
                await self._reader.verify()
                await self._writer.finish(self._facts)
        except Exception as error:
            self._failure = error
        return await self._end()

    def _count(self, size: int) -> None:
        if size:
            with self._lock:
                self._moved += size
            self._settings.tally.move(self.path, size)

    async def _end(self) -> Iterator[Job] | None:
        """Report how it ended, or begin again."""
        failure = self._failure
        if failure is None:
            self._close()
            self._settings.tally.finish(self.path, self._facts.size)
            return None
        is_stale = isinstance(failure, PreconditionError)
        await self._writer.abort(failure, is_stale=is_stale)
        self._close()
        if is_stale and self._beginning < _BEGINNINGS:
            self._settings.tally.move(self.path, -self._moved)
            again = Transfer(self.path, self._ends, self._settings, self._beginning + 1)
            return iter([again.start])
        self._settings.tally.fail(self.path, failure)
        return None

    def _close(self) -> None:
        self._reader.close()
        self._settings.active.discard(self)

    async def abandon(self, cause: BaseException) -> None:
        """Clean up after an operation that was interrupted by `cause`."""
        await self._writer.abort(cause, is_stale=False)
        self._close()
