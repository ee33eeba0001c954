"""What callbacks are told by stores behind HTTP."""

import asyncio
import copy
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obstore import observe
from obstore._testing.colour import drive
from obstore.exceptions import GenericError
from obstore.store import HTTPStore, LocalStore, MemoryStore, S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve, cancel_a_get
from tests.observe.seen import Seen
from tests.webdav.scripted import chunked, reply

Make = Callable[..., S3Store]


def get(store: Any, colour: Colour, path: str = "k") -> bytes:
    async def body() -> bytes:
        return bytes(await (await StoreView(store, colour).get(path)).bytes())

    return drive(colour, body())


def test_an_exchange_is_a_request_and_a_response(serve: Serve, s3: Make, colour: Colour) -> None:
    server = serve([reply("200 OK", b"hello", etag='"1"', x_amz_request_id="R1")])
    store = s3(server)
    seen = Seen(store)

    assert get(store, colour) == b"hello"

    url = f"{server.url}/bucket/k"
    request, response = seen.events
    assert request == observe.RequestEvent("GET", url, "k", 1, 0)
    assert response == ("GET", url, "k", 1, 200, 0, 5, response.elapsed, None, "R1", False)
    assert response.elapsed > 0


def test_the_second_request_reuses_the_connection(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("200 OK", b"hello", etag='"1"')] * 2))
    seen = Seen(store)

    store.get("k").bytes()
    store.get("k").bytes()

    assert [event.reused for event in seen.of(observe.ResponseEvent)] == [False, True]


def test_an_upload_says_its_size(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve([reply("200 OK", etag='"1"')]))
    seen = Seen(store)

    drive(colour, StoreView(store, colour).put("k", b"12345678"))

    assert [(event.method, event.bytes_sent) for event in seen.events] == [("PUT", 8), ("PUT", 8)]
    assert seen.events[1].bytes_received == 0


def test_a_retry_is_told_between_the_attempts(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve([reply("500 Oops"), reply("200 OK", b"hello", etag='"1"')]))
    seen = Seen(store)

    get(store, colour)

    assert seen.kinds == ["Request", "Response", "Retry", "Request", "Response"]
    (retry,) = seen.of(observe.RetryEvent)
    assert (retry.status, retry.attempt, retry.reason, retry.error) == (500, 1, "500 Oops", None)
    assert retry.delay == 0.001
    assert [event.attempt for event in seen.of(observe.RequestEvent)] == [1, 2]
    assert [event.status for event in seen.of(observe.ResponseEvent)] == [500, 200]


def test_a_failure_without_a_reply_is_told(serve: Serve, s3: Make, colour: Colour) -> None:
    store = s3(serve([b"nonsense\r\n\r\n"]))
    seen = Seen(store)

    with pytest.raises(GenericError):
        get(store, colour)

    assert seen.kinds == ["Request", "Response"]
    response = seen.events[1]
    assert (response.status, response.bytes_received, response.reused) == (None, None, False)
    assert "nonsense" in str(response.error)


def test_an_attempt_that_finds_nobody_has_no_connection(serve: Serve, s3: Make) -> None:
    server = serve([])
    store = s3(server, {"max_retries": 0})
    server.shutdown()
    server.server_close()
    seen = Seen(store)

    with pytest.raises(GenericError):
        store.get("k")

    assert seen.events[1].reused is None
    assert store.metrics().errors == {"not sent": 1}


def test_a_cancelled_request_ends_with_a_response_event(serve: Serve, s3: Make) -> None:
    told: list[Seen] = []

    def make(answer: Any) -> S3Store:
        store = s3(serve(answer))
        told.append(Seen(store))
        return store

    asyncio.run(cancel_a_get(make))

    (seen,) = told
    assert seen.kinds == ["Request", "Response"]
    assert isinstance(seen.events[1].error, asyncio.CancelledError)


def test_a_body_of_unknown_size_is_told_as_such(serve: Serve) -> None:
    store = HTTPStore(serve([chunked(b"a", b"b")]).url, client_options={"allow_http": True})
    seen = Seen(store)

    assert store.get("k").bytes() == b"ab"
    store._client.pool.close()

    assert seen.events[1].bytes_received is None
    assert store.metrics().bytes_received == 2


def test_each_step_of_a_redirect_is_told(serve: Serve) -> None:
    target = serve([reply("200 OK", b"there")])
    start = serve([reply("302 Found", location=f"{target.url}/other?token=hush")])
    store = HTTPStore(start.url, client_options={"allow_http": True})
    seen = Seen(store)

    assert store.get("k").bytes() == b"there"
    for pool in (store._client.pool, *store._client._elsewhere.values()):
        pool.close()

    shown = [event.url for event in seen.of(observe.ResponseEvent)]
    assert shown == [f"{start.url}/k", f"{target.url}/other?token=***"]


@pytest.mark.parametrize("kind", ["on_request", "on_response", "on_retry"])
def test_a_callback_that_raises_is_logged_and_changes_nothing(
    kind: str, serve: Serve, s3: Make, colour: Colour, caplog: pytest.LogCaptureFixture
) -> None:
    store = s3(serve([reply("503 Busy"), reply("200 OK", b"hello", etag='"1"'), reply("200 OK", b"again", etag='"1"')]))
    getattr(store, kind)(lambda event: 1 / 0)
    later: list[Any] = []
    getattr(store, kind)(later.append)

    assert get(store, colour) == b"hello"
    assert get(store, colour) == b"again"

    records = [record for record in caplog.records if record.name == "obstore.hooks"]
    assert records
    assert all(record.levelno == logging.ERROR and record.exc_info for record in records)
    assert len(later) == len(records)


def test_ctrl_c_in_a_callback_passes_and_leaves_a_usable_store(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("200 OK", b"hello", etag='"1"')] * 2))

    def interrupt(event: object) -> None:
        raise KeyboardInterrupt

    with store.on_response(interrupt), pytest.raises(KeyboardInterrupt):
        store.get("k")

    assert store.get("k").bytes() == b"hello"


def test_a_registration_can_be_removed(serve: Serve, s3: Make) -> None:
    store = s3(serve([reply("200 OK", b"hello", etag='"1"')] * 3))
    seen = Seen(store)
    store.get("k").bytes()
    told = len(seen.events)

    for registration in seen.registrations:
        registration.remove()
        registration.remove()
    store.get("k").bytes()

    assert told == len(seen.events) == 2
    assert repr(seen.registrations[0]) == "<Registration removed from request list.append>"
    assert not store._client.hooks.is_on


def test_a_decorated_function_remains_one() -> None:
    store = MemoryStore()
    told = []

    @store.on_request
    def remember(event: observe.RequestEvent) -> int:
        told.append(event.path)
        return len(told)

    store.put("a", b"")

    assert remember(observe.RequestEvent("x", None, "b", 1, 0)) == 2
    assert told == ["a", "b"]


class Awaitable:
    async def __call__(self, event: object) -> None: ...


async def later(event: object) -> None: ...


@pytest.mark.parametrize("callback", [later, Awaitable(), Awaitable().__call__])
def test_an_asynchronous_callback_is_refused(callback: Any) -> None:
    with pytest.raises(TypeError, match="async def"):
        MemoryStore().on_request(callback)


def test_what_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="on_retry must be callable, not int"):
        MemoryStore().on_retry(5)  # type: ignore[arg-type]


def test_equality_copies_and_pickles_are_the_same_as_ever(serve: Serve, s3: Make, tmp_path: Path) -> None:
    server = serve([])
    for make in (lambda: s3(server), lambda: LocalStore(tmp_path)):
        store, twin = make(), make()
        Seen(store)

        assert store == twin
        for other in (copy.copy(store), copy.deepcopy(twin), pickle.loads(pickle.dumps(store))):
            assert other == store
            assert not other._observe().hooks.is_on
        assert pickle.dumps(store) == pickle.dumps(twin)
