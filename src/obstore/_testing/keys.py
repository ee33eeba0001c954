"""Keys: everything legal is kept as it is, everything else is refused."""

from __future__ import annotations

from typing import Any

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
