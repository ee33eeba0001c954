"""Adaptive throttling: as many requests per second as a server takes, once it has said that it were too many.

Additive increase, multiplicative decrease, as TCP does it, and for object stores EMRFS and
Lance; botocore's `adaptive` mode is a cubic relative. There is no limit, and no cost, until
the first reply that says to slow down. Then:

- The limit is half of the throughput, which by Little's law is the requests in flight by the
  time that one took. No request is counted for that while all is well.
- A reply to a request that was sent before the limit was last lowered says nothing about
  the new one, and changes nothing: a burst of refusals halves it once.
- Requests are spaced evenly, first come first served; there are no bursts.
- The limit grows by a tenth of the throughput at which it was set per second, in a straight
  line. At double that throughput it is lifted: after fifteen seconds without a refusal.

Pure decisions: the clock is passed in, and whoever asks does the waiting.
"""

from __future__ import annotations

from collections.abc import Mapping

from obstore._io.lock import Lock

DECREASE = 0.5
"""As in TCP and in Lance. botocore's is 0.7."""

INCREASE = 0.1
"""Per second, of the throughput at which the limit was set."""

LIFT = 2.0
"""The limit is lifted at this many times the throughput at which it was set."""

MIN_RATE = 0.5
"""Requests per second, at the least: botocore's."""

MAX_RATE = 10_000.0
"""Requests per second. More leave no process of ours, so a higher limit is none."""


class Throttle:
    """The limit of one pool. `rate` is in requests per second; None is no limit."""

    __slots__ = ("_base", "_lock", "_lowered_at", "_next_at", "_updated_at", "rate")

    def __init__(self) -> None:
        self.rate: float | None = None
        self._base = 0.0
        self._lowered_at = self._updated_at = self._next_at = 0.0
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<Throttle {'off' if self.rate is None else f'{self.rate:.4g}/s'}>"

    def slow_down(self, now: float, sent_at: float, in_flight: int) -> bool:
        """Lower the limit, because the server said so. Say whether that made a difference.

        Args:
            now: By the monotonic clock, in seconds.
            sent_at: When the refused request was sent.
            in_flight: How many requests were under way, that one included.
        """
        with self._lock:
            if self.rate is not None and sent_at < self._lowered_at:
                return False
            self._grow(now)
            throughput = max(in_flight, 1) / max(now - sent_at, 1e-3)
            self._base = max(MIN_RATE, min(throughput, MAX_RATE if self.rate is None else self.rate))
            self.rate = max(MIN_RATE, self._base * DECREASE)
            self._lowered_at = self._updated_at = now
            return True

    def reserve(self, now: float, max_wait: float) -> float:
        """Return how many seconds the next request has to wait for its turn: `max_wait` at most."""
        with self._lock:
            self._grow(now)
            if self.rate is None:
                return 0.0
            turn = max(self._next_at, now)
            if turn - now > max_wait:
                return max_wait  # A longer queue would let requests fail that the server may well take by then.
            self._next_at = turn + 1 / self.rate
            return turn - now

    def _grow(self, now: float) -> None:
        if self.rate is None:
            return
        self.rate += self._base * INCREASE * max(0.0, now - self._updated_at)
        self._updated_at = max(now, self._updated_at)
        if self.rate >= min(self._base * LIFT, MAX_RATE):
            self.rate = None


_CODES = (b"SlowDown", b"ServerBusy", b"Throttl", b"RequestLimitExceeded", b"TooManyRequests", b"BandwidthLimit")
"""What S3, Azure and their kind call it: SlowDown, ServerBusy, Throttling, ThrottledException, ..."""


def is_throttled(status: int, reason: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Tell whether a reply says that there are too many requests: 429, or a 503 that says so.

    >>> is_throttled(503, "Slow Down", {}, b"")
    True
    """
    if status != 503:
        return status == 429
    return "retry-after" in headers or reason.lower() == "slow down" or any(code in body for code in _CODES)
