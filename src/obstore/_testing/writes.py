"""Conditional puts: create, compare and swap, and what happens when several try."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises
from obstore.exceptions import AlreadyExistsError, PreconditionError

WORKERS = 5
INCREMENTS = 10


def version_of(known: Mapping[str, Any]) -> dict[str, str]:
    """Return the mode that replaces just the version of which `known` was said."""
    return {key: known[key] for key in ("e_tag", "version") if known[key] is not None}


@behaviour("conditional put", needs={"create"})
async def create_does_not_replace(store: StoreView) -> None:
    """The second one is an `AlreadyExistsError`, and the content the first one's."""
    await store.put("a", b"1", mode="create")

    await raises(AlreadyExistsError, store.put("a", b"2", mode="create"))
    assert await store.body("a") == b"1"
    await store.put("a", b"3", mode="overwrite")
    assert await store.body("a") == b"3"


@behaviour("conditional put", needs={"create"})
async def create_holds_for_large_sources(store: StoreView) -> None:
    """A source that would be put in parts does not slip through."""
    await store.put("a", b"1")
    source = store.source(b"x" * 3_000_000, b"y" * 3_000_000)

    await raises(AlreadyExistsError, store.put("a", source, mode="create"))
    assert await store.body("a") == b"1"


@behaviour("conditional put", needs={"create"})
async def a_deleted_object_can_be_created(store: StoreView) -> None:
    """Nothing remembers it."""
    await store.put("d/a", b"1", mode="create")
    await store.delete("d/a")
    await store.put("d/a", b"2", mode="create")

    assert await store.body("d/a") == b"2"


@behaviour("conditional put", needs={"create"}, chance=True)
async def one_of_many_creates(store: StoreView) -> None:
    """Of workers that create the same object at once, one succeeds; it is that one's content."""

    async def create(number: int) -> int | None:
        try:
            await store.put("a", b"%d" % number, mode="create")
        except AlreadyExistsError:
            return None
        return number

    outcomes = await store.concurrently([partial(create, number) for number in range(8)])
    [winner] = [number for number in outcomes if number is not None]

    assert await store.body("a") == b"%d" % winner


@behaviour("conditional put", lacks={"create"})
async def a_create_that_cannot_be_is_refused(store: StoreView) -> None:
    """A store that would overwrite says so instead."""
    from obstore.exceptions import NotSupportedError

    await raises((NotImplementedError, NotSupportedError), store.put("a", b"1", mode="create"))


@behaviour("conditional put", needs={"conditional put"})
async def an_update_replaces_the_version_it_names(store: StoreView) -> None:
    """And no other: a stale one is a `PreconditionError`."""
    first = version_of(await store.put("a", b"1"))
    second = version_of(await store.put("a", b"2", mode=first))

    await raises(PreconditionError, store.put("a", b"stale", mode=first))
    assert await store.body("a") == b"2"
    await store.put("a", b"3", mode=second)
    assert await store.body("a") == b"3"


@behaviour("conditional put", needs={"conditional put"})
async def an_update_of_what_is_missing_fails(store: StoreView) -> None:
    """As a failed precondition, not as a missing file; nothing is created."""
    version = version_of(await store.put("a", b"1"))

    await raises(PreconditionError, store.put("I don't exist", b"2", mode=version))
    await store.delete("a")
    await raises(PreconditionError, store.put("a", b"2", mode=version))
    assert await store.paths() == []


@behaviour("conditional put", needs={"conditional put"})
async def what_put_returns_is_a_mode(store: StoreView) -> None:
    """Just as it is, with the fields that the store leaves empty."""
    mode = await store.put("a", b"1")
    await store.put("a", b"2", mode=mode)

    assert await store.body("a") == b"2"


@behaviour("conditional put", needs={"conditional put", "attributes"})
async def an_update_brings_its_attributes(store: StoreView) -> None:
    """They are replaced together with the content."""
    version = version_of(await store.put("a", b"1", attributes={"key": "1", "old": "1"}))
    await store.put("a", b"2", mode=version, attributes={"Content-Type": "text/plain", "key": "2"})

    assert (await store.get("a")).attributes == {"Content-Type": "text/plain", "key": "2"}


@behaviour("conditional put", needs={"create", "conditional put"}, chance=True)
async def a_race_loses_no_increment(store: StoreView) -> None:
    """Workers that count by get and conditional put count right, and see no other errors."""
    await store.concurrently([partial(_count, store)] * WORKERS)

    assert await store.body("RACE") == b"%d" % (WORKERS * INCREMENTS)


async def _count(store: StoreView) -> None:
    done = 0
    while done < INCREMENTS:
        count, mode = await _counter(store)
        try:
            await store.put("RACE", b"%d" % (count + 1), mode=mode)
        except (AlreadyExistsError, PreconditionError):
            continue
        done += 1


async def _counter(store: StoreView) -> tuple[int, str | dict[str, str]]:
    try:
        result = await store.get("RACE")
    except FileNotFoundError:
        return 0, "create"
    return int(await result.bytes()), version_of(result.meta)


@behaviour("conditional put", lacks={"conditional put"})
async def an_update_that_cannot_be_is_refused(store: StoreView) -> None:
    """A store that cannot compare says so instead of overwriting."""
    from obstore.exceptions import NotSupportedError

    await store.put("a", b"1")

    refusal = store.put("a", b"2", mode={"e_tag": '"x"'})
    await raises((NotImplementedError, NotSupportedError), refusal)
    assert await store.body("a") == b"1"
