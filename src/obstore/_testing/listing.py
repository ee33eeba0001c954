"""Listings: prefixes, offsets, chunks, order and pages."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from obstore._testing.behaviour import behaviour

if TYPE_CHECKING:
    from obstore._testing.view import StoreView

EMOJI = "%F0%9F%98%80"
FILES = (  # in the order of their UTF-8 bytes
    "a a/b.file",
    "a%2Fa.file",
    f"a/{EMOJI}.file",
    "a/a file",
    "a/a%2F.file",
    "a/a.file",
    "a/a/b.file",
    "a/b.file",
    "aa/a.file",
    "ab/a.file",
)
OFFSETS = (
    (None, "a"),
    (None, "a/a file"),
    (None, "a/a/b.file"),
    (None, "ab/a.file"),
    (None, "a%252Fa.file"),
    (None, f"a/{EMOJI}.file"),
    ("a", ""),
    ("a", "a"),
    ("a", f"a/{EMOJI}"),
    ("a", f"a/{EMOJI}.file"),
    ("a", "a/b"),
    ("a", "a/a/b.file"),
)
MANY = 1_100
"""More than the thousand that a page, or a batch of deletions, holds."""


@behaviour("listing")
async def a_prefix_is_a_directory(store: StoreView) -> None:
    """It matches whole segments: neither part of a name nor an object of that name."""
    await store.fill("foo/x.json", "foo.bar/y.json", "foobar")

    assert await store.paths("foo") == ["foo/x.json"]
    assert await store.paths("fo") == []
    assert await store.paths("foo/x") == []
    assert await store.paths("foo/x.json") == []


@behaviour("listing")
async def a_prefix_may_end_in_a_slash(store: StoreView) -> None:
    """An outer slash does not count, and no prefix is the empty one."""
    await store.fill("foo/x", "y")

    for prefix in ("foo", "foo/", "/foo", "/foo/"):
        assert await store.paths(prefix) == ["foo/x"]
    everything: tuple[str | None, ...] = (None, "", "/")
    for root in everything:
        assert await store.paths(root) == ["foo/x", "y"]


@behaviour("listing")
async def a_missing_prefix_is_empty(store: StoreView) -> None:
    """It is not an error, and yields no chunk at all."""
    await store.fill("there/x")

    assert await store.paths("not/there") == []
    assert await store.list("not/there").drain() == []
    assert await store.list("not/there").collect() == []


@behaviour("listing")
async def listed_objects_are_described(store: StoreView) -> None:
    """As `head` does, with their full path."""
    await store.put("d/a", b"12345")
    [listed] = await store.list("d").collect()
    head = await store.head("d/a")

    assert set(listed) == set(head)
    assert (listed["path"], listed["size"], listed["e_tag"]) == ("d/a", 5, head["e_tag"])


@behaviour("listing")
async def an_offset_is_exclusive(store: StoreView) -> None:
    """Only what comes after it is listed."""
    await store.fill(*(f"test_offset/file_{letter}.txt" for letter in "abcde"))

    def files(letters: str) -> list[str]:
        return [f"test_offset/file_{letter}.txt" for letter in letters]

    for letter, rest in (("b", "cde"), ("a", "bcde"), ("e", "")):
        offset = f"test_offset/file_{letter}.txt"
        assert await store.paths("test_offset", offset=offset) == files(rest)
    assert await store.paths(offset="test_offset/file_c.txt") == files("de")


@behaviour("listing")
async def offsets_compare_bytes(store: StoreView) -> None:
    """A path is greater when its UTF-8 bytes are, wherever slashes and prefixes fall."""
    await store.fill(*FILES)

    for prefix, offset in OFFSETS:
        expected = [
            file
            for file in FILES
            if file.encode() > offset.encode() and (prefix is None or file.startswith(f"{prefix}/"))
        ]
        assert await store.paths(prefix, offset=offset) == expected, (prefix, offset)


@behaviour("listing")
async def an_offset_need_not_exist(store: StoreView) -> None:
    """Nor be below the prefix."""
    await store.fill("b/1", "b/2", "c/1")

    assert await store.paths(offset="b/15") == ["b/2", "c/1"]
    assert await store.paths("b", offset="a") == ["b/1", "b/2"]
    assert await store.paths("b", offset="c") == []


@behaviour("listing", needs={"sorted"})
async def a_listing_is_sorted(store: StoreView) -> None:
    """By the UTF-8 bytes of the paths."""
    await store.fill(*reversed(FILES), "\U0001f600", "\ufffd", "B")
    listed = [meta["path"] for meta in await store.list().collect()]

    assert listed == ["B", *FILES, "\ufffd", "\U0001f600"]


@behaviour("listing")
async def chunks_are_of_the_size_asked(store: StoreView) -> None:
    """All but the last; together they are the listing."""
    await store.fill(*FILES)

    for size, lengths in ((1, [1] * 10), (3, [3, 3, 3, 1]), (5, [5, 5]), (10, [10]), (50, [10])):
        chunks = await store.list(chunk_size=size).drain()
        assert [len(chunk) for chunk in chunks] == lengths
        assert sorted(meta["path"] for chunk in chunks for meta in chunk) == [*FILES]


@behaviour("listing")
async def collect_takes_what_is_left(store: StoreView) -> None:
    """After some chunks it is the rest, in one list, and after that nothing."""
    await store.fill(*FILES)
    stream = store.list(chunk_size=4)
    first = await anext(stream)
    rest = await stream.collect()

    assert len(first) == 4
    assert sorted(meta["path"] for meta in [*first, *rest]) == [*FILES]
    assert await stream.collect() == []


@behaviour("listing")
async def an_exhausted_listing_stays_so(store: StoreView) -> None:
    """Asking again is not an error, and does not list anew."""
    await store.fill("a")
    stream = store.list()
    chunks = await stream.drain()
    await store.fill("b")

    assert len(chunks) == 1
    assert await stream.drain() == []


@behaviour("listing")
async def listings_go_on_beyond_a_page(store: StoreView) -> None:
    """More objects than a service names, or deletes, in one reply."""
    keys = [f"many/{number:04}" for number in range(MANY)]
    await store.concurrently([partial(store.fill, *keys[i::8]) for i in range(8)])

    assert await store.paths() == keys
    assert await store.paths("many", offset=keys[-3]) == keys[-2:]
    assert len((await store.list_with_delimiter("many"))["objects"]) == MANY
    assert [len(chunk) for chunk in await store.list(chunk_size=600).drain()] == [600, 500]
    await store.delete(keys)
    assert await store.paths() == []
