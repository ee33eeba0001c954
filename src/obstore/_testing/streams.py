"""Results and streams: a body is read once, in one piece or in chunks, in either colour."""

from __future__ import annotations

from functools import partial

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

BODY = bytes(range(256)) * 1000


@behaviour("streams")
async def a_stream_yields_the_body(store: StoreView) -> None:
    """No chunk but the last is shorter than asked."""
    await store.put("a", BODY)

    for size in (1, 1_000, 70_000, 1_000_000):
        chunks = await (await store.get("a")).stream(size).drain()
        assert b"".join(chunks) == BODY
        assert all(len(chunk) >= size for chunk in chunks[:-1])


@behaviour("streams")
async def an_empty_stream_ends(store: StoreView) -> None:
    """An empty object streams as nothing."""
    await store.put("a", b"")

    assert b"".join(await (await store.get("a")).stream(10).drain()) == b""


@behaviour("streams")
async def a_stream_of_a_range_yields_the_range(store: StoreView) -> None:
    """And stops there."""
    await store.put("a", BODY)
    result = await store.get("a", range=(1_000, 200_000))

    assert b"".join(await result.stream(4_096).drain()) == BODY[1_000:200_000]


@behaviour("streams")
async def an_exhausted_stream_stays_so(store: StoreView) -> None:
    """Asking again is not an error."""
    await store.put("a", BODY)
    stream = (await store.get("a")).stream(1_000)
    await stream.drain()

    assert await stream.drain() == []


@behaviour("streams")
async def a_body_is_read_once(store: StoreView) -> None:
    """A second read is a `ValueError`, not an empty body; the rest stays readable."""
    await store.put("a", BODY)
    result = await store.get("a")
    await result.bytes()

    await raises(ValueError, result.bytes())
    assert result.meta["size"] == len(BODY)
    assert result.range == (0, len(BODY))


@behaviour("streams", needs={"mixed colours"})
async def a_body_is_readable_in_the_other_colour(store: StoreView) -> None:
    """What was got with `get` may be read with `bytes_async`, and the other way round."""
    await store.put("a", BODY)

    assert await (await store.get("a")).bytes_in_other_colour() == BODY
    assert await (await store.get("a", range=(1, 50_000))).bytes_in_other_colour() == BODY[1:50_000]


@behaviour("streams")
async def an_abandoned_body_does_no_harm(store: StoreView) -> None:
    """A result may be dropped unread or half read, and the store stays usable."""
    await store.put("a", BODY)
    for _ in range(3):
        await store.get("a")
        await anext((await store.get("a")).stream(1_000))

    assert await store.body("a") == BODY


@behaviour("streams")
async def a_body_is_of_its_time(store: StoreView) -> None:
    """A result still reads, whole and as it was, after its object has been replaced: or fails."""
    from obstore.exceptions import BaseError

    await store.put("a", b"old" * 100_000)
    result = await store.get("a")
    await store.put("a", b"new" * 100_000)

    try:
        body = await result.bytes()
    except BaseError:
        return
    assert body == b"old" * 100_000


@behaviour("streams")
async def many_can_read_at_once(store: StoreView) -> None:
    """Each gets its own bytes."""
    keys = [f"k/{i}" for i in range(16)]
    await store.fill(*keys)
    bodies = await store.concurrently([partial(store.body, key) for key in keys])

    assert bodies == [key.encode() for key in keys]
