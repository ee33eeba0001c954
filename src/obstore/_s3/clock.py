"""A clock that is wrong: S3 refuses signatures more than 15 minutes old, or new, by its own.

Its refusal has a `Date`, from which the offset is learned; the request is then signed again
with the service's time. AWS's own SDKs do the same. A clock that is wrong for everything
else too should be set, so the error says so where this does not help.
"""

from __future__ import annotations

from obstore._core.times import parse_http_date

TOLERANCE = 300.0
"""Seconds. An offset that is nearer than this to the one in use is not what the request was refused for."""


def is_skewed(method: str, status: int, body: bytes) -> bool:
    """Tell whether a refusal is, or may be, one of the request's time.

    The refusal of a HEAD has no text: there any 403 may be one, and only its `Date` can tell.
    """
    return status == 403 and (b"RequestTimeTooSkewed" in body or method == "HEAD")


def offset_of(date: str | None, now: float) -> float | None:
    """Return by how many seconds the clock that wrote `date` is ahead of ours; None if it is no date.

    >>> offset_of("Thu, 01 Jan 1970 01:00:00 GMT", 0.0)
    3600.0
    """
    try:
        return parse_http_date(date or "").timestamp() - now
    except ValueError:
        return None


def clock_hint(date: str | None, now: float) -> str:
    """Say what to do about a refusal for the time of the request."""
    offset = offset_of(date, now)
    if offset is None or abs(offset) < TOLERANCE:
        return "set this machine's clock, as NTP does"
    side = "behind" if offset > 0 else "ahead of"
    return f"this machine's clock is {abs(offset):.0f} s {side} the service's: set it, as NTP does"
