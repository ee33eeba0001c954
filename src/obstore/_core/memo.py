"""What has been worked out before, kept as long as there is not too much of it."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


def remember(kept: dict[K, V], key: K, value: V, most: int) -> V:
    """Keep a value and return it. Where there are `most` already, they are forgotten first.

    Forgetting all costs less than to keep account of which was used last, and threads may do it at once.

    >>> kept = {"a": 1}
    >>> remember(kept, "b", 2, most=1), kept
    (2, {'b': 2})
    """
    if len(kept) >= most:
        kept.clear()
    kept[key] = value
    return value
