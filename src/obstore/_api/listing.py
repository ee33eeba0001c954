"""Listing: all objects below a directory, or one level of it."""

from __future__ import annotations

import builtins
from collections.abc import Coroutine
from typing import Any, Literal, overload

from obstore._api.list_stream import ListStream
from obstore._api.numbers import at_least_one
from obstore._api.shown import Level
from obstore._api.target import directory_of, prefix_of
from obstore._core.key import Key
from obstore._core.types import ListOptions, ListResult, ObjectMeta
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore._transfer.listing import Pager, collect

DEFAULT_CHUNK_SIZE = 50


@overload
def list(
    store: Backend | str,
    prefix: str | None = None,
    *,
    offset: str | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    return_arrow: Literal[False] = False,
) -> ListStream[builtins.list[ObjectMeta]]: ...
@overload
def list(
    store: Backend | str,
    prefix: str | None = None,
    *,
    offset: str | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    return_arrow: bool,
) -> ListStream[Any]: ...
def list(
    store: Backend | str,
    prefix: str | None = None,
    *,
    offset: str | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    return_arrow: bool = False,
) -> ListStream[Any]:
    """List all objects below a directory, at any depth.

    Returns at once; the listing is fetched as it is iterated, with `for` or `async for`.
    The order is the store's: sorted by path on clouds and in memory.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b""), store.put("ab", b"")
    >>> [meta["path"] for chunk in list(store, "a") for meta in chunk]
    ['a/b']

    Args:
        store: Where; or, alone, the URL of the directory, such as `"s3://bucket/a"`. Paths are those in the bucket.
        prefix: The directory: whole segments, so `"a"` has `a/b` below it but not `ab`.
        offset: List only paths greater than this.
        chunk_size: How many objects a chunk has, but the last.
        return_arrow: Whether a chunk is an Arrow record batch. Needs an Arrow library.
    """
    backend, prefix = directory_of(store, prefix)
    if return_arrow:
        from obstore._api.arrow import check_installed

        check_installed()
    options = ListOptions(prefix_of(backend, prefix), None if offset is None else _offset_of(offset))
    size = at_least_one(chunk_size, "chunk_size")
    return ListStream(Pager(backend.list_objects, options), size, return_arrow=return_arrow)


list_async = list
"""`list` under the name that its siblings would suggest. Its result is iterated in either way."""


def _offset_of(offset: object) -> str:
    if not isinstance(offset, str):
        raise TypeError(f"offset must be a str, not {type(offset).__name__}")
    return offset if isinstance(offset, Key) else offset.removeprefix("/")


def list_with_delimiter(store: Backend | str, prefix: str | None = None, *, return_arrow: bool = False) -> ListResult:
    """List one level: the objects directly in a directory, and the directories in it.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b""), store.put("c", b"")
    >>> listing = list_with_delimiter(store)
    >>> listing["common_prefixes"], [meta["path"] for meta in listing["objects"]]
    (['a'], ['c'])
    """
    return run_blocking(list_with_delimiter_async(store, prefix, return_arrow=return_arrow))


def list_with_delimiter_async(
    store: Backend | str, prefix: str | None = None, *, return_arrow: bool = False
) -> Coroutine[Any, Any, ListResult]:
    """List one level. As `list_with_delimiter`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> _ = store.put("a/b", b"")
    >>> asyncio.run(list_with_delimiter_async(store))["common_prefixes"]
    ['a']
    """
    backend, prefix = directory_of(store, prefix)
    if return_arrow:
        from obstore._api.arrow import check_installed

        check_installed()
    return _list_with_delimiter(backend, ListOptions(prefix_of(backend, prefix)), return_arrow)


async def _list_with_delimiter(store: Backend, options: ListOptions, return_arrow: bool) -> ListResult:
    objects, directories = await collect(store.list_directory, options)
    if return_arrow:
        from obstore._api.arrow import table

        objects = table(objects)
    level: Any = Level(common_prefixes=directories, objects=objects)
    return level  # type: ignore[no-any-return]
