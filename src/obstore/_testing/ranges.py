"""Ranges: part of an object, in one piece or in several."""

from __future__ import annotations

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises
from obstore.exceptions import BaseError

BODY = b"arbitrary data"
SIZE = len(BODY)
LARGE = bytes(range(256)) * 400


@behaviour("ranges")
async def a_range_is_half_open(store: StoreView) -> None:
    """`[start, end)` may be given by its end or by its length."""
    await store.put("a", BODY)

    assert await store.get_range("a", start=3, end=7) == b"itra"
    assert await store.get_range("a", start=3, length=4) == b"itra"
    assert await store.get_range("a", start=0, end=SIZE) == BODY


@behaviour("ranges")
async def a_result_tells_its_range(store: StoreView) -> None:
    """Its size is that of the whole object, its range that of the body."""
    await store.put("a", BODY)
    result = await store.get("a", range=(2, 5))

    assert result.meta["size"] == SIZE
    assert result.range == (2, 5)
    assert await result.bytes() == b"bit"


@behaviour("ranges")
async def a_range_is_cut_at_the_end(store: StoreView) -> None:
    """What passes the end of the object is left out, and the result says so."""
    await store.put("a", BODY)
    result = await store.get("a", range=(2, 100))

    assert result.range == (2, SIZE)
    assert await result.bytes() == b"bitrary data"
    assert await store.get_range("a", start=10, length=100) == b"data"


@behaviour("ranges")
async def a_range_may_begin_at_an_offset(store: StoreView) -> None:
    """Everything from there on."""
    await store.put("a", BODY)
    result = await store.get("a", range={"offset": 3})

    assert result.range == (3, SIZE)
    assert await result.bytes() == b"itrary data"


@behaviour("ranges", needs={"suffix ranges"})
async def a_range_may_count_from_the_end(store: StoreView) -> None:
    """The last n bytes, or all there are."""
    await store.put("a", BODY)
    last = await store.get("a", range={"suffix": 2})
    all_of_it = await store.get("a", range={"suffix": 100})

    assert last.range == (12, SIZE)
    assert last.meta["size"] == SIZE
    assert await last.bytes() == b"ta"
    assert all_of_it.range == (0, SIZE)
    assert await all_of_it.bytes() == BODY


@behaviour("ranges", lacks={"suffix ranges"})
async def a_range_from_the_end_is_refused(store: StoreView) -> None:
    """A store that cannot do it says so."""
    from obstore.exceptions import NotSupportedError

    await store.put("a", BODY)

    await raises((NotSupportedError, NotImplementedError), store.get("a", range={"suffix": 2}))


@behaviour("ranges")
async def a_range_past_the_end_is_an_error(store: StoreView) -> None:
    """There is nothing to return, and the store stays usable."""
    await store.put("a", BODY)

    await raises(BaseError, store.get_range("a", start=200, end=300))
    await raises(BaseError, store.get_range("a", start=SIZE, length=1))
    await raises(BaseError, store.get("a", range={"offset": 100}))
    await raises(BaseError, store.get_ranges("a", starts=[200], ends=[300]))
    assert await store.body("a") == BODY


@behaviour("ranges")
async def an_empty_range_is_an_error(store: StoreView) -> None:
    """It cannot be asked of a server."""
    await store.put("a", BODY)

    await raises(ValueError, store.get_range("a", start=3, end=3))
    await raises(ValueError, store.get_range("a", start=3, end=2))
    await raises((BaseError, ValueError), store.get("a", range=(3, 3)))


@behaviour("ranges")
async def a_range_has_an_end_or_a_length(store: StoreView) -> None:
    """One of them, and neither is negative."""
    await store.put("a", BODY)

    await raises(ValueError, store.get_range("a", start=3))
    await raises(ValueError, store.get_range("a", start=3, end=5, length=2))
    await raises((ValueError, OverflowError), store.get_range("a", start=-1, end=5))
    await raises((ValueError, OverflowError), store.get_range("a", start=1, length=-5))
    await raises(ValueError, store.get("a", range=(-1, 5)))
    await raises(ValueError, store.get("a", range="3-5"))


@behaviour("ranges")
async def ranges_come_in_the_order_asked(store: StoreView) -> None:
    """They may overlap, repeat and be unsorted."""
    await store.put("a", BODY)

    assert await store.get_ranges("a", starts=[0, 2, 0, 2], ends=[1, 3, 5, 3]) == [b"a", b"b", b"arbit", b"b"]
    assert await store.get_ranges("a", starts=[10, 0], lengths=[4, 3]) == [b"data", b"arb"]
    assert await store.get_ranges("a", starts=[], ends=[]) == []


@behaviour("ranges")
async def coalescing_does_not_show(store: StoreView) -> None:
    """Whatever gap is bridged, the pieces are the same."""
    await store.put("a", LARGE)
    starts = [70_000, 5, 1_000, 1_000, 99_999, 900, 40_000, 0]
    ends = [70_010, 6, 1_200, 1_001, 100_001, 1_100, 60_000, 5]
    expected = [LARGE[start:end] for start, end in zip(starts, ends, strict=True)]

    for gap in (0, 1, 100, 1_000, 50_000, 1 << 20):
        assert await store.get_ranges("a", starts=starts, ends=ends, coalesce=gap) == expected


@behaviour("ranges")
async def ranges_are_cut_at_the_end(store: StoreView) -> None:
    """Coalesced or not, only the bytes there are come back."""
    await store.put("a", BODY)

    for gap in (0, 1 << 20):
        pieces = await store.get_ranges("a", starts=[0, 10], ends=[2, 100], coalesce=gap)
        assert pieces == [b"ar", b"data"]


@behaviour("ranges")
async def one_range_past_the_end_is_an_error(store: StoreView) -> None:
    """A good neighbour that it is fetched with does not change that."""
    await store.put("a", BODY)

    for gap in (0, 1 << 20):
        await raises(BaseError, store.get_ranges("a", starts=[0, 50], ends=[2, 60], coalesce=gap))


@behaviour("ranges")
async def ranges_have_ends_or_lengths(store: StoreView) -> None:
    """One of them, and each range holds something."""
    await store.put("a", BODY)

    await raises(ValueError, store.get_ranges("a", starts=[1]))
    await raises(ValueError, store.get_ranges("a", starts=[1], ends=[2], lengths=[1]))
    await raises(ValueError, store.get_ranges("a", starts=[1, 5], ends=[2, 5]))


@behaviour("ranges")
async def nothing_of_an_empty_object_is_in_range(store: StoreView) -> None:
    """Its first byte is past its end."""
    await store.put("empty", b"")

    await raises(BaseError, store.get_range("empty", start=0, end=1))
    assert await store.body("empty") == b""
