"""`GetResult` and its streams: bytes that can be taken once, in either colour."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import obstore
from obstore import Bytes
from obstore._api.results import BytesStream, GetResult
from obstore._core.body import BufferBody
from obstore._core.types import Buffer
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.store import BaseStore, MemoryStore, StoredObject

DATA = bytes(range(256)) * 4
TAKEN = "Result has already been disposed"


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


class InPieces(BaseStore):
    """A store of one object, which comes in pieces of three bytes."""

    def __init__(self) -> None:
        self.finished = False

    async def get_object(self, path: str, options: Any) -> StoredObject:
        inner = MemoryStore()
        inner.put(path, DATA)
        return StoredObject(inner.head(path), self._pieces())

    def _pieces(self) -> Iterator[bytes]:
        try:
            for start in range(0, len(DATA), 3):
                yield DATA[start : start + 3]
        finally:
            self.finished = True

    async def put_object(self, path: str, data: Any, options: Any) -> Any:
        raise NotImplementedError

    async def delete_objects(self, paths: Any) -> None:
        raise NotImplementedError

    async def list_objects(self, options: Any) -> Any:
        raise NotImplementedError


def memory() -> MemoryStore:
    store = MemoryStore()
    store.put("k", DATA, attributes={"Content-Type": "x/y", "mine": "1"})
    return store


def make(kind: str) -> Any:
    return memory() if kind == "memory" else InPieces()


@pytest.fixture(params=["memory", "pieces"])
def store(request: pytest.FixtureRequest) -> Any:
    return make(request.param)


def test_either_colour_takes_what_the_other_has_opened(store: Any, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        assert (await view.get("k")).raw.buffer() == DATA
        assert await (await view.get("k")).bytes_in_other_colour() == DATA

    drive(colour, body(StoreView(store, colour)))


def test_the_bytes_are_taken_once(store: Any, colour: Colour) -> None:
    takes: list[Any] = [
        lambda result: result.bytes(),
        lambda result: result.buffer(),
        lambda result: result.stream(),
        iter,
        aiter,
        lambda result: asyncio.run(result.bytes_async()),
    ]
    for first in takes[:-1]:
        result = obstore.get(store, "k")
        first(result)
        for second in takes[:-1]:
            with pytest.raises(ValueError, match=TAKEN):
                second(result)

    async def body(view: StoreView) -> None:
        result = await view.get("k")
        await result.bytes()
        with pytest.raises(ValueError, match=TAKEN):
            await result.bytes()

    drive(colour, body(StoreView(store, colour)))


def test_metadata_stay_after_the_bytes_are_taken() -> None:
    result = memory().get("k")
    result.bytes()

    assert result.meta["size"] == len(DATA)
    assert result.range == (0, len(DATA))
    assert result.attributes == {"Content-Type": "x/y", "mine": "1"}


def test_what_is_shown_may_be_changed_without_effect() -> None:
    result = memory().get("k")
    result.meta["size"] = 0
    result.attributes.clear()

    assert (result.meta["size"], len(result.attributes)) == (len(DATA), 2)


def test_a_closed_result_has_no_bytes(store: Any) -> None:
    with obstore.get(store, "k") as result:
        assert isinstance(result, GetResult)
    with pytest.raises(ValueError, match=TAKEN):
        result.bytes()
    result.close()


def test_a_wrong_size_of_chunks_takes_nothing(store: Any) -> None:
    result = obstore.get(store, "k")
    for wrong, kind in ((-1, OverflowError), ("1", TypeError)):
        with pytest.raises(kind, match="min_chunk_size"):
            result.stream(wrong)  # type: ignore[arg-type]

    assert result.bytes() == DATA


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 1024, 5000])
def test_chunks_have_at_least_their_size_but_the_last(store: Any, colour: Colour, size: int) -> None:
    async def body(view: StoreView) -> None:
        chunks = await (await view.get("k")).stream(size).drain()
        assert b"".join(chunks) == DATA
        assert all(type(chunk) is bytes for chunk in chunks)
        assert all(len(chunk) >= size for chunk in chunks[:-1])
        assert all(chunks)

    drive(colour, body(StoreView(store, colour)))


def test_a_size_of_nothing_is_one(store: Any) -> None:
    assert b"".join(obstore.get(store, "k").stream(0)) == DATA


def test_a_result_is_its_own_stream(store: Any) -> None:
    async def collected(pieces: AsyncIterator[bytes]) -> bytes:
        return b"".join([piece async for piece in pieces])

    assert b"".join(obstore.get(store, "k")) == DATA
    assert asyncio.run(collected(aiter(obstore.get(store, "k")))) == DATA


def test_a_stream_may_change_colour(store: Any) -> None:
    async def rest(stream: BytesStream) -> bytes:
        return b"".join([piece async for piece in stream])

    stream = obstore.get(store, "k").stream(10)
    first = next(stream)

    assert first + asyncio.run(rest(stream)) == DATA
    assert next(stream, None) is None


def test_a_finished_stream_stays_finished(store: Any) -> None:
    stream = obstore.get(store, "k").stream()
    assert b"".join(stream) == DATA
    assert list(stream) == []


def test_a_closed_stream_ends_and_lets_go() -> None:
    store = InPieces()
    stream = obstore.get(store, "k").stream(3)
    next(stream)
    stream.close()
    stream.close()

    assert list(stream) == []
    assert store.finished


def test_a_range_says_which_bytes_it_holds(colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        result = await view.get("k", range={"suffix": 4})
        assert result.range == (1020, 1024)
        assert result.meta["size"] == 1024
        assert repr(result.raw) == "<GetResult 'k' bytes 1020..1024 of 1024>"
        assert await result.bytes() == DATA[-4:]

    drive(colour, body(StoreView(memory(), colour)))


def test_an_empty_object_has_no_chunks(colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.put("empty", b"")
        assert await (await view.get("empty")).bytes() == b""
        assert await (await view.get("empty")).stream(1).drain() == []

    drive(colour, body(StoreView(MemoryStore(), colour)))


def test_bytes_are_our_bytes_and_pickle() -> None:
    data = memory().get("k").bytes()

    assert type(data) is Bytes
    assert pickle.loads(pickle.dumps(data)) == data


def test_a_body_is_never_asked_for_crumbs() -> None:
    """Of a file each time is a system call, and in an async call a thread's work."""
    asked: list[int] = []

    class Asked(BufferBody):
        async def read_chunk(self, max_bytes: int) -> Buffer:
            asked.append(max_bytes)
            return await super().read_chunk(max_bytes)

    assert [*BytesStream(Asked(b"abc"), 1)] == [b"abc"]
    assert [*BytesStream(Asked(b"abc"), 100_000)] == [b"abc"]

    assert asked == [65536, 65536, 100_000, 99_997, 100_000]
