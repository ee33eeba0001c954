"""The package's loggers: `obstore.http`, `.retry`, `.throttle`, `.credentials`, `.local`, `.hooks`, `.errands`.

`logging` is not imported until the program has done so: until then nobody can have asked
for a line. (It costs 5 ms of every start; asyncio imports it anyway.) All lines are of
level DEBUG, except when a callback of the user's raises: that is an ERROR; and when something
is left behind: that is a WARNING.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger

DEBUG = 10

NAMES = ("credentials", "errands", "hooks", "http", "local", "retry", "throttle")

_loggers: dict[str, Logger] = {}
_http: Logger | None = None


def is_traced() -> bool:
    """Tell whether somebody reads the line of each attempt: the one test that every request pays."""
    if _http is None:
        return _find_http()
    return _http.isEnabledFor(DEBUG)


def _find_http() -> bool:
    global _http
    if "logging" not in sys.modules:
        return False
    _http = logger("http")
    return _http.isEnabledFor(DEBUG)


def logger(name: str) -> Logger:
    """Return one of the loggers, whether or not the program uses logging."""
    found = _loggers.get(name)
    if found is None:
        from logging import getLogger

        found = _loggers[name] = getLogger(f"obstore.{name}")
    return found


def debug(name: str, message: str, *arguments: object) -> None:
    """Write a line, if the program uses logging. Not for what every request does."""
    if "logging" in sys.modules:
        logger(name).debug(message, *arguments)
