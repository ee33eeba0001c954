"""URLs: what they say about account, container and endpoint."""

import pytest

from obstore.exceptions import GenericError
from obstore.store import AzureStore, from_url


@pytest.mark.parametrize("scheme", ["az", "adl", "azure", "abfs", "abfss"])
def test_the_host_is_the_container(scheme: str) -> None:
    store = AzureStore.from_url(f"{scheme}://data/a/b%20c", account_name="acct", skip_signature=True)

    assert (store.config["container_name"], store.prefix) == ("data", "a/b c")


@pytest.mark.parametrize(
    ("url", "settings", "prefix"),
    [
        ("abfss://c@acct.dfs.core.windows.net/p/q", {}, "p/q"),
        ("az://c@acct.blob.core.windows.net", {}, None),
        ("abfs://c@acct.dfs.fabric.microsoft.com/p", {"use_fabric_endpoint": "true"}, "p"),
        ("https://acct.blob.core.windows.net/c/p/q", {}, "p/q"),
        ("https://acct.dfs.core.windows.net/c", {}, None),
        ("https://ACCT.blob.core.windows.net/c/", {}, None),
        ("abfss://c@acct.dfs.core.chinacloudapi.cn/", {"endpoint": "https://acct.blob.core.chinacloudapi.cn"}, None),
    ],
)
def test_a_host_of_the_service_has_the_account(url: str, settings: dict[str, str], prefix: str | None) -> None:
    store = AzureStore.from_url(url, skip_signature=True)

    assert store.config == {"container_name": "c", "account_name": "acct", "skip_signature": "true", **settings}
    assert store.prefix == prefix


@pytest.mark.parametrize(
    "url", ["https://W.z12.dfs.fabric.microsoft.com/C/p", "abfss://C@W.Z12.onelake.fabric.microsoft.com/p"]
)
def test_a_private_link_has_a_host_of_its_own(url: str) -> None:
    store = AzureStore.from_url(url, skip_signature=True)
    host = url.partition("@")[2].partition("/")[0] or url.split("/")[2]

    assert store.config["account_name"] == "w.z12"
    assert store.config["endpoint"] == f"https://{host.lower()}"
    assert (store.config["container_name"], store.config["use_fabric_endpoint"], store.prefix) == ("C", "true", "p")


def test_a_workspace_may_have_a_dot() -> None:
    store = AzureStore.from_url("https://onelake.dfs.fabric.microsoft.com/my.workspace/p", skip_signature=True)

    assert store.config["container_name"] == "my.workspace"


def test_a_container_may_be_given_beside_a_url_without_one() -> None:
    store = AzureStore.from_url("https://acct.blob.core.windows.net", container_name="c", skip_signature=True)

    assert repr(store) == 'AzureStore(container_name="c", account_name="acct")'


def test_a_sas_url_brings_its_credential_along() -> None:
    store = AzureStore.from_url("https://acct.blob.core.windows.net/c/p?sv=1&sig=x%3D")

    assert store._credentials.description == "SAS, from the URL"
    assert "sig" not in repr(store)


@pytest.mark.parametrize(
    "url",
    [
        "mailto://acct.blob.core.windows.net/",
        "az://blob.mydomain/",
        "abfs://container.foo/path",
        "abfss://file_system@account.foo.dfs.core.windows.net/",
        "abfss://file_system.bar@account.dfs.core.windows.net/",
        "adl://c@acct.dfs.core.windows.net/",
        "https://blob.mydomain/",
        "https://blob.foo.dfs.core.windows.net/",
        "https://acct.blob.core.windows.net.evil.example/c",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(GenericError, match="did not match any known pattern"):
        AzureStore.from_url(url, account_name="acct", skip_signature=True)


def test_from_url_finds_the_store() -> None:
    assert isinstance(from_url("az://c/p", account_name="acct", skip_signature=True), AzureStore)
    assert isinstance(from_url("https://acct.blob.core.windows.net/c", skip_signature=True), AzureStore)
