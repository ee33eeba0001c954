"""Tables for notebooks, and numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


def html_table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table. Whatever stands in it is text: an object may have any name."""
    from html import escape

    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"
