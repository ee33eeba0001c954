"""Objects as files open for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

if TYPE_CHECKING:
    from obstore._testing.handles import ReaderView

BODY = bytes(range(256)) * 16
TEXT = b"first\nsecond line\n\nno newline at the end"


async def _in_steps(reader: ReaderView, size: int) -> bytes:
    whole = b""
    while piece := await reader.read(size):
        assert len(piece) <= size
        whole += piece
    return whole


@behaviour("readers")
async def a_reader_reads_everything(store: StoreView) -> None:
    """With `read`, with `readall`, or in steps; whatever its buffer holds."""
    await store.put("a", BODY)

    for size in (200, 1_024, 4_096, 1 << 20):
        assert await (await store.open_reader("a", buffer_size=size)).read() == BODY
        assert await (await store.open_reader("a", buffer_size=size)).readall() == BODY
        assert await _in_steps(await store.open_reader("a", buffer_size=size), 333) == BODY


@behaviour("readers")
async def a_reader_knows_its_size(store: StoreView) -> None:
    """And that it can seek."""
    await store.put("a", BODY)
    reader = await store.open_reader("a")

    assert reader.size == len(BODY)
    assert reader.raw.seekable()
    assert await reader.tell() == 0


@behaviour("readers")
async def a_reader_seeks(store: StoreView) -> None:
    """From the start, from where it is, and from the end."""
    await store.put("a", BODY)
    reader = await store.open_reader("a", buffer_size=200)

    assert await reader.seek(325) == 325
    assert await reader.read(10) == BODY[325:335]
    assert await reader.seek(-5, 1) == 330
    assert await reader.read(3) == BODY[330:333]
    assert await reader.seek(-76, 2) == len(BODY) - 76
    assert await reader.read() == BODY[-76:]
    assert await reader.tell() == len(BODY)


@behaviour("readers")
async def the_end_reads_as_nothing(store: StoreView) -> None:
    """So does what lies beyond it, and all of an empty object."""
    await store.put("a", BODY)
    await store.put("empty", b"")
    reader = await store.open_reader("a")

    assert await reader.seek(0, 2) == len(BODY)
    assert await reader.read(10) == b""
    assert await reader.seek(len(BODY) + 100) == len(BODY) + 100
    assert await reader.read(10) == b""
    assert await reader.read() == b""
    assert await (await store.open_reader("empty")).read() == b""


@behaviour("readers")
async def a_reader_does_not_seek_before_the_start(store: StoreView) -> None:
    """That, and a direction there is not, are errors, after which it is still usable."""
    await store.put("a", BODY)
    reader = await store.open_reader("a")
    await reader.read(10)

    await raises((OSError, ValueError), reader.seek(-11, 1))
    await raises((OSError, ValueError), reader.seek(-len(BODY) - 1, 2))
    await raises((OSError, ValueError), reader.seek(0, 7))
    assert await reader.read(10) == BODY[10:20]


@behaviour("readers")
async def a_reader_reads_lines(store: StoreView) -> None:
    """With their newlines, in a buffer smaller than a line too."""
    await store.put("a", TEXT)
    for size in (4, 1_024):
        reader = await store.open_reader("a", buffer_size=size)
        lines = [await reader.readline() for _ in range(5)]

        assert lines == [*TEXT.splitlines(keepends=True), b""]
        await reader.seek(0)
        assert [line for line in await reader.readlines() if line] == TEXT.splitlines(keepends=True)


@behaviour("readers")
async def lines_go_on_where_reading_stopped(store: StoreView) -> None:
    """Reads and lines may be mixed."""
    await store.put("a", TEXT)
    reader = await store.open_reader("a")

    assert await reader.read(3) == b"fir"
    assert await reader.readline() == b"st\n"
    assert await reader.tell() == 6
    assert await reader.read(6) == b"second"


@behaviour("readers")
async def a_known_size_is_believed(store: StoreView) -> None:
    """It saves a request; too small a one cuts the file short."""
    await store.put("a", BODY)

    assert await (await store.open_reader("a", size=len(BODY))).read() == BODY
    assert await (await store.open_reader("a", size=100)).read() == BODY[:100]


@behaviour("readers")
async def a_wrong_size_shows_when_reading(store: StoreView) -> None:
    """As an error of the read, and so does an object that is missing."""
    await store.put("a", BODY)
    reader = await store.open_reader("a", size=len(BODY) * 2, buffer_size=64)
    missing = await store.open_reader("missing", size=10)
    await reader.seek(len(BODY) + 10)

    await raises(OSError, reader.read(10))
    await raises(FileNotFoundError, missing.read(10))
