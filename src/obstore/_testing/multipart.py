"""Objects put in several parts: whole or not at all, and in order."""

from __future__ import annotations

from random import Random

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

PART = 5 << 20
"""The smallest part that every service takes."""

PIECES = [Random(seed).randbytes(3_200_000) for seed in range(4)]
BODY = b"".join(PIECES)


class SourceError(Exception):
    """A source's own failure."""


@behaviour("multipart", needs={"multipart"})
async def pieces_are_joined_in_order(store: StoreView) -> None:
    """However their sizes relate to that of a part."""
    result = await store.put("a", store.source(*PIECES), chunk_size=PART)

    assert await store.body("a") == BODY
    assert (await store.head("a"))["size"] == len(BODY)
    assert result["e_tag"] == (await store.head("a"))["e_tag"]


@behaviour("multipart", needs={"multipart"})
async def a_large_buffer_is_put_in_parts(store: StoreView) -> None:
    """One after the other as well as several at once."""
    for at_once in (1, 12):
        await store.put("a", memoryview(BODY), use_multipart=True, chunk_size=PART, max_concurrency=at_once)
        assert await store.body("a") == BODY
        await store.delete("a")


@behaviour("multipart", needs={"multipart"})
async def one_part_is_enough(store: StoreView) -> None:
    """A small object may be put so, and tiny pieces are gathered."""
    await store.put("a", b"small", use_multipart=True)
    await store.put("b", store.source(b"12", b"", b"3456", b"789"), use_multipart=True)

    assert await store.body("a") == b"small"
    assert await store.body("b") == b"123456789"


@behaviour("multipart", needs={"multipart"})
async def no_part_makes_an_empty_object(store: StoreView) -> None:
    """An empty source is an empty object."""
    await store.put("a", store.source(), use_multipart=True)

    assert (await store.head("a"))["size"] == 0
    assert await store.body("a") == b""


@behaviour("multipart", needs={"multipart"})
async def parts_replace_an_object(store: StoreView) -> None:
    """What was there is gone, as with any other put."""
    await store.put("a", b"old")
    await store.put("a", store.source(*PIECES[:2]), chunk_size=PART)

    assert await store.body("a") == BODY[:6_400_000]


@behaviour("multipart", needs={"multipart"})
async def a_failing_source_leaves_nothing(store: StoreView) -> None:
    """Its own exception comes out, and no object, whether it fails before a part is full or after."""
    for pieces in ([], [b"small"], PIECES[:2]):
        source = store.source(*pieces, SourceError("no more"))
        await raises(SourceError, store.put("a", source, chunk_size=PART))

        await raises(FileNotFoundError, store.head("a"))
        assert await store.paths() == []


@behaviour("multipart", needs={"multipart"})
async def a_failing_source_keeps_the_object_before(store: StoreView) -> None:
    """An object is replaced whole or not at all."""
    await store.put("a", b"old")
    await raises(SourceError, store.put("a", store.source(*PIECES[:2], SourceError()), chunk_size=PART))

    assert await store.body("a") == b"old"


@behaviour("multipart")
async def a_failing_source_puts_nothing_whole(store: StoreView) -> None:
    """The same holds for a source that is put in one request."""
    await store.put("a", b"old")
    for path in ("a", "b"):
        source = store.source(b"new", SourceError())
        await raises(SourceError, store.put(path, source, use_multipart=False))

    assert await store.body("a") == b"old"
    assert await store.paths() == ["a"]


@behaviour("multipart", needs={"multipart"})
async def an_unfinished_object_is_invisible(store: StoreView) -> None:
    """Until it is closed it is neither read nor listed, though parts of it are uploaded."""
    writer = store.open_writer("d/a", buffer_size=PART)
    for piece in PIECES:
        await writer.write(piece)

    await raises(FileNotFoundError, store.head("d/a"))
    assert await store.paths() == []
    assert (await store.list_with_delimiter("d"))["objects"] == []
    await writer.close()
    assert await store.body("d/a") == BODY


@behaviour("multipart", needs={"multipart"})
async def the_last_to_finish_wins(store: StoreView) -> None:
    """Two uploads of one object do not mix, and the one that is closed last stays."""
    one, two = (store.open_writer("a", buffer_size=PART) for _ in range(2))
    for piece in PIECES[:2]:
        await one.write(piece)
        await two.write(piece[::-1])
    await two.close()
    reversed_body = await store.body("a")
    await one.close()

    assert reversed_body == b"".join(piece[::-1] for piece in PIECES[:2])
    assert await store.body("a") == BODY[:6_400_000]


@behaviour("multipart", lacks={"multipart"})
async def parts_that_cannot_be_are_refused(store: StoreView) -> None:
    """A store that takes objects whole says so."""
    await raises(NotImplementedError, store.put("a", b"1", use_multipart=True))

    assert await store.paths() == []
