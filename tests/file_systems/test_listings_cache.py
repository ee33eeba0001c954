"""Listings are made anew, unless `use_listings_cache=True` asks for them to be kept."""

from __future__ import annotations

from typing import Any

import pytest

from obstore.fsspec import AsyncFsspecStore, FsspecStore
from obstore.store import MemoryStore


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for name in ("a/1", "a/b/2", "c"):
        store.put(name, b"x")
    return store


@pytest.fixture
def fs(store: MemoryStore) -> AsyncFsspecStore:
    return AsyncFsspecStore(store, use_listings_cache=True)


def test_nothing_is_kept_unless_asked(store: MemoryStore) -> None:
    for fs in (AsyncFsspecStore(store), AsyncFsspecStore(store, use_listings_cache=False)):
        assert fs.ls("a", detail=False) == ["a/1", "a/b"]
        assert len(fs.dircache) == 0


def test_what_is_kept_answers_until_it_is_forgotten(fs: AsyncFsspecStore, store: MemoryStore) -> None:
    assert fs.ls("a", detail=False) == ["a/1", "a/b"]
    store.put("a/3", b"from elsewhere")

    assert fs.ls("a", detail=False) == ["a/1", "a/b"]
    assert not fs.exists("a/3")
    assert fs.info("a/1")["size"] == 1
    assert fs.ls("a", detail=False, refresh=True) == ["a/1", "a/3", "a/b"]
    store.put("a/4", b"")
    fs.invalidate_cache()
    assert fs.exists("a/4")


def test_a_listing_is_not_changed_by_who_gets_it(fs: AsyncFsspecStore) -> None:
    fs.ls("a").clear()

    assert fs.ls("a", detail=False) == ["a/1", "a/b"]


def _pipe(fs: Any) -> None:
    fs.pipe_file("a/b/new", b"1")


def _open(fs: Any) -> None:
    with fs.open("a/b/new", "wb") as file:
        file.write(b"1")


def _copy(fs: Any) -> None:
    fs.cp_file("c", "a/b/new")


def _move(fs: Any) -> None:
    fs.mv("c", "a/b/new")


def _transaction(fs: Any) -> None:
    with fs.transaction:
        fs.pipe_file("a/b/new", b"1")


@pytest.mark.parametrize("write", [_pipe, _open, _copy, _move, _transaction])
def test_writing_forgets_the_listings_above(fs: AsyncFsspecStore, write: Any) -> None:
    for directory in ("", "a", "a/b"):
        fs.ls(directory)
    write(fs)

    assert fs.exists("a/b/new")
    assert fs.ls("a/b", detail=False) == ["a/b/2", "a/b/new"]
    assert fs.exists("c") == (write is not _move)


def test_deleting_forgets_them_too(fs: AsyncFsspecStore) -> None:
    for directory in ("", "a", "a/b"):
        fs.ls(directory)
    fs.rm("a/b", recursive=True)

    assert fs.ls("a", detail=False) == ["a/1"]
    fs.rm_file("a/1")
    assert fs.ls("", detail=False) == ["c"]


def test_what_is_kept_grows_old(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    fs = FsspecStore("memory", use_listings_cache=True, listings_expiry_time=60, skip_instance_cache=True)
    fs.pipe_file("a/1", b"")
    fs.ls("a")
    fs._construct_store("").put("a/2", b"")
    assert fs.ls("a", detail=False) == ["a/1"]

    now = fs.dircache._times["a"]
    monkeypatch.setattr("time.time", lambda: now + 61)

    assert fs.ls("a", detail=False) == ["a/1", "a/2"]
