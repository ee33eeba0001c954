"""Whatever `put` and writers are given, nothing is left behind that no listing shows: no staging file, no upload."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.store import LocalStore, S3Store
from tests.api.test_bad_input import PUTS
from tests.servers import S3Server

PART = 5 << 20
Leftovers = Callable[[], list[str]]


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


@pytest.fixture(scope="module")
def bucket(ministack: S3Server) -> str:
    return ministack.make_bucket()


def on_disk(directory: Path) -> list[str]:
    return [path.name for path in directory.rglob("*")]


def in_bucket(server: S3Server, bucket: str) -> list[str]:
    with server.client() as s3:
        objects = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        uploads = s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return [each["Key"] for each in [*objects, *uploads]]


@pytest.fixture(params=["local", "ministack"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[LocalStore | S3Store, Leftovers]:
    """An empty store, and a look behind it."""
    if request.param == "local":
        return LocalStore(tmp_path), lambda: on_disk(tmp_path)
    server: S3Server = request.getfixturevalue("ministack")
    name: str = request.getfixturevalue("bucket")
    return S3Store(name, **server.options()), lambda: in_bucket(server, name)


def test_leftovers_would_be_seen(place: tuple[Any, Leftovers]) -> None:
    store, leftovers = place
    writer = store.open_writer("k", buffer_size=PART)
    writer.write(bytes(PART))
    seen = leftovers()
    with pytest.raises(KeyError), writer:
        raise KeyError

    assert seen and not leftovers()  # noqa: PT018 - one does not count without the other


@pytest.mark.parametrize(("file", "options", "kind"), [row[:3] for row in PUTS])
def test_nothing_is_left_of_what_cannot_be_put(
    place: tuple[Any, Leftovers], colour: Colour, file: Any, options: dict[str, Any], kind: type[Exception]
) -> None:
    store, leftovers = place
    view = StoreView(store, colour)
    for effort in ({}, {"use_multipart": True}):
        with pytest.raises(kind):
            drive(colour, view.put("new", file, **effort | options))

    assert leftovers() == []


class SourceError(Exception):
    """A source's own failure."""


def pieces(*last: Any) -> Iterator[Any]:
    for _ in range(12):
        yield bytes(1 << 20)
    yield from last
    raise SourceError


async def async_pieces(*last: Any) -> AsyncIterator[Any]:
    for piece in pieces(*last):
        yield piece


class Broken(io.BytesIO):
    """A file that cannot be read to its end."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 2 * PART:
            raise SourceError
        return super().read(PART)


class Interrupted(Broken):
    def read(self, size: int | None = -1) -> bytes:
        try:
            return super().read(size)
        except SourceError:
            raise KeyboardInterrupt from None


SOURCES: dict[str, tuple[Callable[[], Any], type[BaseException]]] = {
    "iterator that fails": (pieces, SourceError),
    "text among the pieces": (lambda: pieces("text"), TypeError),
    "a None among the pieces": (lambda: pieces(None), TypeError),
    "file that breaks": (lambda: Broken(bytes(3 * PART)), SourceError),
    "interrupt while reading": (lambda: Interrupted(bytes(3 * PART)), KeyboardInterrupt),
}
ASYNC_SOURCES: dict[str, tuple[Callable[[], Any], type[BaseException]]] = {
    "async iterator that fails": (async_pieces, SourceError),
    "text among async pieces": (lambda: async_pieces("text"), TypeError),
}


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_is_left_of_a_source_that_fails_after_its_first_parts(
    place: tuple[Any, Leftovers], colour: Colour, name: str
) -> None:
    store, leftovers = place
    make, kind = SOURCES[name]
    with pytest.raises(kind):
        drive(colour, StoreView(store, colour).put("new", make(), chunk_size=PART))

    assert leftovers() == []


@pytest.mark.parametrize("name", ASYNC_SOURCES)
def test_nothing_is_left_of_an_async_source_that_fails(place: tuple[Any, Leftovers], name: str) -> None:
    store, leftovers = place
    make, kind = ASYNC_SOURCES[name]
    with pytest.raises(kind):
        drive("async", StoreView(store, "async").put("new", make(), chunk_size=PART))

    assert leftovers() == []


@pytest.mark.parametrize("written", [10, 3 * PART])
def test_nothing_is_left_of_a_block_that_fails(place: tuple[Any, Leftovers], colour: Colour, written: int) -> None:
    async def body(view: StoreView) -> None:
        async with view.open_writer("new", buffer_size=PART) as writer:
            await writer.write(bytes(written))
            with pytest.raises(BufferError):
                await writer.write(memoryview(bytes(80)).cast("d"))
            raise SourceError

    store, leftovers = place
    with pytest.raises(SourceError):
        drive(colour, body(StoreView(store, colour)))

    assert leftovers() == []


Cancelled = Callable[[Any, asyncio.Event], Coroutine[Any, Any, None]]


async def cancelled_put(store: Any, begun: asyncio.Event) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield bytes(PART)
        yield bytes(PART)
        begun.set()
        await asyncio.Event().wait()

    await store.put_async("new", endless(), chunk_size=PART)


async def cancelled_writer(store: Any, begun: asyncio.Event) -> None:
    async with store.open_writer_async("new", buffer_size=PART) as writer:
        await writer.write(bytes(2 * PART))
        begun.set()
        await asyncio.Event().wait()


@pytest.mark.parametrize("work", [cancelled_put, cancelled_writer])
def test_nothing_is_left_of_what_is_cancelled(place: tuple[Any, Leftovers], work: Cancelled) -> None:
    async def body(store: Any) -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(work(store, begun))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    store, leftovers = place
    asyncio.run(body(store))

    assert leftovers() == []
