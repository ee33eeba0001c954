"""Conditional gets: fetch an object only if it is, or is no longer, the one that is known."""

from __future__ import annotations

from datetime import timedelta

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises
from obstore.exceptions import NotModifiedError, PreconditionError

LATER = timedelta(hours=10)


async def _tag(store: StoreView) -> str:
    tag = (await store.head("test"))["e_tag"]
    assert tag is not None
    return tag


@behaviour("conditions", needs={"conditional get"})
async def if_match_wants_the_tag(store: StoreView) -> None:
    """Any other tag is a `PreconditionError`."""
    await store.put("test", b"body")

    assert await (await store.get("test", if_match=await _tag(store))).bytes() == b"body"
    await raises(PreconditionError, store.get("test", if_match="invalid"))


@behaviour("conditions", needs={"conditional get"})
async def if_none_match_wants_another_tag(store: StoreView) -> None:
    """The object's own is a `NotModifiedError`."""
    await store.put("test", b"body")

    await raises(NotModifiedError, store.get("test", if_none_match=await _tag(store)))
    assert await (await store.get("test", if_none_match="invalid")).bytes() == b"body"


@behaviour("conditions", needs={"conditional get"})
async def a_tag_may_be_one_of_a_list(store: StoreView) -> None:
    """Tags are separated by commas."""
    await store.put("test", b"body")
    tag = await _tag(store)

    for tags in (f'{tag}, "other"', f'"other", {tag}'):
        assert await (await store.get("test", if_match=tags)).bytes() == b"body"
        await raises(NotModifiedError, store.get("test", if_none_match=tags))


@behaviour("conditions", needs={"conditional get"})
async def a_star_matches_any_tag(store: StoreView) -> None:
    """`*` stands for whatever is there."""
    await store.put("test", b"body")

    assert await (await store.get("test", if_match="*")).bytes() == b"body"
    await raises(NotModifiedError, store.get("test", if_none_match="*"))


@behaviour("conditions", needs={"conditional get"})
async def a_new_content_has_a_new_tag(store: StoreView) -> None:
    """The put returns it, and the old one no longer matches."""
    await store.put("test", b"old")
    old = await _tag(store)
    new = (await store.put("test", b"new"))["e_tag"]

    assert new == await _tag(store)
    assert new != old
    assert await (await store.get("test", if_match=new)).bytes() == b"new"
    await raises(PreconditionError, store.get("test", if_match=old))


@behaviour("conditions", needs={"conditional get"})
async def if_unmodified_since_wants_no_later_change(store: StoreView) -> None:
    """A change after that time is a `PreconditionError`."""
    await store.put("test", b"body")
    modified = (await store.head("test"))["last_modified"]

    assert await (await store.get("test", if_unmodified_since=modified + LATER)).bytes() == b"body"
    await raises(PreconditionError, store.get("test", if_unmodified_since=modified - LATER))


@behaviour("conditions", needs={"conditional get"})
async def if_modified_since_wants_a_later_change(store: StoreView) -> None:
    """A change after that time is fetched."""
    await store.put("test", b"body")
    modified = (await store.head("test"))["last_modified"]

    assert await (await store.get("test", if_modified_since=modified - LATER)).bytes() == b"body"


@behaviour("conditions", needs={"conditional get"})
async def the_time_of_an_object_is_exact(store: StoreView) -> None:
    """It is not modified since its own `last_modified`."""
    await store.put("test", b"body")
    modified = (await store.head("test"))["last_modified"]

    assert await (await store.get("test", if_unmodified_since=modified)).bytes() == b"body"
    await raises(NotModifiedError, store.get("test", if_modified_since=modified))


@behaviour("conditions", needs={"conditional get"})
async def tags_rule_over_times(store: StoreView) -> None:
    """Where both are given the time is not looked at."""
    await store.put("test", b"body")
    tag = await _tag(store)
    before = (await store.head("test"))["last_modified"] - LATER

    assert await (await store.get("test", if_match=tag, if_unmodified_since=before)).bytes() == b"body"
    await raises(NotModifiedError, store.get("test", if_none_match=tag, if_modified_since=before))


@behaviour("conditions", needs={"conditional get"})
async def conditions_hold_for_ranges_and_heads(store: StoreView) -> None:
    """They are about the object, whatever of it is fetched."""
    await store.put("test", b"body")
    tag = await _tag(store)

    assert await (await store.get("test", if_match=tag, range=(1, 3))).bytes() == b"od"
    await raises(PreconditionError, store.get("test", if_match='"other"', range=(1, 3)))
    await raises(NotModifiedError, store.get("test", if_none_match=tag, head=True))


@behaviour("conditions", needs={"conditional get"})
async def what_is_missing_matches_nothing(store: StoreView) -> None:
    """No condition makes a missing object anything but missing, or a failed precondition."""
    await raises((FileNotFoundError, PreconditionError), store.get("missing", if_match="*"))
    await raises(FileNotFoundError, store.get("missing", if_none_match="*"))


@behaviour("conditions", needs={"versions"})
async def an_old_version_stays_readable(store: StoreView) -> None:
    """By its version; without one the newest is got."""
    old = (await store.put("test", b"old"))["version"]
    await store.put("test", b"new")

    assert old is not None
    assert await (await store.get("test", version=old)).bytes() == b"old"
    assert await store.body("test") == b"new"
