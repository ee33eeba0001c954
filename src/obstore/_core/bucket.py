"""A token bucket: how long to wait so that no more than so much goes through a second. Pure but for its state."""

from __future__ import annotations


class Bucket:
    """`rate` tokens a second, of which up to `burst` may have been saved.

    Tokens are promised in the order of asking: who asks for more than there are is told how long it
    takes until they are there, and those who come after wait for their own on top of that.

    >>> bucket = Bucket(10, burst=5)
    >>> [bucket.take(5, now=0.0), bucket.take(5, now=0.0), bucket.take(5, now=1.0)]
    [0.0, 0.5, 0.0]
    """

    __slots__ = ("_burst", "_level", "_rate", "_seen")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = burst
        self._seen: float | None = None

    def __repr__(self) -> str:
        return f"<Bucket level={self._level:g} of {self._burst:g}, {self._rate:g} a second>"

    def take(self, amount: float, now: float) -> float:
        """Take tokens, and return how many seconds to wait before they may be used."""
        if self._seen is not None:
            self._level = min(self._burst, self._level + max(0.0, now - self._seen) * self._rate)
        self._seen = now
        self._level -= amount
        return max(0.0, -self._level / self._rate)
