"""Numbers of bytes and of things, as people read them."""

from __future__ import annotations

_UNITS = ("kB", "MB", "GB", "TB", "PB", "EB")


def format_size(n: int) -> str:
    """Write a number of bytes in three digits or so; a kB is a thousand, as services count.

    >>> format_size(999), format_size(1536), format_size(20_000_000)
    ('999 B', '1.5 kB', '20.0 MB')
    """
    if n < 1000:
        return f"{n} B"
    value, power = n / 1000, 0
    while value >= 999.95 and power < len(_UNITS) - 1:
        value, power = value / 1000, power + 1
    return f"{value:.1f} {_UNITS[power]}"


def format_count(n: int, thing: str, things: str) -> str:
    """Write how many there are of something.

    >>> format_count(1, "object", "objects"), format_count(0, "object", "objects")
    ('1 object', '0 objects')
    """
    return f"{n} {thing if n == 1 else things}"
