"""Commands that tell something about a place: `sign` and `explain`."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import timedelta
from typing import Any

import obstore
from obstore.cli.output import Output
from obstore.cli.parser import Command, duration
from obstore.cli.places import expand, place_of
from obstore.exceptions import NotSupportedError


def _add_sign(parser: ArgumentParser) -> None:
    parser.add_argument("places", nargs="+", metavar="URL")
    methods = ("GET", "PUT", "DELETE", "HEAD", "POST")
    parser.add_argument("-m", "--method", default="GET", type=str.upper, choices=methods, help="default: GET")
    parser.add_argument(
        "-e",
        "--expires",
        default=timedelta(hours=1),
        type=duration,
        metavar="DURATION",
        help="how long it is valid: 90, 15m, 12h, 7d (default: 1h)",
    )


def _sign(options: Namespace, output: Output) -> int:
    for text in options.places:
        for place in expand(text):
            store: Any = place.store
            url = obstore.sign(store, options.method, place.path, options.expires)
            output.show(url, path=place.name, url=url)
    return 0


def _add_explain(parser: ArgumentParser) -> None:
    parser.add_argument("place", metavar="URL")
    parser.add_argument("--all", action="store_true", help="show the settings that have their default, too")


def _explain(options: Namespace, output: Output) -> int:
    store = place_of(options.place, is_directory=True).store
    explain = getattr(store, "explain", None)
    if explain is None:
        raise NotSupportedError(f"{store!r} has no settings to explain")
    explanation = explain()
    facts = [fact for fact in explanation if options.all or fact.source != "default"]
    if output.is_json:
        for fact in facts:
            output.show("", **fact._asdict())
    else:
        output.show(str(type(explanation)(explanation.title, facts)))
    return 0


COMMANDS = [
    Command(
        "sign", "make URLs that work without credentials", _add_sign, _sign, "  obstore sign -e 7d s3://bucket/key"
    ),
    Command(
        "explain",
        "tell which credentials, region and endpoint are used, and why",
        _add_explain,
        _explain,
        "  obstore explain --profile work s3://bucket",
    ),
]
