"""`glob`, `walk`, `du` and `head_many`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore._core.pattern import compile_pattern, expand_braces, literal_prefix
from obstore.exceptions import InvalidPathError
from obstore.store import LocalStore, MemoryStore
from tests.bulk.both import Bulk
from tests.stores.tree import paths_of

PATHS = ("a/1.csv", "a/2.txt", "a/b/1.csv", "a/b/c/1.csv", "ab/1.csv", "top.csv", "a/[x]", "a/.hidden")


@pytest.fixture(params=["memory", "local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made: Any = MemoryStore() if request.param == "memory" else LocalStore(tmp_path)
    for path in PATHS:
        made.put(path, path.encode())
    return made


MATCHES = {
    "*.csv": ["top.csv"],
    "a/*.csv": ["a/1.csv"],
    "a/?.*": ["a/1.csv", "a/2.txt"],
    "**": sorted(PATHS),
    "**/*.csv": ["a/1.csv", "a/b/1.csv", "a/b/c/1.csv", "ab/1.csv", "top.csv"],
    "a/**/1.csv": ["a/1.csv", "a/b/1.csv", "a/b/c/1.csv"],
    "a/**": ["a/.hidden", "a/1.csv", "a/2.txt", "a/[x]", "a/b/1.csv", "a/b/c/1.csv"],
    "a*/*/1.csv": ["a/b/1.csv"],
    "{a,ab}/1.csv": ["a/1.csv", "ab/1.csv"],
    "a/{1.csv,b/{c/,}1.csv}": ["a/1.csv", "a/b/1.csv", "a/b/c/1.csv"],
    "a/[12].*": ["a/1.csv", "a/2.txt"],
    "a/[!1.[]*": ["a/2.txt"],
    "a/[[]x]": ["a/[x]"],
    "a/1.csv": ["a/1.csv"],
    "a": [],
    "nothing/*": [],
}


@pytest.mark.parametrize("pattern", MATCHES)
def test_glob(store: Any, pattern: str) -> None:
    assert sorted(paths_of(obstore.glob(store, pattern))) == MATCHES[pattern]


def test_glob_async(store: Any) -> None:
    async def work() -> list[str]:
        found = []
        async for chunk in obstore.glob_async(store, "**/*.csv", chunk_size=2):
            found += [meta["path"] for meta in chunk]
        return found

    assert sorted(asyncio.run(work())) == MATCHES["**/*.csv"]


def test_glob_lists_no_more_than_it_must() -> None:
    asked: list[tuple[str, str]] = []

    class Asking(MemoryStore):
        async def list_objects(self, options: Any) -> Any:
            asked.append(("all", options.prefix))
            return await super().list_objects(options)

        async def list_directory(self, options: Any) -> Any:
            asked.append(("level", options.prefix))
            return await MemoryStore.list_objects(self, options)

    for pattern in ("a/b/*.csv", "a/b*/c", "a/**", "{a/b,a/c}/*", "x/{y,z}"):
        obstore.glob(Asking(), pattern).collect()

    assert asked == [("level", "a/b"), ("all", "a"), ("all", "a"), ("all", "a"), ("level", "x")]


@pytest.mark.parametrize("wrong", ["", "a/[b", "a/{b", "{a,{b}"])
def test_patterns_that_are_none_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        obstore.glob(MemoryStore(), wrong)


def test_braces_and_literals() -> None:
    assert list(expand_braces("a{,b{c,d}}e")) == ["ae", "abce", "abde"]
    assert literal_prefix("a/b*/c") == ("a", 2)
    assert compile_pattern("a[^b]")("ac")
    assert not compile_pattern("a[!b]c")("a/c")
    assert compile_pattern("a[]x]")("a]")
    assert compile_pattern("a\nb?")("a\nbc")


def test_walk_goes_down_and_may_be_kept_from_it(store: Any) -> None:
    found = [(path, list(directories), len(objects)) for path, directories, objects in obstore.walk(store)]
    assert found == [("", ["a", "ab"], 1), ("a", ["b"], 4), ("a/b", ["c"], 1), ("a/b/c", [], 1), ("ab", [], 1)]

    seen = []
    for path, directories, _ in obstore.walk(store, "a"):
        seen.append(path)
        directories.clear()
    assert seen == ["a"]


def test_walk_async(store: Any) -> None:
    async def work() -> list[str]:
        return [level.path async for level in obstore.walk_async(store)]

    assert asyncio.run(work()) == ["", "a", "a/b", "a/b/c", "ab"]


def test_du(store: Any, bulk: Bulk) -> None:
    usage = bulk.du(store, "a", depth=1)

    assert (usage.files, usage.bytes) == (6, sum(len(path) for path in PATHS if path.startswith("a/")))
    assert {path: found.files for path, found in usage.directories.items()} == {"a/b": 2}
    assert {path: found.files for path, found in bulk.du(store, depth=9).directories.items()} == {
        "a": 6, "a/b": 2, "a/b/c": 1, "ab": 1
    }  # fmt: skip
    assert bulk.du(store, "missing")[:2] == (0, 0)


def test_head_many(store: Any, bulk: Bulk) -> None:
    found = bulk.head_many(store, ["top.csv", "a/1.csv"])
    assert [meta["path"] for meta in found] == ["top.csv", "a/1.csv"]
    assert bulk.head_many(store, []) == []
    assert bulk.head_many(store, ["missing", "top.csv"], missing_ok=True)[0] is None
    with pytest.raises(FileNotFoundError):
        bulk.head_many(store, ["top.csv", "missing"])
    with pytest.raises(InvalidPathError):
        bulk.head_many(store, ["../x"])
    with pytest.raises(TypeError):
        bulk.head_many(store, iter(["top.csv"]))
