"""Objects as files open for writing."""

from __future__ import annotations

from typing import Any

from obstore._core.types import Buffer
from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

PART = 5 << 20
PIECE = bytes(range(256)) * 8_000  # about 2 MB


class BodyError(Exception):
    """A failure inside a `with` block."""


@behaviour("writers")
async def a_written_file_appears_when_closed(store: StoreView) -> None:
    """Not before; flushing does not publish."""
    writer = store.open_writer("a")
    assert await writer.write(b"one, ") == 5
    await writer.flush()
    await raises(FileNotFoundError, store.head("a"))
    assert await writer.write(b"two") == 3
    await writer.close()

    assert await store.body("a") == b"one, two"


@behaviour("writers")
async def a_writer_closes_at_the_end_of_its_block(store: StoreView) -> None:
    """And knows it."""
    async with store.open_writer("a") as writer:
        await writer.write(b"body")
        assert not await writer.closed()

    assert await writer.closed()
    assert await store.body("a") == b"body"


@behaviour("writers")
async def nothing_written_is_an_empty_object(store: StoreView) -> None:
    """Closing makes an object in any case."""
    await store.open_writer("a").close()

    assert await store.body("a") == b""
    assert await store.paths() == ["a"]


@behaviour("writers", needs={"multipart"})
async def a_writer_writes_large_objects(store: StoreView) -> None:
    """Its buffer is uploaded when it is full; the order of the writes is that of the bytes."""
    pieces: list[Buffer] = [b"start", PIECE, PIECE[::-1], bytearray(PIECE), memoryview(b"end")]
    async with store.open_writer("a", buffer_size=PART, max_concurrency=2) as writer:
        for piece in pieces:
            assert await writer.write(piece) == len(piece)

    assert await store.body("a") == b"".join(bytes(piece) for piece in pieces)


@behaviour("writers")
async def a_writer_copies_what_it_keeps(store: StoreView) -> None:
    """The buffer of a write may be used again at once."""
    buffer = bytearray(b"first ")
    async with store.open_writer("a") as writer:
        await writer.write(buffer)
        buffer[:] = b"second"
        await writer.write(buffer)

    assert await store.body("a") == b"first second"


@behaviour("writers")
async def a_failed_block_writes_nothing(store: StoreView) -> None:
    """Its exception comes out, and what was there before stays."""
    await store.put("before", b"old")
    for path in ("a", "before"):
        await raises(BodyError, _fail(store, path, b"new"))

    assert await store.paths() == ["before"]
    assert await store.body("before") == b"old"


@behaviour("writers", needs={"multipart"})
async def a_failed_block_forgets_its_parts(store: StoreView) -> None:
    """However many were uploaded."""
    await raises(BodyError, _fail(store, "a", PIECE, PIECE, PIECE))

    await raises(FileNotFoundError, store.head("a"))
    assert await store.paths() == []


async def _fail(store: StoreView, path: str, *pieces: bytes) -> None:
    async with store.open_writer(path, buffer_size=PART) as writer:
        for piece in pieces:
            await writer.write(piece)
        raise BodyError


@behaviour("writers")
async def a_closed_writer_takes_no_more(store: StoreView) -> None:
    """Writing is an `OSError`; closing it again does nothing, as with other files of Python's."""
    writer = store.open_writer("a")
    await writer.write(b"body")
    await writer.close()

    await raises(OSError, writer.write(b"more"))
    await raises(OSError, writer.flush())
    await writer.close()
    assert await writer.closed()
    assert await store.body("a") == b"body"


@behaviour("writers")
async def a_writer_takes_bytes_only(store: StoreView) -> None:
    """Text is a `TypeError`, and the writer stays usable."""
    async with store.open_writer("a") as writer:
        text: Any = "text"
        await raises(TypeError, writer.write(text))
        await writer.write(b"bytes")

    assert await store.body("a") == b"bytes"
