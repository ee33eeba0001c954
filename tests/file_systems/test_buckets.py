"""`FsspecStore`: paths with buckets, a store for each, and the arguments that it takes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import fsspec
import pytest
from fsspec.registry import _registry

import obstore.fsspec
from obstore._fsspec.foreign import IGNORED, translate
from obstore.fsspec import SUPPORTED_PROTOCOLS, FsspecStore, register
from obstore.store import AzureStore, GCSStore, S3Store


@pytest.fixture(autouse=True)
def _registry_as_before() -> Iterator[None]:
    before = dict(_registry)
    yield
    _registry.clear()
    _registry.update(before)


@pytest.mark.parametrize("path", ["s3://bucket/a/b", "bucket/a/b", "/bucket/a/b", "s3a://bucket/a/b"])
def test_a_path_is_a_bucket_and_a_key(path: str) -> None:
    assert FsspecStore("s3")._split_path(path) == ("bucket", "a/b")


def test_a_path_of_another_service_is_refused() -> None:
    fs = FsspecStore("s3")

    with pytest.raises(ValueError, match=r"Expected protocol to be s3\. Got gs"):
        fs._split_path("gs://bucket/a")
    with pytest.raises(ValueError, match=r"Expected protocol to be s3\. Got gs"):
        fs.cat_file("gs://bucket/a")
    with pytest.raises(ValueError, match="no bucket"):
        fs.ls("")


def test_there_is_one_store_for_a_bucket() -> None:
    fs = FsspecStore("s3", skip_signature=True, max_cache_size=2, skip_instance_cache=True)

    stores = [fs._construct_store(bucket) for bucket in ("a", "b", "a", "c")]

    assert stores[0] is stores[2]
    assert (fs._construct_store.cache_info().hits, fs._construct_store.cache_info().currsize) == (1, 2)


def test_equal_arguments_make_one_instance() -> None:
    assert FsspecStore("s3", region="eu-west-1") is FsspecStore("s3", region="eu-west-1")
    assert FsspecStore("s3", region="eu-west-1") is not FsspecStore("s3", region="eu-west-2")


def test_an_unknown_protocol_is_warned_of() -> None:
    with pytest.warns(UserWarning, match="Unknown protocol: ftp; requests may fail"):
        FsspecStore("ftp")


def test_a_wrong_setting_is_an_error_when_a_store_is_made() -> None:
    fs = FsspecStore("s3", regoin="eu-west-1")

    with pytest.raises(obstore.exceptions.UnknownConfigurationKeyError, match="regoin"):
        fs._construct_store("bucket")


S3FS: dict[str, Any] = {
    "anon": False,
    "key": "AK",
    "secret": "SK",
    "token": "TOKEN",
    "endpoint_url": "http://127.0.0.1:9000",
    "client_kwargs": {"region_name": "eu-west-3", "endpoint_url": "http://127.0.0.1:1"},
    "config_kwargs": {"connect_timeout": 3, "max_pool_connections": 7, "s3": {"addressing_style": "path"}},
    "s3_additional_kwargs": {"ServerSideEncryption": "AES256"},
    "cache_regions": True,
    "default_block_size": 2**20,
    "default_fill_cache": False,
    "requester_pays": True,
    "version_aware": False,
    "use_listings_cache": False,
    "profile": None,
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
    }.items() <= store.config.items()
    assert store.client_options == {"connect_timeout": 3, "max_connections": 7, "allow_http": True}
    assert fs.default_block_size == 2**20


def test_the_arguments_of_gcsfs_are_understood() -> None:
    fs = FsspecStore("gcs", token="anon", project="p", requester_pays=True, access="read_only", cache_timeout=5)

    store = fs._construct_store("bucket")

    assert isinstance(store, GCSStore)
    assert translate("gcs", {"token": "anon", "project": "p", "requester_pays": True}, None).config == {
        "skip_signature": True,
        "user_project": "p",
    }
    assert translate("gcs", {"token": {"type": "service_account"}}, None).config == {
        "service_account_key": '{"type": "service_account"}'
    }
    assert translate("gcs", {"token": "ya29.x"}, None).config == {"bearer_token": "ya29.x"}


def test_the_arguments_of_adlfs_are_understood() -> None:
    fs = FsspecStore("abfs", account_name="account", account_key="a2V5", default_cache_type="none", anon=False)
    store = fs._construct_store("container")

    assert isinstance(store, AzureStore)
    assert FsspecStore("az", account_name="account", sas_token="sv=1&sig=x")._construct_store("c")
    assert translate("azure", {"credential": "a2V5", "socket_timeout": 3}, None) == (
        {"account_key": "a2V5"},
        {"timeout": 3},
    )
    with pytest.raises(TypeError, match="credential_provider="):
        FsspecStore("az", account_name="a", credential=object())


def test_a_url_may_repeat_the_account() -> None:
    fs = FsspecStore("abfs", account_name="account", account_key="a2V5")
    bucket, key = fs._split_path("abfs://container@account.dfs.core.windows.net/k")

    assert key == "k"
    assert fs._construct_store(bucket).config["account_name"] == "account"


def test_a_setting_is_given_once() -> None:
    with pytest.raises(obstore.exceptions.GenericError, match="Duplicate key region"):
        FsspecStore("s3", config={"region": "eu-west-1"}, region="eu-west-2")


def test_web_servers_have_hosts_for_buckets() -> None:
    fs = FsspecStore("https", headers={"x-team": "blue"}, block_size=5)

    assert fs._split_path("https://example.com/a/b.txt") == ("example.com", "a/b.txt")
    assert fs._construct_store("example.com").client_options == {"default_headers": {"x-team": b"blue"}}


def test_what_is_ignored_has_a_reason() -> None:
    assert all(IGNORED.values())


def test_register_makes_classes_for_fsspec() -> None:
    register(["gs", "s3"])

    fs = fsspec.filesystem("s3", anon=True)

    assert type(fs) is fsspec.get_filesystem_class("s3") is obstore.fsspec.FsspecStore_s3
    assert type(fs).__name__ == "FsspecStore_s3"
    assert fs.unstrip_protocol("b/k") == "s3://b/k"
    assert fs._strip_protocol("s3://b/k") == type(fs)._strip_protocol("s3://b/k") == "b/k"


def test_register_without_arguments_leaves_files_and_memory() -> None:
    register()

    ours = {name for name, found in _registry.items() if issubclass(found, FsspecStore)}
    assert ours == SUPPORTED_PROTOCOLS - {"file", "memory"}


def test_register_asynchronous() -> None:
    register("s3", asynchronous=True)
    fs = fsspec.filesystem("s3")

    assert fs.asynchronous
    assert pickle.loads(pickle.dumps(fs)).asynchronous


@pytest.mark.parametrize(("wrong", "error"), [(42, TypeError), (["s3", 42], TypeError), ("", ValueError)])
def test_register_wants_names(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="protocol must"):
        register(wrong)


def test_fsspec_open_reaches_a_registered_protocol() -> None:
    register("memory")
    with fsspec.open("memory://d/k.txt", "wt") as file:
        file.write("hello")

    with fsspec.open("memory://d/k.txt", "rb") as file:
        assert file.read() == b"hello"
    assert type(file.f if hasattr(file, "f") else file).__name__ == "BufferedFile"


def test_instances_of_registered_classes_can_be_pickled() -> None:
    register("s3")
    fs = fsspec.filesystem("s3", anon=True)
    code = (
        "import pickle, sys; fs = pickle.loads(sys.stdin.buffer.read()); print(type(fs).__name__, fs.storage_options)"
    )

    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(fs), capture_output=True, check=True)

    assert done.stdout.decode().split(maxsplit=1) == ["FsspecStore_s3", "{'anon': True}\n"]
    assert pickle.loads(pickle.dumps(fs)) is fs
    assert pickle.loads(pickle.dumps(FsspecStore("s3", anon=True))).protocol == "s3"


def test_file_systems_say_what_they_are_but_no_secrets() -> None:
    fs = FsspecStore("s3", key="AK", secret="hush")

    assert repr(fs) == str(fs) == "<FsspecStore s3>"
    assert repr(obstore.fsspec.AsyncFsspecStore(S3Store("b"))) == '<AsyncFsspecStore S3Store(bucket="b")>'


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        _ = obstore.fsspec.nothing


def test_the_package_does_not_import_fsspec() -> None:
    code = "import sys, obstore; sys.exit('fsspec' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_fsspec_the_error_names_the_extra() -> None:
    code = "import sys; sys.modules['fsspec'] = None; import obstore.fsspec"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert b"pip install obstore[fsspec]" in done.stderr
