"""What a notebook shows of listings and objects: tables, where a console shows their `repr`."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Any

from obstore._core.types import ObjectMeta

_HEADINGS = ("path", "size", "last modified", "ETag")
_NUMBERS = ("size",)

SHOWN = 100
"""Rows of a listing that a notebook shows."""


class Listing(builtins.list[ObjectMeta]):
    """A list of metadata, which a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from obstore._core.html import html_table
        from obstore._core.sizes import format_count, format_size

        total = format_size(sum(meta["size"] for meta in self))
        rows = [_row(meta) for meta in self[:SHOWN]]
        more = f", of which {SHOWN} are shown" if len(self) > SHOWN else ""
        caption = f"{format_count(len(self), 'object', 'objects')}, {total}{more}"
        return html_table(caption, _HEADINGS, rows, numbers=_NUMBERS)


class Level(builtins.dict[str, Any]):
    """One level of a listing, which a notebook shows as a table, directories first."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from obstore._core.html import html_table
        from obstore._core.sizes import format_count

        directories, objects = self["common_prefixes"], self["objects"]
        rows: builtins.list[tuple[str, ...]] = [(f"{path}/", "", "", "") for path in directories[:SHOWN]]
        if isinstance(objects, builtins.list):
            rows += [_row(meta) for meta in objects[:SHOWN]]
        counts = (
            format_count(len(directories), "directory", "directories"),
            format_count(len(objects), "object", "objects"),
        )
        return html_table(", ".join(counts), _HEADINGS, rows, numbers=_NUMBERS)


def _row(meta: ObjectMeta) -> tuple[str, str, str, str]:
    from obstore._core.sizes import format_size

    modified = meta["last_modified"].isoformat(" ", "seconds").removesuffix("+00:00")
    return meta["path"], format_size(meta["size"]), modified, meta["e_tag"] or ""


def html_of_object(meta: ObjectMeta, extent: tuple[int, int], attributes: Mapping[str, str]) -> str:
    """Show an object that has been fetched: its metadata, which bytes, and its attributes."""
    from obstore._core.html import html_table
    from obstore._core.sizes import format_size

    start, stop = extent
    size, exact = format_size(meta["size"]), f"{meta['size']} bytes"
    facts: Iterable[tuple[str, object]] = [
        ("size", exact if meta["size"] < 1000 else f"{size} ({exact})"),
        ("bytes fetched", f"{start} to {stop}"),
        ("last modified", meta["last_modified"].isoformat(" ", "seconds")),
        ("ETag", meta["e_tag"] or ""),
        ("version", meta["version"] or ""),
        *sorted(attributes.items()),
    ]
    return html_table(meta["path"], (), [fact for fact in facts if fact[1]])
