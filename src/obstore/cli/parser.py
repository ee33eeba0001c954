"""What may be written on the command line."""

from __future__ import annotations

import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from obstore._core.version import VERSION
from obstore.cli.output import Output

Run = Callable[[Namespace, Output], int]


class Command(NamedTuple):
    """A command: its name, what its help says, what it takes, and what it does."""

    name: str
    help: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Run
    examples: str = ""


def commands() -> list[Command]:
    """Return all commands, in the order in which the help shows them."""
    from obstore.cli import bench, completion, looking, moving, reading, script, telling

    modules = (looking, reading, moving, telling, bench, script, completion)
    return [command for module in modules for command in module.COMMANDS]


def make_parser() -> ArgumentParser:
    """Make the parser of the whole command line."""
    parser = ArgumentParser("obstore", description="Objects in S3, Google Cloud, Azure, on web servers and in files.")
    parser.add_argument("--version", action="version", version=f"obstore {VERSION}")
    _add_common(parser)
    # They may stand on either side of the command. Behind it they have no defaults, which would undo what stood before.
    common = ArgumentParser(add_help=False, argument_default=SUPPRESS)
    _add_common(common)
    commands_of = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands():
        sub = commands_of.add_parser(
            command.name,
            help=command.help,
            description=_sentence(command.help),
            epilog=f"examples:\n{command.examples}" if command.examples else _EPILOG,
            formatter_class=RawDescriptionHelpFormatter,
            parents=[common],
        )
        command.add_arguments(sub)
        sub.set_defaults(run=command.run, command=command.name)
    return parser


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


_EPILOG = "A place is a URL (s3://bucket/key, gs://, az://, https://, file://) or a local path."


_SWITCHES = {
    ("-q", "--quiet"): "say nothing but errors",
    ("--json",): "write a JSON document for each line",
    ("--anonymous", "--no-sign-request"): "sign nothing: for public buckets",
}


def _add_common(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("for every command")
    none = parser.argument_default
    group.add_argument(
        "-v", "--verbose", action="count", default=none or 0, help="show each attempt; -vv: credentials too"
    )
    for names, text in _SWITCHES.items():
        group.add_argument(*names, action="store_true", default=none or False, help=text)
    group.add_argument("--profile", help="the profile of ~/.aws to use")
    group.add_argument("--region", help="the region of the S3 bucket")
    group.add_argument("--endpoint", metavar="URL", help="the server that is asked, instead of the cloud's own")
    group.add_argument(
        "-o",
        dest="setting",
        metavar="NAME=VALUE",
        action="append",
        default=none or [],
        type=_setting,
        help="any setting, by the name of its variable, such as aws_request_payer=true",
    )


def _setting(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


_UNITS = {"": 1, "B": 1}
for _power, _letter in enumerate("KMGT", start=1):
    _UNITS |= {_letter: 1024**_power, f"{_letter}B": 1000**_power, f"{_letter}IB": 1024**_power}

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def size(text: str) -> int:
    """Read a number of bytes: 500, 64K, 1.5MiB, 2GB."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if found is None or found[2].upper() not in _UNITS:
        raise ArgumentTypeError(f"{text!r} is not a size, such as 500, 64K, 1.5MiB or 2GB")
    return int(float(found[1]) * _UNITS[found[2].upper()])


def duration(text: str) -> timedelta:
    """Read a duration: 90, 15m, 12h, 7d."""
    found = re.fullmatch(r"(\d+)([smhd]?)", text)
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not a duration, such as 90, 15m, 12h or 7d")
    return timedelta(seconds=int(found[1]) * _SECONDS[found[2] or "s"])


def positive(text: str) -> int:
    """Read a number that is 1 or more."""
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def add_selection(parser: ArgumentParser) -> None:
    """Add the options that choose among the objects of a tree."""
    for name, verb in (("include", "take only"), ("exclude", "leave out")):
        parser.add_argument(
            f"--{name}",
            metavar="PATTERN",
            action="append",
            default=[],
            help=f"{verb} what matches (*, ?, [..], ** and {{a,b}}); may be repeated",
        )


def add_jobs(parser: ArgumentParser) -> None:
    """Add the option that says how much is done at once."""
    parser.add_argument("-j", "--jobs", type=positive, default=16, metavar="N", help="requests at once (default: 16)")
