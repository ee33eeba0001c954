"""Reading: `get`, `head` and ranges."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from obstore._api.numbers import count_of
from obstore._api.results import GetResult
from obstore._api.target import IN_URL, object_of
from obstore._core.body import as_bytes
from obstore._core.bytes import Bytes
from obstore._core.conditions import options_from_dict
from obstore._core.errors import GenericError
from obstore._core.ranges import (
    RangeError,
    coalesce_ranges,
    range_from_bounds,
    ranges_from_bounds,
    slice_ranges,
)
from obstore._core.types import READ_HEAD, Bounded, Buffer, GetOptions, ObjectMeta, ReadOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore._transfer.parallel import SHORT, run_all, run_short

COALESCE = 1024 * 1024
"""Ranges with a gap up to this are fetched as one: on a cloud, 1 MiB takes about as long as a request."""

_RANGE_CONCURRENCY = 10


def get(store: Backend | str, path: str = IN_URL, *, options: GetOptions | None = None) -> GetResult:
    """Fetch an object.

    Returns when its metadata have arrived; the bytes are read from the result. One
    request. A download that breaks off is resumed from the last byte.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = put(store, "k", b"hello")
    >>> get(store, "k").bytes()
    Bytes(b"hello")

    Args:
        store: Where; or, alone, the URL of the object, such as `"s3://bucket/key"`.
        path: Which object.
        options: Conditions (`if_match`, ...), a `range`, a `version`, or `head` for no bytes.

    Raises:
        FileNotFoundError: There is no such object.
        PreconditionError, NotModifiedError: A condition in `options` does not hold.
    """
    store, path = object_of(store, path)
    return GetResult(run_blocking(store.get_object(path, options_from_dict(options))))


def get_async(
    store: Backend | str, path: str = IN_URL, *, options: GetOptions | None = None
) -> Coroutine[Any, Any, GetResult]:
    """Fetch an object. As `get`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> async def read() -> bytes:
    ...     result = await get_async(store, "k")
    ...     return bytes(await result.bytes_async())
    >>> asyncio.run(read())
    b'hello'
    """
    store, path = object_of(store, path)
    return _get(store, path, options_from_dict(options))


async def _get(store: Backend, path: str, options: ReadOptions) -> GetResult:
    return GetResult(await store.get_object(path, options))


def head(store: Backend | str, path: str = IN_URL) -> ObjectMeta:
    """Fetch an object's metadata only.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = put(store, "k", b"hello")
    >>> head(store, "k")["size"]
    5

    Raises:
        FileNotFoundError: There is no such object.
    """
    return run_blocking(head_async(store, path))


def head_async(store: Backend | str, path: str = IN_URL) -> Coroutine[Any, Any, ObjectMeta]:
    """Fetch an object's metadata only. As `head`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(head_async(store, "k"))["size"]
    5
    """
    return _head(*object_of(store, path))


async def _head(store: Backend, path: str) -> ObjectMeta:
    stored = await store.get_object(path, READ_HEAD)
    stored.body.close()
    return stored.meta


def get_range(
    store: Backend | str,
    path: str = IN_URL,
    *,
    start: int | None = None,
    end: int | None = None,
    length: int | None = None,
    offset: int | None = None,
) -> Bytes:
    """Fetch the bytes `[start, end)` of an object, or `length` bytes from `start` on.

    One request. A range that passes the end of the object is cut short there; one that
    begins past the end is an error. `offset` is another name for `start`.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = put(store, "k", b"hello")
    >>> get_range(store, "k", start=1, length=3)
    Bytes(b"ell")

    Raises:
        ValueError: Not exactly one of `end` and `length` is given, or the range is empty.
        FileNotFoundError: There is no such object.
    """
    return run_blocking(get_range_async(store, path, start=start, end=end, length=length, offset=offset))


def get_range_async(
    store: Backend | str,
    path: str = IN_URL,
    *,
    start: int | None = None,
    end: int | None = None,
    length: int | None = None,
    offset: int | None = None,
) -> Coroutine[Any, Any, Bytes]:
    """Fetch a range of an object. As `get_range`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(get_range_async(store, "k", start=1, end=3))
    Bytes(b"el")
    """
    wanted = range_from_bounds(_start_of(start, offset), end, length)
    return _get_range(*object_of(store, path), wanted)


def _start_of(start: int | None, offset: int | None) -> int:
    if start is None and offset is not None:
        return offset
    if start is None:
        raise TypeError("get_range() is missing its keyword argument 'start' (or 'offset')")
    if offset is not None:
        raise ValueError("start and offset are two names for one thing: give one of them")
    return start


async def _get_range(store: Backend, path: str, wanted: Bounded) -> Bytes:
    return as_bytes(await _fetch(store, path, wanted))


async def _fetch(store: Backend, path: str, wanted: Bounded) -> Buffer:
    stored = await store.get_object(path, ReadOptions(range=wanted))
    return await stored.body.read()


def get_ranges(
    store: Backend | str,
    path: str = IN_URL,
    *,
    starts: Sequence[int],
    ends: Sequence[int] | None = None,
    lengths: Sequence[int] | None = None,
    coalesce: int = COALESCE,
) -> list[Bytes]:
    """Fetch several ranges of an object, in the order given; they may overlap.

    Ranges that are `coalesce` bytes apart or less are fetched in one request; up to ten
    requests run at once.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = put(store, "k", b"hello world")
    >>> get_ranges(store, "k", starts=[6, 0], lengths=[5, 4])
    [Bytes(b"world"), Bytes(b"hell")]

    Raises:
        ValueError: Not exactly one of `ends` and `lengths` is given, or their number differs.
        FileNotFoundError: There is no such object.
    """
    return run_blocking(get_ranges_async(store, path, starts=starts, ends=ends, lengths=lengths, coalesce=coalesce))


def get_ranges_async(
    store: Backend | str,
    path: str = IN_URL,
    *,
    starts: Sequence[int],
    ends: Sequence[int] | None = None,
    lengths: Sequence[int] | None = None,
    coalesce: int = COALESCE,
) -> Coroutine[Any, Any, list[Bytes]]:
    """Fetch several ranges of an object. As `get_ranges`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(get_ranges_async(store, "k", starts=[0, 3], lengths=[1, 2]))
    [Bytes(b"h"), Bytes(b"lo")]
    """
    wanted = ranges_from_bounds(starts, ends, lengths)
    return _get_ranges(*object_of(store, path), wanted, count_of(coalesce, "coalesce", 0))


async def _get_ranges(store: Backend, path: str, wanted: list[Bounded], gap: int) -> list[Bytes]:
    merged = coalesce_ranges(wanted, gap)

    def fetching(extent: Bounded) -> Any:
        return lambda: _fetch(store, path, extent)

    is_short = store.waits_in_place and all(end - start <= SHORT for start, end in merged)
    run = run_short if is_short else run_all
    fetched = await run([fetching(extent) for extent in merged], _RANGE_CONCURRENCY)
    if merged == wanted:
        return [as_bytes(data) for data in fetched]
    try:
        return [as_bytes(data) for data in slice_ranges(wanted, merged, fetched)]
    except RangeError as error:
        raise GenericError(f"Generic {store.label} error: {error}", store=store.label, path=path) from error
