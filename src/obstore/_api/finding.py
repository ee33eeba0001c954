"""Finding and measuring objects: `glob`, `walk`, `du` and `head_many`."""

from __future__ import annotations

import builtins
from collections.abc import Coroutine, Sequence
from typing import Any

from obstore._api.list_stream import ListStream
from obstore._api.numbers import at_least_one
from obstore._api.target import backend_of, path_list, prefix_of
from obstore._api.transfers import CONCURRENCY
from obstore._bulk.survey import Level, Levels, Usage, glob_pager, measure, stat_many
from obstore._core.types import ObjectMeta
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend


def glob(store: Backend, pattern: str, *, chunk_size: int = 50) -> ListStream[builtins.list[ObjectMeta]]:
    """List the objects whose paths match a pattern.

    `*` and `?` match within a segment, `[a-z]` and `[!a-z]` one character, `{a,b}` either of
    two, and a segment `**` any number of segments, none among them. `[*]` is a literal star.
    Only what lies below the literal beginning of the pattern is listed. Returns at once; iterate with
    `for` or `async for`, or `collect()`.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = [store.put(path, b"") for path in ("a/1.csv", "a/b/2.csv", "a/b/3.txt")]
    >>> [meta["path"] for meta in glob(store, "a/**/*.csv").collect()]
    ['a/1.csv', 'a/b/2.csv']

    Args:
        store: Where.
        pattern: Of whole paths.
        chunk_size: How many objects a chunk has, but the last.

    Raises:
        ValueError: The pattern is empty, or a bracket is not closed.
    """
    size = at_least_one(chunk_size, "chunk_size")
    return ListStream(glob_pager(backend_of(store), pattern), size, return_arrow=False)


glob_async = glob
"""`glob` under the name that its siblings would suggest. Its result is iterated in either way."""


class WalkStream:
    """What `walk` returns: the levels of a tree, from the top down. Its own iterator, sync and async.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b""), store.put("c", b"")
    >>> stream = walk(store)
    >>> [level.path for level in stream]
    ['', 'a']
    """

    def __init__(self, levels: Levels) -> None:
        self._levels = levels

    def __repr__(self) -> str:
        return f"<WalkStream of {self._levels!r}>"

    def __iter__(self) -> WalkStream:
        return self

    def __aiter__(self) -> WalkStream:
        return self

    def __next__(self) -> Level:
        level = run_blocking(self._levels.next_level())
        if level is None:
            raise StopIteration
        return level

    async def __anext__(self) -> Level:
        level = await self._levels.next_level()
        if level is None:
            raise StopAsyncIteration
        return level


def walk(store: Backend, prefix: str | None = None) -> WalkStream:
    """Walk a tree from the top down, as `os.walk` does.

    Yields `(path, directories, objects)` for each directory. Whoever removes names from `directories`
    keeps the walk from descending into them. Iterate with `for` or `async for`.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b/k", b""), store.put("a/x", b"")
    >>> [(path, directories, len(objects)) for path, directories, objects in walk(store, "a")]
    [('a', ['b'], 1), ('a/b', [], 1)]
    """
    backend = backend_of(store)
    return WalkStream(Levels(backend, prefix_of(backend, prefix)))


walk_async = walk
"""`walk` under the name that its siblings would suggest. Its result is iterated in either way."""


def du(store: Backend, prefix: str | None = None, *, depth: int = 0) -> Usage:
    """Count the objects below a prefix, and their bytes.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b/k", b"hello"), store.put("a/x", b"!")
    >>> usage = du(store, "a", depth=1)
    >>> usage.files, usage.bytes, usage.directories["a/b"].bytes
    (2, 6, 5)

    Args:
        store: Where.
        prefix: The directory; None for all.
        depth: Down to how many levels below the prefix `directories` has the usage of each.
    """
    return run_blocking(du_async(store, prefix, depth=depth))


def du_async(store: Backend, prefix: str | None = None, *, depth: int = 0) -> Coroutine[Any, Any, Usage]:
    """Count the objects below a prefix. As `du`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(du_async(store)).bytes
    5
    """
    backend = backend_of(store)
    return measure(backend, prefix_of(backend, prefix), depth)


def head_many(
    store: Backend, paths: Sequence[str], *, missing_ok: bool = False, max_concurrency: int = CONCURRENCY
) -> builtins.list[ObjectMeta | None]:
    """Fetch the metadata of many objects, side by side, in the order of their paths.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a", b"hello")
    >>> [meta and meta["size"] for meta in head_many(store, ["a", "b"], missing_ok=True)]
    [5, None]

    Args:
        store: Where.
        paths: Which objects.
        missing_ok: Whether an object that is not there has `None`, instead of an error.
        max_concurrency: Requests in flight.

    Raises:
        FileNotFoundError: An object is not there.
    """
    return run_blocking(head_many_async(store, paths, missing_ok=missing_ok, max_concurrency=max_concurrency))


def head_many_async(
    store: Backend, paths: Sequence[str], *, missing_ok: bool = False, max_concurrency: int = CONCURRENCY
) -> Coroutine[Any, Any, builtins.list[ObjectMeta | None]]:
    """Fetch the metadata of many objects. As `head_many`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> [meta["size"] for meta in asyncio.run(head_many_async(store, ["k"]))]
    [5]
    """
    backend = backend_of(store)
    limit = at_least_one(max_concurrency, "max_concurrency")
    return stat_many(backend, [backend.parse_path(path) for path in path_list(paths)], limit, missing_ok=missing_ok)
