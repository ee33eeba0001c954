"""Services of credentials are reached as the store's own service is."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from obstore._http.options import ClientOptions
from obstore._io.interleaved import interleave
from obstore._io.runtime import current
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore._transfer.fetch import current_network, going_by
from obstore.store import AzureStore, GCSStore, S3Store
from tests.socket.listener import Listener, Peer, part_of, reply, serving

_SOON = datetime.now(UTC) + timedelta(hours=1)
_ANSWERS: dict[str, Any] = {
    "/creds": {
        "AccessKeyId": "k",
        "SecretAccessKey": "s",
        "Token": "t",
        "Expiration": _SOON.strftime("%Y-%m-%dT%H:%M:%SZ"),
    },
    "/token": {
        "access_token": "t",
        "expires_in": 3600,
        "expires_on": str(int(_SOON.timestamp())),
        "token_type": "Bearer",
    },
}


def answer(peer: Peer) -> None:
    """Be both the service of credentials and the store's, as a proxy that leads to both."""
    while (request := peer.read_request()) is not None:
        path = "/" + request.target.partition("?")[0].rpartition("/")[2]
        content = json.dumps(_ANSWERS[path]).encode() if path in _ANSWERS else b"hello"
        peer.send(part_of(content, request))


def s3_store(directory: Path, **options: Any) -> S3Store:
    uri = "http://127.0.0.1:1/creds"
    return S3Store("b", endpoint="http://s3.invalid", container_credentials_full_uri=uri, client_options=options)


def azure_store(directory: Path, **options: Any) -> AzureStore:
    endpoint, url = "http://azure.invalid", "http://127.0.0.1:1/token"
    return AzureStore("c", account_name="a", endpoint=endpoint, msi_endpoint=url, client_options=options)


def gcs_store(directory: Path, **options: Any) -> GCSStore:
    document = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}
    file = directory / "user.json"
    file.write_text(json.dumps(document | {"token_uri": "http://oauth.invalid/token"}))
    base = "http://gcs.invalid"
    return GCSStore("b", base_url=base, application_credentials=str(file), client_options=options)


@pytest.mark.parametrize("make", [s3_store, azure_store, gcs_store])
def test_credentials_are_fetched_through_the_proxy(colour: Colour, tmp_path: Path, make: Any) -> None:
    with Listener(answer) as proxy:
        store = make(tmp_path, proxy_url=f"http://u:p@127.0.0.1:{proxy.port}", allow_http=True)

        assert drive(colour, StoreView(store, colour).body("k")) == b"hello"
        targets = [request.target.partition("?")[0] for request in proxy.requests]
        assert targets[0].endswith(("127.0.0.1:1/creds", "127.0.0.1:1/token", "oauth.invalid/token"))
        assert ".invalid/" in targets[1]
        assert all("proxy-authorization" in request.headers for request in proxy.requests)


def test_signature_by_google_is_asked_for_through_the_proxy(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(peer: Peer) -> None:
        if (head := peer.read_head()) is not None:
            asked.append(head.target)
        peer.send(reply(status="403 Forbidden"))

    document = {
        "type": "impersonated_service_account",
        "service_account_impersonation_url": "https://iam.invalid/v1/projects/-/serviceAccounts/a@b:generateAccessToken",
        "source_credentials": {
            "type": "authorized_user",
            "client_id": "i",
            "client_secret": "s",
            "refresh_token": "r",
            "token_uri": "https://oauth.invalid/token",
        },
    }
    file = tmp_path / "impersonated.json"
    file.write_text(json.dumps(document))
    with Listener(refuse) as proxy:
        options: Any = {"proxy_url": f"http://127.0.0.1:{proxy.port}"}
        store = GCSStore("b", application_credentials=str(file), client_options=options)
        with pytest.raises(Exception, match=r"opens no tunnel to oauth\.invalid:443: 403"):
            drive(colour, StoreView(store, colour).sign("GET", "k", timedelta(seconds=60)))

    assert asked == ["oauth.invalid:443"]


def test_services_of_this_machine_are_not_asked_through_the_environments_proxy(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Listener(answer) as service, Listener(serving(b"hello")) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        uri = f"http://127.0.0.1:{service.port}/creds"
        options: Any = {"allow_http": True}
        store = S3Store("b", endpoint="http://s3.invalid", container_credentials_full_uri=uri, client_options=options)

        assert drive(colour, StoreView(store, colour).body("k")) == b"hello"
        assert [request.target for request in service.requests] == ["/creds"]
        assert [request.target for request in proxy.requests] == ["http://s3.invalid/b/k"]


@pytest.mark.parametrize("gathered", [False, True])
def test_calls_side_by_side_keep_their_own_network(gathered: bool) -> None:
    async def reach(number: int, steps: int) -> list[int]:
        seen = []
        with going_by(ClientOptions(max_idle=number)):
            for _ in range(steps):
                await current().sleep(0)
                seen.append(current_network().max_idle)
        return seen

    async def gather() -> list[list[int]]:
        return await asyncio.gather(reach(1, 1), reach(2, 3), reach(3, 2))

    before = current_network()
    jobs = [partial(reach, 1, 1), partial(reach, 2, 3), partial(reach, 3, 2)]
    # Each leaves its block at another time than it came in.
    found = asyncio.run(gather()) if gathered else interleave(jobs, 3)

    assert found == [[1], [2, 2, 2], [3, 3]]
    assert current_network() is before
