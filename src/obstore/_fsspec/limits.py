"""Where a read of part of a file begins and ends: fsspec's bounds are those of a Python slice."""

from __future__ import annotations

from obstore._core.types import GetOptions


def maybe_range(start: int | None, end: int | None) -> GetOptions | None:
    """Return the options of a read that needs no size to be known; None if it does.

    >>> maybe_range(2, 5), maybe_range(-3, None), maybe_range(-3, -1)
    ({'range': (2, 5)}, {'range': {'suffix': 3}}, None)
    """
    start = start or 0
    if end is None:
        if start < 0:
            return {"range": {"suffix": -start}}
        return {"range": {"offset": start}} if start else {}
    if start < 0 or end < 0:
        return None
    return {"range": (start, end)}


def is_empty(start: int | None, end: int | None) -> bool:
    """Whether nothing lies between the bounds, however long the file is.

    >>> is_empty(3, 3), is_empty(None, 0), is_empty(-1, 3), is_empty(3, None)
    (True, True, False, False)
    """
    start = start or 0
    return end is not None and end <= start and (end < 0) == (start < 0)


def within(size: int, start: int | None, end: int | None) -> tuple[int, int]:
    """Turn bounds into those that a file of this size has.

    >>> within(10, -3, None), within(10, 2, -1), within(10, 20, None)
    ((7, 10), (2, 9), (10, 10))
    """
    first, last, _ = slice(start, end).indices(size)
    return first, last
