"""What has been done so far: counted by the workers, told by the caller."""

from __future__ import annotations

import time
from collections.abc import Callable

from obstore._bulk.progress import Progress
from obstore._bulk.summary import Action, Deed, Failure, Summary
from obstore._io.lock import Lock

_KEPT_FAILURES = 1000


class Tally:
    """The counts of one operation. Any thread may add to them; `on_news` then lets the caller know."""

    def __init__(self, operation: str, *, stops_at_error: bool) -> None:
        self.operation = operation
        self.on_news: Callable[[], None] = _nobody
        self.is_planned = False
        self.found = 0
        self.failed = 0
        self._stops_at_error = stops_at_error
        self._started = time.monotonic()
        self._lock = Lock()
        self._path = ""
        self._done = self._skipped = self._deleted = 0
        self._found_bytes = self._moved = self._settled = 0
        self._failures: list[Failure] = []
        self._plan: list[Action] = []

    def __repr__(self) -> str:
        return f"<Tally {self.summary()}>"

    def find(self, size: int) -> None:
        """Count an object that there is something to do with."""
        with self._lock:
            self.found += 1
            self._found_bytes += size

    def move(self, path: str, size: int) -> None:
        """Count bytes that have arrived, or, negative, that turned out to be worthless."""
        with self._lock:
            self._path = path
            self._moved += size
        self.on_news()

    def finish(self, path: str, size: int) -> None:
        """Count an object that is done; its bytes have been counted."""
        with self._lock:
            self._path = path
            self._done += 1
            self._settled += size
        self.on_news()

    def skip(self, path: str, size: int) -> None:
        """Count an object that was there already."""
        with self._lock:
            self._path = path
            self._skipped += 1
            self._moved += size
        self.on_news()

    def delete(self, count: int) -> None:
        """Count extraneous objects that were deleted."""
        with self._lock:
            self._deleted += count
        self.on_news()

    def fail(self, path: str, error: Exception) -> None:
        """Count an object that could not be dealt with.

        Raises:
            The error, where that is to end the operation.
        """
        if self._stops_at_error:
            raise error
        with self._lock:
            self._path = path
            self.failed += 1
            if len(self._failures) < _KEPT_FAILURES:
                self._failures.append(Failure(path, error))
        self.on_news()

    def absorb(self, summary: Summary) -> None:
        """Count what somebody else has done of what was found here."""
        with self._lock:
            self._done += summary.done
            self._skipped += summary.skipped
            self._moved += summary.bytes
            self._settled += summary.bytes
            self.failed += summary.failed - len(summary.failures)
        for path, error in summary.failures:
            self.fail(path, error)
        self.on_news()

    def plan(self, deed: Deed, path: str, size: int, reason: str) -> None:
        """Note what would be done."""
        self._plan.append(Action(deed, path, size, reason))

    def progress(self) -> Progress:
        """Say how far it has come."""
        with self._lock:
            return Progress(
                self.operation,
                self._path,
                self._done + self._skipped + self.failed,
                self.found,
                self._moved,
                self._found_bytes,
                self.failed,
                self.is_planned,
            )

    def summary(self) -> Summary:
        """Say what became of it."""
        seconds = time.monotonic() - self._started
        counts = (self._done, self._skipped, self._deleted, self.failed, self._settled, seconds)
        return Summary(self.operation, *counts, tuple(self._failures), tuple(self._plan))

    def note_on(self, error: BaseException) -> None:
        """Say on an error that ends the operation what has been done, and how to go on."""
        error.add_note(
            f"{self.operation} was interrupted: {self.summary()}, {self.found} found. "
            "Call it again to go on: what is done is not done twice."
        )


def _nobody() -> None:
    pass
