"""The command line: `obstore`, or `python -m obstore`.

A command is a function of its arguments and of an `Output`; what it says goes through that, as
lines for people or as JSON, a document for each line. It raises the library's errors, and
here they become a message and an exit code.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from obstore.cli.output import Output

SUCCESS, FAILED, USAGE, NOT_FOUND, DENIED, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes: done; something failed; the call is wrong; there is no such object; no right to it; Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    from obstore.cli.parser import make_parser

    options = make_parser().parse_args(arguments)
    output = Output(is_json=options.json, is_quiet=options.quiet)
    with _settings(options), _log(options.verbose):
        try:
            return run(options, output)
        finally:
            output.close()


def run(options: Namespace, output: Output) -> int:
    """Run a parsed command, and return its exit code."""
    from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

    try:
        code: int = options.run(options, output)
    except FileNotFoundError as error:
        return output.fail(error, NOT_FOUND)
    except (PermissionError, PermissionDeniedError, UnauthenticatedError) as error:
        return output.fail(error, DENIED)
    except BrokenPipeError:
        return _leave_pipe()
    except (BaseError, OSError, ValueError) as error:
        return output.fail(error, FAILED)
    except KeyboardInterrupt:
        output.warn("interrupted; run it again to go on")
        return INTERRUPTED
    return code


def _leave_pipe() -> int:
    """End quietly: whoever read the output, such as `head`, has had enough."""
    # Else the interpreter complains when it flushes at the end.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return SUCCESS


_VARIABLES = {
    "profile": ("AWS_PROFILE",),
    "region": ("AWS_REGION",),
    "endpoint": ("AWS_ENDPOINT_URL_S3", "GOOGLE_BASE_URL", "AZURE_STORAGE_ENDPOINT"),
}
_ANONYMOUS = ("AWS_SKIP_SIGNATURE", "GOOGLE_SKIP_SIGNATURE", "AZURE_SKIP_SIGNATURE")
_ALLOW_HTTP = ("AWS_ALLOW_HTTP", "GOOGLE_ALLOW_HTTP", "AZURE_ALLOW_HTTP")


@contextmanager
def _settings(options: Namespace) -> Iterator[None]:
    """Have the stores find what was said on the command line, where they look for settings anyway."""
    from obstore.store import registry

    given = {name: getattr(options, option) for option, names in _VARIABLES.items() for name in names}
    given = {name: value for name, value in given.items() if value is not None}
    if options.anonymous:
        given |= dict.fromkeys(_ANONYMOUS, "true")
    if (options.endpoint or "").startswith("http://"):
        given |= dict.fromkeys(_ALLOW_HTTP, "true")  # Whoever wrote it, meant it.
    given |= {name.upper(): value for name, value in options.setting}
    if not given:
        yield
        return
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    registry.forget_made()  # They were made with other settings.
    try:
        yield
    finally:
        registry.forget_made()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


_LOGGERS = (("obstore.http", "obstore.retry"), ("obstore",))


@contextmanager
def _log(verbosity: int) -> Iterator[None]:
    """Show each attempt of a request (`-v`), and the credentials used (`-vv`), on stderr."""
    if not verbosity:
        yield
        return
    import logging

    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in _LOGGERS[min(verbosity, len(_LOGGERS)) - 1]]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)
