"""Downloads: a body that survives the connection it came over.

When a body breaks off, the rest of it is asked for, from the last byte on and with
`If-Match`, so that what arrives belongs to the same object or nothing does. The bytes
that came are kept. Progress renews the patience: each break may be tried again as
often as the retry policy says, since a transfer that moves is not one that fails.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from typing import Protocol

from obstore._core.body import Body
from obstore._core.errors import GenericError, TransportError
from obstore._core.log import debug
from obstore._core.retry import Backoff, RetryPolicy, decide_retry
from obstore._core.types import Buffer
from obstore._http.body import HttpBody
from obstore._io.buffers import allocate
from obstore._io.runtime import current


class Reopen(Protocol):
    """Asks for the bytes `[start, stop)` of the object again, on condition that it is still the same."""

    def __call__(self, start: int, stop: int) -> Awaitable[Body]: ...


class _Trouble:
    """What has been tried since the last byte came."""

    def __init__(self, policy: RetryPolicy) -> None:
        self.backoff = Backoff(policy)
        self.started = time.monotonic()
        self.retries = 0


class OneWayBody(Body):
    """A body that cannot be asked for again: of unknown length, or of an object without a tag."""

    __slots__ = ("_body", "_path", "_position")

    def __init__(self, body: HttpBody, path: str) -> None:
        self._body = body
        self._path = path
        self._position = 0

    def __repr__(self) -> str:
        return f"<OneWayBody {self._path} {self._position}..>"

    def close(self) -> None:
        self._body.close()

    async def read(self) -> Buffer:
        try:
            return await self._body.read()
        except TransportError as failure:
            raise _broken_off(self._path, "", failure) from failure

    async def read_chunk(self, max_bytes: int) -> Buffer:
        try:
            piece = await self._body.read_chunk(max_bytes)
        except TransportError as failure:
            raise _broken_off(self._path, f" at byte {self._position}", failure) from failure
        self._position += len(piece)
        return piece


class Download(Body):
    """The bytes `[start, stop)` of an object, over as many connections as it takes."""

    __slots__ = ("_body", "_path", "_policy", "_position", "_reopen", "_stop", "_trouble")

    def __init__(self, body: HttpBody, extent: tuple[int, int], reopen: Reopen, policy: RetryPolicy, path: str) -> None:
        self._body: Body = body
        self._position, self._stop = extent
        self._reopen = reopen
        self._policy = policy
        self._path = path
        self._trouble: _Trouble | None = None

    def __repr__(self) -> str:
        return f"<Download {self._path} {self._position}..{self._stop}>"

    def close(self) -> None:
        self._body.close()

    async def read(self) -> Buffer:
        whole = allocate(self._stop - self._position)
        view = memoryview(whole)
        received = 0
        while received < len(view):
            received += await self._receive(view[received:])
        return whole

    async def read_chunk(self, max_bytes: int) -> Buffer:
        size = min(max_bytes, self._stop - self._position)
        if not size:
            return b""
        piece = allocate(size)
        received = await self._receive(memoryview(piece))
        return piece if received == size else bytes(memoryview(piece)[:received])

    async def _receive(self, view: memoryview) -> int:
        """Receive some bytes, at least one, and all that `view` has room for unless the body breaks off."""
        while True:
            received = await self._read_into(view)
            if received:
                self._position += received
                self._trouble = None
            if received == len(view):
                return received
            await self._resume()
            if received:
                return received

    async def _read_into(self, view: memoryview) -> int:
        if isinstance(self._body, HttpBody):
            return await self._body.read_into(view)
        # The rest was short enough to arrive with its head.
        rest = await self._body.read()
        taken = min(len(rest), len(view))
        view[:taken] = rest[:taken]
        return taken

    async def _resume(self) -> None:
        from random import random

        failure = getattr(self._body, "failure", None) or TransportError("interrupted", "the body broke off")
        # A connection that is opened and breaks again is no progress: only a byte makes the trouble a new one.
        trouble = self._trouble = self._trouble or _Trouble(self._policy)
        while True:
            delay = decide_retry(
                self._policy,
                trouble.retries,
                time.monotonic() - trouble.started,
                trouble.backoff,
                random,
                transport=failure.kind,
                idempotent=True,
            )
            if delay is None:
                raise _broken_off(self._path, f" at byte {self._position} of {self._stop}", failure) from failure
            debug("retry", "%s: %s: reading on from byte %d in %.3f s", self._path, failure, self._position, delay)
            await current().sleep(delay)
            trouble.retries += 1
            try:
                self._body = await self._reopen(self._position, self._stop)
            except TransportError as error:
                failure = error
            else:
                return


def _broken_off(path: str, where: str, failure: TransportError) -> GenericError:
    return GenericError(f"the body of {path} broke off{where}: {failure}", path=path)
