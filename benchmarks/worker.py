"""The process that does the work, in whichever environment its Python belongs to.

It prepares one row, says so, and then answers each line on its input (a number of seconds) with one
line of JSON about that slice. Between slices it sleeps, so that two workers can take turns.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

from benchmarks import growth, peers, rows, rss
from benchmarks.drive import Store, once
from benchmarks.site import Site

if TYPE_CHECKING:
    from benchmarks.work import Work

WARM_UP = 0.3  # seconds
ROWS = {row.name: row for row in (*rows.ROWS, *growth.ROWS, *peers.ROWS)}


@dataclasses.dataclass(frozen=True, slots=True)
class Slice:
    """What one slice did (in the row's unit) and what it cost: seconds, and bytes of memory."""

    amount: int
    elapsed: float
    cpu: float
    peak: int
    grown: int


def measure(work: Work, store: Store, seconds: float) -> Slice:
    rss.reset_peak()
    before, cpu, start = rss.resident_bytes(), time.process_time(), time.perf_counter()
    count = work.drive(work.op, store, seconds)
    elapsed, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = rss.peak_bytes()
    return Slice(count * work.amount, elapsed, cpu, peak, peak - before)


def prepare(work: Work, site: Site) -> Store:
    store = work.store(site)
    work.verify(work.op, store, site)
    if work.drive is not once:
        work.drive(work.op, store, WARM_UP)
    return store


def say(**reply: Any) -> None:
    print(json.dumps(reply), flush=True)


def serve(work: Work, site: Site) -> None:
    store = prepare(work, site)
    say(version=metadata.version(work.package))
    for line in sys.stdin:
        say(**dataclasses.asdict(measure(work, store, float(line))))


def main(name: str, site: str) -> None:
    work = ROWS[name].work
    assert work is not None
    try:
        serve(work, Site.from_json(site))
    except Exception as exc:
        reason = str(exc).strip().splitlines() or [""]
        say(error=f"{type(exc).__name__}: {reason[0]}")
        raise


if __name__ == "__main__":
    main(*sys.argv[1:])
