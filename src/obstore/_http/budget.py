"""The retry budget: what keeps retries from becoming the load that a struggling server fails under.

Ten retries per request turn an outage into eleven times the traffic. So all requests of a
pool pay their retries from one bucket. A request that succeeds at once puts a fifth of a
retry back, one that a retry has helped gets its price back. When the bucket is empty,
requests are still sent, but only once each. botocore's retry quota and gRPC's retry
throttling are the precedents (500 tokens of which a retry takes 5 to 14; 10 of which a
failure takes 1). This bucket is larger: ten retries for every connection that the pool may
have, which a restart of the server behind a full pool does not use up.
"""

from __future__ import annotations

from obstore._io.lock import Lock

GAIN = 0.2
"""What a success puts back: so a server that serves five of six requests may be asked again for each sixth."""


class RetryBudget:
    """The retries that the requests of one pool have left."""

    __slots__ = ("_lock", "capacity", "left")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.left = float(capacity)
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<RetryBudget {self.left:g} of {self.capacity}>"

    def take(self) -> bool:
        """Pay for a retry. Say whether that could be paid."""
        with self._lock:
            if self.left < 1:
                return False
            self.left -= 1
            return True

    def succeed(self, *, after_retry: bool) -> None:
        """Note that a request succeeded."""
        if self.left < self.capacity:
            with self._lock:
                self.left = min(self.capacity, self.left + (1 + GAIN if after_retry else GAIN))
