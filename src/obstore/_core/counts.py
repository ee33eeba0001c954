"""The numbers behind a store's metrics, as they are counted.

They are plain integers, kept without a lock: an increment of an attribute is not
interrupted by another thread in CPython. A free-threaded build may lose one now and then.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from obstore._core.metrics import Metrics


class Counts:
    """The numbers behind a store's metrics."""

    __slots__ = (
        "failures",
        "opened",
        "received",
        "replies",
        "retries",
        "reused",
        "sent",
        "stopped",
        "throttle_wait",
        "throttled",
    )

    def __init__(self) -> None:
        self.replies: defaultdict[tuple[str, int | str], int] = defaultdict(int)
        self.failures: defaultdict[str, int] = defaultdict(int)
        self.opened = self.reused = self.sent = self.received = self.retries = self.stopped = self.throttled = 0
        self.throttle_wait = 0.0

    def __repr__(self) -> str:
        return f"<Counts {self.metrics()!r}>"

    def metrics(self, **of_pool: Any) -> Metrics:
        """Return the numbers as they are now, with those that the pool keeps."""
        from obstore._core.metrics import Metrics, by_class

        return Metrics(
            requests=by_class(self.replies.copy()),
            retries=self.retries,
            errors=dict(self.failures),
            bytes_sent=self.sent,
            bytes_received=self.received,
            connections_opened=self.opened,
            connections_reused=self.reused,
            throttled=self.throttled,
            throttle_wait=self.throttle_wait,
            retries_stopped=self.stopped,
            **of_pool,
        )
