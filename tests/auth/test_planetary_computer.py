"""Tokens of the Planetary Computer, from a service that answers as its documentation says."""

import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pystac
import pytest
import requests

from obstore._testing.colour import drive
from obstore.auth.planetary_computer import (
    PlanetaryComputerAsyncCredentialProvider,
    PlanetaryComputerCredentialProvider,
)
from obstore.exceptions import UnauthenticatedError
from obstore.store import AzureStore
from tests.servers.fake_http import Answer, Call, serving

HTTPS = "https://daymeteuwest.blob.core.windows.net/daymet-zarr/daily/hi.zarr"
TOKEN = "sv=2023-11-03&sr=c&sp=rl&sig=abc%2Bdef%3D"


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set in the environment, or in a file."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PC_SDK_SUBSCRIPTION_KEY", raising=False)
    monkeypatch.delenv("PC_SDK_SAS_URL", raising=False)


class Service:
    """Gives a token to everyone, and remembers whom."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []

    def answer(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.path.endswith("/private"):
            return Answer(404, b'{"detail": "Container not found"}')
        return Answer(200, json.dumps({"token": TOKEN, "msft:expiry": "2040-01-01T00:00:00Z"}).encode())


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service()
    with serving(found.answer) as found.url:
        yield found


def provider_of(service: Service, *args: Any, **kwargs: Any) -> PlanetaryComputerCredentialProvider:
    return PlanetaryComputerCredentialProvider(*args, sas_url=service.url, **kwargs)


@pytest.mark.parametrize(
    ("args", "kwargs", "account", "prefix"),
    [
        ([HTTPS], {}, "daymeteuwest", "daily/hi.zarr"),
        (["abfs://daymet-zarr/daily/hi.zarr"], {"account_name": "daymeteuwest"}, "daymeteuwest", "daily/hi.zarr"),
        ([HTTPS.removesuffix("/daily/hi.zarr")], {}, "daymeteuwest", None),
        ([], {"account_name": "a", "container_name": "daymet-zarr"}, "a", None),
    ],
)
def test_places_can_be_said_in_several_ways(
    service: Service, args: list[str], kwargs: dict[str, str], account: str, prefix: str | None
) -> None:
    provider = provider_of(service, *args, **kwargs)
    store = AzureStore(credential_provider=provider)

    assert store.config == {"account_name": account, "container_name": "daymet-zarr"}
    assert store.prefix == prefix
    assert provider() == {"sas_token": TOKEN, "expires_at": datetime(2040, 1, 1, tzinfo=UTC)}
    assert [call.path for call in service.calls] == [f"/{account}/daymet-zarr"]
    assert "ocp-apim-subscription-key" not in service.calls[0].headers


@pytest.mark.parametrize(
    ("args", "kwargs", "why"),
    [
        ([HTTPS], {"account_name": "a"}, "Cannot pass account_name"),
        ([HTTPS], {"container_name": "c"}, "Cannot pass container_name"),
        (["abfs://c/p"], {}, "account_name is required"),
        ([], {"account_name": "a"}, "must both be given"),
        (["s3://bucket/p"], {}, "is neither https"),
        (["https://example.org/p"], {}, "is neither https"),
    ],
)
def test_places_that_are_unclear_are_refused(args: list[str], kwargs: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        PlanetaryComputerCredentialProvider(*args, **kwargs)


@pytest.mark.parametrize("field", ["xarray:storage_options", "table:storage_options"])
def test_an_asset_says_its_account(service: Service, field: str) -> None:
    asset = pystac.Asset("abfs://daymet-zarr/daily/hi.zarr", extra_fields={field: {"account_name": "daymeteuwest"}})
    for given in (asset, asset.__dict__):
        provider = PlanetaryComputerCredentialProvider.from_asset(given, sas_url=service.url)
        assert provider.config == {"account_name": "daymeteuwest", "container_name": "daymet-zarr"}

    assert PlanetaryComputerCredentialProvider.from_asset(pystac.Asset(HTTPS)).prefix == "daily/hi.zarr"


def test_a_subscription_key_is_sent(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".planetarycomputer" / "settings.env"
    file.parent.mkdir()
    file.write_text(f"# mine\nPC_SDK_SUBSCRIPTION_KEY='from the file'\nPC_SDK_SAS_URL={service.url}\n")

    PlanetaryComputerCredentialProvider(HTTPS)()
    monkeypatch.setenv("PC_SDK_SUBSCRIPTION_KEY", "from the environment")
    PlanetaryComputerCredentialProvider(HTTPS)()
    PlanetaryComputerCredentialProvider(HTTPS, subscription_key="given")()

    sent = [call.headers["ocp-apim-subscription-key"] for call in service.calls]
    assert sent == ["from the file", "from the environment", "given"]


def test_any_session_asks(service: Service) -> None:
    with requests.Session() as session:
        assert provider_of(service, HTTPS, session=session)()["sas_token"] == TOKEN

    async def ask() -> list[Any]:
        kinds = PlanetaryComputerAsyncCredentialProvider
        async with aiohttp.ClientSession() as session:
            with_session = await kinds(HTTPS, sas_url=service.url, session=session)()
        return [with_session["sas_token"], (await kinds(HTTPS, sas_url=service.url)())["sas_token"]]

    assert drive("async", ask()) == [TOKEN, TOKEN]


def test_a_refusal_is_an_error_of_the_operation(service: Service) -> None:
    store = AzureStore(
        credential_provider=provider_of(service, account_name="a", container_name="private"), use_emulator=False
    )

    with pytest.raises(UnauthenticatedError, match=r"404 .*Container not found"):
        store.get("k")


def test_a_store_reads_with_the_token_and_survives_a_pickle(service: Service) -> None:
    def blobs(call: Call) -> Answer:
        assert call.query["sig"] == "abc+def="
        headers = {"ETag": '"1"', "Last-Modified": "Wed, 25 Nov 2026 00:00:00 GMT"}
        return Answer(200, call.path.encode(), headers)

    with serving(blobs) as url:
        provider = provider_of(service, HTTPS)
        made = AzureStore(endpoint=url, client_options={"allow_http": True}, credential_provider=provider)
        store = pickle.loads(pickle.dumps(made))

        assert store.get("k").bytes() == b"/daymet-zarr/daily/hi.zarr/k"
