"""A store seen from one of its directories: which paths are shown, and where."""

import asyncio
import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from obstore._io.runtime import run_blocking
from obstore.exceptions import AlreadyExistsError, InvalidPathError, PreconditionError
from obstore.store import LocalStore, MemoryStore, PrefixStore, S3Store
from tests.stores.tree import files_below, level_of, paths_of


@pytest.fixture(params=["memory", "local"])
def inner(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    store: Any = MemoryStore() if request.param == "memory" else LocalStore(tmp_path)
    for path in ("a/b/x", "a/b/y/z", "a/bc", "other"):
        store.put(path, path.encode())
    return store


@pytest.fixture
def store(inner: Any) -> PrefixStore:
    return PrefixStore(inner, "a/b")


def test_paths_in_results_are_those_of_the_prefix(store: PrefixStore) -> None:
    assert store.head("x")["path"] == "x"
    assert store.get("x").meta["path"] == "x"
    assert paths_of(store.list()) == ["x", "y/z"]
    assert paths_of(store.list("y")) == ["y/z"]
    assert paths_of(store.list(offset="x")) == ["y/z"]
    assert level_of(store) == ({"y"}, {"x"})
    assert level_of(store, "y") == (set(), {"y/z"})


def test_results_of_async_calls_too(store: PrefixStore) -> None:
    async def work() -> tuple[str, str, set[str]]:
        head = await store.head_async("x")
        result = await store.get_async("x", options={"range": (0, 1)})
        level = await store.list_with_delimiter_async()
        return head["path"], result.meta["path"], set(level["common_prefixes"])

    assert asyncio.run(work()) == ("x", "x", {"y"})


def test_changes_are_made_below_the_prefix(store: PrefixStore, inner: Any) -> None:
    store.put("n", b"1")
    store.put("m", iter([b"1", b"2"]), use_multipart=True)
    store.copy("x", "c")
    store.rename("y/z", "r")
    store.delete("x")

    assert sorted(paths_of(inner.list("a/b"))) == ["a/b/c", "a/b/m", "a/b/n", "a/b/r"]
    assert inner.get("a/b/m").bytes() == b"12"


def test_errors_have_the_full_path(store: PrefixStore) -> None:
    with pytest.raises(FileNotFoundError, match="a/b/missing"):
        store.get("missing")
    with pytest.raises(FileExistsError, match="a/b/x"):
        store.put("x", b"1", mode="create")
    with pytest.raises(PreconditionError, match="a/b/x"):
        store.get("x", options={"if_match": '"other"'})


@pytest.mark.parametrize("path", ["..", "../b", "a/../../x", "a//b"])
def test_no_path_leads_out_of_the_prefix(store: PrefixStore, path: str) -> None:
    with pytest.raises(InvalidPathError):
        store.get(path)


def test_prefixes_nest(inner: Any) -> None:
    store = PrefixStore(PrefixStore(PrefixStore(inner, "/a/"), ""), "b")

    assert paths_of(store.list()) == ["x", "y/z"]
    assert store.get("y/z").bytes() == b"a/b/y/z"
    store.put("n", b"1")
    assert inner.get("a/b/n").bytes() == b"1"


def test_an_empty_prefix_is_the_whole_store(inner: Any) -> None:
    assert sorted(paths_of(PrefixStore(inner, "").list())) == sorted(paths_of(inner.list()))


@pytest.mark.parametrize("prefix", ["a//b", "..", "a/./b"])
def test_a_prefix_that_is_no_path_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidPathError):
        PrefixStore(MemoryStore(), prefix)


@pytest.mark.parametrize("wrong", ["s3://bucket", None, dict])
def test_what_is_no_store_is_refused(wrong: Any) -> None:
    with pytest.raises(ValueError, match="Expected an object store"):
        PrefixStore(wrong, "a")


def test_signing_passes_the_prefix() -> None:
    s3 = S3Store("bucket", access_key_id="AKIDEXAMPLE", secret_access_key="made-up", region="eu-west-1")
    store = PrefixStore(s3, "a b")
    url = store.sign("GET", "x", timedelta(minutes=1))
    urls = store.sign("GET", ["x", "y"], timedelta(minutes=1))

    assert "/a%20b/x?" in url
    assert ["/a%20b/x?" in urls[0], "/a%20b/y?" in urls[1]] == [True, True]


def test_a_prefix_of_a_local_store_pickles(tmp_path: Path) -> None:
    store = PrefixStore(LocalStore(tmp_path), "a")
    other = pickle.loads(pickle.dumps(store))
    other.put("x", b"1")

    assert other == store
    assert store.get("x").bytes() == b"1"
    assert files_below(tmp_path) == {"a/x"}


def test_a_prefix_of_a_memory_store_does_not_pickle() -> None:
    with pytest.raises(TypeError, match="MemoryStore"):
        pickle.dumps(PrefixStore(MemoryStore(), "a"))


def test_equality_and_repr() -> None:
    memory = MemoryStore()

    assert PrefixStore(memory, "a") == PrefixStore(memory, "/a/")
    assert PrefixStore(memory, "a") != PrefixStore(memory, "b")
    assert PrefixStore(memory, "a") != PrefixStore(MemoryStore(), "a")
    assert PrefixStore(memory, "a") != "a"
    assert repr(PrefixStore(memory, "a")) == f'PrefixStore({memory!r}, "a")'


def test_copies_go_between_views_of_one_store(inner: Any) -> None:
    source, target = PrefixStore(inner, "a/b"), PrefixStore(PrefixStore(inner, "c"), "d")

    assert target.unwrap("k") == (inner, "c/d/k")
    assert target.can_copy_from(source)
    assert target.can_copy_from(inner)
    assert inner.can_copy_from(source)
    assert not target.can_copy_from(MemoryStore())

    run_blocking(target.copy_from(source, "y/z", "new", overwrite=False))
    assert inner.get("c/d/new").bytes() == b"a/b/y/z"
    with pytest.raises(AlreadyExistsError):
        asyncio.run(target.copy_from(source, "x", "new", overwrite=False))
