"""What comes out: lines on the console as rows finish, and the page for the documentation."""

from __future__ import annotations

import dataclasses
import os
import platform
import statistics
from pathlib import Path

from benchmarks.chart import draw
from benchmarks.compare import Result, Slice, cpu_per_unit
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


def medians(result: Result) -> tuple[str, str]:
    sides = (result.values(result.ours), result.values(result.compiled))
    ours, compiled = (show(statistics.median(side), result.row.unit) for side in sides)
    return ours, compiled


def spread(result: Result) -> str:
    return f"{min(result.ratios):.2f}-{max(result.ratios):.2f}"


def limit(result: Result) -> str:
    return "" if result.limit is None else show(result.limit, result.row.unit)


def console_line(result: Result) -> str:
    row = result.row
    if result.failure:
        return f"{row.name:28} FAILED {result.failure}"
    ours, compiled = medians(result)
    verdict = "  BELOW FLOOR" if result.ratio < row.floor else ""
    return (
        f"{row.name:28} {ours:>14} {compiled:>14} {times(result.ratio):>8} {spread(result):>13} "
        f"{row.floor:>6g} {row.aim:>5g}  {limit(result)}{verdict}"
    )


def table(header: str, lines: list[str]) -> str:
    rule = "|".join([" --- ", *[" ---: "] * header.count("|")])
    return "\n".join(f"| {line} |" for line in (header, rule.strip(), *lines))


def speed_line(result: Result) -> str:
    ours, compiled = medians(result)
    cells = (ours, compiled, f"**{times(result.ratio)}**", spread(result))
    goals = (f"{result.row.floor:g}", f"{result.row.aim:g}", limit(result))
    return " | ".join((result.row.title, *cells, *goals))


def cost_line(result: Result) -> str:
    sides = (result.ours, result.compiled)
    cpu = (statistics.median(map(cpu_per_unit, side)) * 1e6 * scale(result) for side in sides)
    memory = (show(peak(side), "B") for side in sides)
    return " | ".join((result.row.title, *(f"{micros:.1f}" for micros in cpu), *memory))


def scale(result: Result) -> int:
    """Count processor time per operation, but per MiB where the operation is a transfer."""
    return 1 << 20 if result.row.unit == "B/s" else 1


def peak(side: list[Slice]) -> float:
    return float(max(each["peak"] for each in side))


def behind(results: list[Result]) -> str:
    """Say where the compiled package is better, and which promises are not kept."""
    slower = [f"- {r.row.title}: {times(r.ratio)}" for r in results if r.ratio < 1]
    broken = [f"- {r.row.title}: {times(r.ratio)}, floor {r.row.floor:g}" for r in results if r.ratio < r.row.floor]
    parts = ["Rows where the compiled package is ahead:", "\n".join(slower) or "- none"]
    parts += ["Rows below their floor:", "\n".join(broken) or "- none"]
    return "\n\n".join(parts)


def failures(results: list[Result]) -> str:
    failed = [f"- {r.row.title}: {r.failure}" for r in results if r.failure]
    return "\n".join(["", "Rows that could not be measured:", "", *failed, ""]) if failed else ""


def machine() -> str:
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"{platform.python_implementation()} {platform.python_version()}, nginx {nginx_version()}"
    )


def page(results: list[Result], settings: Settings) -> str:
    measured = [result for result in results if not result.failure]
    speed = table("work | ours | compiled | ratio | min-max | floor | aim | limit", [*map(speed_line, measured)])
    rates = [result for result in measured if not result.row.is_cost]
    cost = table(
        "work | CPU us, ours | CPU us, compiled | peak memory, ours | peak memory, compiled",
        [*map(cost_line, rates)],
    )
    facts = {"machine": machine(), "rounds": settings.rounds, "seconds": f"{settings.seconds:g}"}
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.format(speed=speed, cost=cost, behind=behind(measured), failures=failures(results), **facts)


def write(results: list[Result], settings: Settings) -> None:
    (DOCS / "assets").mkdir(parents=True, exist_ok=True)
    (DOCS / "benchmarks.md").write_text(page(results, settings), encoding="utf-8")
    (DOCS / "assets" / "benchmarks.svg").write_text(draw(results), encoding="utf-8")
