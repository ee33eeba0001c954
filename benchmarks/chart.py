"""The bar chart of ratios, drawn by hand: one SVG that is readable on light and on dark pages.

The scale is logarithmic, so that twice as fast and half as fast are the same distance from 1.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.compare import Result

LEFT, RIGHT, TOP, STEP, BAR = 330, 70, 64, 26, 14
PLOT = 460
WIDTH = LEFT + PLOT + RIGHT
LOW, HIGH = 0.1, 20.0
GRID = (0.1, 0.25, 0.5, 1, 2, 4, 8, 16)

# The page's own colours do not reach into an <img>: the chart asks for the scheme itself.
STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 14px } .small { font-size: 11px; fill: #57606a }
.grid { stroke: #d0d7de } .one { stroke: #57606a; stroke-width: 1.5 }
.good { fill: #2da44e } .ahead { fill: #4a90d9 } .behind { fill: #bf8700 } .under { fill: #cf222e }
.mark { stroke: #24292f; stroke-width: 2 } .aim { stroke-dasharray: 2 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .small { fill: #9198a1 } .grid { stroke: #3d444d } .one { stroke: #9198a1 }
  .good { fill: #3fb950 } .ahead { fill: #58a6ff } .behind { fill: #d29922 } .under { fill: #f85149 }
  .mark { stroke: #e6edf3 }
}"""


def x_of(ratio: float) -> float:
    inside = min(max(ratio, LOW), HIGH)
    return round(LEFT + PLOT * math.log(inside / LOW) / math.log(HIGH / LOW), 1)


def grade(result: Result) -> str:
    """Name the bar's colour: what the ratio means, measured against floor, 1 and aim."""
    if result.ratio < result.row.floor:
        return "under"
    if result.ratio >= result.row.aim:
        return "good"
    return "ahead" if result.ratio >= 1 else "behind"


def draw(results: list[Result]) -> str:
    measured = [result for result in results if not result.failure]
    height = TOP + STEP * len(measured) + 40
    bars = "\n".join(bar(n, result) for n, result in enumerate(measured))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="Times better than the compiled package, per benchmark">\n<style>\n{STYLE}\n</style>\n'
        f"{caption()}\n{grid(height - 34)}\n{bars}\n</svg>\n"
    )


def caption() -> str:
    legend = "solid mark: floor, dashed: aim. Green: aim reached, blue: ahead, amber: behind, red: below floor"
    return (
        '<text class="title" x="12" y="22">Times better than the compiled obstore 0.12.1 (log scale)</text>\n'
        f'<text class="small" x="12" y="42">{legend}</text>'
    )


def grid(bottom: int) -> str:
    return "\n".join(grid_line(ratio, bottom) for ratio in GRID)


def grid_line(ratio: float, bottom: int) -> str:
    kind, x = "one" if ratio == 1 else "grid", x_of(ratio)
    return (
        f'<line class="{kind}" x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{bottom}"/>'
        f'<text class="small" x="{x}" y="{bottom + 16}" text-anchor="middle">{ratio:g}</text>'
    )


def bar(n: int, result: Result) -> str:
    y = TOP + n * STEP
    start, end = sorted((x_of(1), x_of(result.ratio)))
    return (
        f'<text x="{LEFT - 12}" y="{y + 12}" text-anchor="end">{escape(result.row.title)}</text>'
        f'<rect class="{grade(result)}" x="{start}" y="{y}" width="{end - start:.1f}" height="{BAR}" rx="2"/>'
        f"{mark(result.row.floor, y, 'mark')}{mark(result.row.aim, y, 'mark aim')}"
        f'<text x="{WIDTH - 12}" y="{y + 12}" text-anchor="end">{result.ratio:.2f}</text>'
    )


def mark(ratio: float, y: int, kind: str) -> str:
    x = x_of(ratio)
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="{y - 3}" y2="{y + BAR + 3}"/>'
