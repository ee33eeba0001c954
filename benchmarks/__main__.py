"""The command line: `python -m benchmarks [row ...] [--rounds N] [--seconds S] [--write]`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks import growth, peers, report, rows, server
from benchmarks.compare import Result, compare
from benchmarks.environments import Pair, pair
from benchmarks.race import Race, race, sides_of

if TYPE_CHECKING:
    from benchmarks.site import Site

# Growth and the peers are measured where they are named.
ALL: tuple[rows.Row | peers.PeerRow, ...] = (*rows.ROWS, *growth.ROWS, *peers.PEER_ROWS)
NAMES = "names of rows, or how they start (say growth or peers); default: those compared with the compiled package"

# Peak memory hardly varies, and its rows are the slowest; of growth the shape counts.
FEW_ROUNDS = 3


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="row", help=NAMES)
    parser.add_argument("--rounds", type=int, default=7, help="pairs of slices per row (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a slice (default: 1)")
    parser.add_argument("--write", action="store_true", help="measure all; renew docs/benchmarks.md and its charts")
    parser.add_argument("--ours", metavar="PYTHON", help="measure this Python's obstore instead")
    parser.add_argument("--list", action="store_true", help="name the rows and end")
    options = parser.parse_args(arguments)
    if options.write and (options.rows or options.ours):
        parser.error("--write needs all rows and this package: the page shows one run of it")
    try:
        options.rows = choose(options)
    except KeyError as exc:
        parser.error(exc.args[0])
    return options


def choose(options: argparse.Namespace) -> list[rows.Row | peers.PeerRow]:
    if options.rows:
        return rows.select(options.rows, ALL)
    return list(ALL if options.write or options.list else rows.ROWS)


def rounds_of(row: rows.Row, rounds: int) -> int:
    return min(rounds, FEW_ROUNDS) if row.unit == "B" or row in growth.ROWS else rounds


def show_progress(name: str, n: int, rounds: int) -> None:
    if sys.stderr.isatty():
        print(f"\r\033[K{name}: round {n + 1} of {rounds}", end="", file=sys.stderr, flush=True)


def clear_progress() -> None:
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def measure_row(row: rows.Row, site: Site, sides: Pair, options: argparse.Namespace) -> Result:
    rounds = rounds_of(row, options.rounds)
    result = compare(row, site, sides, rounds, options.seconds, lambda n: show_progress(row.name, n, rounds))
    clear_progress()
    print(report.console_line(result), flush=True)
    return result


def measure_race(row: peers.PeerRow, site: Site, sides: Pair, options: argparse.Namespace) -> Race:
    everyone = sides_of(sides)
    rounds = options.rounds
    result = race(row, site, everyone, rounds, options.seconds, lambda n: show_progress(row.name, n, rounds))
    clear_progress()
    print(report.console_race(result), flush=True)
    return result


def measure(options: argparse.Namespace) -> report.Measured:
    sides, measured = pair(options.ours or sys.executable), report.Measured()
    print(report.HEADER, flush=True)
    with server.running() as site:
        for row in options.rows:
            if isinstance(row, peers.PeerRow):
                measured.races.append(measure_race(row, site, sides, options))
            else:
                into = measured.growth if row in growth.ROWS else measured.rows
                into.append(measure_row(row, site, sides, options))
    return measured


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.list:
        print("\n".join(f"{row.name:28} {row.title}" for row in options.rows))
        return 0
    measured = measure(options)
    if options.write:
        report.write(measured, report.Settings(options.rounds, options.seconds))
    return measured.has_failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except server.ServerError as error:
        sys.exit(f"error: {error}")
