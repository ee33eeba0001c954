"""`FsspecStore`: paths with buckets, a store for each, and the arguments that it takes."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import fsspec
import pytest
from fsspec.registry import _registry

import obstore.fsspec
from obstore.fsspec import SUPPORTED_PROTOCOLS, FsspecStore, register
from obstore.store import S3Store


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
