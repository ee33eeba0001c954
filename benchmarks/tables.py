"""The tables of the page, and the lists of where this package is not ahead, in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence

from benchmarks.compare import Result, Slice, cpu_per_unit
from benchmarks.growth import SERIES, Series
from benchmarks.peers import REQUIREMENTS
from benchmarks.race import Race
from benchmarks.units import count, show, times


def table(header: str, lines: Iterable[str]) -> str:
    rule = "|".join([" --- ", *[" ---: "] * header.count("|")])
    return "\n".join(f"| {line} |" for line in (header, rule.strip(), *lines))


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines) or "- none"


def medians(result: Result) -> tuple[str, str]:
    sides = (result.values(result.ours), result.values(result.compiled))
    ours, compiled = (show(statistics.median(side), result.row.unit) for side in sides)
    return ours, compiled


def spread(result: Result) -> str:
    return f"{min(result.ratios):.2f}-{max(result.ratios):.2f}"


def limit(result: Result) -> str:
    return "" if result.limit is None else show(result.limit, result.row.unit)


def speed(results: Sequence[Result]) -> str:
    return table("work | ours | compiled | ratio | min-max | floor | aim | limit", map(speed_line, results))


def speed_line(result: Result) -> str:
    ours, compiled = medians(result)
    cells = (ours, compiled, f"**{times(result.ratio)}**", spread(result))
    goals = (f"{result.row.floor:g}", f"{result.row.aim:g}", limit(result))
    return " | ".join((result.row.title, *cells, *goals))


def grown(results: Sequence[Result]) -> list[tuple[Series, dict[int, Result]]]:
    """Return the results of each series, by what grows in it."""
    by_name = {result.row.name: result for result in results if not result.failure}
    return [
        (series, {size: by_name[row.name] for size, row in series.points if row.name in by_name}) for series in SERIES
    ]


def growth(results: Sequence[Result]) -> str:
    lines = [
        " | ".join((series.name, count(size, series.label), *medians(result), times(result.ratio)))
        for series, points in grown(results)
        for size, result in points.items()
    ]
    return table("work | size | ours | compiled | ratio", lines)


def races(found: Sequence[Race]) -> str:
    names = ["ours", "compiled", *REQUIREMENTS]
    heads = ["ours", "compiled", *(requirement.replace("==", " ") for requirement in REQUIREMENTS.values())]
    return table(" | ".join(["work", *heads]), [race_line(race, names) for race in found])


def race_line(race: Race, names: Sequence[str]) -> str:
    speeds = [race.speed(name) for name in names]
    best = max((speed for speed in speeds if speed), default=None)
    cells = ["" if speed is None else show(speed, race.row.unit) for speed in speeds]
    return " | ".join(
        [race.row.title, *(f"**{cell}**" if speed == best else cell for cell, speed in zip(cells, speeds, strict=True))]
    )


# What processor time is counted for, and how many of the row's units that are.
PER = {
    "req/s": ("1,000 requests", 1e3),
    "calls/s": ("1,000 calls", 1e3),
    "keys/s": ("1,000 keys", 1e3),
    "B/s": ("GB", 1e9),
}


def cost(results: Sequence[Result]) -> str:
    header = "work | per | CPU s, ours | CPU s, compiled | ratio | peak memory, ours | peak memory, compiled"
    return table(header, map(cost_line, results))


def cost_line(result: Result) -> str:
    name, amount = PER[result.row.unit]
    ours, compiled = (cpu(side) * amount for side in (result.ours, result.compiled))
    memory = (show(peak(side), "B") for side in (result.ours, result.compiled))
    cells = (name, f"{ours:.3g}", f"{compiled:.3g}", times(compiled / ours), *memory)
    return " | ".join((result.row.title, *cells))


def cpu(side: Sequence[Slice]) -> float:
    return statistics.median(map(cpu_per_unit, side))


def cpu_ratio(result: Result) -> float:
    return cpu(result.compiled) / cpu(result.ours)


def peak(side: Sequence[Slice]) -> float:
    return float(max(each["peak"] for each in side))


def behind(results: Sequence[Result], ratio: Callable[[Result], float]) -> str:
    return bullets(f"{result.row.title}: {times(ratio(result))}" for result in results if ratio(result) < 1)


def below_floor(results: Sequence[Result]) -> str:
    return bullets(
        f"{result.row.title}: {times(result.ratio)}, floor {result.row.floor:g}"
        for result in results
        if result.ratio < result.row.floor
    )


def outrun(found: Sequence[Race]) -> str:
    return bullets(
        f"{race.row.title}: {name}, {times(ratio)} as fast" for race in found for name, ratio in race.faster.items()
    )


def failures(results: Sequence[Result], found: Sequence[Race]) -> str:
    """Name what could not be measured, if there is any."""
    failed = [f"{result.row.title}: {result.failure}" for result in results if result.failure]
    failed += [f"{race.row.title}: {reason}" for race in found for reason in race.failures.values()]
    return f"\nWhat could not be measured:\n\n{bullets(failed)}\n" if failed else ""
