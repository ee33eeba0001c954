"""Durations in words, as the configuration of every store takes and gives them: `1m 30s`."""

from __future__ import annotations

import math
import re
from datetime import timedelta

_MICROSECONDS = {
    0.001: "ns nsec nanos",
    1: "us usec \u00b5s",
    1_000: "ms msec millis",
    1_000_000: "s sec secs second seconds",
    60_000_000: "m min mins minute minutes",
    3_600_000_000: "h hr hrs hour hours",
    86_400_000_000: "d day days",
    604_800_000_000: "w wk wks week weeks",
    2_630_016_000_000: "M month months",  # 30.44 days
    31_557_600_000_000: "y yr yrs year years",  # 365.25 days
}
_UNITS = {unit: factor for factor, units in _MICROSECONDS.items() for unit in units.split()}
_ITEM = re.compile(r"\s*([0-9]+)(\.[0-9]+)?\s*([A-Za-z\u00b5]+)\s*")
_NUMBER = re.compile(r"\s*[0-9]+(?:\.[0-9]+)?\s*")

_STEPS = (
    ("year", 31_557_600_000_000),
    ("month", 2_630_016_000_000),
    ("day", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
)


def parse_duration(text: str) -> timedelta:
    """Read numbers with units, one after the other.

    A bare number is refused, because nobody can know whether seconds were meant; 0 is 0.

    >>> parse_duration("1m 30s"), parse_duration("1.5h")
    (datetime.timedelta(seconds=90), datetime.timedelta(seconds=5400))

    Raises:
        ValueError: It is none.
    """
    if text.strip() == "0":
        return timedelta()
    position = 0
    total: float = 0
    while found := _ITEM.match(text, position):
        total += _microseconds(text, found)
        position = found.end()
    if not text or position < len(text):
        raise _unreadable(text)
    try:
        return timedelta(microseconds=int(round(total, 3)))
    except OverflowError as error:
        raise _unreadable(text) from error


def _microseconds(text: str, found: re.Match[str]) -> float:
    factor = _UNITS.get(found[3])
    if factor is None or len(found[1]) > 24:
        raise _unreadable(text)
    whole = int(found[1]) * factor  # exact, but for nanoseconds
    return round(whole + float(found[2]) * factor, 3) if found[2] else whole


def _unreadable(text: str) -> ValueError:
    return ValueError(f'failed to parse "{text}" as Duration: write e.g. "30s", "1m 30s" or "500ms"')


def format_duration(duration: timedelta) -> str:
    """Write a duration so that `parse_duration` reads it back unchanged.

    >>> format_duration(timedelta(seconds=90)), format_duration(timedelta(days=40))
    ('1m 30s', '1month 9days 13h 26m 24s')

    Raises:
        ValueError: It is negative.
    """
    rest = duration // timedelta(microseconds=1)
    if rest < 0:
        raise ValueError(f"a duration must not be negative: {duration!r}")
    words = []
    for unit, size in _STEPS:
        count, rest = divmod(rest, size)
        if count:
            plural = "s" if count > 1 and size >= 86_400_000_000 else ""
            words.append(f"{count}{unit}{plural}")
    return " ".join(words) or "0s"


def seconds_from(value: str | timedelta | float, name: str) -> float:
    """Read a timeout from a caller, in seconds: words, a `timedelta`, or a number of seconds.

    >>> seconds_from("1m 30s", "timeout"), seconds_from("30", "timeout"), seconds_from(2, "timeout")
    (90.0, 30.0, 2.0)

    Args:
        value: The timeout.
        name: What the error message calls it.

    Raises:
        TypeError: It is something else.
        ValueError: It is negative, not finite, or not readable.
    """
    if isinstance(value, bool) or not isinstance(value, str | timedelta | int | float):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a timedelta, a number of seconds or a text like '30s', not {kind}")
    seconds = _seconds(value, name)
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{name} must be finite and not negative, not {value!r}")
    return seconds


def _seconds(value: str | timedelta | float, name: str) -> float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        try:
            return parse_duration(value).total_seconds()
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    try:
        return float(value)
    except OverflowError as error:
        raise ValueError(f"{name} must be finite and not negative, not {value!r}") from error
