"""Credentials of any cloud: fetched once for all who wait, kept, refreshed early.

A cloud supplies `fetch`, which returns a credential with its expiry; this is the cache
in front of it. While one caller fetches, the others (threads and tasks of any loop)
wait for that fetch, and get its result or its error. A credential that is still valid
outlives a failed refresh, and serves all others while one caller is at it.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from obstore._core.errors import BaseError
from obstore._core.log import debug
from obstore._io.lock import Lock, get_ident
from obstore._io.runtime import Ticket, current, thread_state
from obstore._io.shutdown import in_forked_child
from obstore._transfer.fetch import current_network, going_by

_FETCH_BACKOFF = 0.1
"""Seconds for which even a credential that is about to expire is not fetched again: the reference's."""

_FAILURE_BACKOFF = 1.0
"""Seconds for which the old credential serves after a refresh that failed."""

_MARGIN = 15.0
"""Seconds of life with which an old credential serves while it is refreshed: enough for a request to arrive."""


class Expiring(Protocol):
    """A credential. `expires_at` is in seconds since the epoch; None is never."""

    @property
    def expires_at(self) -> float | None: ...


C = TypeVar("C", bound=Expiring)


class _Fetch(Generic[C]):
    """A fetch under way, and who waits for it."""

    __slots__ = ("credential", "error", "runtime", "thread", "tickets")

    def __init__(self) -> None:
        self.thread = get_ident()
        self.runtime = thread_state.runtime
        self.tickets: list[Ticket] = []
        self.credential: C | None = None
        self.error: Exception | None = None

    def is_below(self) -> bool:
        """Whether it can go on only when the calling sync call has returned."""
        runtime = thread_state.runtime
        if runtime is None or self.thread != get_ident():
            return False
        return runtime is not self.runtime or not runtime.shares_thread


class _Wait(Generic[C]):
    """A place in the queue for a fetch."""

    __slots__ = ("fetch", "ticket")

    def __init__(self, fetch: _Fetch[C], ticket: Ticket) -> None:
        self.fetch = fetch
        self.ticket = ticket


class CredentialCache(Generic[C]):
    """The current credential of one store.

    Args:
        fetch: Gets a new one.
        min_ttl: The life, in seconds, that a credential must still have; with less it is refreshed.
        pause: How long, in seconds, one that has less even when it is new is used before the next try.
        description: Where the credentials come from.
        identity: Equal for two caches whose credentials are those of one and the same principal, as far as is known.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[C]],
        min_ttl: float = 300.0,
        *,
        pause: float = _FETCH_BACKOFF,
        description: str = "",
        identity: object = None,
    ) -> None:
        self.description = description
        self.identity = identity
        self._fetch = fetch
        self._network = current_network()
        self._min_ttl = min_ttl
        self._pause = pause
        self._credential: C | None = None
        self._fresh_until = 0.0
        self._fetched_at = 0.0
        self._running: _Fetch[C] | None = None
        self._lock = Lock()
        _caches.add(self)

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
            step = self._join()
            if isinstance(step, _Fetch):
                return await self._run(step)
            if not isinstance(step, _Wait):
                return step
            while not await step.ticket.wait(60.0):
                pass
            if step.fetch.credential is not None:
                return step.fetch.credential
            if step.fetch.error is not None:
                raise step.fetch.error
            # Whoever fetched was cancelled: the first of those who waited does it now.

    def _join(self) -> C | _Fetch[C] | _Wait[C]:
        """Begin a fetch, or queue for the one under way, or make do with the credential that is there."""
        with self._lock:
            running, credential = self._running, self._credential
            if running is None:
                if credential is not None and self.peek() is credential:
                    return credential  # Fetched since it was looked for without the lock.
                self._running = running = _Fetch()
                return running
            if credential is not None and _lives(credential, _MARGIN):
                return credential
            if running.is_below():
                # A sync call made by a loop's thread: the loop's fetch cannot go on while this one waits.
                return _Fetch()
            wait = _Wait(running, current().ticket())
            running.tickets.append(wait.ticket)
            return wait

    async def _run(self, fetch: _Fetch[C]) -> C:
        where = self.description or "the store's source"
        debug("credentials", "asking %s for credentials", where)
        try:
            with going_by(self._network):
                fetch.credential = await self._fetch()
            self._keep(fetch.credential)
            debug("credentials", "got credentials from %s, which %s", where, _life_of(fetch.credential))
        except Exception as error:
            credential = self._credential
            if credential is None or not _lives(credential):
                debug("credentials", "no credentials from %s: %s", where, _shown(error))
                fetch.error = error
                raise
            debug("credentials", "%s failed (%s): the old ones %s", where, _shown(error), _life_of(credential))
            fetch.credential = credential
            self._fresh_until = time.time() + max(_FAILURE_BACKOFF, self._pause)
        finally:
            self._end(fetch)
        return fetch.credential

    def _end(self, fetch: _Fetch[C]) -> None:
        with self._lock:
            if self._running is fetch:
                self._running = None
        for ticket in fetch.tickets:
            ticket.wake()

    def _keep(self, credential: C) -> None:
        now, self._fetched_at = time.time(), time.monotonic()
        expires_at = credential.expires_at
        self._credential = credential
        if expires_at is None:
            self._fresh_until = float("inf")
        else:
            self._fresh_until = max(expires_at - self._min_ttl, min(now + self._pause, expires_at))

    def invalidate(self) -> None:
        """Forget the credential: the service does not accept it any more."""
        debug("credentials", "forgetting those from %s: the service does not accept them", self.description)
        self._credential = None
        self._fresh_until = 0.0

    def renew(self) -> bool:
        """Have the credential fetched anew, after a service has refused it; tell whether it is worth asking again.

        Of many that are refused at once, the first causes the fetch: a credential younger than the pause stays.
        """
        if time.monotonic() - self._fetched_at > max(self._pause, _FAILURE_BACKOFF):
            self.invalidate()
        return True

    def forget_fetch(self) -> None:
        """Start anew in a forked child: whoever was fetching stayed with the parent."""
        self._running = None
        self._lock = Lock()


def _shown(error: Exception) -> str:
    # Ours have no secrets in their text; of others nobody knows.
    return str(error) if isinstance(error, BaseError) else type(error).__name__


def _life_of(credential: Expiring) -> str:
    if credential.expires_at is None:
        return "do not expire"
    return f"expire in {credential.expires_at - time.time():.0f} s"


def _lives(credential: Expiring, margin: float = 0.0) -> bool:
    return credential.expires_at is None or credential.expires_at > time.time() + margin


_caches: weakref.WeakSet[CredentialCache[Any]] = weakref.WeakSet()


@in_forked_child
def _forget_fetches() -> None:
    for cache in tuple(_caches):
        cache.forget_fetch()
