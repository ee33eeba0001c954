"""Cost as work grows: tasks at once, bytes in an object, keys in a listing; a row for each point."""

from __future__ import annotations

import dataclasses

from benchmarks import work
from benchmarks.content import LISTINGS, OBJECTS
from benchmarks.rows import Row, Unit


@dataclasses.dataclass(frozen=True, slots=True)
class Series:
    """One line of points. `label` says what grows; the rows' units are one."""

    title: str
    label: str
    points: tuple[tuple[int, Row], ...]

    @property
    def name(self) -> str:
        return f"{self.title}, by {self.label}"

    @property
    def unit(self) -> Unit:
        return self.points[0][1].unit


def point(name: str, title: str, unit: Unit, what: work.Work) -> Row:
    return Row(f"growth-{name}", title, unit, work=what)


SERIES = (
    Series(
        "async GET 1 KiB",
        "tasks",
        tuple(
            (tasks, point(f"tasks-{tasks}", f"async GET 1 KiB, {tasks} tasks", "req/s", work.get_async(tasks)))
            for tasks in (1, 4, 16, 64, 256)
        ),
    ),
    Series(
        "sync GET",
        "bytes",
        tuple(
            (size, point(f"size-{key}", f"sync GET {size >> 10} KiB", "B/s", work.get_sized(key)))
            for key, size in OBJECTS.items()
        ),
    ),
    Series(
        "list",
        "keys",
        tuple(
            (count, point(f"keys-{count}", f"list {count} keys", "keys/s", work.listing(count, f"keys{count}")))
            for count in LISTINGS
        ),
    ),
)

ROWS = tuple(row for series in SERIES for _, row in series.points)
