"""`run`: many commands from a file, side by side."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, NamedTuple

from obstore._io.runtime import current, run_blocking
from obstore._transfer.parallel import run_all
from obstore.cli.output import Output
from obstore.cli.parser import Command, add_jobs, make_parser
from obstore.cli.places import STDIO

_NO_COMMANDS = {"run", "completion"}
_COMMON = ("verbose", "profile", "region", "endpoint", "anonymous", "setting")


class _Line(NamedTuple):
    number: int
    text: str
    options: Namespace


def _add_run(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a command on each line, as after 'obstore'; - for standard input")
    parser.add_argument("--stop", action="store_true", help="begin no other command once one has failed")
    add_jobs(parser)


def _run(options: Namespace, output: Output) -> int:
    """Check all lines, then run them: a slip of the pen in the last one stops the first."""
    lines = list(_parse(_read(options.file), options))
    failed: list[_Line] = []

    def job(line: _Line) -> Callable[[], Coroutine[Any, Any, None]]:
        """Make a job of a line."""

        async def work() -> None:
            """Run the line, unless another has failed and that is to be the end; keep it if it fails."""
            if not (options.stop and failed) and await current().call(lambda: _run_line(line, output)):
                failed.append(line)

        return work

    run_blocking(run_all([job(line) for line in lines], options.jobs))
    for line in sorted(failed):
        output.warn(f"line {line.number} failed: {line.text}")
    done = len(lines) - len(failed)
    output.say(f"run: {done} of {len(lines)} done", done=done, failed=len(failed))
    return 1 if failed else 0


def _read(file: str) -> list[str]:
    if file == STDIO:
        return sys.stdin.read().splitlines()
    with open(file, encoding="utf-8") as opened:
        return opened.read().splitlines()


def _parse(lines: list[str], options: Namespace) -> Iterator[_Line]:
    parser = make_parser()
    for number, text in enumerate(lines, start=1):
        words = shlex.split(text, comments=True)
        if not words:
            continue
        if words[0] in _NO_COMMANDS:
            raise ValueError(f"line {number}: {words[0]!r} cannot stand in a file of commands")
        parsed = parser.parse_args(words)
        _refuse_common(number, parsed)
        parsed.json, parsed.quiet = options.json, options.quiet
        yield _Line(number, text, parsed)


def _refuse_common(number: int, parsed: Namespace) -> None:
    """Settings are the process's: those of one line would be those of its neighbours, too."""
    for name in _COMMON:
        if getattr(parsed, name):
            raise ValueError(f"line {number}: --{name} belongs before the file's name, since it counts for all lines")


def _run_line(line: _Line, output: Output) -> int:
    from obstore.cli import run

    own = Output(is_json=output.is_json, is_quiet=output.is_quiet)
    own.progress = lambda description: None  # type: ignore[method-assign]  # Bars of several commands would mix.
    return run(line.options, own)


COMMANDS = [
    Command(
        "run",
        "run many commands, side by side",
        _add_run,
        _run,
        "  obstore run -j 8 commands.txt\n  # in commands.txt, for example:\n  cp a.csv s3://bucket/a.csv\n"
        "  rm s3://bucket/old.csv",
    )
]
