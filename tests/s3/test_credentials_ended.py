"""Credentials that end while they are in use, whatever was known of that: one request is asked for twice, no more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import obstore as obs
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError
from obstore.store import S3Store
from tests.servers.fake_http import Answer, Call, serving

EXPIRED = b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>"


class Provider:
    """Hands out keys that are numbered, and that claim to last."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> dict[str, Any]:
        self.asked += 1
        return {
            "access_key_id": f"AKID{self.asked}",
            "secret_access_key": "secret",
            "token": "token",
            "expires_at": datetime.now(UTC) + timedelta(hours=1),
        }


class Service:
    """Accepts keys from number `good` on."""

    def __init__(self, good: int) -> None:
        self.good = good
        self.calls: list[str] = []

    def __call__(self, call: Call) -> Answer:
        key = call.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        self.calls.append(key)
        return Answer(200, b"hello") if int(key.removeprefix("AKID")) >= self.good else Answer(400, EXPIRED)


def make(url: str, provider: Provider) -> S3Store:
    return S3Store("b", endpoint=url, credential_provider=provider, client_options={"allow_http": True})


def age(store: S3Store) -> None:
    """Let the credentials be older than what is fetched anew at once."""
    store._credentials._fetched_at -= 60  # type: ignore[attr-defined]


def test_ended_credentials_are_replaced_and_the_request_is_sent_again(colour: Colour) -> None:
    service, provider = Service(good=1), Provider()
    with serving(service) as url:
        store = make(url, provider)
        view = StoreView(store, colour)
        assert drive(colour, view.body("k")) == b"hello"
        age(store)
        service.good = 2

        assert drive(colour, view.body("k")) == b"hello"
    assert service.calls == ["AKID1", "AKID1", "AKID2"]


def test_what_ends_at_once_is_an_error(colour: Colour) -> None:
    service, provider = Service(good=99), Provider()
    with serving(service) as url:
        store = make(url, provider)
        view = StoreView(store, colour)

        async def body() -> None:
            with pytest.raises(BaseError, match="ExpiredToken") as caught:
                await view.get("k")
            assert "credential_provider Provider" in str(caught.value.hint)

        drive(colour, body())
    assert len(service.calls) == 2


def test_static_credentials_are_not_tried_twice() -> None:
    service = Service(good=99)
    with serving(service) as url:
        store = S3Store(
            "b", endpoint=url, access_key_id="AKID1", secret_access_key="s", client_options={"allow_http": True}
        )
        with pytest.raises(BaseError, match="ExpiredToken"):
            obs.get(store, "k")

    assert service.calls == ["AKID1"]


def test_many_that_are_refused_at_once_cause_one_fetch() -> None:
    service, provider = Service(good=1), Provider()
    with serving(service) as url:
        store = make(url, provider)
        obs.get(store, "k").bytes()
        age(store)
        service.good = 2
        with ThreadPoolExecutor(8) as threads:
            bodies = [*threads.map(lambda _: bytes(obs.get(store, "k").bytes()), range(32))]

    assert bodies == [b"hello"] * 32
    assert provider.asked == 2
