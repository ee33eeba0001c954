"""Listings of trees, object by object in the order of the paths, and two of them side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol, TypeAlias

from obstore._core.errors import PermissionDeniedError
from obstore._core.path import is_below, strip_prefix
from obstore._core.types import ListOptions, ObjectMeta
from obstore._local import LocalBackend
from obstore._transfer.backend import Backend
from obstore._transfer.listing import Pager

_AFTER_SLASH = "0"
"""The character after `/`: what is greater than `a0` lies in no directory `a`."""


class UnsortedError(Exception):
    """A store that was to list in order does not."""


Order: TypeAlias = Literal["listed", "sorted", "any"]


class Entry(NamedTuple):
    """An object of a tree: its path below the prefix, and what the listing said."""

    path: str
    meta: ObjectMeta


class Listing:
    """The objects below a prefix, one at a time.

    They come in order: a store whose listings have none is listed to the end first (`"listed"`; with `"sorted"` any
    store is), unless `"any"` order will do. A local directory that may not be read is
    passed over; `on_failure` is told of it.
    """

    def __init__(
        self, store: Backend, prefix: str, on_failure: Callable[[str, Exception], None], order: Order = "listed"
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._on_failure = on_failure
        self._order = order
        self._has_to_sort = order == "sorted" or (order == "listed" and not store.lists_in_order)
        self._pager = Pager(store.list_objects, ListOptions(prefix))
        self._entries: Iterator[ObjectMeta] = iter(())
        self._last: str | None = None

    def __repr__(self) -> str:
        return f"<Listing of {self._prefix!r} in {self._store!r} at {self._last!r}>"

    async def next(self) -> Entry | None:
        """Return the next object; None at the end."""
        while True:
            for meta in self._entries:
                path = strip_prefix(self._prefix, meta["path"])
                if path:
                    return self._checked(Entry(path, meta))
            if not await self._fetch():
                return None

    def _checked(self, entry: Entry) -> Entry:
        if self._order != "any" and self._last is not None and entry.path < self._last:
            raise UnsortedError(self._store)
        self._last = entry.path
        return entry

    async def _fetch(self) -> bool:
        if self._has_to_sort:
            self._has_to_sort = False
            self._entries = iter(await self._collect())
            return True
        page = await self._next_page()
        self._entries = iter(page or ())
        return page is not None

    async def _collect(self) -> list[ObjectMeta]:
        found: list[ObjectMeta] = []
        while (page := await self._next_page()) is not None:
            found += page
        return sorted(found, key=lambda meta: meta["path"])

    async def _next_page(self) -> list[ObjectMeta] | None:
        try:
            page = await self._pager.next_page()
        except PermissionDeniedError as error:
            if not (isinstance(self._store, LocalBackend) and is_below(self._prefix, error.path or "")):
                raise
            return self._pass_over(error)
        return None if page is None else page.objects

    def _pass_over(self, error: PermissionDeniedError) -> list[ObjectMeta]:
        """Go on behind a directory that may not be read. What lies before it has been listed."""
        directory = error.path or ""
        self._on_failure(strip_prefix(self._prefix, directory) or directory, error)
        self._pager = Pager(self._store.list_objects, ListOptions(self._prefix, directory + _AFTER_SLASH))
        return []

    async def close(self) -> None:
        """Stop fetching ahead."""
        await self._pager.close()


Pair: TypeAlias = "tuple[Entry | None, Entry | None]"


class Pairs(Protocol):
    """Entries of a source and of a target, side by side."""

    async def next(self) -> Pair | None:
        """Return the next entry of the source, of the target, or of both; None at the end."""

    async def close(self) -> None:
        """Stop fetching what further pairs would be made of."""


class Merge:
    """Two listings side by side: what has the same path comes together."""

    def __init__(self, source: Listing, target: Listing | None) -> None:
        self._source = source
        self._target = target
        self._ahead: list[Entry | None] = []

    async def next(self) -> Pair | None:
        """Return the next entry of the source, of the target, or of both; None at the end."""
        if not self._ahead:
            self._ahead = [await self._source.next(), await self._next_target()]
        source, target = self._ahead
        if source is None and target is None:
            return None
        if target is None or (source is not None and source.path < target.path):
            self._ahead[0] = await self._source.next()
            return source, None
        if source is None or target.path < source.path:
            self._ahead[1] = await self._next_target()
            return None, target
        self._ahead = [await self._source.next(), await self._next_target()]
        return source, target

    async def _next_target(self) -> Entry | None:
        return await self._target.next() if self._target is not None else None

    async def close(self) -> None:
        """Stop fetching ahead."""
        await self._source.close()
        if self._target is not None:
            await self._target.close()
