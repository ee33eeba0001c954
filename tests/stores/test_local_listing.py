"""Listings of a local store: sorted, a page at a time, whatever happens meanwhile."""

import os
from pathlib import Path

import pytest

from obstore.exceptions import PermissionDeniedError
from obstore.store import LocalStore
from tests.stores.tree import is_root, level_of, paths_of

NAMES = sorted(
    [f"d{number:02}/{letter}{index:03}" for number in range(3) for letter in ("a", "ä") for index in range(400)]
    + ["d00.txt", "d00-x/a", "e"],
    key=str.encode,
)
"""More than two pages, with names before and after the slash of a directory of the same start."""


def filled(directory: Path) -> LocalStore:
    """Return a store of all `NAMES`."""
    for name in NAMES:
        file = directory / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return LocalStore(directory)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """The same store for all tests that only look."""
    return filled(tmp_path_factory.mktemp("many"))


def test_pages_are_in_the_order_of_the_bytes(many: LocalStore) -> None:
    assert len(NAMES) > 2000
    assert paths_of(many.list()) == NAMES


@pytest.mark.parametrize(
    "offset", ["d00", "d00.txt", "d00/", "d00/a399", "d01/a200", "d01/b", "d02/ä399", "e", "z", "", "0"]
)
def test_an_offset_is_exclusive(many: LocalStore, offset: str) -> None:
    assert paths_of(many.list(offset=offset)) == [name for name in NAMES if name > offset]


def test_an_offset_below_a_prefix(many: LocalStore) -> None:
    expected = [name for name in NAMES if name.startswith("d01/") and name > "d01/a200"]

    assert paths_of(many.list("d01", offset="d01/a200")) == expected
    assert paths_of(many.list("d01", offset="d00/z")) == [name for name in NAMES if name.startswith("d01/")]


def test_many_listings_at_once(many: LocalStore) -> None:
    """More than the store remembers."""
    listings = [iter(many.list()) for _ in range(12)]
    found: list[list[str]] = [[] for _ in listings]
    for _ in range(len(NAMES) // 50 + 1):
        for paths, listing in zip(found, listings, strict=True):
            paths.extend(meta["path"] for meta in next(listing, []))

    assert all(paths == NAMES for paths in found)


def test_deleting_what_has_been_listed(tmp_path: Path) -> None:
    many, seen = filled(tmp_path), []
    for chunk in many.list(chunk_size=100):
        paths = [meta["path"] for meta in chunk]
        seen.extend(paths)
        many.delete(paths)

    assert seen == NAMES
    assert paths_of(many.list()) == []


def test_what_vanishes_meanwhile_is_left_out(tmp_path: Path) -> None:
    store = filled(tmp_path)
    listing = iter(store.list(chunk_size=10))
    seen = [meta["path"] for meta in next(listing)]
    for name in NAMES:
        if name.startswith("d02/"):
            os.unlink(tmp_path / name)
    os.rmdir(tmp_path / "d02")
    seen.extend(meta["path"] for chunk in listing for meta in chunk)

    # The page that was on its way meanwhile may still show some of it.
    assert [name for name in seen if not name.startswith("d02/")] == [
        name for name in NAMES if not name.startswith("d02/")
    ]
    assert not [path for path in paths_of(store.list()) if path.startswith("d02/")]


def test_a_missing_prefix_is_empty(local: LocalStore) -> None:
    assert paths_of(local.list("nowhere/at/all")) == []
    assert level_of(local, "nowhere/at/all") == (set(), set())


def test_a_prefix_is_whole_segments(local: LocalStore) -> None:
    for path in ("ab/x", "abc/x", "ab.x", "ab/y/z"):
        local.put(path, b"")

    assert paths_of(local.list("ab")) == ["ab/x", "ab/y/z"]
    assert level_of(local, "ab/") == ({"ab/y"}, {"ab/x"})


@pytest.mark.skipif(is_root(), reason="root may do anything")
def test_an_unreadable_directory_is_an_error(local: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    try:
        with pytest.raises(PermissionDeniedError):
            local.list().collect()
        with pytest.raises(PermissionDeniedError):
            local.list_with_delimiter("closed")
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_a_directory_that_cannot_be_read_is_an_error(local: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for root, whom no permission stops."""

    def fail(_: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", fail)
    with pytest.raises(PermissionDeniedError):
        local.list().collect()
    with pytest.raises(PermissionDeniedError):
        local.list_with_delimiter()
