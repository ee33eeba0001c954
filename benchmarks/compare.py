"""Run both sides of a row in turn and put the slices side by side.

Machines drift (frequency, neighbours, caches), by more than the differences of interest. So each
round measures both sides back to back, every second round in the other order, and the result is the
median of the rounds' ratios: drift slower than a round cancels.
"""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from benchmarks.limit import find_limit
from benchmarks.process import WorkerError, working

if TYPE_CHECKING:
    from benchmarks.environments import Pair, Side
    from benchmarks.rows import Row
    from benchmarks.site import Site

Slice = dict[str, Any]
# How memory happens to be laid out favours one process over another of the same program, by 15 % and
# more in large transfers, and taking turns does not cancel that: new processes after so many rounds do.
PER_PROCESS = 3

Ask = Callable[[], Slice]
Progress = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One row measured: the slices of both sides, in the order of the rounds."""

    row: Row
    ours: list[Slice]
    compiled: list[Slice]
    limit: float | None = None
    failure: str = ""

    @property
    def ratios(self) -> list[float]:
        """Times better than the compiled package, per round; above 1 is better in every unit."""
        pairs = zip(self.values(self.ours), self.values(self.compiled), strict=True)
        return [theirs / mine if self.row.is_cost else mine / theirs for mine, theirs in pairs]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    def values(self, slices: list[Slice]) -> list[float]:
        return [value(self.row, each) for each in slices]


def value(row: Row, each: Slice) -> float:
    if row.unit == "B":
        # Never zero, so that it can be divided by: no transfer does with less than a page.
        return float(max(each["grown"], 4096))
    return float(each["elapsed"] if row.unit == "s" else each["amount"] / each["elapsed"])


def cpu_per_unit(each: Slice) -> float:
    return float(each["cpu"] / each["amount"])


def compare(row: Row, site: Site, sides: Pair, rounds: int, seconds: float, progress: Progress) -> Result:
    result = Result(row, [], [])
    try:
        for first in range(0, rounds, PER_PROCESS):
            with asking(row, site, sides, seconds) as (ours, compiled):
                for n in range(first, min(first + PER_PROCESS, rounds)):
                    progress(n)
                    take_turns(n, (ours, result.ours), (compiled, result.compiled))
    except WorkerError as exc:
        return dataclasses.replace(result, failure=str(exc))
    return dataclasses.replace(result, limit=find_limit(row, site, seconds))


def take_turns(n: int, *turns: tuple[Ask, list[Slice]]) -> None:
    order = turns if n % 2 == 0 else turns[::-1]
    for ask, into in order:
        into.append(ask())


@contextlib.contextmanager
def asking(row: Row, site: Site, sides: Pair, seconds: float) -> Iterator[tuple[Ask, Ask]]:
    """Two workers side by side, or one after the other where each slice needs a fresh process."""
    if row.is_cost:
        yield (lambda: one_shot(sides.ours, row, site)), (lambda: one_shot(sides.compiled, row, site))
        return
    with working(sides.ours, row, site) as ours, working(sides.compiled, row, site) as theirs:
        yield (lambda: ours.slice(seconds)), (lambda: theirs.slice(seconds))


def one_shot(side: Side, row: Row, site: Site) -> Slice:
    with working(side, row, site) as worker:
        return worker.slice(0)
