"""Listings: pages fetched one after the other, the next one while the last is being used.

A `Pager` hands out pages, to one caller at a time, of either colour. It keeps one page
ahead: a thread fetches it for sync callers, a task for async ones. A listing that nobody
goes on with fetches nothing more.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from obstore._core.types import ListOptions, ListPage
from obstore._io.runtime import Runtime, Workers, current

Fetch = Callable[[ListOptions], Awaitable[ListPage]]


class Pager:
    """The pages of one listing."""

    def __init__(self, fetch: Fetch, options: ListOptions) -> None:
        self._fetch = fetch
        self._next: ListOptions | None = options
        self._ahead: Workers[ListPage] | None = None
        self._ahead_of: Runtime | None = None

    def __repr__(self) -> str:
        return f"<Pager {self._next}>" if self._next is not None else "<Pager at its end>"

    async def next_page(self) -> ListPage | None:
        """Return the next page; None at the end.

        Raises:
            Whatever the store raises. The listing is then at its end.
        """
        if self._next is None:
            return None
        wanted, self._next = self._next, None
        page = await self._take(wanted)
        if page.token is not None:
            self._next = wanted._replace(token=page.token)
            await self._start(self._next)
        return page

    async def _take(self, wanted: ListOptions) -> ListPage:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and self._ahead_of is current().home:
            (page,) = await ahead.join()
            return page
        # The caller's colour has changed: what the other one fetched ahead is fetched again.
        return await self._fetch(wanted)

    async def _start(self, wanted: ListOptions) -> None:
        runtime = current()
        self._ahead, self._ahead_of = runtime.workers(1), runtime.home

        async def fetch() -> ListPage:
            return await self._fetch(wanted)

        await self._ahead.submit(fetch)

    async def close(self) -> None:
        """Stop fetching ahead."""
        ahead, self._ahead, self._next = self._ahead, None, None
        if ahead is not None and self._ahead_of is current().home:
            await ahead.abandon()


async def collect(fetch: Fetch, options: ListOptions) -> tuple[list[Any], list[str]]:
    """Fetch all pages and return their objects, and their directories sorted and without repetition."""
    pager = Pager(fetch, options)
    objects: list[Any] = []
    directories: set[str] = set()
    while (page := await pager.next_page()) is not None:
        objects += page.objects
        directories.update(page.common_prefixes)
    return objects, sorted(directories)
