"""Another store, of which no more than so many operations and bytes a second are asked."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from obstore._core.body import Body
from obstore._core.bucket import Bucket
from obstore._core.types import Buffer, ReadOptions
from obstore._io.lock import Lock
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, StoredObject
from obstore._wrappers.base import Call, Wrapper, read_pieces

T = TypeVar("T")

_SLICES = 10
"""Into how many pieces a second's bytes are cut, so that a body comes evenly."""


class _Meter:
    """A bucket that threads may share."""

    def __init__(self, rate: float) -> None:
        self._bucket = Bucket(rate, burst=rate)
        self._lock = Lock()

    async def pay(self, amount: float) -> None:
        """Wait until `amount` may go through."""
        with self._lock:
            delay = self._bucket.take(amount, time.monotonic())
        if delay:
            await current().sleep(delay)


class ThrottleBackend(Wrapper):
    """Has callers wait, in the order in which they came, until what they want is within the rates.

    A second's worth may be saved up and used at once. Bytes count in both directions.
    """

    def __init__(
        self,
        store: Backend,
        *,
        operations_per_second: float | None = None,
        bytes_per_second: float | None = None,
    ) -> None:
        super().__init__(store)
        self.operations_per_second = _rate("operations_per_second", operations_per_second)
        self.bytes_per_second = _rate("bytes_per_second", bytes_per_second)
        self._operations = _Meter(operations_per_second) if operations_per_second is not None else None
        self._bytes = _Meter(bytes_per_second) if bytes_per_second is not None else None

    def _options(self) -> dict[str, Any]:
        given = {
            "operations_per_second": self.operations_per_second,
            "bytes_per_second": self.bytes_per_second,
        }
        return {name: rate for name, rate in given.items() if rate is not None}

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        if self._operations is not None:
            await self._operations.pay(1)
        if self._bytes is not None and call.size:
            await self._bytes.pay(call.size)
        return await do()

    def _wrap_object(self, stored: StoredObject, path: str, options: ReadOptions) -> StoredObject:
        if self._bytes is not None and self.bytes_per_second is not None:
            stored.body = _MeteredBody(stored.body, self._bytes, max(int(self.bytes_per_second / _SLICES), 1))
        return stored


def _rate(name: str, rate: float | None) -> float | None:
    if rate is not None and not isinstance(rate, int | float):
        raise TypeError(f"{name} must be a number, not {type(rate).__name__}")
    if rate is not None and not 0 < rate < float("inf"):
        raise ValueError(f"{name} must be positive and finite, not {rate!r}: None sets no limit")
    return rate


class _MeteredBody(Body):
    """A body whose bytes are paid for before they are handed out."""

    __slots__ = ("_body", "_meter", "_slice")

    def __init__(self, body: Body, meter: _Meter, slice_: int) -> None:
        self._body = body
        self._meter = meter
        self._slice = slice_

    async def read(self) -> Buffer:
        return await read_pieces(self, self._slice)

    async def read_chunk(self, max_bytes: int) -> Buffer:
        data = await self._body.read_chunk(min(max_bytes, self._slice) if max_bytes else self._slice)
        if len(data):
            await self._meter.pay(len(data))
        return data

    def close(self) -> None:
        self._body.close()
