"""The arguments of s3fs, gcsfs and adlfs: each has a fate, and the fates come true."""

from __future__ import annotations

import base64
import inspect
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore
import pytest

from obstore._fsspec.foreign import TABLES, WRITING, translate
from obstore._fsspec.foreign import s3 as of_s3
from obstore._fsspec.foreign.fates import Ignored, Made
from obstore.exceptions import GenericError, NotSupportedError, UnknownConfigurationKeyError
from obstore.fsspec import FsspecStore
from obstore.store import AzureStore, GCSStore, S3Store

# What `FsspecStore` and fsspec's own base class take.
OF_FSSPEC = {"asynchronous", "loop"}

# The signatures of the constructors, of what they pass on, and of what stands in their documentation.
SIGNATURES = {
    # s3fs 2026.9.0
    "s3": """anon endpoint_url key secret token use_ssl client_kwargs requester_pays default_block_size
        default_fill_cache default_cache_type version_aware config_kwargs s3_additional_kwargs session username
        password cache_regions asynchronous loop max_concurrency fixed_upload_size local_expiry_check
        session_vars event_hooks include_builtin_handlers profile""",
    # gcsfs 2026.10.1, with what `ExtendedGcsFileSystem` adds
    "gcs": """project access token block_size consistency cache_timeout secure_serialize check_connection
        requests_timeout requester_pays asynchronous session_kwargs loop timeout endpoint_url default_location
        version_aware finalize_on_close mrd_pool_cache_size max_mrd_pool_cache_queue_size""",
    # adlfs 2026.8.0
    "azure": """account_name account_key connection_string credential sas_token request_session socket_timeout
        blocksize client_id client_secret tenant_id anon location_mode loop asynchronous default_fill_cache
        default_cache_type version_aware assume_container_exists max_concurrency timeout connection_timeout
        read_timeout account_host""",
    # fsspec 2026.9.0
    "http": """simple_links block_size same_scheme size_policy cache_type cache_options asynchronous loop
        client_kwargs get_client encoded""",
}

# botocore 1.44 and aiobotocore 3
BOTO_CONFIG = """region_name signature_version user_agent user_agent_extra user_agent_appid connect_timeout
    read_timeout parameter_validation max_pool_connections proxies proxies_config s3 s3_disable_express_session_auth
    retries client_cert inject_host_prefix endpoint_discovery_enabled use_dualstack_endpoint use_fips_endpoint
    ignore_configured_endpoint_urls defaults_mode tcp_keepalive request_min_compression_size_bytes
    disable_request_compression client_context_params sigv4a_signing_region_set request_checksum_calculation
    response_checksum_validation account_id_endpoint_mode auth_scheme_preference
    connector_args http_session_cls warm_up_loader_caches"""


@pytest.mark.parametrize("family", SIGNATURES)
def test_every_argument_has_a_fate(family: str) -> None:
    assert set(SIGNATURES[family].split()) - OF_FSSPEC <= set(TABLES[family])


def test_every_setting_of_botocore_has_a_fate() -> None:
    from botocore.config import Config
    from botocore.session import Session

    assert set(of_s3.CONFIG) == set(BOTO_CONFIG.split())
    assert set(Config.OPTION_DEFAULTS) <= set(of_s3.CONFIG)
    names = inspect.signature(Session.create_client).parameters
    assert set(names) - {"self", "service_name"} == set(of_s3.CLIENT)


def test_what_is_ignored_has_a_reason() -> None:
    tables = [*TABLES.values(), of_s3.CLIENT, of_s3.CONFIG, of_s3.ADDITIONAL, WRITING]
    fates = [fate for table in tables for fate in table.values()]

    assert all(fate.summary for fate in fates)
    assert all(fate.reason for fate in fates if isinstance(fate, Ignored))


S3FS: dict[str, Any] = {
    "anon": False,
    "key": "AK",
    "secret": "SK",
    "token": "TOKEN",
    "endpoint_url": "http://127.0.0.1:9000",
    "client_kwargs": {"region_name": "eu-west-3", "endpoint_url": "http://127.0.0.1:1", "use_ssl": False},
    "config_kwargs": {
        "connect_timeout": 3,
        "max_pool_connections": 7,
        "proxies": {"http": "http://proxy:3128", "https": "http://proxy:3128"},
        "retries": {"max_attempts": 4, "mode": "adaptive"},
        "s3": {"addressing_style": "path", "payload_signing_enabled": False},
        "signature_version": "s3v4",
    },
    "s3_additional_kwargs": {"ServerSideEncryption": "AES256", "StorageClass": "STANDARD_IA"},
    "cache_regions": True,
    "default_block_size": 2**20,
    "default_fill_cache": False,
    "requester_pays": True,
    "version_aware": False,
    "use_listings_cache": False,
    "profile": None,
    "session": None,
}


def test_the_arguments_of_s3fs_are_understood() -> None:
    fs = FsspecStore("s3", **S3FS)
    store = fs._construct_store("bucket")

    assert isinstance(store, S3Store)
    assert {
        "access_key_id": "AK",
        "endpoint": "http://127.0.0.1:9000",
        "session_token": "TOKEN",
        "region": "eu-west-3",
        "request_payer": "true",
        "addressing_style": "path",
        "server_side_encryption": "AES256",
        "unsigned_payload": "true",
    }.items() <= store.config.items()
    assert store.client_options == {
        "connect_timeout": 3,
        "max_connections": 7,
        "allow_http": True,
        "proxy_url": "http://proxy:3128",
    }
    assert store.retry_config is not None
    assert store.retry_config["max_retries"] == 4
    assert fs.default_block_size == 2**20
    assert fs.attributes == {"Storage-Class": "STANDARD_IA"}


# By family: what is given, the settings and client options that come of it.
MEANINGS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("s3", {"anon": True}, {"skip_signature": True}, {}),
    ("s3", {"username": "A", "password": "B"}, {"access_key_id": "A", "secret_access_key": "B"}, {}),
    ("s3", {"key": "A", "client_kwargs": {"aws_access_key_id": "B"}}, {"access_key_id": "A"}, {}),
    ("s3", {"use_ssl": False}, {}, {"allow_http": True}),
    ("s3", {"client_kwargs": {"verify": False}}, {}, {"allow_invalid_certificates": True}),
    ("s3", {"config_kwargs": {"signature_version": botocore.UNSIGNED}}, {"skip_signature": True}, {}),
    ("s3", {"config_kwargs": {"read_timeout": 9, "user_agent": "me"}}, {}, {"timeout": 9, "user_agent": "me"}),
    ("s3", {"s3_additional_kwargs": {"SSEKMSKeyId": "k"}}, {"sse_kms_key_id": "k"}, {}),
    ("s3", {"s3_additional_kwargs": {"RequestPayer": "requester"}}, {"request_payer": True}, {}),
    ("s3", {"profile": "team"}, {"profile": "team"}, {}),
    ("gcs", {"token": "anon", "project": "p"}, {"skip_signature": True}, {}),
    ("gcs", {"project": "p", "requester_pays": True}, {"user_project": "p"}, {}),
    ("gcs", {"requester_pays": "q", "project": "p"}, {"user_project": "q"}, {}),
    ("gcs", {"token": "google_default"}, {}, {}),
    ("gcs", {"token": "cloud"}, {}, {}),
    ("gcs", {"token": {"type": "service_account"}}, {"service_account_key": '{"type": "service_account"}'}, {}),
    ("gcs", {"token": "ya29.x"}, {"bearer_token": "ya29.x"}, {}),
    ("gcs", {"endpoint_url": "http://localhost:4443"}, {"base_url": "http://localhost:4443"}, {}),
    ("gcs", {"requests_timeout": 4}, {}, {"timeout": 4}),
    ("gcs", {"session_kwargs": {"proxy": "http://p:1"}}, {}, {"proxy_url": "http://p:1"}),
    ("azure", {"credential": "a2V5"}, {"account_key": "a2V5"}, {}),
    ("azure", {"credential": "?sv=1&sig=x"}, {"sas_token": "?sv=1&sig=x"}, {}),
    ("azure", {"credential": SimpleNamespace(signature="sv=1&sig=x")}, {"sas_token": "sv=1&sig=x"}, {}),
    ("azure", {"credential": SimpleNamespace(named_key=SimpleNamespace(name="a", key="k"))}, {"account_key": "k"}, {}),
    ("azure", {"anon": True}, {"skip_signature": True}, {}),
    ("azure", {"account_host": "a.blob.example"}, {"endpoint": "https://a.blob.example"}, {}),
    ("azure", {"connection_timeout": 1, "read_timeout": 2, "timeout": 3}, {}, {"connect_timeout": 1, "timeout": 2}),
    ("http", {"client_kwargs": {"headers": {"a": "1"}}}, {}, {"default_headers": {"a": "1"}}),
    ("http", {"headers": {"a": "1"}, "client_kwargs": {"headers": {"a": "2"}}}, {}, {"default_headers": {"a": "1"}}),
]


# Without the address of `botocore.UNSIGNED`: processes that share the tests must agree on their names.
_NAMES = [re.sub(" object at 0x[0-9a-f]+", "", str(given)) for _, given, _, _ in MEANINGS]


@pytest.mark.parametrize(("family", "given", "config", "client"), MEANINGS, ids=_NAMES)
def test_an_argument_means_a_setting(
    family: str, given: dict[str, Any], config: dict[str, Any], client: dict[str, Any]
) -> None:
    made = translate(family, given)

    assert (made.config, made.client_options) == (config, client)


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("s3", {"session": object()}, "credential_provider="),
    ("s3", {"client_kwargs": {"config": object()}}, r"client_kwargs\['config'\] is not supported.*config_kwargs="),
    ("s3", {"config_kwargs": {"use_fips_endpoint": True}}, "endpoint_url="),
    ("s3", {"config_kwargs": {"s3": {"use_accelerate_endpoint": True}}}, r"\['s3'\]\['use_accelerate_endpoint'\]"),
    ("s3", {"config_kwargs": {"client_cert": "f.pem"}}, "ssl_context"),
    ("s3", {"config_kwargs": {"signature_version": "s3"}}, "version 4"),
    ("s3", {"config_kwargs": {"proxies": {"http": "http://a", "https": "http://b"}}}, "several proxies"),
    ("s3", {"s3_additional_kwargs": {"ACL": "public-read"}}, "policy"),
    ("gcs", {"token": "browser"}, "gcloud auth"),
    ("gcs", {"requester_pays": True}, "project="),
    ("azure", {"location_mode": "secondary"}, "account_host="),
]


@pytest.mark.parametrize(("family", "given", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_with_a_remedy(family: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(NotSupportedError, match=message):
        translate(family, given)


@pytest.mark.parametrize("off", [{"use_fips_endpoint": False}, {"client_cert": None}, {"proxies_config": {}}])
def test_a_switch_that_is_off_is_not_refused(off: dict[str, Any]) -> None:
    assert translate("s3", {"config_kwargs": off}) == Made()


@pytest.mark.parametrize(
    ("family", "given"),
    [("gcs", {"token": 5}), ("azure", {"credential": object()})],
)
def test_an_object_that_is_no_credential_is_a_type_error(family: str, given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="credential_provider="):
        translate(family, given)


def test_an_unknown_argument_within_another_is_an_error() -> None:
    with pytest.raises(UnknownConfigurationKeyError, match=r"config_kwargs has 'read_timout'.*'read_timeout'"):
        FsspecStore("s3", config_kwargs={"read_timout": 5})
    with pytest.raises(GenericError, match="Duplicate key access_key_id"):
        FsspecStore("s3", key="A", access_key_id="B")


def test_a_customers_key_is_encoded() -> None:
    made = translate("s3", {"s3_additional_kwargs": {"SSECustomerKey": b"k" * 32, "SSECustomerAlgorithm": "AES256"}})

    assert made.config == {
        "server_side_encryption": "sse-c",
        "sse_customer_key_base64": base64.b64encode(b"k" * 32).decode(),
    }


def test_a_file_vouches_for_servers(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"pem")
    made = translate("s3", {"client_kwargs": {"verify": str(tmp_path / "ca.pem")}})

    assert made.client_options == {"root_certificate": b"pem"}


def test_the_arguments_of_gcsfs_are_understood(tmp_path: Path) -> None:
    fs = FsspecStore("gcs", token="anon", project="p", requester_pays=True, access="read_only", block_size=2**20)

    assert isinstance(fs._construct_store("bucket"), GCSStore)
    assert fs.default_block_size == 2**20
    assert FsspecStore("gs", token="anon", cache_timeout=5).dircache.listings_expiry_time == 5
    (tmp_path / "key.json").write_text("{}")
    token = str(tmp_path / "key.json")
    assert translate("gcs", {"token": token}).config == {"application_credentials": token}


def test_what_gcloud_once_wrote_for_a_person_is_a_token() -> None:
    token = {"client_id": "id", "client_secret": "made-up", "refresh_token": "1//x"}

    assert isinstance(FsspecStore("gs", token=token)._construct_store("b"), GCSStore)


def test_the_arguments_of_adlfs_are_understood() -> None:
    fs = FsspecStore("abfs", account_name="account", account_key="a2V5", default_cache_type="none", anon=False)

    assert isinstance(fs._construct_store("container"), AzureStore)
    assert FsspecStore("az", account_name="account", sas_token="sv=1&sig=x")._construct_store("c")


def test_objects_that_are_credentials_become_providers() -> None:
    from azure.core.credentials import AccessToken
    from google.oauth2.credentials import Credentials

    class Static:
        def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            return AccessToken("made-up", 4102444800)

    class StaticAsync:
        async def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            return AccessToken("made-up", 4102444800)

    azure = FsspecStore("az", account_name="a", credential=Static())._construct_store("c")
    google = FsspecStore("gs", token=Credentials("ya29.x"))._construct_store("b")  # type: ignore[no-untyped-call]

    assert azure.credential_provider()["token"] == "made-up"
    assert repr(translate("azure", {"credential": StaticAsync()}).credential_provider).startswith("<AzureAsync")
    assert repr(google.credential_provider) == "<GoogleCredentialProvider Credentials>"


def test_what_the_caller_says_to_us_counts_first() -> None:
    def provider() -> Any: ...

    fs = FsspecStore(
        "s3",
        config_kwargs={"connect_timeout": 1, "retries": {"max_attempts": 9}},
        client_options={"connect_timeout": 2},
        retry_config={"max_retries": 3},
        credential_provider=provider,
    )
    store = fs._construct_store("b")

    assert store.client_options == {"connect_timeout": 2}
    assert store.retry_config["max_retries"] == 3
    assert store.credential_provider is provider


def test_objects_are_described_in_the_words_of_these_packages() -> None:
    fs = FsspecStore("memory", skip_instance_cache=True)
    fs.attributes = {"Cache-Control": "no-store"}
    fs.pipe_file("a", b"1", ContentType="text/plain", Metadata={"colour": "red"})
    with fs.open("b", "wb", content_type="text/html", attributes={"Cache-Control": "max-age=1"}) as file:
        file.write(b"1")

    store = fs._construct_store("")
    assert store.get("a").attributes == {"Cache-Control": "no-store", "Content-Type": "text/plain", "colour": "red"}
    assert store.get("b").attributes == {"Cache-Control": "max-age=1", "Content-Type": "text/html"}
