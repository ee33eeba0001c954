"""Settings: their spellings, where they say that a container is, and what is wrong with them."""

from base64 import b64encode
from typing import Any

import pytest

from obstore.exceptions import GenericError, UnknownConfigurationKeyError
from obstore.store import AzureStore
from tests.servers.azurite import KEY

SPELLINGS = {
    "account_name": "azure_storage_account_name account_name",
    "account_key": "azure_storage_account_key azure_storage_access_key azure_storage_master_key"
    " master_key account_key access_key",
    "client_id": "azure_storage_client_id azure_client_id client_id",
    "client_secret": "azure_storage_client_secret azure_client_secret client_secret",
    "tenant_id": "azure_storage_tenant_id azure_storage_authority_id azure_tenant_id azure_authority_id"
    " tenant_id authority_id",
    "authority_host": "azure_storage_authority_host azure_authority_host authority_host",
    "sas_key": "azure_storage_sas_key azure_storage_sas_token sas_key sas_token",
    "token": "azure_storage_token bearer_token token",
    "use_emulator": "azure_storage_use_emulator use_emulator azure_use_emulator object_store_use_emulator",
    "endpoint": "azure_storage_endpoint azure_endpoint endpoint",
    "connection_string": "azure_storage_connection_string connection_string",
    "use_fabric_endpoint": "azure_use_fabric_endpoint use_fabric_endpoint",
    "msi_endpoint": "azure_msi_endpoint azure_identity_endpoint identity_endpoint msi_endpoint",
    "object_id": "azure_object_id object_id",
    "msi_resource_id": "azure_msi_resource_id msi_resource_id",
    "federated_token_file": "azure_federated_token_file federated_token_file",
    "client_certificate_path": "azure_client_certificate_path client_certificate_path",
    "use_azure_cli": "azure_use_azure_cli use_azure_cli",
    "skip_signature": "azure_skip_signature skip_signature",
    "container_name": "azure_container_name container_name",
    "disable_tagging": "azure_disable_tagging disable_tagging",
    "fabric_token_service_url": "azure_fabric_token_service_url fabric_token_service_url",
    "fabric_workload_host": "azure_fabric_workload_host fabric_workload_host",
    "fabric_session_token": "azure_fabric_session_token fabric_session_token",
    "fabric_cluster_identifier": "azure_fabric_cluster_identifier fabric_cluster_identifier",
    "credential_type": "azure_credential_type credential_type",
    "encryption_key": "azure_storage_encryption_key azure_encryption_key encryption_key",
}
CONNECTION = f"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={KEY};EndpointSuffix=core.windows.net"


def store(container: str = "c", **settings: Any) -> AzureStore:
    return AzureStore(container, **{"account_name": "acct", "skip_signature": True, **settings})


def url_of(store: AzureStore) -> str:
    return f"{store._origin}{store._settings.base_path}"


@pytest.mark.parametrize(
    ("name", "spelling"), [(name, each) for name, all in SPELLINGS.items() for each in all.split()]
)
def test_every_spelling_is_known(name: str, spelling: str) -> None:
    assert AzureStore._keys.name_of(spelling.upper()) == name


def test_a_container_has_one_spelling() -> None:
    with pytest.raises(UnknownConfigurationKeyError, match="'container' is not valid for store 'MicrosoftAzure'"):
        AzureStore(container="c")


def test_settings_twice_are_an_error() -> None:
    with pytest.raises(GenericError, match="Duplicate key azure_storage_account_key provided"):
        store(account_key=KEY, access_key=KEY)


def test_a_store_is_shown_with_its_container_and_account() -> None:
    shown = repr(AzureStore("c", account_name="a", account_key=KEY, prefix="p"))

    assert shown == 'AzureStore(container_name="c", account_name="a", prefix="p")'


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "https://acct.blob.core.windows.net/c"),
        ({"use_fabric_endpoint": True}, "https://acct.blob.fabric.microsoft.com/c"),
        ({"endpoint": "https://data.example.com/"}, "https://data.example.com/c"),
        ({"endpoint": "https://data.example.com/x/"}, "https://data.example.com/x/c"),
        ({"use_emulator": True}, "http://127.0.0.1:10000/acct/c"),
        ({"use_emulator": True, "endpoint": "http://azurite:1"}, "http://azurite:1/acct/c"),
        ({"use_emulator": True, "endpoint": "http://azurite:1/acct"}, "http://azurite:1/acct/c"),
    ],
)
def test_where_a_container_is(settings: dict[str, Any], url: str) -> None:
    assert url_of(store(**settings)) == url


def test_the_emulator_has_its_account() -> None:
    assert url_of(AzureStore("c", use_emulator=True)) == "http://127.0.0.1:10000/devstoreaccount1/c"


def test_the_environment_says_where_the_emulator_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", "http://127.0.0.1:7")
    monkeypatch.setenv("AZURE_STORAGE_ENDPOINT", "https://real.example.com")

    assert url_of(store(use_emulator=True)) == "http://127.0.0.1:7/acct/c"
    assert url_of(store()) == "https://real.example.com/c"


@pytest.mark.parametrize(
    ("endpoint", "account"),
    [("https://acme.blob.core.windows.net", "acme"), ("https://127.0.0.1:1/acme", "acme")],
)
def test_an_endpoint_tells_the_account(endpoint: str, account: str) -> None:
    store = AzureStore("c", endpoint=endpoint, skip_signature=True)

    assert store._settings.account == account


@pytest.mark.parametrize(
    ("container", "settings", "problem"),
    [
        (None, {}, "Container name must be specified"),
        ("a.b", {}, "'a.b', from container_name, is not a container's name"),
        ("https://acct.blob.core.windows.net/c", {}, "is not a container's name.*from_url"),
        ("c", {"account_name": ""}, "Account must be specified.*AZURE_STORAGE_ACCOUNT_NAME"),
        ("c", {"endpoint": "acct.blob.core.windows.net"}, "the endpoint .*, from keyword arguments, is not a"),
        ("c", {"endpoint": "ftp://x"}, r"is not an http\(s\) URL"),
        ("c", {"endpoint": "http://x"}, "not encrypted, and allow_http is off"),
        ("c", {"use_emulator": "maybe"}, 'failed to parse "maybe" as boolean'),
        ("c", {"encryption_key": "%"}, "Invalid encryption key: it is not base64"),
        ("c", {"encryption_key": b64encode(b"1" * 31).decode()}, "must decode to 32 bytes, got 31"),
        ("c", {"encryption_key": b64encode(b"1" * 33).decode()}, "must decode to 32 bytes, got 33"),
        ("c", {"account_key": "%%"}, "Invalid Access Key: it is not base64 .*from keyword arguments"),
        ("c", {"sas_key": "abc"}, "Missing component in SAS query pair"),
        ("c", {"token": "two words"}, "has characters that no token has"),
        ("c", {"credential_type": "x"}, "Unknown credential type: 'x'"),
        (
            "c",
            {"credential_type": "client_secret"},
            "required configuration is missing.*client_secret, client_id, tenant",
        ),
    ],
)
def test_bad_settings_are_named_with_their_source(
    container: str | None, settings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(GenericError, match=problem):
        AzureStore(container, **{"account_name": "acct", **settings})


# Connection strings


def test_a_connection_string_is_all_it_takes() -> None:
    store = AzureStore("c", connection_string=CONNECTION)

    assert url_of(store) == "https://acme.blob.core.windows.net/c"
    assert store._credentials.description == "account key, from connection_string in keyword arguments"


def test_a_connection_string_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", CONNECTION)
    description = "account key, from environment variable AZURE_STORAGE_CONNECTION_STRING"

    assert url_of(AzureStore("c")) == "https://acme.blob.core.windows.net/c"
    assert AzureStore("c", account_name="acme")._credentials.description == description


def test_a_connection_string_of_the_environment_is_not_for_another_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", CONNECTION)
    other = AzureStore("c", account_name="other", sas_key="sig=x")

    assert url_of(other) == "https://other.blob.core.windows.net/c"
    assert other._credentials.description == "SAS, from keyword arguments"
    assert url_of(AzureStore("c", use_emulator=True)) == "http://127.0.0.1:10000/devstoreaccount1/c"


def test_an_explicit_connection_string_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "other")
    monkeypatch.setenv("AZURE_STORAGE_TOKEN", "other")
    monkeypatch.setenv("AZURE_STORAGE_USE_EMULATOR", "true")
    store = AzureStore("c", connection_string=CONNECTION)

    assert url_of(store) == "https://acme.blob.core.windows.net/c"
    assert store._credentials.description.startswith("account key")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("UseDevelopmentStorage=true", "http://127.0.0.1:10000/devstoreaccount1/c"),
        (
            f"AccountName=devstoreaccount1;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:7/devstoreaccount1;",
            "http://127.0.0.1:7/devstoreaccount1/c",
        ),
        (
            "BlobEndpoint=https://acme.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D",
            "https://acme.blob.core.windows.net/c",
        ),
        (
            f"accountname=acme; ACCOUNTKEY={KEY} ;EndpointSuffix=core.chinacloudapi.cn",
            "https://acme.blob.core.chinacloudapi.cn/c",
        ),
    ],
)
def test_connection_strings_in_all_their_forms(text: str, url: str) -> None:
    assert url_of(AzureStore("c", connection_string=text)) == url


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("AccountName=acme", "it has neither AccountKey nor SharedAccessSignature"),
        (f"AccountKey={KEY}", "it has neither AccountName nor BlobEndpoint"),
        ("AccountName=acme;AccountKey=", "its part 'AccountKey' has no value"),
        (f"AccountName=acme;{KEY[:20]}", "a part of it is not Name=value"),
        (CONNECTION.replace("acme", "other"), "account_name, from config=, contradicts it"),
    ],
)
def test_a_broken_connection_string_is_refused_without_being_shown(text: str, problem: str) -> None:
    with pytest.raises(GenericError, match=problem) as caught:
        AzureStore("c", config={"account_name": "acct"} if "other" in text else None, connection_string=text)

    assert "connection_string, from keyword arguments, cannot be used" in str(caught.value)
    assert KEY[:20] not in str(caught.value)
