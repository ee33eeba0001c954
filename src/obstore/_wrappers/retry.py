"""Another store, whose operations are tried again when they fail."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from obstore._core.body import Body, BufferBody
from obstore._core.conditions import strong_tag
from obstore._core.errors import GenericError, PreconditionError, store_error
from obstore._core.retry import Backoff, decide_retry, policy_from_config, policy_to_config
from obstore._core.types import Bounded, Buffer, ReadOptions
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, StoredObject
from obstore._wrappers.base import Call, Wrapper, read_pieces

T = TypeVar("T")

Errors: TypeAlias = "tuple[type[Exception], ...] | type[Exception] | Callable[[Exception], bool]"

TRANSIENT: tuple[type[Exception], ...] = (GenericError, ConnectionError, TimeoutError)
"""Errors that may be gone the next time: those that mean something else have a class of their own."""


class RetryBackend(Wrapper):
    """Tries again what may be done twice, with growing waits; and, if told so, what may not.

    A body that breaks off is asked for again from there, on condition that the object is still the same.
    """

    def __init__(
        self,
        store: Backend,
        *,
        on: Errors = TRANSIENT,
        retry_config: Mapping[str, Any] | None = None,
        repeats_all: bool = False,
    ) -> None:
        super().__init__(store)
        self._on = on
        self._is_transient = _predicate(on)
        self._policy = policy_from_config(retry_config)
        self._repeats_all = repeats_all

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {"retry_config": policy_to_config(self._policy)}
        if self._on is not TRANSIENT:
            options["on"] = self._on
        if self._repeats_all:
            options["repeats_all"] = True
        return options

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inner!r}, max_retries={self._policy.max_retries})"

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        trouble = self.trouble(is_repeatable=call.is_repeatable or self._repeats_all)
        while True:
            try:
                return await do()
            except Exception as error:
                await trouble.wait_or_raise(error)

    def trouble(self, *, is_repeatable: bool) -> Trouble:
        """Return what decides on the retries of one operation."""
        return Trouble(self, is_repeatable)

    def _wrap_object(self, stored: StoredObject, path: str, options: ReadOptions) -> StoredObject:
        if not options.head:
            stored.body = _ResumedBody(self, path, options, stored)
        return stored


def _predicate(on: Errors) -> Callable[[Exception], bool]:
    if isinstance(on, type | tuple):
        kinds = on if isinstance(on, tuple) else (on,)
        if not all(isinstance(kind, type) and issubclass(kind, Exception) for kind in kinds):
            raise TypeError(f"on must be exception classes or a function of an exception, not {on!r}")
        return lambda error: isinstance(error, kinds)
    if callable(on):
        return on
    raise TypeError(f"on must be exception classes or a function of an exception, not {on!r}")


class Trouble:
    """The failures of one operation, and what they cost."""

    def __init__(self, store: RetryBackend, is_repeatable: bool) -> None:
        self._store = store
        self._is_repeatable = is_repeatable
        self._backoff = Backoff(store._policy)
        self._started = time.monotonic()
        self._retries = 0

    async def wait_or_raise(self, error: Exception) -> None:
        """Wait for the next attempt.

        Raises:
            The error: it is not one that is retried, or there were enough attempts.
        """
        from random import random

        if not self._is_repeatable or not self._store._is_transient(error):
            raise error
        elapsed = time.monotonic() - self._started
        delay = decide_retry(
            self._store._policy, self._retries, elapsed, self._backoff, random, transport="interrupted", idempotent=True
        )
        if delay is None:
            if self._retries:
                error.add_note(f"RetryStore gave up after {self._retries} retries in {elapsed:.2f} s")
            raise error
        self._retries += 1
        await current().sleep(delay)


class _ResumedBody(Body):
    """A body that goes on where it broke off."""

    __slots__ = ("_body", "_options", "_path", "_position", "_stop", "_store", "_tag", "_trouble")

    def __init__(self, store: RetryBackend, path: str, options: ReadOptions, stored: StoredObject) -> None:
        self._store = store
        self._path = path
        self._options = options
        self._tag = stored.meta["e_tag"]
        self._position, self._stop = stored.range
        self._body = stored.body
        self._trouble: Trouble | None = None

    async def read(self) -> Buffer:
        try:
            data = await self._body.read()
        except Exception as error:
            await self._resume(error)
            data = b""
        self._position += len(data)
        if self._position == self._stop:
            return data
        return bytearray(data) + await read_pieces(self)

    async def read_chunk(self, max_bytes: int) -> Buffer:
        while True:
            try:
                data = await self._body.read_chunk(max_bytes)
                if not len(data) and self._position < self._stop:
                    raise self._broke_off()
            except Exception as error:
                await self._resume(error)
            else:
                self._position += len(data)
                self._trouble = None
                return data

    def _broke_off(self) -> GenericError:
        return GenericError(f"the body of {self._path} ended at byte {self._position} of {self._stop}", path=self._path)

    async def _resume(self, error: Exception) -> None:
        # Only a byte makes the trouble a new one.
        trouble = self._trouble = self._trouble or self._store.trouble(is_repeatable=self._tag is not None)
        while True:
            await trouble.wait_or_raise(error)
            try:
                self._body = await self._reopen()
            except Exception as again:
                error = again
            else:
                return

    async def _reopen(self) -> Body:
        self._body.close()
        if self._position == self._stop:
            return BufferBody(b"")
        extent = Bounded(self._position, self._stop)
        options = ReadOptions(range=extent, if_match=strong_tag(self._tag), version=self._options.version)
        stored = await self._store._inner.get_object(self._path, options)
        if stored.meta["e_tag"] != self._tag:
            stored.body.close()
            raise store_error(PreconditionError, self._store.label, self._path, "it changed while it was read")
        return stored.body

    def close(self) -> None:
        self._body.close()
