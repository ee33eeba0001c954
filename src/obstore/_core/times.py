"""Dates as services write them. All come out in UTC, and aware.

Every reply and every listed object has one, so the usual forms are read by position,
without `strptime` (which takes 10 us and asks for the locale).
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta

_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_IMF_MONTHS = {f" {name} ": f"-{number:02}-" for name, number in _MONTHS.items()}

# RFC 9110 section 5.6.7 (IMF-fixdate, RFC 850) and RFC 2822 section 3.3 differ in little.
_DATE = re.compile(
    r"(?:[A-Za-z]+, *)?([0-9]{1,2})[ -]([A-Za-z]{3})[ -]([0-9]{4}|[0-9]{2}) +"
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))? *(?:GMT|UTC|UT|Z|([+-])([0-9]{2})([0-9]{2}))"
)
_ASCTIME = re.compile(r"[A-Za-z]{3} +([A-Za-z]{3}) +([0-9]{1,2}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([0-9]{4})")


# A listing of one upload, or the replies of a second, repeat the same few dates.
@functools.lru_cache(maxsize=256)
def parse_http_date(text: str) -> datetime:
    """Read the date of an HTTP header, in any of the forms RFC 9110 allows, or as in a mail.

    >>> parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")
    datetime.datetime(1994, 11, 6, 8, 49, 37, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: It is not a date.
    """
    month = _IMF_MONTHS.get(text[7:12])
    if month and len(text) == 29 and f"{text[3:5]}{text[16]}{text[19]}{text[22]}{text[25:]}" == ",  :: GMT":
        # A third of the time of a regular expression, and it still looks at every digit.
        try:
            return datetime.fromisoformat(f"{text[12:16]}{month}{text[5:7]}T{text[17:25]}+00:00")
        except ValueError:
            pass
    return _parse_other_form(text)


def _parse_other_form(text: str) -> datetime:
    try:
        found = _DATE.fullmatch(text)
        if found is not None:
            return _from_fields(found)
        found = _ASCTIME.fullmatch(text)
        if found is not None:
            month, day, hour, minute, second, year = found.groups()
            return _instant(int(year), month, int(day), int(hour), int(minute), int(second))
    except (ValueError, KeyError, OverflowError) as error:
        raise ValueError(f"{text!r} is not an HTTP date: {error}") from error
    raise ValueError(f"{text!r} is not an HTTP date such as 'Sun, 06 Nov 1994 08:49:37 GMT'")


def _from_fields(found: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    instant = _instant(
        int(year) if len(year) == 4 else _full_year(int(year)),
        month,
        int(day),
        int(hour),
        int(minute),
        int(second or 0),
    )
    if sign is None:
        return instant
    offset = timedelta(hours=int(zone_hours), minutes=int(zone_minutes))
    return instant + offset if sign == "-" else instant - offset


def _instant(year: int, month: str, day: int, hour: int, minute: int, second: int) -> datetime:
    # A leap second has no datetime of its own; the one before it is as good.
    return datetime(year, _MONTHS[month], day, hour, minute, 59 if second == 60 else second, tzinfo=UTC)


def _full_year(year: int) -> int:
    # "Recipients MUST interpret a timestamp that appears to be more than 50 years in the
    # future as representing the most recent year in the past that had the same last two
    # digits." RFC 9110 section 5.6.7
    this_year = datetime.now(UTC).year
    full = this_year - this_year % 100 + year
    return full - 100 if full > this_year + 50 else full


def format_http_date(instant: datetime) -> str:
    """Write a date for an HTTP header. Fractions of a second are cut off.

    >>> format_http_date(datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC))
    'Sun, 06 Nov 1994 08:49:37 GMT'

    Raises:
        ValueError: It has no time zone.
    """
    if instant.tzinfo is not UTC:
        instant = _in_utc(instant, repr(instant))
    day = f"{_DAY_NAMES[instant.weekday()]}, {instant.day:02} {_MONTH_NAMES[instant.month - 1]}"
    return f"{day} {instant.year:04} {instant.hour:02}:{instant.minute:02}:{instant.second:02} GMT"


def parse_rfc3339(text: str) -> datetime:
    """Read a date as in XML and JSON. More than six digits of a second are cut off.

    >>> parse_rfc3339("2024-01-01T00:00:00.000Z")
    datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: It is not a date, or has no time zone.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date such as '2024-01-01T00:00:00Z'") from error
    return instant if instant.tzinfo is UTC else _in_utc(instant, repr(text))


def _in_utc(instant: datetime, shown: str) -> datetime:
    if instant.utcoffset() is None:
        raise ValueError(f"{shown} has no time zone: add one, e.g. with replace(tzinfo=datetime.UTC)")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{shown} cannot be expressed in UTC") from error
