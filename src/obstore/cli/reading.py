"""Commands that read: `cat` and `head`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import obstore
from obstore.cli.output import Output
from obstore.cli.parser import Command, positive, size
from obstore.cli.places import expand

_CHUNK = 1024 * 1024
_LINES = 10


def _add_cat(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="PLACE")


def _cat(options: Namespace, output: Output) -> int:
    return write_out(options.places, output)


def write_out(places: list[str], output: Output) -> int:
    """Write objects to standard output, one after the other, and return the exit code."""
    for text in places:
        for place in expand(text):
            for chunk in obstore.get(place.store, place.path).stream(_CHUNK):
                output.write(chunk)
    return 0


def _add_head(parser: ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE")
    parser.add_argument("-c", "--bytes", type=size, metavar="SIZE", help="so many bytes")
    parser.add_argument("-n", "--lines", type=positive, default=_LINES, metavar="N", help=f"lines (default: {_LINES})")


def _head(options: Namespace, output: Output) -> int:
    for place in expand(options.place):
        with obstore.get(place.store, place.path) as result:
            if options.bytes is not None:
                _write_bytes(result.stream(min(_CHUNK, max(options.bytes, 1))), options.bytes, output)
            else:
                _write_lines(result.stream(64 * 1024), options.lines, output)
    return 0


def _write_bytes(chunks: obstore.BytesStream, left: int, output: Output) -> None:
    while left > 0 and (chunk := next(chunks, None)) is not None:
        output.write(chunk[:left])
        left -= len(chunk)


def _write_lines(chunks: obstore.BytesStream, left: int, output: Output) -> None:
    while left > 0 and (chunk := next(chunks, None)) is not None:
        lines = chunk.split(b"\n", left)
        if len(lines) > left:
            output.write(b"\n".join(lines[:left]) + b"\n")
            return
        output.write(chunk)
        left -= len(lines) - 1


COMMANDS = [
    Command("cat", "write objects to standard output", _add_cat, _cat, "  obstore cat s3://bucket/a.json | jq ."),
    Command("head", "write the beginning of an object", _add_head, _head, "  obstore head -n 3 https://host/table.csv"),
]
