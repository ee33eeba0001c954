"""File systems as JSON: the same file system again, and no secrets unless they are wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec import AbstractFileSystem

from obstore.fsspec import AsyncFsspecStore, FsspecStore, register
from obstore.store import (
    AzureStore,
    BaseStore,
    CachingStore,
    FaultStore,
    GCSStore,
    HTTPStore,
    LimitStore,
    LocalStore,
    MemoryStore,
    PrefixStore,
    ReadOnlyStore,
    RetryStore,
    S3Store,
    ThrottleStore,
)

SECRET = "hush-hush"  # what no file system may write

STORES: list[Callable[[], Any]] = [
    lambda: S3Store(
        "bucket",
        prefix="a/b",
        region="eu-west-1",
        access_key_id="AK",
        secret_access_key=SECRET,
        session_token=SECRET,
        client_options={"timeout": timedelta(seconds=3), "default_headers": {"x-team": "blue", "cookie": SECRET}},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(minutes=1)},
    ),
    lambda: S3Store("bucket", config={"aws_sse_customer_key_base64": SECRET}),
    lambda: S3Store("bucket", client_options={"proxy_url": f"http://me:{SECRET}@proxy:3128"}),
    lambda: GCSStore("bucket", bearer_token=SECRET),
    lambda: AzureStore("container", account_name="account", account_key="aHVzaC1odXNo"),
    lambda: AzureStore("container", account_name="account", client_id="c", tenant_id="t", client_secret=SECRET),
    lambda: HTTPStore("https://example.com/data", client_options={"default_headers": {"Authorization": SECRET}}),
    lambda: RetryStore(LimitStore(S3Store("b", access_key_id="AK", secret_access_key=SECRET), 4), repeats_all=True),
    lambda: CachingStore(ReadOnlyStore(GCSStore("b", bearer_token=SECRET)), ttl=timedelta(seconds=5)),
    lambda: ThrottleStore(AzureStore("c", account_name="a", account_key="aHVzaC1odXNo"), operations_per_second=5.0),
    lambda: PrefixStore(S3Store("bucket", secret_access_key=SECRET, access_key_id="AK"), "inner/dir"),
]


@pytest.mark.parametrize("make", STORES)
def test_a_store_is_made_again_from_json(make: Callable[[], Any]) -> None:
    fs = AsyncFsspecStore(make(), batch_size=7)

    again = AbstractFileSystem.from_json(fs.to_json())

    assert isinstance(again, AsyncFsspecStore)
    assert again.store == fs.store
    assert again.batch_size == 7
    assert AbstractFileSystem.from_dict(json.loads(json.dumps(fs.to_dict()))) == fs
    assert again.to_json() == fs.to_json()


@pytest.mark.parametrize("make", STORES)
def test_secrets_are_left_out_if_they_are_not_wanted(make: Callable[[], Any]) -> None:
    fs = AsyncFsspecStore(make())

    text = fs.to_json(include_password=False)

    assert SECRET in fs.to_json() or "aHVzaC1odXNo" in fs.to_json()
    assert SECRET not in text
    assert "aHVzaC1odXNo" not in text
    assert type(AbstractFileSystem.from_json(text).store) is type(fs.store)
    assert json.loads(text)["store"]["class"] == type(fs.store).__name__


def test_a_local_directory_is_made_again(tmp_path: Path) -> None:
    fs = AsyncFsspecStore(LocalStore(tmp_path, automatic_cleanup=True), use_listings_cache=True)
    fs.pipe_file("a", b"1")

    again = AbstractFileSystem.from_json(fs.to_json())

    assert again.cat_file("a") == b"1"
    assert again.store == fs.store
    assert again._keeps_listings


class Own(BaseStore):
    def __init__(self) -> None: ...
    def get_object(self, *_: Any) -> Any: ...
    def put_object(self, *_: Any) -> Any: ...
    def delete_objects(self, *_: Any) -> Any: ...
    def list_objects(self, *_: Any) -> Any: ...


class Sub(S3Store):
    pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (MemoryStore, "in this process only"),
        (lambda: PrefixStore(MemoryStore(), "a"), "in this process only"),
        (lambda: FaultStore(S3Store("b")), "in this process only"),
        (lambda: RetryStore(S3Store("b"), on=OSError), "on= cannot be written"),
        (Own, "of your own making"),
        (lambda: Sub("bucket"), "of your own making"),
        (lambda: S3Store("b", credential_provider=dict), "credential_provider="),
    ],
)
def test_what_cannot_be_made_again_is_a_clear_error(make: Any, message: str) -> None:
    fs = AsyncFsspecStore(make())

    with pytest.raises(TypeError, match=message):
        fs.to_json()
    with pytest.raises(TypeError, match=message):
        fs.to_dict(include_password=False)


@pytest.mark.parametrize("wrong", [{}, {"class": "MemoryStore"}, {"class": "os"}, {"class": "from_url", "url": "x"}])
def test_a_description_is_of_a_store_and_nothing_else(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not the class of a store"):
        AsyncFsspecStore(wrong)


SERVICE: dict[str, Any] = {
    "key": "AK",
    "secret": SECRET,
    "token": SECRET,
    "client_kwargs": {"region_name": "eu-west-1", "aws_session_token": SECRET},
    "client_options": {"timeout": timedelta(seconds=2), "default_headers": {"authorization": SECRET}},
    "s3_additional_kwargs": {"StorageClass": "STANDARD_IA"},
    "profile": None,
}


def test_a_service_is_made_again_from_json() -> None:
    fs = FsspecStore("s3", **SERVICE)
    again = AbstractFileSystem.from_json(fs.to_json())

    assert type(again) is FsspecStore
    assert again.protocol == "s3"
    assert again._construct_store("b") == fs._construct_store("b")
    assert again.attributes == fs.attributes


def test_a_registered_service_is_made_again_from_json() -> None:
    register("s3")
    fs = fsspec.filesystem("s3", **SERVICE)
    again = AbstractFileSystem.from_json(fs.to_json())

    assert type(again) is type(fs)
    assert again._construct_store("b") == fs._construct_store("b")


def test_the_secrets_of_a_service_are_left_out() -> None:
    text = FsspecStore("s3", **SERVICE).to_json(include_password=False)

    assert SECRET not in text
    assert json.loads(text)["client_kwargs"] == {"region_name": "eu-west-1"}
    assert SECRET not in FsspecStore("az", account_name="a", connection_string=f"AccountKey={SECRET}").to_json(
        include_password=False
    )
    assert json.loads(FsspecStore("gs", token="anon").to_json(include_password=False))["token"] == "anon"
    assert "token" not in json.loads(FsspecStore("gs", token="ya29.x").to_json(include_password=False))


def test_an_object_among_the_arguments_is_named() -> None:
    with pytest.raises(TypeError, match="credential_provider= cannot be written"):
        FsspecStore("s3", credential_provider=dict).to_json()
