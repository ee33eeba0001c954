"""The command line: `python -m benchmarks [row ...] [--rounds N] [--seconds S] [--write]`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from benchmarks import report, rows, server
from benchmarks.compare import Result, compare
from benchmarks.environments import Pair, pair

if TYPE_CHECKING:
    from benchmarks.site import Site


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help="names of rows, or how they start; default: all")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of slices per row (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice (default: 1)")
    parser.add_argument("--write", action="store_true", help="renew docs/benchmarks.md and its chart")
    parser.add_argument("--ours", metavar="PYTHON", help="measure this Python's obstore instead")
    parser.add_argument("--list", action="store_true", help="name the rows and end")
    options = parser.parse_args(arguments)
    if options.write and (options.rows or options.ours):
        parser.error("--write needs all rows and this package: the page shows one run of it")
    try:
        options.rows = rows.select(options.rows)
    except KeyError as exc:
        parser.error(exc.args[0])
    return options


def rounds_of(row: rows.Row, rounds: int) -> int:
    # Peak memory hardly varies, and its rows are the slowest.
    return min(rounds, 3) if row.unit == "B" else rounds


def show_progress(row: rows.Row, n: int, rounds: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{row.name}: round {n + 1} of {rounds}", end="", file=sys.stderr, flush=True)


def clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure_row(row: rows.Row, site: Site, sides: Pair, options: argparse.Namespace) -> Result:
    rounds = rounds_of(row, options.rounds)
    result = compare(row, site, sides, rounds, options.seconds, lambda n: show_progress(row, n, rounds))
    clear_progress()
    print(report.console_line(result), flush=True)
    return result


def measure(wanted: Iterable[rows.Row], options: argparse.Namespace) -> list[Result]:
    sides = pair(options.ours or sys.executable)
    print(report.HEADER, flush=True)
    with server.running() as site:
        return [measure_row(row, site, sides, options) for row in wanted]


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.list:
        print("\n".join(f"{row.name:28} {row.title}" for row in options.rows))
        return 0
    results = measure(options.rows, options)
    if options.write:
        report.write(results, report.Settings(options.rounds, options.seconds))
    return any(result.failure for result in results)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except server.ServerError as error:
        sys.exit(f"error: {error}")
