"""Attributes: headers and user metadata that are stored with an object."""

from __future__ import annotations

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

ATTRIBUTES = {
    "Cache-Control": "max-age=604800",
    "Content-Disposition": 'attachment; filename="test.html"',
    "Content-Encoding": "gzip",
    "Content-Language": "en-US",
    "Content-Type": "text/html; charset=utf-8",
    "test_key": "test_value",
    "key_with_spaces": "hello   world",
}


@behaviour("attributes", needs={"attributes"})
async def attributes_come_back_as_they_were(store: StoreView) -> None:
    """Exactly those, inner blanks included; and a body is not decoded for being called gzip."""
    await store.put("a", b"foo", attributes=ATTRIBUTES)
    result = await store.get("a")

    assert result.attributes == ATTRIBUTES
    assert await result.bytes() == b"foo"


@behaviour("attributes", needs={"attributes", "multipart"})
async def attributes_of_a_multipart_put_come_back(store: StoreView) -> None:
    """It makes no difference in how many requests an object was put."""
    await store.put("a", b"foo", attributes=ATTRIBUTES, use_multipart=True)

    assert (await store.get("a")).attributes == ATTRIBUTES


@behaviour("attributes", needs={"attributes"})
async def attributes_of_a_writer_come_back(store: StoreView) -> None:
    """A file that was written has them as well."""
    async with store.open_writer("a", attributes=ATTRIBUTES) as writer:
        await writer.write(b"foo")

    assert (await store.get("a")).attributes == ATTRIBUTES


@behaviour("attributes", needs={"attributes"})
async def attribute_names_are_case_insensitive(store: StoreView) -> None:
    """The standard ones come back in their usual spelling."""
    await store.put("a", b"foo", attributes={"content-type": "text/x-a", "CACHE-CONTROL": "no-store"})
    attributes = (await store.get("a")).attributes

    assert attributes == {"Content-Type": "text/x-a", "Cache-Control": "no-store"}


@behaviour("attributes", needs={"attributes"})
async def parts_of_an_object_have_its_attributes(store: StoreView) -> None:
    """They come with a range, and without the body, too."""
    await store.put("a", b"foo", attributes=ATTRIBUTES)

    assert (await store.get("a", range=(1, 2))).attributes == ATTRIBUTES
    assert (await store.get("a", head=True)).attributes == ATTRIBUTES


@behaviour("attributes", needs={"attributes"})
async def a_put_replaces_the_attributes(store: StoreView) -> None:
    """Those of the object before are gone, even when the new one has none."""
    await store.put("a", b"foo", attributes=ATTRIBUTES)
    await store.put("a", b"bar", attributes={"Content-Type": "text/plain", "other": "1"})
    replaced = (await store.get("a")).attributes
    await store.put("a", b"bar")

    assert replaced == {"Content-Type": "text/plain", "other": "1"}
    assert not {"test_key", "other", "Cache-Control"} & set((await store.get("a")).attributes)


@behaviour("attributes", needs={"attributes"})
async def a_copy_has_the_attributes_of_its_source(store: StoreView) -> None:
    """Copied and renamed objects keep them."""
    await store.put("a", b"foo", attributes=ATTRIBUTES)
    await store.copy("a", "b")
    await store.rename("a", "c")

    assert (await store.get("b")).attributes == ATTRIBUTES
    assert (await store.get("c")).attributes == ATTRIBUTES


@behaviour("attributes", lacks={"attributes"})
async def attributes_that_would_be_lost_are_refused(store: StoreView) -> None:
    """A store that cannot keep them says so, and stores nothing; none at all are fine."""
    await raises(NotImplementedError, store.put("a", b"foo", attributes=ATTRIBUTES))
    await store.put("b", b"foo", attributes={})

    assert await store.paths() == ["b"]
