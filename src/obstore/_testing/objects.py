"""Objects come and go: put, get, head, delete, and what is not there."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Coroutine
from datetime import UTC, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

PATH = "test_dir/test_file.json"
BODY = b"arbitrary data"


@behaviour("objects")
async def get_returns_what_was_put(store: StoreView) -> None:
    """An object is readable, and listed, as soon as its put has returned."""
    await store.put(PATH, BODY)

    assert await store.body(PATH) == BODY
    assert await store.paths() == [PATH]


@behaviour("objects")
async def a_put_replaces_the_object(store: StoreView) -> None:
    """Nothing of a longer predecessor is left."""
    await store.put(PATH, BODY * 100)
    await store.put(PATH, b"short")

    assert await store.body(PATH) == b"short"
    assert (await store.head(PATH))["size"] == 5


@behaviour("objects")
async def head_describes_the_object(store: StoreView) -> None:
    """Path, size and time are those of the object; the time is UTC."""
    await store.put(PATH, BODY)
    meta = await store.head(PATH)

    assert meta["path"] == PATH
    assert meta["size"] == len(BODY)
    assert meta["last_modified"].tzinfo is UTC
    assert set(meta) == {"path", "last_modified", "size", "e_tag", "version"}


@behaviour("objects")
async def put_get_head_and_list_agree(store: StoreView) -> None:
    """The ETag and the time of an object do not depend on who is asked, up to a second."""
    put = await store.put(PATH, BODY)
    head = await store.head(PATH)
    got = (await store.get(PATH)).meta
    [listed] = await store.list().collect()

    assert put["e_tag"] == head["e_tag"] == got["e_tag"] == listed["e_tag"]
    assert head["size"] == got["size"] == listed["size"]
    for other in (got, listed):
        assert abs(other["last_modified"] - head["last_modified"]) < timedelta(seconds=1)


@behaviour("objects")
async def a_zero_byte_object_is_an_object(store: StoreView) -> None:
    """An empty object is listed, has size 0, and reads as nothing."""
    await store.put("empty", b"")
    result = await store.get("empty")

    assert (await store.head("empty"))["size"] == 0
    assert result.range == (0, 0)
    assert await result.bytes() == b""
    assert await store.paths() == ["empty"]


@behaviour("objects")
async def put_takes_any_buffer(store: StoreView) -> None:
    """Whatever holds contiguous bytes can be put, a slice of something larger as well."""
    for data in (BODY, bytearray(BODY), memoryview(BODY), memoryview(b"<" + BODY + b">")[1:-1]):
        await store.put(PATH, data)

        assert await store.body(PATH) == BODY


@behaviour("objects")
async def put_takes_files_and_their_paths(store: StoreView) -> None:
    """A file is read from its position on; a path names a local file."""
    await store.put("file", io.BytesIO(BODY))
    with tempfile.TemporaryDirectory() as directory:
        await store.put("path", _local_file(directory))

    assert await store.body("file") == BODY
    assert await store.body("path") == BODY


def _local_file(directory: str) -> Path:
    path = Path(directory, "file")
    path.write_bytes(BODY)
    return path


@behaviour("objects")
async def put_without_multipart_takes_a_source(store: StoreView) -> None:
    """The pieces of an iterable are put as one object, in one request if so told."""
    await store.put(PATH, store.source(b"arbitrary", b"", b" ", b"data"), use_multipart=False)

    assert await store.body(PATH) == BODY


@behaviour("objects")
async def a_deleted_object_is_gone(store: StoreView) -> None:
    """It is neither listed nor found."""
    await store.fill(PATH, "other")
    await store.delete(PATH)

    assert await store.paths() == ["other"]
    await raises(FileNotFoundError, store.get(PATH))
    await raises(FileNotFoundError, store.head(PATH))


@behaviour("objects")
async def what_is_missing_is_a_file_not_found(store: StoreView) -> None:
    """Every read of a missing object raises `FileNotFoundError`."""
    await store.fill("there")

    await raises(FileNotFoundError, store.get("not/there"))
    await raises(FileNotFoundError, store.head("not/there"))
    await raises(FileNotFoundError, store.get_range("not/there", start=0, end=1))
    await raises(FileNotFoundError, store.get_ranges("not/there", starts=[0, 9], ends=[1, 10], coalesce=0))
    await raises(FileNotFoundError, store.open_reader("not/there"))


@behaviour("objects")
async def a_directory_is_not_an_object(store: StoreView) -> None:
    """The directory part of a path cannot be read as an object."""
    await store.fill("dir/sub/file")

    for directory in ("dir", "dir/sub", "dir/"):
        await raises(FileNotFoundError, store.get(directory))
        await raises(FileNotFoundError, store.head(directory))


@behaviour("objects", needs={"lenient delete"})
async def deleting_what_is_missing_succeeds(store: StoreView) -> None:
    """A deletion makes sure that an object is gone; it may be gone already."""
    await store.fill("there")
    await store.delete("missing")
    await store.delete(["missing/1", "there", "missing/2"])

    assert await store.paths() == []


@behaviour("objects", lacks={"lenient delete"})
async def deleting_what_is_missing_raises(store: StoreView) -> None:
    """A deletion of nothing is an error, but does not keep the others from being deleted."""
    await store.fill("a", "b", "c")

    await raises(FileNotFoundError, store.delete("missing"))
    await raises(FileNotFoundError, store.delete(["a", "missing", "b", "c"]))
    assert await store.paths() == []


@behaviour("objects")
async def delete_takes_many_paths(store: StoreView) -> None:
    """A list or tuple of paths is deleted, and nothing else; an empty one is fine."""
    await store.fill("a", "b", "d/c", "d/e", "f")
    await store.delete([])
    await store.delete(["a", "d/c"])
    await store.delete(("f",))

    assert await store.paths() == ["b", "d/e"]


@behaviour("objects")
async def delete_takes_nothing_but_paths(store: StoreView) -> None:
    """Something else, as well as a bad path, is refused before anything is deleted."""
    await store.fill("a")
    number: Any = 5

    await raises(TypeError, store.delete(number))
    await raises((TypeError, ValueError), store.delete(["a", "b//c"]))
    assert await store.paths() == ["a"]


@behaviour("objects")
async def put_refuses_what_holds_no_bytes(store: StoreView) -> None:
    """Numbers, None and sources of text are errors, and leave nothing behind."""
    for data in (5, None):
        await raises((TypeError, ValueError), store.put("a", data))
    await raises(TypeError, store.put("a", ["text"]))

    assert await store.paths() == []


@behaviour("objects")
async def put_refuses_modes_it_does_not_know(store: StoreView) -> None:
    """A misspelt mode never overwrites."""
    await store.put("a", b"1")

    await raises(ValueError, store.put("a", b"2", mode="creat"))
    assert await store.body("a") == b"1"


@behaviour("objects")
async def tags_do_not_disturb_a_put(store: StoreView) -> None:
    """A store keeps tags or ignores them; characters that need quoting do no harm."""
    tags = {"foo.com=bar/s": "bananas/foo.com-_", "namespace/key.foo": "value with a space"}
    await store.put(PATH, BODY, tags=tags)

    assert await store.body(PATH) == BODY


@behaviour("objects", chance=True)
async def readers_never_see_a_mixture(store: StoreView) -> None:
    """While an object is being replaced, a reader gets the old content or the new one, whole."""
    size = 1 << 18
    await store.put(PATH, b"0" * size)

    async def write(letter: bytes) -> None:
        for _ in range(4):
            await store.put(PATH, letter * size)

    async def read() -> None:
        for _ in range(8):
            body = await store.body(PATH)
            assert len(body) == size
            assert len(set(body)) == 1, "one reply held parts of two objects"

    workers: list[Callable[[], Coroutine[Any, Any, None]]] = [partial(write, b"1"), partial(write, b"2"), read, read]
    await store.concurrently(workers)
