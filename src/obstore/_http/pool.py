"""The connections of one origin: idle ones, and places for new ones.

One pool serves sync callers and any number of loops and threads. Idle connections are
kept per runtime, because a loop watches its own. Taking one is: pop an idle, live one;
else open one; else, at `max_connections`, queue first come first served in either
colour. Nobody waits for a lock on the way: it guards the counting only.

A result that its caller holds and does not read keeps its connection. If all places are
held like that the queue would stand still for ever, so after a second's wait a parked
connection no longer counts.
"""

from __future__ import annotations

import os
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from obstore._http.connection import Connection
from obstore._http.proxy import Proxy, choose_proxy, format_head_for, way_through
from obstore._io.lock import Lock
from obstore._io.runtime import Runtime, Ticket
from obstore._io.shutdown import after_loops, in_forked_child

if TYPE_CHECKING:
    from obstore._http.budget import RetryBudget
    from obstore._http.message import Origin
    from obstore._http.options import ClientOptions
    from obstore._http.throttle import Throttle
    from obstore._io.connect import Target

_TRUSTED_IDLE = 1.0
"""Seconds for which an idle connection is taken without a look at it. A look costs a system
call (2 us, of the 30 that a request takes); a connection found closed costs a second try."""

_PATIENCE = 1.0

_RETRIES_PER_CONNECTION = 10
"""Of the retry budget: as many as one request may need, for each that can be under way."""

_NONE: deque[Connection] = deque()


class _Waiter:
    """One in the queue. `connection` is what it was given; granted without one, it opens its own."""

    __slots__ = ("connection", "home", "is_granted", "ticket")

    def __init__(self, ticket: Ticket, home: Runtime) -> None:
        self.ticket = ticket
        self.home = home
        self.connection: Connection | None = None
        self.is_granted = False


class Pool:
    """Connections to one origin, through one proxy or none. It never waits with its lock held.

    `format_head` writes the heads of requests that go over them.
    """

    def __init__(self, origin: Origin, options: ClientOptions, proxy: Proxy | None = None) -> None:
        self.origin = origin
        self.options = options
        self.proxy = proxy
        self.format_head = format_head_for(origin, proxy)
        self.max_connections = options.max_connections
        self.asks_from = options.expect_continue  # None also once the server has shown that it does not answer.
        self._idle: dict[Runtime | None, deque[Connection]] = {None: deque()}
        self._lock = Lock()
        self._open = 0
        self.throttle: Throttle | None = None
        self.budget: RetryBudget | None = None
        self.waits = 0
        self.waited = 0.0
        self._parked = 0
        self._queue: deque[_Waiter] = deque()
        self._session: Any = None
        self._session_context: Any = None
        self._generation = 0  # Counts the forks that led here. A connection of an earlier one is the parent's.
        _pools.add(self)
        # Not `__del__`: the collector may finalize the sockets first if it finds them together with the pool.
        weakref.finalize(self, _close_all, self._idle)

    def __repr__(self) -> str:
        via = f" via {self.proxy}" if self.proxy is not None else ""
        return f"<Pool {self.origin}{via} open={self._open} idle={self.idle_count} waiting={len(self._queue)}>"

    @property
    def idle_count(self) -> int:
        """The number of connections that wait for their next request."""
        return sum(len(idle) for idle in tuple(self._idle.values()))

    @property
    def in_use(self) -> int:
        """The number of connections that somebody has."""
        return self._open - self.idle_count

    def slow_down(self, sent_at: float) -> bool:
        """Note that the server refused a request for being one too many. Say whether that changed the limit."""
        if self.throttle is None:
            from obstore._http.throttle import Throttle

            self.throttle = Throttle()
        return self.throttle.slow_down(time.monotonic(), sent_at, self.in_use)

    def take_retry(self) -> bool:
        """Pay for a retry from the budget of all requests. Say whether that could be paid."""
        if self.budget is None:
            from obstore._http.budget import RetryBudget

            self.budget = RetryBudget(self.options.retry_budget or _RETRIES_PER_CONNECTION * self.max_connections)
        return self.budget.take()

    def take(self, home: Runtime | None, *, must_be_live: bool = False) -> Connection | None:
        """Take an idle connection that is kept for `home`. `must_be_live` has it looked at before."""
        idle = self._idle.get(home)
        while idle:
            try:
                connection = idle.pop()
            except IndexError:  # Another thread was faster.
                break
            if self._is_usable(connection, must_be_live):
                connection.home = home
                connection.pool = self
                return connection
            self.remove(connection)
        return None

    async def acquire(self, runtime: Runtime) -> Connection:
        """Take a connection after `take` had none: one that nobody watches, or a new one, as soon as there is place."""
        home = runtime.home
        connection = self._pop_orphan(home)
        if connection is None:
            connection = await self._wait_for_place(runtime)
        if connection is None:
            connection = await self._open_connection(runtime)
        connection.home = home
        connection.pool = self
        return connection

    def release(self, connection: Connection) -> None:
        """Take back a connection whose exchange is complete."""
        connection.since = time.monotonic()
        home = connection.home
        assert home is not None
        idle = self._idle.get(home)
        if idle is None:
            idle = self._make_idle(home)
        if len(idle) >= self.options.max_idle or connection.generation != self._generation:
            self.remove(connection)
            return
        connection.pool = None
        # Append first, then look at the queue: a waiter does it the other way round, so one sees the other.
        idle.append(connection)
        if self._queue:
            self._serve_queue()

    def keep_session(self, connection: Connection) -> None:
        """Remember the TLS session of a connection for the next one that is opened."""
        sock: Any = connection.channel.sock
        self._session, self._session_context = sock.session, sock.context

    def remove(self, connection: Connection) -> None:
        """Close a connection and give its place away. Doing it twice does nothing."""
        if connection.close_channel() and connection.generation == self._generation:
            self._free_place()

    def park(self, connection: Connection, change: int) -> None:
        """Count the replies whose bodies nobody is reading."""
        if connection.generation == self._generation:
            with self._lock:
                self._parked += change

    def close(self) -> None:
        """Close all idle connections."""
        for idle in tuple(self._idle.values()):
            while idle:
                self.remove(idle.pop())

    def forget(self) -> None:
        """Start anew in a forked child: the parent goes on using the connections."""
        for idle in tuple(self._idle.values()):
            for connection in idle:
                connection.channel.abandon()
        self._generation += 1
        self._idle.clear()
        self._idle[None] = deque()
        self._queue.clear()
        self._lock = Lock()
        self._open = self._parked = 0
        self.throttle = self.budget = None  # Their locks may be held by a thread that stayed with the parent.

    def _make_idle(self, home: Runtime) -> deque[Connection]:
        self.orphan_gone()
        return self._idle.setdefault(home, deque())

    def orphan_gone(self) -> None:
        """Keep the connections of loops that have been closed for whoever comes next, of any kind.

        A program that calls `asyncio.run` again and again would otherwise connect again and again.
        """
        for home in [home for home in tuple(self._idle) if home is not None and home.is_gone]:
            for connection in self._idle.pop(home, ()):
                connection.home = None
                self._idle[None].append(connection)

    def _pop_orphan(self, home: Runtime) -> Connection | None:
        if home not in self._idle:
            self.orphan_gone()
        # Nobody watched it since its loop was closed, so it is looked at in any case.
        return self.take(None, must_be_live=True) if self._idle[None] else None

    def _is_usable(self, connection: Connection, must_be_live: bool) -> bool:
        age = time.monotonic() - connection.since
        if age > self.options.idle_timeout:
            return False
        if must_be_live or age > _TRUSTED_IDLE or connection.channel.is_noisy:
            return connection.channel.is_alive()
        return True

    async def _wait_for_place(self, runtime: Runtime) -> Connection | None:
        """Return once there is a place for a new connection, or an idle one to use."""
        if self._open >= self.max_connections:
            self.orphan_gone()
        with self._lock:
            if self._open < self.max_connections:
                self._open += 1
                return None
            waiter = _Waiter(runtime.ticket(), runtime.home)
            self._queue.append(waiter)
        self._serve_queue()
        since = time.monotonic()
        try:
            while not await waiter.ticket.wait(_PATIENCE) and not waiter.is_granted:
                if self._grant_beyond_limit(waiter):
                    break
        except BaseException:
            self._leave_queue(waiter)
            raise
        self.waits += 1
        self.waited += time.monotonic() - since
        return waiter.connection

    def _grant_beyond_limit(self, waiter: _Waiter) -> bool:
        with self._lock:
            if waiter.is_granted or self._open - self._parked >= self.max_connections:
                return waiter.is_granted
            self._queue.remove(waiter)
            waiter.is_granted = True
            self._open += 1
            return True

    def _leave_queue(self, waiter: _Waiter) -> None:
        with self._lock:
            if not waiter.is_granted:
                self._queue.remove(waiter)
                return
        if waiter.connection is not None:
            self.remove(waiter.connection)
        else:
            self._free_place()

    def _serve_queue(self) -> None:
        """Give idle connections to those who wait: as they are to one of the same runtime, else their place."""
        while self._queue:
            with self._lock:
                found = self._find_idle(self._queue[0].home) if self._queue else None
                if found is None:
                    return
                waiter = self._queue.popleft()
                waiter.is_granted = True
                if found.home is waiter.home:
                    waiter.connection = found
            if waiter.connection is None:
                found.close_channel()
            waiter.ticket.wake()

    def _find_idle(self, home: Runtime) -> Connection | None:
        for idle in (self._idle.get(home, _NONE), *tuple(self._idle.values())):
            try:
                return idle.pop()
            except IndexError:
                continue
        return None

    def _free_place(self) -> None:
        with self._lock:
            waiter = self._queue.popleft() if self._queue else None
            if waiter is None:
                self._open -= 1
                return
            waiter.is_granted = True
        waiter.ticket.wake()

    async def _open_connection(self, runtime: Runtime) -> Connection:
        from obstore._io.connect import open_channel

        try:
            target = self._target()
            # A session belongs to its context, and there is a new one when the environment names other certificates.
            session = self._session if self._session_context is target.tls else None
            channel = await runtime.call(lambda: open_channel(target, session), discard=_close_channel)
        except BaseException:
            self._free_place()
            raise
        return Connection(channel, self, self._generation, self.options.timeout)

    def _target(self) -> Target:
        from obstore._io.connect import Target

        options, origin, proxy = self.options, self.origin, self.proxy
        context = options.tls_context() if origin.scheme == "https" or (proxy and proxy.scheme == "https") else None
        return Target(
            origin.host,
            origin.port,
            context if origin.scheme == "https" else None,
            options.connect_timeout,
            options.randomize_addresses,
            way_through(proxy, origin, context) if proxy is not None else None,
        )


def _close_channel(channel: Any) -> None:
    channel.close()


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_shared: weakref.WeakValueDictionary[tuple[Origin, ClientOptions, Proxy | None], Pool] = weakref.WeakValueDictionary()


def pool_for(origin: Origin, options: ClientOptions) -> Pool:
    """Return the process's pool for an origin: stores with equal options share one.

    The proxy is chosen here, so the environment counts as it is when a store is made.

    Raises:
        GenericError: The environment names a proxy that cannot be one.
    """
    environment = os.environ if options.heeds_environment else {}
    proxy = choose_proxy(origin, options.proxy, options.proxy_excludes, environment)
    key = origin, options, proxy
    pool = _shared.get(key)
    if pool is None:
        pool = _shared[key] = Pool(origin, options, proxy)
    return pool


def _close_all(idle: dict[Runtime | None, deque[Connection]]) -> None:
    for connections in tuple(idle.values()):
        while connections:
            connections.pop().close_channel()


@in_forked_child
def _forget_all() -> None:
    for pool in tuple(_pools):
        pool.forget()


@after_loops
def _orphan_gone() -> None:
    for pool in tuple(_pools):
        pool.orphan_gone()
