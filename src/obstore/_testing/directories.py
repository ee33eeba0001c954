"""Directories: what `list_with_delimiter` makes of the slashes in the paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._testing.behaviour import behaviour

if TYPE_CHECKING:
    from obstore._testing.view import StoreView

TREE = (
    "mydb/data/whatevs",
    "mydb/wb/000/000/000.segment",
    "mydb/wb/000/000/001.segment",
    "mydb/wb/000/000/002.segment",
    "mydb/wb/001/001/000.segment",
    "mydb/wb/foo.json",
    "mydb/wbwbwb/111/222/333.segment",
    "test_file",
)


async def _level(store: StoreView, prefix: str | None = None) -> tuple[list[str], list[str]]:
    result = await store.list_with_delimiter(prefix)
    return list(result["common_prefixes"]), sorted(meta["path"] for meta in result["objects"])


@behaviour("directories")
async def one_level_is_listed(store: StoreView) -> None:
    """Directories by name, sorted and once each; objects as anywhere else."""
    await store.fill(*TREE)

    assert await _level(store, "mydb/wb") == (["mydb/wb/000", "mydb/wb/001"], ["mydb/wb/foo.json"])
    assert await _level(store, "mydb") == (["mydb/data", "mydb/wb", "mydb/wbwbwb"], [])
    [listed] = (await store.list_with_delimiter("mydb/wb"))["objects"]
    assert listed == {**await store.head("mydb/wb/foo.json"), "last_modified": listed["last_modified"]}


@behaviour("directories")
async def the_root_is_a_directory(store: StoreView) -> None:
    """It is what no prefix, an empty one, and a slash mean."""
    old, _ = await _level(store)  # a store may remember directories that are empty
    await store.fill("new_dir/new_file", "file")

    for prefix in (None, "", "/"):
        directories, files = await _level(store, prefix)
        assert set(directories) == {*old, "new_dir"}
        assert files == ["file"]


@behaviour("directories")
async def a_directory_is_not_part_of_a_name(store: StoreView) -> None:
    """Neither a file nor the beginning of one can be listed."""
    await store.fill(*TREE, "foo/x.json", "foo.bar/y.json")

    assert await _level(store, "foo") == ([], ["foo/x.json"])
    for prefix in ("foo/x", "foo/x.json", "mydb/wb/000/000/001", "myd", "not_there"):
        assert await _level(store, prefix) == ([], [])


@behaviour("directories")
async def a_directory_may_end_in_a_slash(store: StoreView) -> None:
    """It is the same directory."""
    await store.fill(*TREE)

    assert await _level(store, "mydb/wb/") == await _level(store, "mydb/wb")
    assert await _level(store, "/mydb/wb/") == await _level(store, "mydb/wb")


@behaviour("directories")
async def directories_hold_no_objects_of_their_own(store: StoreView) -> None:
    """When the last object below it is deleted nothing is listed in a directory."""
    await store.fill(*TREE)
    await store.delete(TREE)

    assert await store.paths() == []
    assert (await _level(store))[1] == []
    assert (await _level(store, "mydb/data"))[1] == []


@behaviour("directories")
async def odd_directories_are_verbatim(store: StoreView) -> None:
    """Emoji, blanks and percent signs come back as they went in."""
    await store.fill("d/\U0001f640/x", "d/foo bar/x", "d/%48/x", "d/a+b/x")
    directories, _ = await _level(store, "d")

    assert directories == ["d/%48", "d/a+b", "d/foo bar", "d/\U0001f640"]
    for directory in directories:
        assert await _level(store, directory) == ([], [f"{directory}/x"])
