"""What a notebook shows of listings and objects: tables, where a console shows their `repr`."""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from typing import Any

from obstore._core.types import ObjectMeta

_HEADINGS = ("path", "size", "last modified", "ETag")

SHOWN = 100
"""Rows of a listing that a notebook shows."""


class Listing(builtins.list[ObjectMeta]):
    """A list of metadata, which a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from obstore._core.html import format_size, html_table

        total = format_size(sum(meta["size"] for meta in self))
        rows = [_row(meta) for meta in self[:SHOWN]]
        more = f", of which {SHOWN} are shown" if len(self) > SHOWN else ""
        return html_table(f"{len(self)} objects, {total}{more}", _HEADINGS, rows)


class Level(builtins.dict[str, Any]):
    """One level of a listing, which a notebook shows as a table, directories first."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from obstore._core.html import html_table

        directories, objects = self["common_prefixes"], self["objects"]
        rows: builtins.list[tuple[str, ...]] = [(f"{path}/", "", "", "") for path in directories[:SHOWN]]
        if isinstance(objects, builtins.list):
            rows += [_row(meta) for meta in objects[:SHOWN]]
        caption = f"{len(directories)} directories, {len(objects)} objects"
        return html_table(caption, _HEADINGS, rows)


def _row(meta: ObjectMeta) -> tuple[str, str, str, str]:
    from obstore._core.html import format_size

    modified = meta["last_modified"].isoformat(" ", "seconds").removesuffix("+00:00")
    return meta["path"], format_size(meta["size"]), modified, meta["e_tag"] or ""


def html_of_object(meta: ObjectMeta, extent: tuple[int, int], attributes: Mapping[str, str]) -> str:
    """Show an object that has been fetched: its metadata, which bytes, and its attributes."""
    from obstore._core.html import format_size, html_table

    start, stop = extent
    facts: Iterable[tuple[str, object]] = [
        ("size", f"{format_size(meta['size'])} ({meta['size']} bytes)"),
        ("bytes fetched", f"{start} to {stop}"),
        ("last modified", meta["last_modified"].isoformat(" ", "seconds")),
        ("ETag", meta["e_tag"] or ""),
        ("version", meta["version"] or ""),
        *sorted(attributes.items()),
    ]
    return html_table(meta["path"], ("", ""), [fact for fact in facts if fact[1]])
