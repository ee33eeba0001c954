"""Tokens of azure-identity's credentials."""

import pickle
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.identity import AzureCliCredential, ManagedIdentityCredential
from azure.identity.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential

from obstore._testing.colour import Colour, drive
from obstore.auth.azure import DEFAULT_SCOPES, AzureAsyncCredentialProvider, AzureCredentialProvider
from obstore.exceptions import UnauthenticatedError
from obstore.store import AzureStore
from tests.azure.identities import Identities, in_an_hour
from tests.servers.fake_http import Answer, Call, serving


@pytest.fixture
def blobs() -> Iterator[str]:
    """A storage service that says who asked."""

    def answer(call: Call) -> Answer:
        headers = {"ETag": '"1"', "Last-Modified": "Wed, 25 Nov 2026 00:00:00 GMT"}
        return Answer(200, call.headers.get("authorization", "nobody").encode(), headers)

    with serving(answer) as url:
        yield url


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The identity service of App Service, as azure-identity looks for it."""
    answers = [{"access_token": "T", "expires_on": str(in_an_hour()), "resource": "r", "token_type": "Bearer"}] * 8
    with Identities(*answers).running() as url:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", "secret header")
        yield url


def store_of(blobs: str, provider: Any) -> AzureStore:
    return AzureStore(
        "container",
        account_name="account",
        endpoint=blobs,
        client_options={"allow_http": True},
        credential_provider=provider,
    )


def test_a_managed_identity_reads(identity: str, blobs: str, colour: Colour) -> None:
    store = store_of(blobs, AzureCredentialProvider(ManagedIdentityCredential()))

    async def read() -> bytes:
        return bytes(await (await store.get_async("k")).bytes_async())

    found = bytes(store.get("k").bytes()) if colour == "sync" else drive("async", read())

    assert found == b"Bearer T"


def test_an_async_credential_reads(identity: str, blobs: str) -> None:
    async def read() -> bytes:
        async with AsyncManagedIdentityCredential() as credential:
            store = store_of(blobs, AzureAsyncCredentialProvider(credential))
            return bytes(await (await store.get_async("k")).bytes_async())

    assert drive("async", read()) == b"Bearer T"


class Recorded:
    """A credential that tells what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], str | None]] = []

    def get_token(self, *scopes: str, tenant_id: str | None = None) -> AccessToken:
        self.asked.append((scopes, tenant_id))
        return AccessToken("t", 2_000_000_000)


def test_scopes_and_tenant_are_passed_on() -> None:
    credential = Recorded()
    found = AzureCredentialProvider(credential, tenant_id="tenant")()

    assert credential.asked == [(tuple(DEFAULT_SCOPES), "tenant")]
    assert found == {"token": "t", "expires_at": datetime.fromtimestamp(2_000_000_000, UTC)}


def test_a_default_credential_is_made_anew_by_a_pickle(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = AzureCredentialProvider(scopes=("s",))
    copy = pickle.loads(pickle.dumps(provider))

    assert copy.scopes == ("s",)
    assert type(copy.credential) is type(provider.credential)
    assert copy.credential is not provider.credential


def test_a_credential_that_fails_is_an_error_of_the_operation(
    blobs: str, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    store = store_of(blobs, AzureCredentialProvider(AzureCliCredential()))

    with pytest.raises(UnauthenticatedError, match="Azure CLI not found"):
        store.get("k")


def test_the_clock_is_not_asked_for_tokens_that_last() -> None:
    found = AzureCredentialProvider(Recorded())()

    assert found["expires_at"] is not None
    assert found["expires_at"].timestamp() > time.time()
