"""Keys given as `Key`: what no path can be counts to the letter, or is refused."""

from __future__ import annotations

from collections.abc import Sequence

from obstore import Key
from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

# What a path cannot be, and a key can. Pairs that one slash or one dot tells apart are among them.
SLASHES = ("!", "/", "/a", "//a", "a", "a/", "a//", "a//b", "a///b", "a/b", "a/b/")
LINES = ("delete\x7f", "newline\nin/it", "return\r", "tab\tin it")
DOTTED = ("..", "../up", ".", "./here", "a/./b", "a/../b", "a/b//../c")
NOT_IN_XML = ("bell\x07", "start\x01of/heading\x02")
PLAINER = SLASHES + LINES
VERBATIM = PLAINER + DOTTED + NOT_IN_XML

PLAIN = ("a", "a/b")
"""What deletions must leave, although odd names are near."""


@behaviour("keys", needs={"odd keys"})
async def any_text_is_a_key(store: StoreView) -> None:
    """Each `Key` is an object of its own, and a listing's names lead back to the objects."""
    await _are_kept(store, PLAINER)


@behaviour("keys", needs={"odd keys"})
async def any_key_can_be_copied(store: StoreView) -> None:
    """A `Key` is quoted rightly as the source of a copy and as the target of a rename."""
    await _are_copied(store, PLAINER)


@behaviour("keys", needs={"odd keys"})
async def any_directory_can_be_walked(store: StoreView) -> None:
    """Descending from level to level finds every object once, whatever the directories are called."""
    await _are_found(store, PLAINER)


@behaviour("keys", needs={"odd keys"})
async def what_xml_cannot_carry_is_a_key(store: StoreView) -> None:
    """Control characters are kept, copied and listed, in names of objects and of directories."""
    await _are_copied(store, NOT_IN_XML)
    await _are_found(store, [*NOT_IN_XML, "copied"])


@behaviour("keys", needs={"odd keys", "dot segments"})
async def dot_segments_are_kept(store: StoreView) -> None:
    """In a `Key` nobody resolves `.` and `..`, and what is deleted is that object."""
    await _are_kept(store, VERBATIM)


@behaviour("keys", needs={"odd keys", "dot segments"})
async def dot_segments_can_be_copied(store: StoreView) -> None:
    """Nobody resolves them at either end of a copy."""
    await _are_copied(store, VERBATIM)


@behaviour("keys", needs={"odd keys", "dot segments"})
async def dot_segments_can_be_walked(store: StoreView) -> None:
    """They are directories like others."""
    await _are_found(store, VERBATIM)


@behaviour("keys", needs={"odd keys"}, lacks={"dot segments"})
async def a_key_with_a_dot_segment_is_refused(store: StoreView) -> None:
    """It is sent to nobody who would resolve it: the name that is left could be that of another object."""
    await store.fill("a", "b", "up")

    for name in DOTTED:
        await raises(ValueError, store.get(Key(name)))
        await raises(ValueError, store.put(Key(name), b""))
        await raises(ValueError, store.copy("a", Key(name)))
        await raises(ValueError, store.rename(Key(name), "c"))
        await raises(ValueError, store.delete(["a", Key(name)]))
    assert await store.paths() == ["a", "b", "up"]


async def _are_kept(store: StoreView, names: Sequence[str]) -> None:
    await store.fill(*[Key(name) for name in names])

    listed = await store.paths()
    assert listed == sorted(names)
    for path in listed:
        assert await store.body(path) == path.encode()
        assert (await store.head(path))["path"] == path
    await store.delete([path for path in listed if path not in PLAIN])
    assert await store.paths() == [path for path in listed if path in PLAIN]


async def _are_copied(store: StoreView, names: Sequence[str]) -> None:
    for name in names:
        await store.put("plain", name.encode())
        await store.rename("plain", Key(name))
        await store.copy(Key(name), "copied")

        assert await store.body("copied") == name.encode()
    assert await store.paths() == sorted([*names, "copied"])


async def _are_found(store: StoreView, names: Sequence[str]) -> None:
    await store.fill(*[Key(name) for name in names])

    found: list[str] = []
    todo: list[str | None] = [None]
    while todo:
        level = await store.list_with_delimiter(todo.pop())
        found += [meta["path"] for meta in level["objects"]]
        todo += level["common_prefixes"]

    assert sorted(found) == sorted(names)


@behaviour("keys", needs={"odd keys"})
async def a_listing_can_begin_after_any_key(store: StoreView) -> None:
    """`offset` may be a `Key`."""
    await store.fill(*[Key(name) for name in ("a", "a/", "a//b", "b")])

    assert await store.paths(offset=Key("a/")) == ["a//b", "b"]
    assert await store.paths(Key("a//")) == ["a//b"]


@behaviour("keys", lacks={"odd keys"})
async def a_key_that_is_no_path_is_refused(store: StoreView) -> None:
    """A `Key` that only a slash tells from another path is not taken for that."""
    await store.fill("a")

    for name in ("a/", "/a", "a//b", ".."):
        await raises(ValueError, store.get(Key(name)))
        await raises(ValueError, store.put(Key(name), b""))
        await raises(ValueError, store.delete(Key(name)))
    assert await store.body(Key("a")) == b"a"
    assert await store.paths() == ["a"]
