"""Keys: everything legal is kept as it is, everything else is refused."""

from __future__ import annotations

from typing import Any

from obstore import Key
from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

ODD = (
    " leading and trailing /blanks ",
    "!$&'()*+,;=:@",
    "%",
    "%00",
    "%2F",
    "%Q.parquet",
    "-dash/--double",
    ".hidden/.file",
    "...",
    "<a>&amp;\"quoted\" 'text'",
    "I'm a < & weird path",
    "[b]{c}^`|~",
    "a+b c%20d",
    "a/b%2Fc/foo.file",
    "back\\slash\\",
    "caf\u00e9/composed",
    "cafe\u0301/decomposed",
    "ends.",
    "foo bar/I contain spaces.parquet",
    "hash#tag/x#/#y",
    "question?mark=1&other",
    "\u2028line separator",
    "\U0001f1e6\U0001f1fa/$shenanigans@@~.txt",
    "\U0001f640/\U0001f600.parquet",
)
# What a path cannot be, and a key can. Pairs that one slash or one dot tells apart are among them.
VERBATIM = (
    "!",
    "..",
    "../up",
    ".",
    "./here",
    "/",
    "/a",
    "//a",
    "a",
    "a/",
    "a//",
    "a//b",
    "a///b",
    "a/./b",
    "a/../b",
    "a/b",
    "a/b/",
    "a/b//../c",
    "bell\x07",
    "newline\nin/it",
    "return\r",
    "start\x01of/heading\x02",
    "tab\tin it",
    "delete\x7f",
)
BAD = ("a//b", "//a", "a//", "..", ".", "a/../b", "./a", "a/.", "a\x00b", "a\nb", "a\x7fb")


@behaviour("keys")
async def odd_keys_are_kept_verbatim(store: StoreView) -> None:
    """Put, get, head, list and delete mean the same key, without quoting or unquoting it."""
    await store.fill(*ODD)

    assert await store.paths() == sorted(ODD)
    for key in ODD:
        assert await store.body(key) == key.encode()
        assert (await store.head(key))["path"] == key
    await store.delete(ODD)
    assert await store.paths() == []


@behaviour("keys")
async def odd_directories_can_be_listed(store: StoreView) -> None:
    """A prefix is taken literally, too."""
    await store.fill(*ODD)

    for key in ODD:
        directory, slash, _ = key.rpartition("/")
        if slash:
            assert key in await store.paths(directory)
            listed = await store.list_with_delimiter(directory)
            assert key in [meta["path"] for meta in listed["objects"]]


@behaviour("keys")
async def odd_keys_can_be_copied(store: StoreView) -> None:
    """A key is quoted rightly as the source of a copy and as the target of a rename."""
    for key in ODD:
        await store.put("plain", key.encode())
        await store.rename("plain", key)
        await store.copy(key, "plain")

        assert await store.body("plain") == key.encode()
    assert await store.paths() == sorted([*ODD, "plain"])


@behaviour("keys")
async def keys_are_not_percent_decoded(store: StoreView) -> None:
    """`%48%45%4C%4C%4F` is not another way to write `HELLO`."""
    await store.fill("%48%45%4C%4C%4F/foo.parquet")

    assert await store.paths("%48%45%4C%4C%4F") == ["%48%45%4C%4C%4F/foo.parquet"]
    assert await store.paths("HELLO") == []
    await raises(FileNotFoundError, store.head("HELLO/foo.parquet"))


@behaviour("keys")
async def an_encoded_slash_is_no_slash(store: StoreView) -> None:
    """`b%2Fc` is one segment of a path."""
    await store.fill("a/b%2Fc/foo.file")
    below = await store.list_with_delimiter("a")

    assert await store.paths("a/b") == []
    assert below["common_prefixes"] == ["a/b%2Fc"]
    assert below["objects"] == []


@behaviour("keys")
async def an_outer_slash_does_not_count(store: StoreView) -> None:
    """One slash at the start and one at the end of a path are ignored."""
    await store.put("/a/b/", b"1")

    assert await store.paths() == ["a/b"]
    for spelling in ("a/b", "/a/b", "a/b/", "/a/b/"):
        assert (await store.head(spelling))["path"] == "a/b"


@behaviour("keys")
async def bad_paths_are_refused(store: StoreView) -> None:
    """Empty and dotted segments and control characters are a `ValueError`, wherever they occur."""
    await store.fill("a")

    for path in BAD:
        await raises(ValueError, store.put(path, b""))
        await raises(ValueError, store.get(path))
        await raises(ValueError, store.head(path))
        await raises(ValueError, store.copy("a", path))
        await raises(ValueError, store.rename(path, "b"))
    assert await store.paths() == ["a"]


@behaviour("keys")
async def paths_are_text(store: StoreView) -> None:
    """Bytes, None and numbers are a `TypeError`."""
    for path in (b"a", None, 5):
        bad: Any = path
        await raises(TypeError, store.put(bad, b""))
        await raises(TypeError, store.get(bad))


@behaviour("keys", needs={"flat namespace"})
async def keys_are_no_file_names(store: StoreView) -> None:
    """What a file system could not hold is fine where there is none."""
    keys = ["dir", "dir/file", "dir/file/below", "n" * 300, "x#1"]
    await store.fill(*keys)

    assert await store.paths() == keys
    for key in keys:
        assert await store.body(key) == key.encode()
    await store.delete("dir/file")
    assert await store.body("dir/file/below") == b"dir/file/below"


@behaviour("keys", needs={"odd keys"})
async def any_text_is_a_key(store: StoreView) -> None:
    """Each `Key` is an object of its own, and a listing's names lead back to the objects."""
    keys = [Key(name) for name in VERBATIM]
    await store.fill(*keys)

    listed = await store.paths()
    assert listed == sorted(VERBATIM)
    for path in listed:
        assert await store.body(path) == path.encode()
        assert (await store.head(path))["path"] == path
    await store.delete([path for path in listed if path not in {"a", "a/b"}])
    assert await store.paths() == ["a", "a/b"]


@behaviour("keys", needs={"odd keys"})
async def any_key_can_be_copied(store: StoreView) -> None:
    """A `Key` is quoted rightly as the source of a copy and as the target of a rename."""
    for name in VERBATIM:
        await store.put("plain", name.encode())
        await store.rename("plain", Key(name))
        await store.copy(Key(name), "copied")

        assert await store.body("copied") == name.encode()
    assert await store.paths() == sorted([*VERBATIM, "copied"])


@behaviour("keys", needs={"odd keys"})
async def any_directory_can_be_walked(store: StoreView) -> None:
    """Descending from level to level finds every object once, whatever the directories are called."""
    await store.fill(*[Key(name) for name in VERBATIM])

    found: list[str] = []
    todo: list[str | None] = [None]
    while todo:
        level = await store.list_with_delimiter(todo.pop())
        found += [meta["path"] for meta in level["objects"]]
        todo += level["common_prefixes"]

    assert sorted(found) == sorted(VERBATIM)


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
