"""Run one kind of work by several clients in turn, so that what slows the machine slows all of them."""

from __future__ import annotations

import contextlib
import dataclasses
import statistics
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchmarks.compare import Slice, cpu_per_unit, value
from benchmarks.environments import Pair, Side, python_with
from benchmarks.peers import REQUIREMENTS
from benchmarks.process import Worker, WorkerError, working

if TYPE_CHECKING:
    from benchmarks.peers import PeerRow
    from benchmarks.site import Site


@dataclasses.dataclass(frozen=True, slots=True)
class Race:
    """One kind of work measured: what each client did, or why it could not."""

    row: PeerRow
    slices: dict[str, list[Slice]] = dataclasses.field(default_factory=dict)
    failures: dict[str, str] = dataclasses.field(default_factory=dict)

    def speed(self, contender: str) -> float | None:
        row = self.row.row_of("ours")
        slices = self.slices.get(contender)
        return statistics.median(value(row, each) for each in slices) if slices else None

    def cpu(self, contender: str) -> float | None:
        slices = self.slices.get(contender)
        return statistics.median(map(cpu_per_unit, slices)) if slices else None

    @property
    def faster(self) -> dict[str, float]:
        """Those faster than this package, with how many times."""
        ours = self.speed("ours")
        speeds = {name: self.speed(name) for name in self.slices if name != "ours"}
        return {name: speed / ours for name, speed in speeds.items() if ours and speed and speed > ours}


def sides_of(sides: Pair) -> dict[str, Side]:
    """Return where each client is, after making the environments that are missing."""
    peers = {name: Side(name, python_with(name, requirement)) for name, requirement in REQUIREMENTS.items()}
    return {"ours": sides.ours, "compiled": sides.compiled, **peers}


def race(
    row: PeerRow, site: Site, sides: dict[str, Side], rounds: int, seconds: float, progress: Callable[[int], None]
) -> Race:
    result = Race(row)
    with contextlib.ExitStack() as stack:
        workers = dict(started(row, site, sides, stack, result.failures))
        for n in range(rounds):
            progress(n)
            for name in in_turn(list(workers), n):
                take(workers, name, seconds, result)
    return result


def started(
    row: PeerRow, site: Site, sides: dict[str, Side], stack: contextlib.ExitStack, failures: dict[str, str]
) -> Iterator[tuple[str, Worker]]:
    for name in row.contenders:
        try:
            yield name, stack.enter_context(working(sides[name], row.row_of(name), site))
        except WorkerError as exc:
            failures[name] = str(exc)


def in_turn(names: list[str], n: int) -> list[str]:
    """Let another one begin each time."""
    first = n % len(names) if names else 0
    return names[first:] + names[:first]


def take(workers: dict[str, Worker], name: str, seconds: float, result: Race) -> None:
    try:
        result.slices.setdefault(name, []).append(workers[name].slice(seconds))
    except WorkerError as exc:
        result.failures[name] = str(exc)
        result.slices.pop(name, None)
        del workers[name]
