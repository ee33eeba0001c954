"""Numbers that a caller gives: checked, and made an `int`."""

from __future__ import annotations

from typing import Any


def count_of(value: Any, name: str, least: int) -> int:
    """Return a number that must be `least`, 0 or 1, or more.

    Raises:
        TypeError, OverflowError, ValueError: It is no `int`, it is negative, or it is less.
    """
    number = _index(value, name)
    if number < least:
        raise ValueError(f"{name}: invalid zero value, it must be at least {least}")
    return number


def at_least_one(value: Any, name: str) -> int:
    """Return a size; 0 counts as 1.

    Raises:
        TypeError, OverflowError: It is no `int`, or it is negative.
    """
    return max(_index(value, name), 1)


def _index(value: Any, name: str) -> int:
    if not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    number = int(value.__index__())
    if number < 0:
        raise OverflowError(f"{name}: can't convert negative int to unsigned ({number})")
    return number
