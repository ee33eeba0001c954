"""Tokens from a token endpoint that is not ours, used on a service that looks at them: all over TLS."""

from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore._testing.colour import drive
from obstore._testing.view import StoreView
from obstore.exceptions import UnauthenticatedError
from obstore.store import AzureStore
from obstore.testing import Colour
from tests.azure.test_credentials import certificate_file
from tests.servers.azurite import Azurite
from tests.servers.oauth2 import TokenServer

__all__ = ["certificate_file"]


@pytest.fixture(params=["client secret", "workload identity"])
def proof(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    """How an application proves who it is."""
    if request.param == "client secret":
        return {"client_secret": "S"}
    (tmp_path / "token").write_text("a token of the cluster's")
    return {"federated_token_file": str(tmp_path / "token")}


def use(azurite: Azurite, entra: TokenServer, proof: dict[str, Any], colour: Colour) -> None:
    """Do something of everything with a token."""
    application = {"client_id": "ID", "tenant_id": "T", "authority_host": entra.url}
    store = AzureStore(azurite.make_container(), **application, **proof, **azurite.options())

    async def body(view: StoreView) -> None:
        await view.put("a b", b"body")
        assert await view.body("a b") == b"body"
        await view.delete(["a b"])
        assert await view.paths() == []

    drive(colour, body(StoreView(store, colour)))


def test_a_token_opens_the_container(
    azurite_tls: Azurite, entra: TokenServer, proof: dict[str, Any], colour: Colour
) -> None:
    use(azurite_tls, entra, proof, colour)


def test_a_certificate_opens_the_container(
    azurite_tls: Azurite, entra: TokenServer, certificate_file: tuple[Path, Any], colour: Colour
) -> None:
    proof = {"client_certificate_path": str(certificate_file[0]), "client_certificate_password": "pw"}

    use(azurite_tls, entra, proof, colour)


def test_an_authority_that_nobody_vouches_for_is_named(azurite_tls: Azurite, entra: TokenServer) -> None:
    application = {"client_id": "ID", "client_secret": "S", "tenant_id": "T", "authority_host": entra.url}
    store = AzureStore("cont", account_name=azurite_tls.account, endpoint=azurite_tls.endpoint, **application)

    with pytest.raises(UnauthenticatedError, match=f"no token from {entra.token_url}: .*not trusted"):
        obstore.get(store, "k")


def test_the_environments_authority_vouches_too(
    azurite_tls: Azurite, entra: TokenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(entra.ca_file))
    application = {"client_id": "ID", "client_secret": "S", "tenant_id": "T", "authority_host": entra.url}
    account = {"account_name": azurite_tls.account, "endpoint": azurite_tls.endpoint}
    store = AzureStore(azurite_tls.make_container(), **account, **application)

    assert store.list().collect() == []


def test_a_tenant_that_is_not_there_is_named(azurite_tls: Azurite, entra: TokenServer) -> None:
    application = {"client_id": "ID", "client_secret": "S", "tenant_id": "other", "authority_host": entra.url}
    store = AzureStore("c", **application, **azurite_tls.options())

    with pytest.raises(UnauthenticatedError, match=f"no token from {entra.url}/other/oauth2/v2.0/token: 404"):
        obstore.get(store, "k")
