"""Slowing down, and up again."""

import asyncio
import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._http.throttle import DECREASE, LIFT, MAX_RATE, MIN_RATE, Throttle, is_throttled
from obstore._testing.colour import drive
from obstore.store import S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve
from tests.webdav.scripted import reply

Make = Callable[..., S3Store]
SLOW = reply("503 Slow Down", b"<Error><Code>SlowDown</Code></Error>")
OK = reply("200 OK", b"hello", etag='"1"')


def test_there_is_no_limit_before_the_first_refusal() -> None:
    throttle = Throttle()

    assert [throttle.reserve(now, 60) for now in (0.0, 0.0, 0.0)] == [0, 0, 0]
    assert repr(throttle) == "<Throttle off>"


def test_the_first_limit_is_half_of_the_throughput() -> None:
    throttle = Throttle()

    assert throttle.slow_down(now=10.5, sent_at=10.0, in_flight=50)

    assert throttle.rate == 50
    assert repr(throttle) == "<Throttle 50/s>"


def test_requests_are_spaced_evenly() -> None:
    throttle = Throttle()
    throttle.slow_down(now=100.0, sent_at=99.0, in_flight=20)

    waits = [throttle.reserve(100.0, 60) for _ in range(4)]

    assert waits == pytest.approx([0, 0.1, 0.2, 0.3])
    assert throttle.reserve(100.35, 60) == pytest.approx(0.05)


def test_a_burst_of_refusals_halves_the_limit_once() -> None:
    throttle = Throttle()
    throttle.slow_down(now=1.0, sent_at=0.0, in_flight=100)

    assert [throttle.slow_down(now=1.1, sent_at=0.5, in_flight=99) for _ in range(5)] == [False] * 5
    assert throttle.rate == 50

    assert throttle.slow_down(now=2.0, sent_at=1.5, in_flight=100)
    assert throttle.rate == pytest.approx((50 + 10) * DECREASE)


def test_a_limit_that_was_never_reached_is_not_halved_but_replaced() -> None:
    throttle = Throttle()
    throttle.slow_down(now=1.0, sent_at=0.0, in_flight=100)

    throttle.slow_down(now=3.0, sent_at=2.0, in_flight=4)

    assert throttle.rate == 2


def test_the_limit_grows_in_a_straight_line_and_is_lifted() -> None:
    throttle = Throttle()
    throttle.slow_down(now=0.0, sent_at=-1.0, in_flight=100)
    rates = []
    for second in range(1, 16):
        throttle.reserve(float(second), 60)
        rates.append(throttle.rate)

    assert rates[:-1] == pytest.approx([60.0 + 10 * second for second in range(14)])
    assert rates[-1] is None


def test_nobody_waits_longer_than_allowed() -> None:
    throttle = Throttle()
    throttle.slow_down(now=0.0, sent_at=-10.0, in_flight=1)

    waits = [throttle.reserve(0.0, 5.0) for _ in range(10)]

    assert waits == pytest.approx([0, 2, 4, *[5] * 7])


def test_a_clock_that_stands_still_or_goes_back_does_no_harm() -> None:
    throttle = Throttle()
    throttle.slow_down(now=5.0, sent_at=5.0, in_flight=1)
    throttle.reserve(4.0, 60)

    assert throttle.rate is not None
    assert throttle.rate <= MAX_RATE


steps = st.lists(st.tuples(st.booleans(), st.floats(0, 100), st.floats(0, 10), st.integers(0, 10_000)), max_size=60)


@given(steps)
def test_the_limit_has_bounds(steps: list[tuple[bool, float, float, int]]) -> None:
    throttle, now = Throttle(), 1000.0
    for is_refused, passed, took, in_flight in steps:
        now += passed
        if is_refused:
            throttle.slow_down(now, now - took, in_flight)
        wait = throttle.reserve(now, 30.0)

        assert 0 <= wait <= 30
        assert throttle.rate is None or MIN_RATE <= throttle.rate <= MAX_RATE

    throttle.reserve(now + 20, 30.0)  # 15 s at the most, by LIFT and INCREASE
    assert throttle.rate is None
    assert LIFT > 1


@pytest.mark.parametrize(
    ("status", "reason", "headers", "body", "expected"),
    [
        (429, "Too Many Requests", {}, b"", True),
        (503, "Slow Down", {}, b"", True),
        (503, "Service Unavailable", {}, b"<Code>SlowDown</Code>", True),
        (503, "Busy", {}, b"<Code>ServerBusy</Code>", True),
        (503, "Busy", {"retry-after": "1"}, b"", True),
        (503, "Service Unavailable", {}, b"<html>", False),
        (500, "Slow Down", {"retry-after": "1"}, b"SlowDown", False),
    ],
)
def test_which_replies_say_so(status: int, reason: str, headers: dict[str, str], body: bytes, expected: bool) -> None:
    assert is_throttled(status, reason, headers, body) is expected


def test_a_server_that_refuses_is_asked_more_slowly(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve([SLOW, OK]))

    async def body() -> bytes:
        return bytes(await (await StoreView(store, colour).get("k")).bytes())

    assert drive(colour, body()) == b"hello"

    found = store.metrics()
    assert (found.throttled, found.retries) == (1, 1)
    assert found.rate_limit is not None


def test_many_requests_get_through_a_server_that_refuses_some(serve: Serve, s3: Make) -> None:
    count = itertools.count()
    store = s3(serve(lambda _: SLOW if next(count) < 7 else OK))

    async def body() -> list[bytes]:
        results = await asyncio.gather(*[store.get_async("k") for _ in range(20)])
        return [bytes(await result.bytes_async()) for result in results]

    assert asyncio.run(body()) == [b"hello"] * 20

    found = store.metrics()
    assert (found.throttled, found.retries) == (7, 7)
    assert found.requests == {"GET": {"2xx": 20, "5xx": 7}}


def test_requests_wait_for_their_turn(serve: Serve, s3: Make, colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    store = s3(serve([SLOW, *[OK] * 3]))
    monkeypatch.setattr(Throttle, "reserve", lambda *_: 0.0009765625)

    async def body() -> None:
        view = StoreView(store, colour)
        for _ in range(3):
            await (await view.get("k")).bytes()

    drive(colour, body())

    assert store.metrics().throttle_wait == 3 * 0.0009765625  # the retry's, and that of two requests


def test_it_can_be_turned_off(serve: Serve, s3: Make) -> None:
    store = s3(serve([SLOW, OK]), adaptive_throttling=False)

    store.get("k").bytes()

    assert store.metrics().throttled == 1
    assert store.metrics().rate_limit is None
