"""Credentials of any cloud: fetched once for all who wait, kept, refreshed early.

A cloud supplies `fetch`, which returns a credential with its expiry; this is the cache
in front of it. While one caller fetches, the others (threads and tasks of any loop)
wait for that fetch, and get its result or its error. A credential that is still valid
outlives a failed refresh.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

from obstore._io.lock import Lock
from obstore._io.runtime import Ticket, current

_FETCH_BACKOFF = 0.1
"""Seconds for which even a credential that is about to expire is not fetched again."""


class Expiring(Protocol):
    """A credential. `expires_at` is in seconds since the epoch; None is never."""

    @property
    def expires_at(self) -> float | None: ...


C = TypeVar("C", bound=Expiring)


class _Fetch(Generic[C]):
    """A fetch under way, and who waits for it."""

    __slots__ = ("credential", "error", "tickets")

    def __init__(self) -> None:
        self.tickets: list[Ticket] = []
        self.credential: C | None = None
        self.error: Exception | None = None


class CredentialCache(Generic[C]):
    """The current credential of one store. `min_ttl` is the life, in seconds, that it must still have."""

    def __init__(self, fetch: Callable[[], Awaitable[C]], min_ttl: float = 300.0) -> None:
        self._fetch = fetch
        self._min_ttl = min_ttl
        self._credential: C | None = None
        self._fresh_until = 0.0
        self._running: _Fetch[C] | None = None
        self._lock = Lock()

    def __repr__(self) -> str:
        state = "empty" if self._credential is None else "fresh" if self.peek() is not None else "stale"
        return f"<CredentialCache {state}>"

    def peek(self) -> C | None:
        """Return the credential if it needs no refresh."""
        if self._credential is not None and time.time() < self._fresh_until:
            return self._credential
        return None

    async def get(self) -> C:
        """Return the credential, fetched anew if need be.

        Raises:
            Whatever `fetch` raises, unless the old credential is still valid.
        """
        while True:
            if (credential := self.peek()) is not None:
                return credential
            with self._lock:
                running = self._running
                if running is None:
                    self._running = mine = _Fetch()
                else:
                    ticket = current().ticket()
                    running.tickets.append(ticket)
            if running is None:
                return await self._run(mine)
            while not await ticket.wait(60.0):
                pass
            if running.credential is not None:
                return running.credential
            if running.error is not None:
                raise running.error

    async def _run(self, fetch: _Fetch[C]) -> C:
        try:
            fetch.credential = await self._fetch()
            self._keep(fetch.credential)
        except Exception as error:
            if not self._is_valid():
                fetch.error = error
                raise
            assert self._credential is not None
            fetch.credential = self._credential
            self._fresh_until = time.time() + 1.0
        finally:
            with self._lock:
                self._running = None
            for ticket in fetch.tickets:
                ticket.wake()
        return fetch.credential

    def _keep(self, credential: C) -> None:
        now = time.time()
        expires_at = credential.expires_at
        self._credential = credential
        if expires_at is None:
            self._fresh_until = float("inf")
        else:
            self._fresh_until = max(expires_at - self._min_ttl, min(now + _FETCH_BACKOFF, expires_at))

    def _is_valid(self) -> bool:
        credential = self._credential
        return credential is not None and (credential.expires_at is None or credential.expires_at > time.time())

    def invalidate(self) -> None:
        """Forget the credential: the service does not accept it any more."""
        self._credential = None
        self._fresh_until = 0.0
