"""How a bulk operation is to be carried out: pieces, parallelism, who listens, and what an error does."""

from __future__ import annotations

from typing import Any, NamedTuple

from obstore._bulk.progress import Listener, listener_of


class Pace(NamedTuple):
    """How to work, checked."""

    chunk_size: int
    max_concurrency: int
    listener: Listener | None = None
    stops_at_error: bool = True


def pace_of(chunk_size: int, max_concurrency: int, progress: Any, on_error: str = "raise") -> Pace:
    """Check a caller's wishes.

    Raises:
        TypeError, ValueError: One of them is not what it should be.
    """
    for name, value in (("chunk_size", chunk_size), ("max_concurrency", max_concurrency)):
        if not isinstance(value, int):
            raise TypeError(f"{name} must be an int, not {type(value).__name__}")
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if on_error not in {"continue", "raise"}:
        raise ValueError(f"on_error must be 'continue' or 'raise', not {on_error!r}")
    return Pace(chunk_size, max_concurrency, listener_of(progress), on_error == "raise")
