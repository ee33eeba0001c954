"""What comes out: lines on the console as rows finish, and the page for the documentation."""

from __future__ import annotations

import dataclasses
import os
import platform
import timeit
from pathlib import Path

from benchmarks import chart, lines, tables
from benchmarks.compare import Result
from benchmarks.race import Race
from benchmarks.server import nginx_version
from benchmarks.units import show, times

DOCS = Path(__file__).parent.parent / "docs"
TEMPLATE = Path(__file__).parent / "page.md"
HEADER = f"{'row':28} {'ours':>14} {'compiled':>14} {'ratio':>8} {'min-max':>13} {'floor':>6} {'aim':>5}  limit"


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """How long was measured, how often."""

    rounds: int
    seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """All that was: the comparison with the compiled package, growth, and the peers."""

    rows: list[Result] = dataclasses.field(default_factory=list)
    growth: list[Result] = dataclasses.field(default_factory=list)
    races: list[Race] = dataclasses.field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        return any(result.failure for result in (*self.rows, *self.growth)) or any(race.failures for race in self.races)


def console_line(result: Result) -> str:
    row = result.row
    if result.failure:
        return f"{row.name:28} FAILED {result.failure}"
    ours, compiled = tables.medians(result)
    verdict = "  BELOW FLOOR" if result.ratio < row.floor else ""
    return (
        f"{row.name:28} {ours:>14} {compiled:>14} {times(result.ratio):>8} {tables.spread(result):>13} "
        f"{row.floor:>6g} {row.aim:>5g}  {tables.limit(result)}{verdict}"
    )


def console_race(race: Race) -> str:
    speeds = {name: race.speed(name) for name in race.row.contenders}
    told = [f"{name} {show(speed, race.row.unit)}" for name, speed in speeds.items() if speed is not None]
    failed = [f"FAILED {reason}" for reason in race.failures.values()]
    return f"{race.row.name:28} {', '.join([*told, *failed])}"


def machine() -> str:
    return f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), nginx {nginx_version()}"


def interpreter() -> str:
    """Name the Python, and say how fast it is: that differs by a quarter between builds of one version."""
    loop = min(timeit.repeat("for n in numbers: f(n)", "numbers = range(1000)\ndef f(n): return n + 1", number=100))
    kind = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{kind}, built by {platform.python_compiler()}; a call of a one-line function takes {loop * 1e4:.0f} ns"


def page(measured: Measured, settings: Settings) -> str:
    rows = [result for result in measured.rows if not result.failure]
    growth = [result for result in measured.growth if not result.failure]
    rates = [result for result in rows if not result.row.is_cost]
    facts = {
        "machine": machine(),
        "interpreter": interpreter(),
        "rounds": settings.rounds,
        "seconds": f"{settings.seconds:g}",
    }
    return TEMPLATE.read_text(encoding="utf-8").format(
        speed=tables.speed(rows),
        growth=tables.growth(growth),
        peers=tables.races(measured.races),
        cost=tables.cost(rates),
        behind=tables.behind(rows, lambda result: result.ratio),
        below=tables.below_floor(rows),
        behind_cpu=tables.behind(rates, tables.cpu_ratio),
        behind_growth=tables.behind(growth, lambda result: result.ratio),
        outrun=tables.outrun(measured.races),
        failures=tables.failures((*measured.rows, *measured.growth), measured.races),
        **facts,
    )


def write(measured: Measured, settings: Settings) -> None:
    (DOCS / "assets").mkdir(parents=True, exist_ok=True)
    (DOCS / "benchmarks.md").write_text(page(measured, settings), encoding="utf-8")
    (DOCS / "assets" / "benchmarks.svg").write_text(chart.draw(measured.rows), encoding="utf-8")
    growth = lines.draw(tables.grown(measured.growth))
    (DOCS / "assets" / "benchmarks-growth.svg").write_text(growth, encoding="utf-8")
