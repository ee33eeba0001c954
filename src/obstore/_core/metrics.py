"""What a store has done so far, in numbers, as it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Metrics(NamedTuple):
    """What a store has done since it was made. The difference of two is what happened in between.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.metrics(), store.put("k", b"hello")
    >>> store.metrics()
    <Metrics requests={'put_object': {'ok': 1}} bytes_sent=5>

    Attributes:
        requests: Replies by method and class of status: `{"GET": {"2xx": 3, "4xx": 1}}`. Without HTTP,
            calls of primitives by name and outcome: `{"get_object": {"ok": 3, "NotFoundError": 1}}`.
        retries: Requests that were sent again.
        errors: Attempts without a reply, by kind: `not sent`, `unknown host`, `interrupted`, `timeout`,
            `decode`, `redirect`.
        bytes_sent: Content of requests, of every attempt.
        bytes_received: Content of replies, as far as it was read.
        connections_opened: Attempts over a new connection.
        connections_reused: Attempts over one that was open already.
        pool_waits: How often somebody had to wait for a connection because all were in use. As the
            next one, of all stores with the same server and client options: they share connections.
        pool_wait: Seconds waited so.
        throttled: Replies that said to slow down.
        throttle_wait: Seconds that requests were held back for that reason.
        rate_limit: Requests per second that are let through now; None if there is no limit.
        retries_stopped: Retries that the retry budget did not allow.
    """

    requests: Mapping[str, Mapping[str, int]]
    retries: int = 0
    errors: Mapping[str, int] = {}
    bytes_sent: int = 0
    bytes_received: int = 0
    connections_opened: int = 0
    connections_reused: int = 0
    pool_waits: int = 0
    pool_wait: float = 0.0
    throttled: int = 0
    throttle_wait: float = 0.0
    rate_limit: float | None = None
    retries_stopped: int = 0

    def __repr__(self) -> str:
        shown = [f"{name}={_shown(value)}" for name, value in zip(self._fields, self, strict=True) if value]
        return f"<Metrics {' '.join(shown) or 'nothing yet'}>"

    def __sub__(self, earlier: Metrics) -> Metrics:
        pairs = zip(self._fields, self, earlier, strict=True)
        return Metrics._make(now if name == "rate_limit" else _minus(now, then) for name, now, then in pairs)


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _minus(now: Any, then: Any) -> Any:
    if not isinstance(now, Mapping):
        return now - then
    rest = {name: _minus(value, then.get(name, {} if isinstance(value, Mapping) else 0)) for name, value in now.items()}
    return {name: value for name, value in rest.items() if value}


def by_class(replies: Mapping[tuple[str, int | str], int]) -> dict[str, dict[str, int]]:
    """Sum counts by method and status up to counts by method and class of status. Words stay what they are."""
    found: dict[str, dict[str, int]] = {}
    for (method, outcome), count in sorted(replies.items(), key=str):
        name = f"{outcome // 100}xx" if isinstance(outcome, int) else outcome
        classes = found.setdefault(method, {})
        classes[name] = classes.get(name, 0) + count
    return found
