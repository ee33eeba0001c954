"""`get`, `head` and ranges, as functions: what they ask of a store, and what they make of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import obstore
from obstore._core.types import Bounded, ReadOptions
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView, raises
from obstore.exceptions import NotModifiedError, PreconditionError
from obstore.store import MemoryStore, StoredObject

DATA = b"0123456789"


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


class Watched(MemoryStore):
    """Memory that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        self.asked.append(options.range)
        return await super().get_object(path, options)


@pytest.fixture
def store() -> Watched:
    made = Watched()
    made.put("k", DATA)
    return made


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"start": 1, "end": 4}, b"123"),
        ({"start": 1, "length": 3}, b"123"),
        ({"offset": 1, "length": 3}, b"123"),
        ({"start": 8, "end": 99}, b"89"),
        ({"start": 0, "length": 10}, DATA),
    ],
)
def test_a_range_is_given_by_its_end_or_length(
    store: Watched, colour: Colour, limits: dict[str, int], expected: bytes
) -> None:
    assert drive(colour, StoreView(store, colour).get_range("k", **limits)) == expected
    assert len(store.asked) == 1


@pytest.mark.parametrize(
    ("starts", "ends", "coalesce", "asked"),
    [
        ([0, 4], [2, 6], 2, [Bounded(0, 6)]),
        ([0, 4], [2, 6], 1, [Bounded(0, 2), Bounded(4, 6)]),
        ([4, 0], [6, 2], 99, [Bounded(0, 6)]),
        ([0, 0, 1], [2, 2, 3], 0, [Bounded(0, 3)]),
        ([], [], 0, []),
        (range(0, 8, 4), (2, 6), 0, [Bounded(0, 2), Bounded(4, 6)]),
        ([8], [99], 0, [Bounded(8, 99)]),
    ],
)
def test_ranges_close_together_are_one_request(
    store: Watched, colour: Colour, starts: Sequence[int], ends: Sequence[int], coalesce: int, asked: list[Bounded]
) -> None:
    found = drive(colour, StoreView(store, colour).get_ranges("k", starts=starts, ends=ends, coalesce=coalesce))

    assert found == [DATA[start:end] for start, end in zip(starts, ends, strict=True)]
    assert sorted(store.asked) == asked


@pytest.mark.parametrize(
    ("wanted", "extent"),
    [
        ((2, 4), (2, 4)),
        ([2, 4], (2, 4)),
        (range(2, 4), (2, 3)),
        ({"offset": 7}, (7, 10)),
        ({"suffix": 3}, (7, 10)),
        ({"suffix": 99}, (0, 10)),
        (None, (0, 10)),
    ],
)
def test_a_range_may_be_an_option(store: Watched, colour: Colour, wanted: Any, extent: tuple[int, int]) -> None:
    async def body(view: StoreView) -> None:
        result = await view.get("k", range=wanted)
        assert result.range == extent
        assert await result.bytes() == DATA[slice(*extent)]

    drive(colour, body(StoreView(store, colour)))


def test_conditions_decide_whether_there_is_a_result(store: Watched, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        meta = await view.head("k")
        tag, hour = meta["e_tag"], timedelta(hours=1)
        now = datetime.now(UTC)
        assert await (await view.get("k", if_match=tag, if_none_match='"other"')).bytes() == DATA
        await raises(PreconditionError, view.get("k", if_match='"other"'))
        await raises(NotModifiedError, view.get("k", if_none_match=tag))
        await raises(NotModifiedError, view.get("k", if_modified_since=now + hour))
        await raises(PreconditionError, view.get("k", if_unmodified_since=now - hour))
        await view.get("k", if_match=None, range=None, version=None)

    drive(colour, body(StoreView(store, colour)))


def test_functions_and_methods_are_the_same(store: Watched) -> None:
    assert obstore.head(store, "k") == store.head("k") == store.get("k").meta
    assert obstore.get_range(store, "k", start=1, end=2) == store.get_range("k", start=1, end=2)
