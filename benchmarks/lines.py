"""The line charts of growth: one SVG with a panel for each series, both scales logarithmic."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from html import escape

from benchmarks.chart import STYLE
from benchmarks.compare import Result
from benchmarks.growth import Series
from benchmarks.units import count, show

WIDTH, HEIGHT, GAP = 300, 190, 90
LEFT, TOP = 80, 70

LINES = """
.ours { stroke: #2da44e } .compiled { stroke: #bf8700 } polyline { fill: none; stroke-width: 2 }
circle.ours { fill: #2da44e } circle.compiled { fill: #bf8700 }
@media (prefers-color-scheme: dark) {
  .ours { stroke: #3fb950 } .compiled { stroke: #d29922 }
  circle.ours { fill: #3fb950 } circle.compiled { fill: #d29922 }
}"""

Point = tuple[float, float]


def draw(measured: Sequence[tuple[Series, dict[int, Result]]]) -> str:
    """Draw what was measured: for each series the results by what grows."""
    width = LEFT + len(measured) * (WIDTH + GAP)
    panels = "\n".join(panel(n, series, results) for n, (series, results) in enumerate(measured) if results)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {TOP + HEIGHT + 60}" role="img" '
        f'aria-label="Speed of both packages as work grows">\n<style>\n{STYLE}{LINES}\n</style>\n'
        f"{legend()}\n{panels}\n</svg>\n"
    )


def legend() -> str:
    return (
        '<text class="title" x="12" y="22">Speed as work grows (log scales; higher is better)</text>'
        '<circle class="ours" cx="460" cy="18" r="4"/><text x="470" y="22">ours</text>'
        '<circle class="compiled" cx="520" cy="18" r="4"/><text x="530" y="22">compiled</text>'
    )


def panel(n: int, series: Series, results: dict[int, Result]) -> str:
    sides = {
        name: [
            (float(size), statistics.median(result.values(getattr(result, name)))) for size, result in results.items()
        ]
        for name in ("ours", "compiled")
    }
    points = [point for side in sides.values() for point in side]
    place = Scale([x for x, _ in points], [y for _, y in points], LEFT + n * (WIDTH + GAP))
    drawn = "\n".join(line(name, [place(point) for point in side]) for name, side in sides.items())
    return f"{frame(series, list(results), place)}\n{drawn}"


class Scale:
    """Where a point of a panel is on the page."""

    def __init__(self, xs: Sequence[float], ys: Sequence[float], left: float) -> None:
        self.left = left
        self.x_low, self.x_high = min(xs), max(xs)
        self.y_low, self.y_high = min(ys) / 1.5, max(ys) * 1.5

    def __call__(self, point: Point) -> Point:
        x = share(point[0], self.x_low, self.x_high)
        y = share(point[1], self.y_low, self.y_high)
        return round(self.left + WIDTH * x, 1), round(TOP + HEIGHT * (1 - y), 1)

    def levels(self) -> list[float]:
        """Values at which a line across is drawn: powers of ten, with halves between them where few fit."""
        powers = range(math.floor(math.log10(self.y_low)), math.ceil(math.log10(self.y_high)) + 1)
        steps = (1.0,) if len(powers) > 4 else (1.0, 2.0, 5.0)
        levels = [step * 10.0**power for power in powers for step in steps]
        return [level for level in levels if self.y_low <= level <= self.y_high]


def share(number: float, low: float, high: float) -> float:
    return math.log(number / low) / math.log(high / low) if high > low else 0.5


def frame(series: Series, sizes: Sequence[int], place: Scale) -> str:
    right, bottom = place.left + WIDTH, TOP + HEIGHT
    title = f'<text class="title" x="{place.left}" y="{TOP - 14}">{escape(series.name)}</text>'
    across = [level_line(series, level, place, right) for level in place.levels()]
    ticks = [
        f'<text class="small" x="{place((size, place.y_low))[0]}" y="{bottom + 18}" text-anchor="middle">'
        f"{count(size, series.label).removesuffix('iB')}</text>"
        for size in sizes
    ]
    return "\n".join([title, *across, *ticks])


def level_line(series: Series, level: float, place: Scale, right: float) -> str:
    y = place((place.x_low, level))[1]
    return (
        f'<line class="grid" x1="{place.left}" x2="{right}" y1="{y}" y2="{y}"/>'
        f'<text class="small" x="{place.left - 6}" y="{y + 4}" text-anchor="end">{show(level, series.unit)}</text>'
    )


def line(name: str, points: Sequence[Point]) -> str:
    path = " ".join(f"{x},{y}" for x, y in points)
    dots = "".join(f'<circle class="{name}" cx="{x}" cy="{y}" r="3"/>' for x, y in points)
    return f'<polyline class="{name}" points="{path}"/>{dots}'
