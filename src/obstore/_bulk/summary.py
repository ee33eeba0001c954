"""What became of a bulk operation: how much was done, what failed and why, or what would be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

from obstore._core.errors import GenericError

Deed: TypeAlias = Literal["copy", "delete", "skip"]


class Failure(NamedTuple):
    """One path that a bulk operation could not deal with, and the error that says why.

    >>> Failure("a/b", FileNotFoundError("gone"))
    Failure('a/b', FileNotFoundError('gone'))
    """

    path: str
    error: Exception

    def __repr__(self) -> str:
        return f"Failure({self.path!r}, {type(self.error).__name__}({str(self.error)!r}))"


class Action(NamedTuple):
    """One step of a plan: `copy`, `delete` or `skip` the object at `path`, of `size` bytes, for a `reason`.

    `path` is relative to the two prefixes.

    >>> from obstore import sync
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> sync(store, MemoryStore(), dry_run=True).plan[0]
    Action(deed='copy', path='k', size=5, reason='...')
    """

    deed: Deed
    path: str
    size: int
    reason: str


class Summary(NamedTuple):
    """The result of a bulk operation.

    >>> Summary("sync", done=2, skipped=1, bytes=1500, seconds=0.5)
    <Summary of sync: 2 done (1500 bytes), 1 skipped, in 0.50 s>

    Attributes:
        operation: The name of the function.
        done: Objects that were copied (by `delete_prefix`: deleted).
        skipped: Objects that were there already, unchanged.
        deleted: Objects that `delete=True` removed from the target.
        failed: Objects that could not be dealt with.
        bytes: Bytes in the objects that were copied or deleted.
        seconds: How long it took.
        failures: The first thousand that failed, each with its error.
        plan: With `dry_run=True`, what would be done; else empty.
    """

    operation: str
    done: int = 0
    skipped: int = 0
    deleted: int = 0
    failed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failures: Sequence[Failure] = ()
    plan: Sequence[Action] = ()

    def __repr__(self) -> str:
        return f"<Summary of {self.operation}: {self}>"

    def __str__(self) -> str:
        parts = [f"{self.done} done ({self.bytes} bytes)"]
        parts += [f"{count} {word}" for word, count in self._others() if count]
        return f"{', '.join(parts)}, in {self.seconds:.2f} s"

    def _others(self) -> list[tuple[str, int]]:
        planned = sum(action.deed != "skip" for action in self.plan)
        counts = {"skipped": self.skipped, "deleted": self.deleted, "failed": self.failed, "planned": planned}
        return [*counts.items()]

    def raise_for_failures(self) -> None:
        """Raise one error for all failures, if there are any; its cause is the first of them.

        >>> Summary("sync", failed=1, failures=[Failure("a/b", OSError("gone"))]).raise_for_failures()
        Traceback (most recent call last):
        ...
        obstore.exceptions.GenericError: sync failed for 1 of 1 objects: a/b: gone ...

        Raises:
            GenericError: Something failed.
        """
        if not self.failed:
            return
        named = "; ".join(f"{path}: {error}" for path, error in self.failures[:3])
        more = f"; and {self.failed - 3} more" if self.failed > 3 else ""
        first = self.failures[0]
        error = GenericError(
            f"{self.operation} failed for {self.failed} of {self.failed + self.done + self.skipped} objects: "
            f"{named}{more}",
            path=first.path,
            hint="call it again to go on: what is done is not done twice",
        )
        raise error from first.error
