"""What `put` accepts: every kind of content, and content of another store."""

import array
import asyncio
import ctypes
import gzip
import io
import mmap
import zipfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import obstore
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import LocalStore, MemoryStore

DATA = b"some content\n" * 10


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


@pytest.fixture
def target() -> MemoryStore:
    return MemoryStore()


def pieces() -> Iterator[bytes]:
    for start in range(0, len(DATA), 7):
        yield DATA[start : start + 7]


async def async_pieces() -> AsyncIterator[bytes]:
    for piece in pieces():
        yield piece


class OnlyNext:
    def __init__(self) -> None:
        self._pieces = pieces()

    def __next__(self) -> bytes:
        return next(self._pieces)


class OnlyAnext:
    def __init__(self) -> None:
        self._pieces = pieces()

    async def __anext__(self) -> bytes:
        piece = next(self._pieces, None)
        if piece is None:
            raise StopAsyncIteration
        return piece


def moved(file: Any) -> Any:
    file.seek(0)
    return file


def of_another_store() -> obstore.GetResult:
    store = MemoryStore()
    store.put("k", b"<" + DATA + b">")
    return store.get("k", options={"range": (1, 1 + len(DATA))})


class AsyncFile:
    """A file as web frameworks have uploads: it returns less than it is asked for, and is no iterator."""

    def __init__(self) -> None:
        self._file = io.BytesIO(DATA)

    async def read(self, size: int) -> bytes:
        return self._file.read(min(size, 9))

    async def seek(self, offset: int) -> int:
        return self._file.seek(offset)


def mapped() -> mmap.mmap:
    made = mmap.mmap(-1, len(DATA))
    made[:] = DATA
    return made


def member_of_an_archive() -> Any:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("k", DATA)
    return zipfile.ZipFile(made).open("k")


def in_a_store() -> MemoryStore:
    store = MemoryStore()
    store.put("k", DATA)
    return store


INPUTS: dict[str, Callable[[], Any]] = {
    "bytes": lambda: DATA,
    "bytearray": lambda: bytearray(DATA),
    "memoryview": lambda: memoryview(b"<" + DATA + b">")[1:-1],
    "our bytes": lambda: obstore.Bytes(DATA),
    "array": lambda: array.array("B", DATA),
    "numpy": lambda: np.frombuffer(DATA, np.uint8),
    "numpy in rows": lambda: np.frombuffer(DATA, np.uint8).reshape(10, -1),
    "numpy in a cube": lambda: np.frombuffer(DATA, np.uint8).reshape(2, 5, -1),
    "numpy, every other row": lambda: np.repeat(np.frombuffer(DATA, np.uint8).reshape(10, -1), 2, axis=0)[::2],
    "numpy strings": lambda: np.array([DATA[:9], DATA[9:]]),
    "numbers, cast": lambda: memoryview(array.array("H", DATA)).cast("B"),
    "memoryview in rows": lambda: memoryview(DATA).cast("B", (10, len(DATA) // 10)),
    "memoryview of characters": lambda: memoryview(DATA).cast("c"),
    "ctypes": lambda: (ctypes.c_ubyte * len(DATA))(*DATA),
    "memory map": mapped,
    "file": lambda: io.BytesIO(DATA),
    "compressed file": lambda: gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(DATA))),
    "member of an archive": member_of_an_archive,
    "our file": lambda: in_a_store().open_reader("k"),
    "ranges": lambda: in_a_store().get_ranges("k", starts=[0, 9], ends=[9, len(DATA)], coalesce=0),
    "text": lambda: io.StringIO(DATA.decode()),
    "list": lambda: [DATA[:20], bytearray(DATA[20:50]), memoryview(DATA)[50:]],
    "tuple": lambda: (DATA,),
    "deque": lambda: deque([DATA]),
    "keys": lambda: {DATA: 1},
    "empty pieces": lambda: [b"", DATA, b""],
    "generator": pieces,
    "only next": OnlyNext,
    "result": of_another_store,
    "stream": lambda: of_another_store().stream(11),
}
ASYNC_INPUTS: dict[str, Callable[[], Any]] = {
    "async generator": async_pieces,
    "only anext": OnlyAnext,
    "async file": AsyncFile,
}
EFFORTS: list[dict[str, Any]] = [
    {},
    {"chunk_size": 10},
    {"chunk_size": 1000, "use_multipart": True},
    {"chunk_size": 10, "use_multipart": False},
    {"chunk_size": 10, "max_concurrency": 1},
    {"chunk_size": 10, "max_concurrency": 0},
    {"chunk_size": 10, "mode": "create"},
]


@pytest.mark.parametrize("effort", EFFORTS, ids=str)
@pytest.mark.parametrize("name", INPUTS)
def test_content_may_be(target: MemoryStore, colour: Colour, name: str, effort: dict[str, Any]) -> None:
    drive(colour, StoreView(target, colour).put("k", INPUTS[name](), **effort))

    assert target.get("k").bytes() == DATA


@pytest.mark.parametrize("effort", EFFORTS, ids=str)
@pytest.mark.parametrize("name", ASYNC_INPUTS)
def test_content_may_come_asynchronously(target: MemoryStore, name: str, effort: dict[str, Any]) -> None:
    drive("async", StoreView(target, "async").put("k", ASYNC_INPUTS[name](), **effort))

    assert target.get("k").bytes() == DATA


def test_an_async_file_of_ours_may_be_content(target: MemoryStore) -> None:
    async def copy() -> None:
        source = in_a_store()
        async with await source.open_reader_async("k") as file:
            await target.put_async("small", file)
            await file.seek(0)
            await target.put_async("large", file, chunk_size=10)

    asyncio.run(copy())

    assert target.get("small").bytes() == target.get("large").bytes() == DATA


@pytest.mark.parametrize("name", ASYNC_INPUTS)
def test_async_content_needs_an_async_call(target: MemoryStore, name: str) -> None:
    with pytest.raises(ValueError, match=r"Async input not allowed in 'put'\. Use 'put_async'"):
        target.put("k", ASYNC_INPUTS[name]())

    assert target.list().collect() == []


@pytest.mark.parametrize("kind", [str, Path])
@pytest.mark.parametrize("effort", EFFORTS, ids=str)
def test_text_is_the_path_of_a_file(
    target: MemoryStore, colour: Colour, tmp_path: Path, kind: type, effort: dict[str, Any]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    drive(colour, StoreView(target, colour).put("k", kind(path), **effort))

    assert target.get("k").bytes() == DATA


@pytest.mark.parametrize("buffering", [-1, 0])
def test_an_open_file_is_read_from_where_it_stands_and_stays_open(
    target: MemoryStore, colour: Colour, tmp_path: Path, buffering: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"head" + DATA)
    with path.open("rb", buffering=buffering) as file:
        file.seek(4)
        drive(colour, StoreView(target, colour).put("k", file, chunk_size=10))
        assert not file.closed

    assert target.get("k").bytes() == DATA


def test_a_text_file_is_stored_in_utf_8(target: MemoryStore, colour: Colour, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("é日本\n" * 9, encoding="utf-16")
    for effort in ({}, {"chunk_size": 5}):
        with path.open(encoding="utf-16") as file:
            drive(colour, StoreView(target, colour).put("k", file, **effort))
        assert target.get("k").bytes() == ("é日本\n" * 9).encode()


@pytest.mark.parametrize("content", [b"", [], [b""], io.BytesIO()], ids=["bytes", "list", "list of bytes", "file"])
@pytest.mark.parametrize("effort", [{}, {"use_multipart": True}], ids=str)
def test_nothing_is_content_too(target: MemoryStore, colour: Colour, content: Any, effort: dict[str, Any]) -> None:
    drive(colour, StoreView(target, colour).put("k", content, **effort))

    assert target.head("k")["size"] == 0


@pytest.mark.parametrize("as_stream", [False, True])
def test_one_store_is_copied_to_another(tmp_path: Path, colour: Colour, as_stream: bool) -> None:
    source, target = LocalStore(tmp_path), MemoryStore()
    source.put("k", DATA * 100)

    async def body(there: StoreView, here: StoreView) -> None:
        result = (await there.get("k")).raw
        await here.put("copy", result.stream(500) if as_stream else result, chunk_size=300)
        assert await here.body("copy") == DATA * 100
        with pytest.raises(ValueError, match="already been disposed"):
            result.bytes()

    drive(colour, body(StoreView(source, colour), StoreView(target, colour)))


def test_a_call_refused_leaves_its_content_alone(target: MemoryStore) -> None:
    result = of_another_store()
    with pytest.raises(ValueError, match="PutMode"):
        target.put("k", result, mode="none")  # type: ignore[arg-type]

    assert result.bytes() == DATA


def test_modes_are_words_or_what_put_returned(target: MemoryStore, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        first = await view.put("k", b"1", mode="CREATE")
        with pytest.raises(AlreadyExistsError):
            await view.put("k", b"2", mode="create")
        second = await view.put("k", b"2", mode=first)
        with pytest.raises(PreconditionError):
            await view.put("k", b"3", mode=first)
        await view.put("k", b"3", mode={"e_tag": second["e_tag"]})
        await view.put("k", b"4", mode="Overwrite")
        assert await view.body("k") == b"4"

    drive(colour, body(StoreView(target, colour)))


def test_a_changed_buffer_does_not_change_the_object(target: MemoryStore, colour: Colour) -> None:
    content = bytearray(DATA)
    drive(colour, StoreView(target, colour).put("k", content))
    content[:4] = b"xxxx"

    assert target.get("k").bytes() == DATA


def test_attributes_are_known_in_any_spelling(target: MemoryStore, colour: Colour) -> None:
    attributes = {"content-type": "x/y", "CacheControl": "no-store", "Mine": "1"}
    drive(colour, StoreView(target, colour).put("k", b"", attributes=attributes, tags={"a": "b"}))

    assert target.get("k").attributes == {"Content-Type": "x/y", "Cache-Control": "no-store", "Mine": "1"}
