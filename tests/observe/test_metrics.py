"""The numbers."""

from collections.abc import Callable

import pytest

from obstore._core.counts import Counts
from obstore._testing.colour import drive
from obstore.exceptions import NotFoundError
from obstore.observe import Metrics
from obstore.store import S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve
from tests.webdav.scripted import reply

Make = Callable[..., S3Store]


def test_what_a_store_did_is_counted(serve: Serve, s3: Make, colour: Colour) -> None:
    answers = [
        reply("200 OK", etag='"1"'),
        reply("200 OK", b"hello", etag='"1"'),
        reply("503 Busy"),
        reply("200 OK", b"hello", etag='"1"'),
        reply("404 Not Found"),
    ]
    store = s3(serve(answers))

    async def body() -> None:
        view = StoreView(store, colour)
        await view.put("k", b"123")
        await (await view.get("k")).bytes()
        await (await view.get("k")).bytes()
        with pytest.raises(NotFoundError):
            await view.head("k")

    drive(colour, body())

    found = store.metrics()
    assert found.requests == {"GET": {"2xx": 2, "5xx": 1}, "HEAD": {"4xx": 1}, "PUT": {"2xx": 1}}
    assert (found.retries, found.bytes_sent, found.bytes_received) == (1, 3, 10)
    assert (found.connections_opened, found.connections_reused) == (1, 4)
    assert (found.throttled, found.rate_limit, found.retries_stopped) == (0, None, 0)


def test_large_bodies_are_counted_as_they_are_read(serve: Serve, s3: Make, colour: Colour) -> None:
    size = 3_000_000
    store = s3(serve([reply("200 OK", b"x" * size, etag='"1"')]))

    async def body() -> None:
        await (await StoreView(store, colour).get("k")).bytes()

    drive(colour, body())

    assert store.metrics().bytes_received == size


def test_stores_that_share_connections_count_for_themselves(serve: Serve, s3: Make) -> None:
    server = serve([reply("200 OK", b"hello", etag='"1"')] * 2)
    first, second = s3(server), s3(server)

    first.get("k").bytes()
    second.get("k").bytes()

    assert first._client.pool is second._client.pool
    assert (first.metrics().connections_opened, second.metrics().connections_opened) == (1, 0)
    assert second.metrics().connections_reused == 1
    assert first.metrics().bytes_received == second.metrics().bytes_received == 5


def test_waiting_for_a_connection_is_counted(serve: Serve, s3: Make) -> None:
    import asyncio

    store = s3(serve(lambda _: reply("200 OK", b"hello", etag='"1"')), max_connections=1)

    async def body() -> None:
        await asyncio.gather(*[store.get_range_async("k", start=0, end=5) for _ in range(3)], return_exceptions=True)

    asyncio.run(body())

    found = store.metrics()
    assert found.pool_waits == 2
    assert found.pool_wait > 0


def test_a_difference_leaves_out_what_did_not_change() -> None:
    counts = Counts()
    counts.replies["GET", 200] += 2
    counts.replies["PUT", 200] += 1
    before = counts.metrics(rate_limit=3.0)
    counts.replies["GET", 404] += 1
    counts.failures["timeout"] += 1
    counts.received = 5

    change = counts.metrics(rate_limit=7.0) - before
    assert change == Metrics({"GET": {"4xx": 1}}, errors={"timeout": 1}, bytes_received=5, rate_limit=7.0)


def test_the_repr_shows_what_is_not_zero() -> None:
    found = Metrics({"GET": {"2xx": 1}}, pool_wait=0.123456)

    assert repr(Metrics({})) == "<Metrics nothing yet>"
    assert repr(found) == "<Metrics requests={'GET': {'2xx': 1}} pool_wait=0.1235>"


def test_nothing_that_threads_do_is_lost(serve: Serve, s3: Make) -> None:
    from concurrent.futures import ThreadPoolExecutor

    store = s3(serve(lambda _: reply("200 OK", b"hello", etag='"1"')))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.get("k").bytes(), range(200)))

    found = store.metrics()
    assert found.requests == {"GET": {"2xx": 200}}
    assert found.bytes_received == 1000
    assert found.connections_opened + found.connections_reused == 200
