"""Reading parts of objects, one or many, with the bounds of Python slices."""

from __future__ import annotations

from collections.abc import Sequence

from obstore._api.reading import COALESCE, get_async, get_ranges_async, head_async
from obstore._core.errors import BaseError
from obstore._core.types import GetOptions
from obstore._fsspec.limits import is_empty, maybe_range, within
from obstore._transfer.backend import Backend

Limits = tuple[int | None, int | None]


async def read_part(store: Backend, key: str, start: int | None, end: int | None) -> bytes:
    """Read from `start` to `end`, as `data[start:end]` would.

    Raises:
        FileNotFoundError: There is no such object.
    """
    if is_empty(start, end):
        return b""
    options = maybe_range(start, end)
    if options is None:
        return await _read_within(store, key, start, end)
    try:
        return await _read(store, key, options)
    except FileNotFoundError:
        raise
    except BaseError:
        # A slice beyond the end is empty, a range there is an error, which stores word differently.
        if not options:
            raise
        first, last = within((await head_async(store, key))["size"], start, end)
        if first < last:
            raise
        return b""


async def _read(store: Backend, key: str, options: GetOptions) -> bytes:
    return bytes(await (await get_async(store, key, options=options)).bytes_async())


async def _read_within(store: Backend, key: str, start: int | None, end: int | None) -> bytes:
    first, last = within((await head_async(store, key))["size"], start, end)
    return await _read(store, key, {"range": (first, last)}) if first < last else b""


async def read_parts(
    store: Backend, key: str, limits: Sequence[Limits], max_gap: int | None
) -> list[bytes | BaseException]:
    """Read several parts of one object, and put in its place what keeps one from being read.

    Parts that are no more than `max_gap` apart are read by one request.
    """
    known = [pair for pair in limits if _is_known(pair)]
    read: list[bytes | BaseException] = []
    try:
        starts, ends = [start or 0 for start, _ in known], [end or 0 for _, end in known]
        gap = COALESCE if max_gap is None else max_gap
        read = [bytes(data) for data in await get_ranges_async(store, key, starts=starts, ends=ends, coalesce=gap)]
    except FileNotFoundError as error:
        return [error] * len(limits)
    except BaseError:
        # One of them may be beyond the end, which is no reason not to read the others.
        return [await _attempt(store, key, pair) for pair in limits]
    found = iter(read)
    return [next(found) if _is_known(pair) else await _attempt(store, key, pair) for pair in limits]


def _is_known(limits: Limits) -> bool:
    start, end = limits
    return end is not None and 0 <= (start or 0) < end


async def _attempt(store: Backend, key: str, limits: Limits) -> bytes | BaseException:
    try:
        return await read_part(store, key, *limits)
    except Exception as error:
        return error
