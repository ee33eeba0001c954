"""Making local stores: where they begin, and how they compare, pickle and show."""

import copy
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

from obstore.exceptions import BaseError, GenericError
from obstore.store import LocalStore, from_url
from tests.stores.tree import files_below, level_of, paths_of


class Marked(LocalStore):
    """A subclass with a state of its own."""

    mark = "none"


# Roots


def test_a_missing_root_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(GenericError, match=r"nowhere.*Hint: mkdir=True"):
        LocalStore(tmp_path / "nowhere")

    assert not (tmp_path / "nowhere").exists()


def test_mkdir_makes_the_root(tmp_path: Path) -> None:
    for _ in range(2):
        LocalStore(tmp_path / "a" / "b", mkdir=True).put("x", b"1")

    assert files_below(tmp_path) == {"a/b/x"}


def test_mkdir_does_not_replace_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(GenericError, match="file"):
        LocalStore(tmp_path / "file", mkdir=True)


@pytest.mark.parametrize(("prefix", "path"), [(".", "file"), ("..", "d/file"), ("../..", "c/d/file")])
def test_a_relative_root_is_fixed_when_the_store_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: str, path: str
) -> None:
    (tmp_path / "c" / "d").mkdir(parents=True)
    (tmp_path / "c" / "d" / "file").write_bytes(b"1")
    monkeypatch.chdir(tmp_path / "c" / "d")
    store = LocalStore(prefix)
    monkeypatch.chdir("/")

    assert path in paths_of(store.list())
    assert store.get(path).bytes() == b"1"


def test_a_root_may_have_any_name(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "💀 käse#1", mkdir=True)
    store.put("👍/a", b"1")

    assert paths_of(store.list()) == ["👍/a"]
    assert files_below(tmp_path) == {"💀 käse#1/👍/a"}


@pytest.mark.skipif(os.sep != "/", reason="there is one root on POSIX systems only")
def test_a_store_without_root_is_the_whole_file_system(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    store = LocalStore()
    path = f"{tmp_path}/a"

    assert store.get(path).bytes() == b"1"
    assert store.head(path)["path"] == path.removeprefix("/")
    assert paths_of(store.list(str(tmp_path))) == [path.removeprefix("/")]
    assert "tmp" in level_of(store)[0]
    assert store.prefix is None


# Values


@pytest.mark.parametrize("kind", [LocalStore, Marked])
def test_a_store_pickles_and_copies(tmp_path: Path, kind: type[LocalStore]) -> None:
    store = kind(tmp_path, automatic_cleanup=True, fsync=True)
    for other in (pickle.loads(pickle.dumps(store)), copy.copy(store), copy.deepcopy(store)):
        assert type(other) is kind
        assert other == store
        other.put("a", b"1")
        assert store.get("a").bytes() == b"1"


def test_a_subclass_keeps_its_state(tmp_path: Path) -> None:
    store = Marked(tmp_path)
    store.mark = "own"

    assert pickle.loads(pickle.dumps(store)).mark == "own"
    assert isinstance(Marked.from_url(tmp_path.as_uri()), Marked)


def test_a_subclass_need_not_call_init(tmp_path: Path) -> None:
    class Own(LocalStore):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.own = 1

    assert Own(tmp_path).put("a", b"1")


def test_equality_is_that_of_root_and_options(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()

    assert LocalStore(tmp_path) == LocalStore(str(tmp_path))
    assert LocalStore(tmp_path) != LocalStore(tmp_path / "d")
    assert LocalStore(tmp_path) != LocalStore(tmp_path, fsync=True)
    assert LocalStore(tmp_path) != str(tmp_path)
    with pytest.raises(TypeError, match="unhashable"):
        hash(LocalStore(tmp_path))


def test_repr_and_prefix(tmp_path: Path) -> None:
    assert repr(LocalStore(tmp_path)) == f'LocalStore("{tmp_path}")'
    assert repr(LocalStore()) == "LocalStore"
    assert LocalStore(str(tmp_path)).prefix == tmp_path


def test_from_url_takes_escapes_and_options(tmp_path: Path) -> None:
    directory = tmp_path / "with blank %"
    url = directory.as_uri()
    with pytest.raises(GenericError, match="with blank"):
        from_url(url)
    store = from_url(url, mkdir=True, automatic_cleanup=True)

    assert store == LocalStore(directory, mkdir=True, automatic_cleanup=True)
    assert LocalStore.from_url(url.replace("file://", "file://localhost")).prefix == directory


@pytest.mark.parametrize(("url", "kind"), [("file://remote/path", GenericError), ("s3://bucket", ValueError)])
def test_from_url_refuses_other_hosts_and_schemes(url: str, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        LocalStore.from_url(url)


@pytest.mark.parametrize("prefix", [5, b"/tmp", ["a"]])
def test_a_root_of_another_type_is_refused(prefix: Any) -> None:
    with pytest.raises(TypeError):
        LocalStore(prefix)


def test_an_unknown_option_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="bogus"):
        LocalStore(tmp_path, bogus=True)  # type: ignore[call-arg]
    with pytest.raises(BaseError, match="credential provider"):
        from_url(tmp_path.as_uri(), credential_provider=dict)
