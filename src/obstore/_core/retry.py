"""Retries: whether a request is sent again, and after how long. Pure decisions; nobody sleeps here.

What decides is the harm that a second request could do. A request that never left, or
that the service answered with "not now" (5xx, 429, 408), is sent again whatever it is.
One that may have been carried out (the connection broke, or the reply did not come in
time) is sent again only if doing it twice is the same as doing it once. A reply that is
not HTTP is a defect somewhere, and asking again does not mend it.

The wait is "decorrelated jitter": the first is exactly `init_backoff`, each later one is
drawn between that and `base` times the one before, never above `max_backoff`. A server's
`Retry-After` makes it longer, never shorter. The limits (`max_retries`, `retry_timeout`)
count from the first attempt, and a wait that would end after them is not begun: a server
that asks for an hour gets its refusal passed on at once.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from obstore._core.times import parse_http_date

_SECONDS = re.compile(r"[0-9]{1,9}")


class RetryPolicy(NamedTuple):
    """How often and how long one request may be repeated. Times are in seconds.

    The defaults are the reference's.
    """

    max_retries: int = 10
    retry_timeout: float = 180.0
    init_backoff: float = 0.1
    max_backoff: float = 15.0
    base: float = 2.0


def policy_from_config(config: Mapping[str, Any] | None) -> RetryPolicy:
    """Read a caller's `retry_config`; what it does not say has its default.

    >>> policy_from_config({"max_retries": 2, "backoff": {"base": 3}})
    RetryPolicy(max_retries=2, retry_timeout=180.0, init_backoff=0.1, max_backoff=15.0, base=3.0)

    Raises:
        TypeError: A value has the wrong type: durations are `timedelta`.
        ValueError: A value is negative or not a number, or there is no such key.
    """
    given = _mapping("retry_config", config)
    backoff = _mapping("retry_config['backoff']", given.get("backoff"))
    _check_keys("retry_config", given, ("backoff", "max_retries", "retry_timeout"))
    _check_keys("retry_config['backoff']", backoff, ("base", "init_backoff", "max_backoff"))
    default = RetryPolicy()
    return RetryPolicy(
        max_retries=_count("max_retries", given.get("max_retries", default.max_retries)),
        retry_timeout=_seconds("retry_timeout", given, default.retry_timeout),
        init_backoff=_seconds("init_backoff", backoff, default.init_backoff),
        max_backoff=_seconds("max_backoff", backoff, default.max_backoff),
        base=_real("base", backoff.get("base", default.base)),
    )


def _mapping(name: str, value: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a dict, not {type(value).__name__}")
    return value


def _check_keys(name: str, given: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise ValueError(f"Invalid key: {key} is not one of {name}, which are {', '.join(known)}")


def _count(name: str, value: Any) -> int:
    try:
        count = operator.index(value)
    except TypeError as error:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}") from error
    if count < 0:
        raise OverflowError(f"{name}: can't convert negative int to unsigned ({count}); 0 means no retries")
    return count


def _seconds(name: str, given: Mapping[str, Any], default: float) -> float:
    value = given.get(name)
    if name not in given:
        return default
    if not isinstance(value, timedelta):
        raise TypeError(f"{name} must be a timedelta, not {type(value).__name__}: e.g. timedelta(seconds={default:g})")
    if value < timedelta():
        raise ValueError(f"{name} must not be negative, not {value!r}")
    return value.total_seconds()


def _real(name: str, value: Any) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"{name} must be a float, not {type(value).__name__}")
    if not 0 <= value < math.inf:
        raise ValueError(f"{name} must be finite and not negative, not {value!r}")
    return float(value)


def policy_to_config(policy: RetryPolicy) -> dict[str, Any]:
    """Write a policy the way a store's `retry_config` shows it: complete.

    >>> policy_to_config(RetryPolicy())["max_retries"]
    10
    """
    return {
        "backoff": {
            "init_backoff": timedelta(seconds=policy.init_backoff),
            "max_backoff": timedelta(seconds=policy.max_backoff),
            "base": policy.base,
        },
        "max_retries": policy.max_retries,
        "retry_timeout": timedelta(seconds=policy.retry_timeout),
    }


_LOOKUPS = 2
"""How often a host whose name is unknown is looked up again: a mistyped region is not worth a minute."""


class Backoff:
    """The waits of one request, each made from the one before.

    >>> backoff = Backoff(RetryPolicy())
    >>> [round(backoff.next_delay(lambda: 0.5), 3) for _ in range(3)]
    [0.1, 0.15, 0.2]
    """

    __slots__ = ("_next", "_policy")

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._next = policy.init_backoff

    def __repr__(self) -> str:
        return f"<Backoff next={self._next:g}>"

    def next_delay(self, random: Callable[[], float]) -> float:
        """Return the next wait, in seconds. `random` draws from `[0, 1)`."""
        delay, policy = self._next, self._policy
        spread = max(0.0, delay * policy.base - policy.init_backoff)
        self._next = min(policy.max_backoff, policy.init_backoff + random() * spread)
        return delay


def decide_retry(
    policy: RetryPolicy,
    retries_done: int,
    elapsed: float,
    backoff: Backoff,
    random: Callable[[], float],
    *,
    status: int | None = None,
    transport: str | None = None,
    idempotent: bool,
    retry_conflict: bool = False,
    retry_after: float | None = None,
) -> float | None:
    """Return how many seconds to wait before sending a request again, or `None` if that is not to be done.

    >>> policy = RetryPolicy()
    >>> decide_retry(policy, 0, 0.2, Backoff(policy), lambda: 0.5, status=503, idempotent=False)
    0.1

    Args:
        policy: The budget.
        retries_done: How often it has been sent again already.
        elapsed: Seconds since it was sent first.
        backoff: The waits of this request.
        random: Draws from `[0, 1)`.
        status: Of the reply, if there was one.
        transport: The kind of a `TransportError`, if there was none.
        idempotent: Whether doing it twice is the same as doing it once.
        retry_conflict: Whether 409 means that another writer was in the way.
        retry_after: Seconds that the server asked to wait.
    """
    if not (is_transient(status, retry_conflict) or _may_resend(transport, idempotent)):
        return None
    limit = min(policy.max_retries, _LOOKUPS) if transport == "unknown host" else policy.max_retries
    if retries_done >= limit:
        return None
    delay = max(backoff.next_delay(random), retry_after or 0.0)
    return delay if elapsed + delay <= policy.retry_timeout else None


def is_transient(status: int | None, retry_conflict: bool) -> bool:
    """Tell whether a status means "not now"."""
    if status is None:
        return False
    # 501 says that the server does not know how, which it will not know the next time either.
    return (500 <= status <= 599 and status != 501) or status in (408, 429) or (status == 409 and retry_conflict)


def _may_resend(transport: str | None, idempotent: bool) -> bool:
    has_left = transport not in ("not sent", "unknown host")
    return not has_left or (idempotent and transport in ("interrupted", "timeout", "stale"))


def parse_retry_after(text: str, now: datetime) -> float | None:
    """Read a `Retry-After` header as seconds from `now`; `None` if it says nothing sensible.

    >>> parse_retry_after("120", datetime.now())
    120.0
    """
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(0.0, (parse_http_date(text) - now).total_seconds())
    except ValueError:
        return None
