"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence


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
