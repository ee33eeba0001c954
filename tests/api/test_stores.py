"""Stores as values: what they show, how they compare, and how they are made from URLs and pickles."""

import copy
import pickle
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import obstore.store
from obstore.exceptions import BaseError, GenericError
from obstore.store import (
    AzureStore,
    BaseStore,
    GCSStore,
    HTTPStore,
    LocalStore,
    MemoryStore,
    PrefixStore,
    S3Store,
    from_url,
)

OPTIONS = {"timeout": timedelta(seconds=90), "default_headers": {"Mine": "1"}}


def provider() -> Any:
    raise AssertionError("nobody asked")


def s3(**more: Any) -> S3Store:
    return S3Store("b", skip_signature=True, **more)


def every() -> dict[str, Any]:
    return {
        "S3": S3Store("b", prefix="p", skip_signature=True),
        "GCS": GCSStore("b", skip_signature=True),
        "Azure": AzureStore("c", account_name="a", skip_signature=True),
        "HTTP": HTTPStore("https://h/p"),
        "Local": LocalStore("/"),
        "Local without": LocalStore(),
    }


SHOWN = {
    "S3": 'S3Store(bucket="b", prefix="p")',
    "GCS": 'GCSStore(bucket="b")',
    "Azure": 'AzureStore(container_name="c", account_name="a")',
    "HTTP": 'HTTPStore("https://h/p")',
    "Local": 'LocalStore("/")',
    "Local without": "LocalStore",
}
MADE_OF: dict[str, Any] = {
    "S3": ((), {"prefix": "p", "config": {"bucket": "b", "skip_signature": "true"}}),
    "GCS": ((), {"config": {"bucket": "b", "skip_signature": "true"}}),
    "Azure": ((), {"config": {"container_name": "c", "account_name": "a", "skip_signature": "true"}}),
    "HTTP": (("https://h/p",), {}),
    "Local": ((Path("/"),), {"automatic_cleanup": False, "mkdir": False}),
    "Local without": ((None,), {"automatic_cleanup": False, "mkdir": False}),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_store_shows_what_it_is(name: str) -> None:
    assert repr(every()[name]) == SHOWN[name]


@pytest.mark.parametrize("name", MADE_OF)
def test_a_store_says_what_it_is_made_of(name: str) -> None:
    assert every()[name].__getnewargs_ex__() == MADE_OF[name]


def test_all_that_was_passed_is_kept() -> None:
    store = s3(client_options=OPTIONS, retry_config={"max_retries": 2}, credential_provider=provider)
    arguments = store.__getnewargs_ex__()[1]

    assert arguments.keys() == {"config", "client_options", "retry_config", "credential_provider"}
    assert arguments["client_options"] == {"timeout": timedelta(seconds=90), "default_headers": {"mine": b"1"}}
    assert arguments["retry_config"]["max_retries"] == 2
    assert arguments["retry_config"].keys() == {"backoff", "max_retries", "retry_timeout"}
    assert store.credential_provider is provider


@pytest.mark.parametrize("name", SHOWN)
def test_a_store_is_equal_to_one_made_alike_and_to_its_copies(name: str) -> None:
    store = every()[name]

    assert store == every()[name]
    for remade in (copy.copy(store), copy.deepcopy(store), pickle.loads(pickle.dumps(store))):
        assert remade == store
        assert type(remade) is type(store)
        assert remade is not store
    assert not any(store == other for key, other in every().items() if key != name)
    assert store != 3


@pytest.mark.parametrize("name", SHOWN)
def test_a_store_has_no_hash_and_no_order(name: str) -> None:
    store = every()[name]
    with pytest.raises(TypeError, match="unhashable"):
        hash(store)
    with pytest.raises(TypeError, match="not supported"):
        assert store < store  # noqa: PLR0124
    assert weakref.ref(store)() is store


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_keeps_everything(protocol: int) -> None:
    store = s3(prefix="p", client_options=OPTIONS, retry_config={"max_retries": 2}, credential_provider=provider)
    store.note = "mine"  # type: ignore[attr-defined]
    remade = pickle.loads(pickle.dumps(store, protocol))

    assert remade == store
    assert (remade.note, remade.prefix, remade.config) == ("mine", "p", store.config)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ({"region": "r"}, {"aws_region": "r"}, True),
        ({"request_payer": True}, {"request_payer": "true"}, True),
        ({"retry_config": {}}, {"retry_config": {"max_retries": 10}}, True),
        ({"prefix": None}, {"prefix": ""}, False),
        ({"client_options": {}}, {"client_options": None}, False),
        ({"region": "r"}, {"region": "q"}, False),
        ({"credential_provider": provider}, {}, False),
    ],
)
def test_stores_are_compared_by_what_was_passed(one: dict[str, Any], other: dict[str, Any], equal: bool) -> None:
    assert (s3(**one) == s3(**other)) is equal


def test_a_local_store_is_compared_by_its_directory(tmp_path: Path) -> None:
    assert LocalStore(tmp_path) == LocalStore(f"{tmp_path}/")
    assert LocalStore(tmp_path) != LocalStore(tmp_path, automatic_cleanup=True)
    assert LocalStore(tmp_path).prefix == tmp_path


def test_memory_is_compared_by_identity_and_not_copied() -> None:
    store = MemoryStore()

    assert store == store  # noqa: PLR0124
    assert store != MemoryStore()
    for duplicate in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="cannot pickle 'MemoryStore' object"):
            duplicate(store)


def test_a_prefix_store_is_compared_by_both_of_its_parts() -> None:
    store = MemoryStore()

    assert PrefixStore(store, "a") == PrefixStore(store, "/a/")
    assert PrefixStore(store, "a") != PrefixStore(store, "b")
    assert repr(PrefixStore(LocalStore("/"), "a")) == 'PrefixStore(LocalStore("/"), "a")'


class Mine(S3Store):
    def __init__(self, bucket: str | None = None, **options: Any) -> None:
        self.note = bucket


def test_a_subclass_stays_one_and_is_shown_as_its_base() -> None:
    store = Mine("b", skip_signature=True)

    assert store.note == "b"
    assert store == s3()
    assert repr(store) == 'S3Store(bucket="b")'
    assert type(Mine.from_url("s3://b")) is type(pickle.loads(pickle.dumps(store))) is Mine


def test_settings_are_shown_as_copies_without_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "from-environment")
    store = s3(client_options=OPTIONS)
    store.config["bucket"] = "changed"
    shown = store.client_options
    assert shown is not None
    shown.clear()

    assert store.config == {"bucket": "b", "skip_signature": "true"}
    assert store.client_options
    with pytest.raises(AttributeError):
        store.config = {}  # type: ignore[misc]


def test_a_bucket_of_the_environment_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_BUCKET", "from-environment")

    assert repr(S3Store(skip_signature=True)) == 'S3Store(bucket="from-environment")'


def test_secrets_are_not_shown() -> None:
    store = S3Store("b", access_key_id="AK", secret_access_key="s3cr3t", session_token="t0k3n")
    for shown in (repr(store), str(store), repr(store.explain())):
        assert "s3cr3t" not in shown
        assert "t0k3n" not in shown


ACCOUNT = {"account_name": "a"}


@pytest.mark.parametrize(
    ("url", "kind", "options"),
    [
        ("s3://b/p", S3Store, {}),
        ("s3a://b/p", S3Store, {}),
        ("S3://b/p?x#y", S3Store, {}),
        ("https://s3.eu-west-1.amazonaws.com/b/p", S3Store, {}),
        ("https://b.s3.eu-west-1.amazonaws.com/p", S3Store, {}),
        ("https://acc.r2.cloudflarestorage.com/b/p", S3Store, {}),
        ("gs://b/p", GCSStore, {}),
        ("az://c/p", AzureStore, ACCOUNT),
        ("adl://c/p", AzureStore, ACCOUNT),
        ("azure://c/p", AzureStore, ACCOUNT),
        ("abfs://c/p", AzureStore, ACCOUNT),
        ("abfss://c@a.dfs.core.windows.net/p", AzureStore, {}),
        ("https://a.blob.core.windows.net/c/p", AzureStore, {}),
        ("https://a.dfs.core.windows.net/c/p", AzureStore, {}),
    ],
)
def test_a_url_names_a_store_of_a_cloud(url: str, kind: Any, options: dict[str, Any]) -> None:
    store: Any = from_url(url, skip_signature=True, **options)

    assert type(store) is kind
    assert store.prefix == "p"


@pytest.mark.parametrize("url", ["file:///", "file:/", "file://localhost/"])
def test_a_url_names_a_directory(url: str) -> None:
    assert from_url(url) == LocalStore("/")


def test_a_directory_may_have_its_options(tmp_path: Path) -> None:
    store = from_url(f"file://{tmp_path}/a%20b", mkdir=True, automatic_cleanup=True, config={})

    assert store == LocalStore(tmp_path / "a b", mkdir=True, automatic_cleanup=True)
    assert (tmp_path / "a b").is_dir()


@pytest.mark.parametrize("url", ["memory:", "memory://", "memory:///any/thing"])
def test_a_url_names_memory(url: str) -> None:
    assert type(from_url(url, config={}, client_options={})) is MemoryStore


@pytest.mark.parametrize("url", ["https://h/p", "http://h/p", "http://b.s3.amazonaws.com/"])
def test_a_url_names_a_web_server(url: str) -> None:
    store = from_url(url, client_options={"allow_http": True})

    assert type(store) is HTTPStore
    assert type(HTTPStore.from_url("https://h")) is HTTPStore


@pytest.mark.parametrize(
    ("url", "options", "kind", "message"),
    [
        ("ftp://h", {}, GenericError, "Unable to recognise URL"),
        ("s3://", {}, GenericError, "Unable to recognise URL"),
        ("memory://host/", {}, GenericError, "Unable to recognise URL"),
        ("", {}, ValueError, "relative URL without a base"),
        ("bucket/path", {}, ValueError, "relative URL without a base"),
        ("s3://b/a//b", {}, GenericError, "contained empty path segment"),
        ("https://h", {"config": {"a": "b"}}, BaseError, "HTTPStore does not accept any configuration"),
        ("https://h", {"region": "r"}, BaseError, "HTTPStore does not accept any configuration"),
        ("https://h", {"credential_provider": provider}, BaseError, "HTTPStore does not accept any configuration"),
        ("memory:", {"config": {"a": "b"}}, BaseError, "MemoryStore does not accept any configuration"),
        ("memory:", {"region": "r"}, BaseError, "MemoryStore does not accept any configuration"),
        ("file:///", {"credential_provider": provider}, BaseError, "LocalStore does not accept a credential provider"),
        ("s3://b", {"bucket": "q"}, GenericError, "Duplicate key aws_bucket provided"),
        ("s3://b", {"prefix": "q"}, BaseError, "'prefix' is not valid for store 'S3'"),
        ("file:///no/such/directory", {}, GenericError, "Unable to canonicalize filesystem root"),
    ],
)
def test_a_url_that_names_no_store_is_refused(url: str, options: dict[str, Any], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        from_url(url, **options)


@pytest.mark.parametrize("name", obstore.store.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(obstore.store, name)
    assert name in dir(obstore.store)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'NoStore'"):
        obstore.store.NoStore  # type: ignore[attr-defined] # noqa: B018


def test_a_store_of_ones_own_needs_its_primitives() -> None:
    with pytest.raises(TypeError, match="abstract"):
        BaseStore()  # type: ignore[abstract]
