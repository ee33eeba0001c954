"""Retries: how many all requests have together, and how long a server may have one wait."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import formatdate

import pytest

from obstore._http.budget import GAIN, RetryBudget
from obstore._testing.colour import drive
from obstore.exceptions import GenericError
from obstore.store import S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import QUICK, Serve
from tests.observe.seen import Seen
from tests.webdav.scripted import reply

Make = Callable[..., S3Store]
OK = reply("200 OK", b"hello", etag='"1"')
HOUR = 3600


def test_a_budget_is_spent_and_refilled() -> None:
    budget = RetryBudget(2)

    assert [budget.take() for _ in range(3)] == [True, True, False]

    budget.succeed(after_retry=True)
    assert budget.left == 1 + GAIN
    for _ in range(10):
        budget.succeed(after_retry=False)
    assert budget.left == 2
    assert repr(budget) == "<RetryBudget 2 of 2>"


def test_an_empty_budget_ends_retries_and_the_error_says_so(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve(lambda _: reply("500 Oops")), retry_budget=4)

    async def fail() -> str:
        with pytest.raises(GenericError) as caught:
            await StoreView(store, colour).get("k")
        return str(caught.value)

    async def body() -> list[str]:
        return [await fail() for _ in range(3)]

    first, second, third = drive(colour, body())

    assert "after 3 retries" in first
    assert "budget" not in first
    assert "after 1 retries" in second
    assert "not tried again: the retry budget of http://127.0.0.1:" in second
    assert "(client_options: retry_budget)" in second
    assert "retries in" not in third
    assert (store.metrics().retries, store.metrics().retries_stopped) == (4, 2)


def test_all_stores_of_a_server_share_a_budget(serve: Serve, s3: Make) -> None:
    server = serve(lambda _: reply("500 Oops"))
    first, second = s3(server, retry_budget=3), s3(server, retry_budget=3)

    for store in (first, second):
        with pytest.raises(GenericError):
            store.get("k")

    assert (first.metrics().retries, second.metrics().retries) == (3, 0)


def test_successes_refill_the_budget(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("500 Oops"), OK] * 50), retry_budget=1)

    for _ in range(50):
        assert store.get("k").bytes() == b"hello"

    assert store.metrics().retries == 50


def test_the_default_is_ten_for_each_connection(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("500 Oops"), OK]), max_connections=7)

    store.get("k").bytes()

    budget = store._client.pool.budget
    assert budget is not None
    assert budget.capacity == 70


# Retry-After


def wait_of(serve: Serve, s3: Make, colour: Colour, **headers: str) -> float:
    """Return the wait that a refusal with these headers leads to."""
    store = s3(serve([reply("500 Oops", **headers), OK]))
    seen = Seen(store)
    drive(colour, StoreView(store, colour).get("k"))
    delay: float = next(event.delay for event in seen.events if hasattr(event, "delay"))
    return delay


def test_seconds_are_waited(serve: Serve, s3: Make, colour: Colour) -> None:
    assert wait_of(serve, s3, colour, retry_after="1") == 1.0


def test_a_date_counts_by_the_servers_clock(serve: Serve, s3: Make, colour: Colour) -> None:
    now = 1_000_000_000  # years ago

    delay = wait_of(serve, s3, colour, retry_after=formatdate(now + 1, usegmt=True), date=formatdate(now, usegmt=True))

    assert delay == 1.0


@pytest.mark.parametrize("when", ["soon", "-1", formatdate(0, usegmt=True)])
def test_what_makes_no_sense_or_is_past_changes_nothing(serve: Serve, s3: Make, colour: Colour, when: str) -> None:
    assert wait_of(serve, s3, colour, retry_after=when) == 0.001


def test_a_date_without_the_servers_clock_counts_by_ours(serve: Serve, s3: Make) -> None:
    # Too long, so nobody waits for it.
    import time

    later = formatdate(time.time() + HOUR, usegmt=True)
    store = s3(serve([reply("503 Busy", retry_after=later)]), {**QUICK, "retry_timeout": timedelta(seconds=60)})

    with pytest.raises(GenericError, match=r"the server asks to wait 3[56]\d\d(\.\d+)? s"):
        store.get("k")


def test_longer_than_the_timeout_is_not_waited_and_the_error_says_so(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve([reply("503 Busy", retry_after=str(HOUR))]))

    with pytest.raises(GenericError, match="the server asks to wait 3600 s, which is more than retry_timeout leaves"):
        drive(colour, StoreView(store, colour).get("k"))

    assert store.metrics().retries == 0


def test_of_a_final_refusal_it_is_not_said(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("403 Forbidden", retry_after=str(HOUR))]))

    with pytest.raises(Exception, match="403 Forbidden") as caught:
        store.get("k")

    assert "asks to wait" not in str(caught.value)
