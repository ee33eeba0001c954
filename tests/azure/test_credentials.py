"""Credentials: which of those that are given counts, and asking for those that are not."""

import json
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from obstore._azure.credential import AccessKey, BearerToken, Credential, SasToken
from obstore._testing.colour import drive
from obstore.exceptions import UnauthenticatedError
from obstore.store import AzureStore
from obstore.testing import Colour
from tests.azure.identities import Identities, in_an_hour, jwt
from tests.servers.azurite import KEY
from tests.servers.fake_http import Answer
from tests.servers.process import free_ports

FABRIC = {
    "fabric_workload_host": "host",
    "fabric_session_token": "session",
    "fabric_cluster_identifier": "cluster",
}
APPLICATION = {"client_id": "ID", "tenant_id": "TENANT"}


def store(**settings: Any) -> AzureStore:
    return AzureStore("c", account_name="acct", **settings)


def credential_of(store: AzureStore, colour: Colour) -> Credential:
    async def get_async() -> Credential:
        return await store._credentials.get()

    def get_sync() -> Credential:
        from obstore._io.runtime import run_blocking

        return run_blocking(get_async())

    async def get() -> Credential:
        return get_sync() if colour == "sync" else await get_async()

    return drive(colour, get())


@pytest.fixture(autouse=True)
def no_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Nothing answers where a machine's identity would be, and there is no `az`."""
    (port,) = free_ports(1)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{port}/msi")
    monkeypatch.setenv("PATH", str(tmp_path))
    return f"http://127.0.0.1:{port}/msi"


# Which one counts


@pytest.mark.parametrize(
    ("settings", "description"),
    [
        ({"token": "T", "account_key": KEY, "sas_key": "sig=x"}, "bearer token"),
        ({"account_key": KEY, "sas_key": "sig=x", "client_secret": "S", **APPLICATION}, "account key"),
        ({"federated_token_file": "f", "client_secret": "S", **APPLICATION}, "workload identity"),
        ({"client_secret": "S", "sas_key": "sig=x", **APPLICATION}, "client secret"),
        ({"client_certificate_path": "f", "sas_key": "sig=x", **APPLICATION}, "client certificate"),
        ({"sas_key": "sig=x", "use_azure_cli": True}, "SAS"),
        ({"use_azure_cli": True}, "Azure CLI"),
        ({"token": "T", "fabric_token_service_url": "http://x", **FABRIC}, "Fabric token service"),
        ({}, "managed identity, or a command line"),
        (
            {"credential_type": "client_secret", "federated_token_file": "f", "client_secret": "S", **APPLICATION},
            "client secret",
        ),
        ({"credential_type": "Managed_Identity", "account_key": KEY}, "managed identity"),
        ({"credential_type": "azure_cli"}, "Azure CLI"),
        ({"use_emulator": True}, "the emulator's well-known key"),
        ({"use_emulator": True, "sas_key": "sig=x"}, "SAS"),
    ],
)
def test_the_order_of_credentials(settings: dict[str, Any], description: str) -> None:
    assert store(**settings)._credentials.description.partition(",")[0] == description.partition(",")[0]


def test_what_is_passed_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", KEY)

    assert store()._credentials.description == "account key, from environment variable AZURE_STORAGE_ACCOUNT_KEY"
    assert store(sas_key="sig=x")._credentials.description == "SAS, from keyword arguments"


def test_half_from_the_call_and_half_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "S")
    monkeypatch.setenv("AZURE_TENANT_ID", "TENANT")

    assert store(client_id="ID")._credentials.description == "client secret"


# Microsoft Entra


def test_a_client_secret(colour: Colour) -> None:
    entra = Identities()
    with entra.running() as url:
        credential = credential_of(store(client_secret="S+/", authority_host=f"{url}/", **APPLICATION), colour)
    (call,) = entra.calls

    assert isinstance(credential, BearerToken)
    assert credential.token == "T"
    assert credential.expires_at == pytest.approx(time.time() + 3599, abs=60)
    assert (call.method, call.path, call.headers["accept"]) == ("POST", "/TENANT/oauth2/v2.0/token", "application/json")
    assert list(call.form.items()) == [
        ("client_id", "ID"),
        ("client_secret", "S+/"),
        ("scope", "https://storage.azure.com/.default"),
        ("grant_type", "client_credentials"),
    ]


def test_a_token_is_asked_for_once(colour: Colour) -> None:
    entra = Identities()
    with entra.running() as url:
        ours = store(client_secret="S", authority_host=url, **APPLICATION)
        credentials = [credential_of(ours, colour) for _ in range(3)]

    assert len(entra.calls) == 1
    assert credentials[0] is credentials[2]


def test_a_refusal_is_told_without_the_secret(colour: Colour) -> None:
    refusal = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret.\r\nTrace ID: x"}
    with Identities(Answer(401, json.dumps(refusal).encode())).running() as url:
        ours = store(client_secret="secret-S", authority_host=url, **APPLICATION)
        with pytest.raises(UnauthenticatedError) as caught:
            credential_of(ours, colour)

    assert str(caught.value) == (
        f"no token from {url}/TENANT/oauth2/v2.0/token: 401 invalid_client: AADSTS7000215: Invalid client secret."
    )


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Answer(body=b"<html>"), "the reply is not a JSON object"),
        ({"expires_in": 1}, "the reply has no access_token"),
        ({"access_token": "T"}, "does not say when it expires"),
    ],
)
def test_a_reply_that_is_no_token(answer: Any, problem: str, colour: Colour) -> None:
    with Identities(answer).running() as url, pytest.raises(UnauthenticatedError, match=problem):
        credential_of(store(client_secret="S", authority_host=url, **APPLICATION), colour)


def test_a_busy_service_is_asked_again(colour: Colour) -> None:
    entra = Identities(Answer(503))
    with entra.running() as url:
        credential_of(store(client_secret="S", authority_host=url, **APPLICATION), colour)

    assert len(entra.calls) == 2


def test_a_workload_identity_reads_its_file_each_time(tmp_path: Path, colour: Colour) -> None:
    file = tmp_path / "token"
    entra = Identities({"access_token": "T", "expires_in": -1})
    with entra.running() as url:
        ours = store(federated_token_file=str(file), authority_host=url, **APPLICATION)
        for text in ("one\n", "two"):
            file.write_text(text)
            credential_of(ours, colour)

    assert [call.form["client_assertion"] for call in entra.calls] == ["one", "two"]
    assert list(entra.calls[0].form) == [
        "client_id",
        "client_assertion_type",
        "client_assertion",
        "scope",
        "grant_type",
    ]
    assert entra.calls[0].form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def test_a_workload_identity_without_its_file(tmp_path: Path, colour: Colour) -> None:
    ours = store(federated_token_file=str(tmp_path / "nowhere"), **APPLICATION)

    with pytest.raises(UnauthenticatedError, match=r"federated_token_file .*cannot be read.*nowhere"):
        credential_of(ours, colour)


@pytest.fixture(params=["pem", "pfx"])
def certificate_file(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Any]:
    """A certificate with its key, protected by a password, and its public key."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import pkcs12

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    locked = serialization.BestAvailableEncryption(b"pw")
    file = tmp_path / f"app.{request.param}"
    if request.param == "pfx":
        file.write_bytes(pkcs12.serialize_key_and_certificates(b"app", key, certificate, None, locked))
    else:
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
        file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + pem)
    return file, certificate


def test_a_client_certificate_signs_a_statement(certificate_file: tuple[Path, Any], colour: Colour) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    file, certificate = certificate_file
    entra = Identities()
    with entra.running() as url:
        settings = {"client_certificate_path": str(file), "client_certificate_password": "pw", "authority_host": url}
        credential_of(store(**settings, **APPLICATION), colour)
    head, claims, signature = entra.calls[0].form["client_assertion"].split(".")
    padded = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    certificate.public_key().verify(decode(signature), f"{head}.{claims}".encode(), padded, hashes.SHA256())
    said = json.loads(decode(claims))

    assert json.loads(decode(head))["alg"] == "PS256"
    assert decode(json.loads(decode(head))["x5t#S256"]) == certificate.fingerprint(hashes.SHA256())
    assert (said["iss"], said["sub"], said["aud"]) == ("ID", "ID", f"{url}/TENANT/oauth2/v2.0/token")
    assert said["exp"] - said["nbf"] == 600


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_client_certificate_that_cannot_be_read(certificate_file: tuple[Path, Any], colour: Colour) -> None:
    file, _ = certificate_file
    ours = store(client_certificate_path=str(file), client_certificate_password="wrong", **APPLICATION)

    with pytest.raises(
        UnauthenticatedError, match=r"client_certificate_path, .* cannot be used.*client_certificate_pass"
    ):
        credential_of(ours, colour)


# Managed identities


@pytest.mark.parametrize("expiry", [in_an_hour(), str(in_an_hour())], ids=["number", "text"])
def test_a_managed_identity(expiry: Any, colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "secret")
    machine = Identities({"access_token": "T", "expires_on": expiry, "token_type": "Bearer"})
    with machine.running() as url:
        credential = credential_of(store(msi_endpoint=f"{url}/msi", client_id="ID"), colour)
    (call,) = machine.calls

    assert credential == BearerToken("T", float(expiry))
    assert (call.method, call.path) == ("GET", "/msi")
    assert call.raw_query == "api-version=2019-08-01&resource=https%3A%2F%2Fstorage.azure.com&client_id=ID"
    assert (call.headers["metadata"], call.headers["x-identity-header"]) == ("true", "secret")


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        ({}, {}),
        ({"client_id": "C", "object_id": "O"}, {"object_id": "O"}),
        ({"client_id": "C", "object_id": "O", "msi_resource_id": "R"}, {"mi_res_id": "R"}),
    ],
)
def test_one_identity_is_named_at_most(settings: dict[str, str], identity: dict[str, str], colour: Colour) -> None:
    machine = Identities({"access_token": "T", "expires_on": in_an_hour()})
    with machine.running() as url:
        credential_of(store(credential_type="managed_identity", msi_endpoint=url, **settings), colour)
    query = machine.calls[0].query

    assert {name: query[name] for name in query if name not in {"api-version", "resource"}} == identity


def test_a_metadata_service_that_asks_for_patience_gets_it(colour: Colour) -> None:
    machine = Identities(Answer(429), Answer(500), {"access_token": "T", "expires_on": in_an_hour()})
    with machine.running() as url:
        assert isinstance(credential_of(store(msi_endpoint=url), colour), BearerToken)

    assert len(machine.calls) == 3


# Where nothing is given


def test_nobody_is_there(colour: Colour, no_machine: str) -> None:
    started = time.monotonic()
    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(store(client_secret="S", client_id="ID"), colour)
    text = str(caught.value)

    assert time.monotonic() - started < 2
    assert text.startswith("no credentials for Azure: ")
    assert "client_secret: client_secret is given, from keyword arguments, but not tenant_id" in text
    assert f"managed identity: no managed identity: nothing answers at {no_machine}: cannot connect" in text
    assert "Azure CLI: the Azure CLI is not installed: there is no 'az' on the PATH" in text
    assert "the Azure Developer CLI is not installed: there is no 'azd' on the PATH" in text
    assert "skip_signature=True" in text


def test_the_machine_is_asked_before_the_cli(colour: Colour, az: Callable[..., None]) -> None:
    az("exit 1")
    expiry = in_an_hour()
    with Identities({"access_token": "T", "expires_on": expiry}).running() as url:
        assert credential_of(store(msi_endpoint=url), colour) == BearerToken("T", float(expiry))


# The Azure CLI


@pytest.fixture
def az(tmp_path: Path) -> Callable[..., None]:
    """Make an `az` that is a shell script."""
    if sys.platform == "win32":
        pytest.skip("the fake is a shell script")

    def write(script: str, name: str = "az") -> None:
        file = tmp_path / name
        file.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/called\n{script}\n')
        file.chmod(0o755)

    return write


def printing(**values: Any) -> str:
    document = {"accessToken": "T", "tokenType": "Bearer", "expiresOn": "2099-01-02 03:04:05.000000", **values}
    return f"echo '{json.dumps(document)}'"


def test_whoever_is_logged_in(colour: Colour, az: Callable[..., None], tmp_path: Path) -> None:
    az(printing())
    credential = credential_of(store(), colour)
    local = datetime(2099, 1, 2, 3, 4, 5).astimezone().timestamp()

    assert credential == BearerToken("T", local)
    assert (tmp_path / "called").read_text().split() == [
        *("account", "get-access-token", "--output", "json"),
        *("--scope", "https://storage.azure.com/.default"),
    ]


def test_the_developers_cli_is_asked_last(colour: Colour, az: Callable[..., None], tmp_path: Path) -> None:
    az("exit 1")
    az("""echo '{"token": "D", "expiresOn": "2099-01-01T00:00:00Z"}'""", "azd")

    assert credential_of(store(), colour) == BearerToken("D", 4070908800.0)
    assert (tmp_path / "called").read_text().split()[:4] == ["auth", "token", "--output", "json"]


def test_a_developers_cli_that_prints_something_else(colour: Colour, az: Callable[..., None]) -> None:
    az("echo '{}'", "azd")

    with pytest.raises(UnauthenticatedError, match="the Azure Developer CLI printed what cannot be read: KeyError"):
        credential_of(store(), colour)


def test_seconds_are_better_than_local_time(colour: Colour, az: Callable[..., None]) -> None:
    az(printing(expires_on=4070908800))

    assert credential_of(store(use_azure_cli=True), colour) == BearerToken("T", 4070908800.0)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ('echo "Please run: az login" >&2; exit 1', "failed with status 1: Please run: az login.*run 'az login'"),
        ("echo nonsense", "cannot be read: ValueError: it is not JSON"),
        (printing(tokenType="pop"), "of type 'pop', not of type 'Bearer'"),
        ("echo '{}'", "cannot be read: KeyError: 'accessToken'"),
    ],
)
def test_a_cli_that_fails(script: str, problem: str, colour: Colour, az: Callable[..., None]) -> None:
    az(script)

    with pytest.raises(UnauthenticatedError, match=problem):
        credential_of(store(use_azure_cli=True), colour)


# Microsoft Fabric


def test_a_notebook_uses_the_token_it_started_with(colour: Colour) -> None:
    seed, service = jwt(exp=in_an_hour()), Identities()
    with service.running() as url:
        credential = credential_of(store(token=seed, fabric_token_service_url=url, **FABRIC), colour)

    assert isinstance(credential, BearerToken)
    assert credential.token == seed
    assert service.calls == []


@pytest.mark.parametrize("seed", [jwt(exp=int(time.time()) + 200), "opaque", None], ids=["expiring", "opaque", "none"])
def test_a_notebook_asks_for_another_token(seed: str | None, colour: Colour) -> None:
    token = jwt(exp=4070908800)
    service = Identities(Answer(body=token.encode()))
    with service.running() as url:
        settings = {"fabric_token_service_url": url, **FABRIC, **({"token": seed} if seed else {})}
        credential = credential_of(store(**settings), colour)
    (call,) = service.calls

    assert credential == BearerToken(token, 4070908800.0)
    assert call.raw_query == "resource=https%3A%2F%2Fstorage.azure.com"
    assert {name: call.headers[name] for name in call.headers if name.startswith("x-ms-")} == {
        "x-ms-partner-token": "session",
        "x-ms-cluster-identifier": "cluster",
        "x-ms-workload-resource-moniker": "cluster",
        "x-ms-proxy-host": "host",
    }


def test_a_notebook_that_gets_no_token(colour: Colour) -> None:
    with Identities(Answer(403, b"no")).running() as url, pytest.raises(UnauthenticatedError, match="403 no"):
        credential_of(store(fabric_token_service_url=url, **FABRIC), colour)


# Providers


@pytest.mark.parametrize(
    ("provided", "expected"),
    [
        ({"access_key": "Zm9v"}, AccessKey(b"foo")),
        ({"sas_token": "?sv=1&sig=x%3D"}, SasToken((("sv", "1"), ("sig", "x=")))),
        ({"sas_token": [("sv", "1"), ("sig", "x=")]}, SasToken((("sv", "1"), ("sig", "x=")))),
        ({"token": "T"}, BearerToken("T")),
    ],
)
@pytest.mark.parametrize("expires_at", [None, datetime(2099, 1, 1, tzinfo=UTC)])
def test_a_provider(provided: dict[str, Any], expected: Any, expires_at: datetime | None, colour: Colour) -> None:
    ours = store(credential_provider=lambda: {**provided, "expires_at": expires_at})
    expiry = None if expires_at is None else expires_at.timestamp()

    assert credential_of(ours, colour) == expected._replace(expires_at=expiry)


def test_an_async_provider() -> None:
    async def provider() -> dict[str, Any]:
        return {"token": "T", "expires_at": None}

    assert credential_of(store(credential_provider=provider), "async") == BearerToken("T")


@pytest.mark.parametrize(
    ("provided", "problem"),
    [
        ({"token": "T"}, "KeyError: 'expires_at'"),
        ({"token": 5, "expires_at": None}, "TypeError: token must be a str, not int"),
        ({"token": "T", "expires_at": datetime(2099, 1, 1)}, "TypeError: expires_at must be None or a datetime with"),
        (
            {"token": "T", "expires_at": datetime(2001, 1, 1, tzinfo=UTC)},
            "expired at 2001-01-01 .* must return a new one",
        ),
        ({"expires_at": None}, "KeyError: 'one of access_key, sas_token and token'"),
        ({"sas_token": "sv=1", "expires_at": None}, r"the SAS has no 'sig' \(sas_key, from the credential provider\)"),
    ],
)
def test_a_provider_that_is_wrong(provided: dict[str, Any], problem: str, colour: Colour) -> None:
    with pytest.raises(UnauthenticatedError, match=f"External Azure credential provider: .*{problem}"):
        credential_of(store(credential_provider=lambda: provided), colour)


def test_a_provider_may_know_the_container() -> None:
    class Provider:
        config: Mapping[str, str] = MappingProxyType({"account_name": "acct", "container_name": "c"})
        prefix = "p"

        def __call__(self) -> dict[str, Any]:
            return {"token": "T", "expires_at": None}

    assert repr(AzureStore(credential_provider=Provider())) == (
        'AzureStore(container_name="c", account_name="acct", prefix="p")'
    )
    assert AzureStore(credential_provider=Provider(), prefix="").prefix == ""


def test_nothing_secret_is_shown() -> None:
    settings = {"account_key": KEY, "client_secret": "secret-S", "token": "secret-T", "sas_key": "sig=secret-S"}
    for names in (["account_key"], ["token"], ["sas_key"], ["client_secret"]):
        ours = store(**{name: settings[name] for name in names}, **APPLICATION)
        shown = f"{ours!r} {ours._credentials!r} {ours.explain()}"

        assert "secret-" not in shown
        assert KEY not in shown
