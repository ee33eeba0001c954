"""What `list` returns: a listing that is fetched as it is iterated."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from obstore._api.shown import Listing
from obstore._core.types import ObjectMeta
from obstore._io.runtime import run_blocking
from obstore._transfer.listing import Pager

ChunkT = TypeVar("ChunkT")


class ListStream(Generic[ChunkT]):
    """A listing in chunks: its own iterator, sync and async.

    A chunk is a list of `ObjectMeta`, or an Arrow record batch. The next page of the service
    is fetched while the last one is being used.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = [store.put(path, b"") for path in ("a", "b", "c")]
    >>> [[meta["path"] for meta in chunk] for chunk in store.list(chunk_size=2)]
    [['a', 'b'], ['c']]
    """

    def __init__(self, pager: Pager, chunk_size: int, *, return_arrow: bool) -> None:
        self._pager = pager
        self._chunk_size = chunk_size
        self._return_arrow = return_arrow
        self._buffered: list[ObjectMeta] = []
        self._start = 0

    def __repr__(self) -> str:
        return f"<ListStream chunk_size={self._chunk_size} of {self._pager!r}>"

    def __iter__(self) -> ListStream[ChunkT]:
        return self

    def __aiter__(self) -> ListStream[ChunkT]:
        return self

    def __next__(self) -> ChunkT:
        rows = self._cut() or run_blocking(self._next_rows())
        if not rows:
            raise StopIteration
        return self._as_chunk(rows)

    async def __anext__(self) -> ChunkT:
        rows = self._cut() or await self._next_rows()
        if not rows:
            raise StopAsyncIteration
        return self._as_chunk(rows)

    def collect(self) -> ChunkT:
        """Return all that is left as one chunk, whatever the chunk size.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> len(store.list().collect())
        1
        """
        return run_blocking(self.collect_async())

    async def collect_async(self) -> ChunkT:
        """Return all that is left as one chunk. As `collect`, to be awaited.

        >>> import asyncio
        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> len(asyncio.run(store.list().collect_async()))
        1
        """
        rows, self._buffered = self._buffered[self._start :], []
        self._start = 0
        while (page := await self._pager.next_page()) is not None:
            rows += page.objects
        return self._as_chunk(rows if self._return_arrow else Listing(rows))

    def _cut(self) -> list[ObjectMeta]:
        """Take a whole chunk out of what has been fetched; empty if there is none."""
        stop = self._start + self._chunk_size
        if len(self._buffered) < stop:
            return []
        rows = self._buffered[self._start : stop]
        self._start = stop
        return rows

    async def _next_rows(self) -> list[ObjectMeta]:
        rows, self._buffered, self._start = self._buffered[self._start :], [], 0
        while len(rows) < self._chunk_size:
            page = await self._pager.next_page()
            if page is None:
                return rows
            rows = rows + page.objects if rows else list(page.objects)
        self._buffered, self._start = rows, self._chunk_size
        return rows[: self._chunk_size]

    def _as_chunk(self, rows: list[ObjectMeta]) -> ChunkT:
        chunk: Any = rows
        if self._return_arrow:
            from obstore._api.arrow import record_batch

            chunk = record_batch(rows)
        return chunk  # type: ignore[no-any-return]
