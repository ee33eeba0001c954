"""Tokens of google-auth, from the in-tree fake of Google's services, at the in-tree fake of its storage."""

import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.oauth2.credentials import Credentials

from obstore._testing.colour import Colour, drive
from obstore.auth.google import GoogleAsyncCredentialProvider, GoogleCredentialProvider
from obstore.exceptions import UnauthenticatedError
from obstore.store import GCSStore
from tests.servers.fake_http import Answer, Call, serving
from tests.servers.google_identity import USER, Identities


@pytest.fixture
def identities() -> Identities:
    return Identities()


@pytest.fixture
def google(identities: Identities) -> Iterator[str]:
    def answer(call: Call) -> Answer:
        identity = identities.answer(call)
        if identity is not None:
            return identity
        person = identities.bearer_of(call.headers)
        headers = {"ETag": '"1"', "Last-Modified": "Wed, 25 Nov 2026 00:00:00 GMT", "x-goog-generation": "1"}
        return Answer(200, (person or "nobody").encode(), headers)

    with serving(answer) as url:
        yield url


def user_of(google: str) -> Credentials:
    return Credentials(None, token_uri=f"{google}/oauth2/token", **USER)  # type: ignore[no-untyped-call]


def reader(store: GCSStore, colour: Colour) -> bytes:
    async def read() -> bytes:
        return bytes(await (await store.get_async("k")).bytes_async())

    return bytes(store.get("k").bytes()) if colour == "sync" else drive("async", read())


PROVIDERS = pytest.mark.parametrize("kind", [GoogleCredentialProvider, GoogleAsyncCredentialProvider])


@PROVIDERS
def test_credentials_are_refreshed_and_used(google: str, kind: Any, colour: Colour) -> None:
    store = GCSStore("bucket", base_url=google, credential_provider=kind(user_of(google)))

    assert reader(store, colour) == b"person"


@PROVIDERS
def test_a_pickled_provider_works(google: str, kind: Any) -> None:
    provider = kind(user_of(google))
    store = GCSStore("bucket", base_url=google, credential_provider=provider)
    reader(store, "sync")
    copy = pickle.loads(pickle.dumps(store))

    assert reader(copy, "sync") == b"person"


def test_default_credentials_are_found(
    google: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colour: Colour
) -> None:
    file = tmp_path / "adc.json"
    fields = {"type": "authorized_user", "token_uri": f"{google}/oauth2/token", **USER, "quota_project_id": "p"}
    file.write_text(json.dumps(fields))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    provider = GoogleCredentialProvider()
    provider.credentials._token_uri = f"{google}/oauth2/token"

    assert reader(GCSStore("bucket", base_url=google, credential_provider=provider), colour) == b"person"


def test_an_expiry_is_in_utc(google: str) -> None:
    token = GoogleCredentialProvider(user_of(google))()

    assert token["expires_at"] is not None
    assert timedelta(minutes=50) < token["expires_at"] - datetime.now(UTC) <= timedelta(minutes=60)


def test_a_refused_refresh_is_an_error_of_the_operation(google: str, colour: Colour) -> None:
    credentials = Credentials(  # type: ignore[no-untyped-call]
        None, token_uri=f"{google}/oauth2/token", **{**USER, "refresh_token": "revoked"}
    )
    store = GCSStore("bucket", base_url=google, credential_provider=GoogleCredentialProvider(credentials))

    with pytest.raises(UnauthenticatedError, match="expired or revoked"):
        reader(store, colour)


def test_asynchronous_credentials_are_awaited(google: str) -> None:
    class Awaited:
        token = None
        expiry = None

        async def refresh(self, request: object) -> None:
            self.token = "given"

    async def ask() -> Any:
        return await GoogleAsyncCredentialProvider(Awaited(), request=object())()

    assert drive("async", ask()) == {"token": "given", "expires_at": None}
