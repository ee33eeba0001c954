"""Listings: chunks of any size out of pages of another, in either colour."""

import asyncio
import time
from typing import Any

import pytest

import obstore
from obstore._core.types import ListOptions, ListPage
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.store import MemoryStore

NAMES = [f"d/{n:03}" for n in range(23)]


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


class Paged(MemoryStore):
    """Memory that lists five objects a page."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = 0
        for name in NAMES:
            self.put(name, b"")

    async def list_objects(self, options: ListOptions) -> ListPage:
        self.pages += 1
        start = int(options.token or 0)
        whole = await super().list_objects(options._replace(token=None))
        stop = start + 5
        return ListPage(whole.objects[start:stop], (), str(stop) if stop < len(whole.objects) else None)


def paths(chunk: Any) -> list[str]:
    return [meta["path"] for meta in chunk]


@pytest.mark.parametrize("size", [1, 3, 5, 7, 22, 23, 24, 1000])
def test_chunks_have_their_size_but_the_last(colour: Colour, size: int) -> None:
    async def body(view: StoreView) -> None:
        chunks = await view.list("d", chunk_size=size).drain()
        assert [len(chunk) for chunk in chunks[:-1]] == [size] * ((len(NAMES) - 1) // size)
        assert [path for chunk in chunks for path in paths(chunk)] == NAMES

    drive(colour, body(StoreView(Paged(), colour)))


@pytest.mark.parametrize("taken", range(5))
def test_what_is_left_can_be_collected(colour: Colour, taken: int) -> None:
    async def body(view: StoreView) -> None:
        stream = view.list(chunk_size=4)
        for _ in range(taken):
            await anext(stream)
        assert paths(await stream.collect()) == NAMES[taken * 4 :]
        assert await stream.drain() == []
        assert await stream.collect() == []

    drive(colour, body(StoreView(Paged(), colour)))


def test_a_listing_may_change_colour() -> None:
    async def rest(stream: Any) -> list[str]:
        return [path async for chunk in stream for path in paths(chunk)]

    stream = obstore.list(Paged(), chunk_size=4)
    assert paths(next(stream)) + asyncio.run(rest(stream)) == NAMES


def test_a_listing_dropped_stops_asking(colour: Colour) -> None:
    store = Paged()

    async def body(view: StoreView) -> None:
        assert paths(await anext(view.list(chunk_size=2))) == NAMES[:2]

    drive(colour, body(StoreView(store, colour)))
    assert store.pages <= 2


def test_the_next_page_is_fetched_while_the_last_one_is_used(colour: Colour) -> None:
    store = Paged()

    async def until(pages: int) -> None:
        deadline = time.monotonic() + 10
        while store.pages < pages and time.monotonic() < deadline:
            await asyncio.sleep(0.005) if colour == "async" else time.sleep(0.005)

    async def body(view: StoreView) -> None:
        stream = view.list(chunk_size=5)
        assert paths(await anext(stream)) == NAMES[:5]
        await until(2)
        assert store.pages == 2
        assert paths(await anext(stream)) == NAMES[5:10]
        await until(3)
        assert store.pages == 3

    drive(colour, body(StoreView(store, colour)))


def test_a_listing_asks_for_nothing_until_it_is_iterated() -> None:
    store = Paged()
    obstore.list(store)

    assert store.pages == 0
    assert obstore.list_async is obstore.list


def test_a_chunk_of_nothing_has_one() -> None:
    assert [len(chunk) for chunk in obstore.list(Paged(), chunk_size=0)] == [1] * len(NAMES)


@pytest.mark.parametrize("prefix", [None, "", "/", "d", "/d", "d/", "/d/"])
def test_a_slash_around_a_prefix_changes_nothing(colour: Colour, prefix: str | None) -> None:
    assert drive(colour, StoreView(Paged(), colour).paths(prefix)) == NAMES


@pytest.mark.parametrize("prefix", ["d/0", "none", "d/001"])
def test_a_prefix_is_a_directory(colour: Colour, prefix: str) -> None:
    assert drive(colour, StoreView(Paged(), colour).paths(prefix)) == []


@pytest.mark.parametrize(
    ("offset", "expected"),
    [("d/005", NAMES[6:]), ("/d/005", NAMES[6:]), ("d/0055", NAMES[6:]), ("e", []), ("", NAMES), ("d", NAMES)],
)
def test_an_offset_is_left_out_itself(colour: Colour, offset: str, expected: list[str]) -> None:
    assert drive(colour, StoreView(Paged(), colour).paths(offset=offset)) == expected


def test_one_level_is_directories_and_objects(colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("top", "d/e/f")
        level = await view.list_with_delimiter()
        assert (level["common_prefixes"], paths(level["objects"])) == (["d"], ["top"])
        below = await view.list_with_delimiter("d")
        assert (below["common_prefixes"], paths(below["objects"])) == (["d/e"], NAMES)

    drive(colour, body(StoreView(Paged(), colour)))


class _BreaksError(Exception):
    pass


class Breaking(Paged):
    async def list_objects(self, options: ListOptions) -> ListPage:
        if options.token == "10":
            raise _BreaksError
        return await super().list_objects(options)


def test_a_page_that_fails_fails_the_listing_and_not_before(colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        stream = view.list(chunk_size=5)
        assert paths(await anext(stream)) == NAMES[:5]
        assert paths(await anext(stream)) == NAMES[5:10]
        with pytest.raises(_BreaksError):
            await anext(stream)

    drive(colour, body(StoreView(Breaking(), colour)))
