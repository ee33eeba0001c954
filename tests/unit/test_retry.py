from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.retry import (
    Backoff,
    RetryPolicy,
    decide_retry,
    parse_retry_after,
    policy_from_config,
    policy_to_config,
)

DEFAULT = RetryPolicy()


def low() -> float:
    return 0.0


def middle() -> float:
    return 0.5


def high() -> float:
    return 1.0


def test_defaults() -> None:
    assert DEFAULT == (10, 180.0, 0.1, 15.0, 2.0)
    assert DEFAULT == policy_from_config(None) == policy_from_config({})


def test_policy_from_config() -> None:
    config = {
        "max_retries": 2,
        "retry_timeout": timedelta(minutes=1),
        "backoff": {"init_backoff": timedelta(seconds=1), "max_backoff": timedelta(seconds=2), "base": 3},
    }
    policy = policy_from_config(config)

    assert RetryPolicy(2, 60.0, 1.0, 2.0, 3.0) == policy
    assert config == policy_to_config(policy)
    assert type(policy_to_config(policy)["backoff"]["base"]) is float


def test_a_part_of_a_config_is_completed() -> None:
    assert DEFAULT._replace(base=0.5) == policy_from_config({"backoff": {"base": 0.5}})
    assert policy_from_config({"backoff": None}) == DEFAULT
    assert policy_from_config({"max_retries": True}).max_retries == 1


@pytest.mark.parametrize(
    ("config", "kind", "message"),
    [
        ([], TypeError, "retry_config must be a dict, not list"),
        (5, TypeError, "retry_config must be a dict, not int"),
        ({"backoff": 5}, TypeError, "backoff.* must be a dict, not int"),
        ({"max_retries": 1.5}, TypeError, "max_retries must be an int, not float"),
        ({"max_retries": None}, TypeError, "max_retries must be an int, not NoneType"),
        ({"max_retries": -1}, OverflowError, "max_retries: can't convert negative int to unsigned"),
        ({"retry_timeout": 5}, TypeError, r"retry_timeout must be a timedelta, not int: e\.g\. timedelta"),
        ({"retry_timeout": None}, TypeError, "retry_timeout must be a timedelta, not NoneType"),
        ({"retry_timeout": timedelta(-1)}, ValueError, "retry_timeout must not be negative"),
        ({"backoff": {"init_backoff": "1s"}}, TypeError, "init_backoff must be a timedelta, not str"),
        ({"backoff": {"max_backoff": timedelta(-1)}}, ValueError, "max_backoff must not be negative"),
        ({"backoff": {"base": "3"}}, TypeError, "base must be a float, not str"),
        ({"backoff": {"base": float("nan")}}, ValueError, "base must be finite"),
        ({"backoff": {"base": -2}}, ValueError, "base must be finite and not negative"),
    ],
)
def test_policy_from_config_names_what_is_wrong(config: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        policy_from_config(config)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=100)), st.integers(0, 100))
def test_configs_round_trip(duration: timedelta, count: int) -> None:
    config = {
        "backoff": {"init_backoff": duration, "max_backoff": duration, "base": 2.0},
        "max_retries": count,
        "retry_timeout": duration,
    }

    assert config == policy_to_config(policy_from_config(config))


def delays(random: Any, count: int, policy: RetryPolicy = DEFAULT) -> list[float]:
    backoff = Backoff(policy)
    return [round(backoff.next_delay(random), 6) for _ in range(count)]


def test_at_the_lowest_every_wait_is_the_first() -> None:
    assert delays(low, 5) == [0.1] * 5


def test_at_the_highest_waits_double_up_to_the_limit() -> None:
    assert delays(high, 10) == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 15.0, 15.0]


def test_in_the_middle_waits_follow_the_formula() -> None:
    expected, wait = [], 0.1
    for _ in range(12):
        expected.append(round(wait, 6))
        wait = min(15.0, 0.1 + (wait * 2 - 0.1) / 2)

    assert expected == delays(middle, 12)


def test_a_base_below_one_does_not_go_below_the_first_wait() -> None:
    assert delays(high, 3, DEFAULT._replace(base=0.5)) == [0.1] * 3


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=30))
def test_waits_stay_between_the_first_and_the_limit(draws: list[float]) -> None:
    random = iter(draws).__next__

    assert all(0.1 <= delay <= 15.0 for delay in delays(random, len(draws)))


def test_backoff_repr() -> None:
    assert repr(Backoff(DEFAULT)) == "<Backoff next=0.1>"


def decide(retries: int = 0, elapsed: float = 0.0, policy: RetryPolicy = DEFAULT, **outcome: Any) -> float | None:
    return decide_retry(policy, retries, elapsed, Backoff(policy), middle, **({"idempotent": False} | outcome))


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599, 429, 408])
@pytest.mark.parametrize("idempotent", [False, True])
def test_transient_statuses_are_retried_whatever_the_request(status: int, idempotent: bool) -> None:
    assert decide(status=status, idempotent=idempotent) == 0.1


@pytest.mark.parametrize("status", [200, 204, 206, 301, 304, 400, 401, 403, 404, 409, 412, 416, 501, 600])
def test_other_statuses_are_not_retried(status: int) -> None:
    assert decide(status=status, idempotent=True) is None


def test_a_conflict_is_retried_where_it_means_another_writer() -> None:
    assert decide(status=409, retry_conflict=True) == 0.1
    assert decide(status=404, retry_conflict=True) is None


@pytest.mark.parametrize(
    ("transport", "idempotent", "retried"),
    [
        ("not sent", False, True),
        ("not sent", True, True),
        ("unknown host", False, True),
        ("interrupted", False, False),
        ("interrupted", True, True),
        ("timeout", False, False),
        ("timeout", True, True),
        ("decode", False, False),
        ("decode", True, False),
        (None, True, False),
    ],
)
def test_transport_failures(transport: str | None, idempotent: bool, retried: bool) -> None:
    assert retried == (decide(transport=transport, idempotent=idempotent) is not None)


def test_a_host_that_nobody_knows_is_not_looked_up_for_long() -> None:
    assert decide(1, transport="unknown host") is not None
    assert decide(2, transport="unknown host") is None


def test_retries_are_limited_in_number() -> None:
    assert decide(retries=9, status=503) == 0.1
    assert decide(retries=10, status=503) is None
    assert decide(policy=DEFAULT._replace(max_retries=0), status=503) is None


def test_a_wait_that_would_end_too_late_is_not_begun() -> None:
    assert decide(elapsed=179.9, status=503) == 0.1
    assert decide(elapsed=179.95, status=503) is None
    assert decide(elapsed=181.0, status=503) is None


def test_retry_after_makes_a_wait_longer_but_never_shorter() -> None:
    assert decide(status=503, retry_after=7.0) == 7.0
    assert decide(status=503, retry_after=0.0) == 0.1
    assert decide(status=503, retry_after=181.0) is None


def test_a_request_that_is_not_retried_uses_up_no_wait() -> None:
    backoff = Backoff(DEFAULT)
    decide_retry(DEFAULT, 0, 0.0, backoff, high, status=404, idempotent=True)

    assert repr(backoff) == "<Backoff next=0.1>"


NOW = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0.0),
        ("120", 120.0),
        ("Sun, 06 Nov 1994 08:49:47 GMT", 10.0),
        ("Sun, 06 Nov 1994 08:49:27 GMT", 0.0),
        ("", None),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("\u0661", None),
        ("9" * 5000, None),
    ],
)
def test_parse_retry_after(text: str, expected: float | None) -> None:
    assert expected == parse_retry_after(text, NOW)


@pytest.mark.parametrize("config", [{"max_retris": 1}, {"backoff": {"bas": 1}}])
def test_unknown_keys_are_named(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"max_retris|bas"):
        policy_from_config(config)
