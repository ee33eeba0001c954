"""Tables for notebooks, and numbers as people read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

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


def html_table(
    caption: str, headings: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Collection[str] = ()
) -> str:
    """Write a table. Whatever stands in it is text: an object may have any name.

    Notebooks align every cell to the right, so that each has to say where it wants to be: only
    the columns of `numbers` stay there. Without `headings` there is no row for them.
    """
    from html import escape

    opening = [_opening(heading in numbers) for heading in headings]
    head = "".join(f"<th{style}{escape(heading)}</th>" for style, heading in zip(opening, headings, strict=True))
    lines = [f"<tr>{head}</tr>"] if headings else []
    for row in rows:
        cells = zip(opening or [_opening(False)] * len(row), row, strict=True)
        lines.append(f"<tr>{''.join(f'<td{style}{escape(str(cell))}</td>' for style, cell in cells)}</tr>")
    title = f'<caption style="text-align:left;font-weight:bold">{escape(caption)}</caption>' if caption else ""
    return f"<table>{title}{''.join(lines)}</table>"


def _opening(is_number: bool) -> str:
    return f' style="text-align:{"right" if is_number else "left"}">'


def html_details(summary: str, content: str) -> str:
    """Write what is shown when somebody clicks on its summary."""
    from html import escape

    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
