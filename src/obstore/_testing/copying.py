"""Copy and rename."""

from __future__ import annotations

from functools import partial

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises
from obstore.exceptions import AlreadyExistsError, BaseError


@behaviour("copying")
async def a_copy_is_equal(store: StoreView) -> None:
    """And its source stays."""
    await store.put("a", b"body")
    await store.copy("a", "b")

    assert await store.body("a") == b"body"
    assert await store.body("b") == b"body"
    assert await store.paths() == ["a", "b"]


@behaviour("copying")
async def a_copy_is_independent(store: StoreView) -> None:
    """Neither sees what is put to the other, or that it is deleted."""
    await store.put("a", b"old")
    await store.copy("a", "b")
    await store.put("a", b"new a")

    assert await store.body("b") == b"old"
    await store.copy("b", "c")
    await store.put("c", b"new c")
    assert await store.body("b") == b"old"
    await store.delete("b")
    assert (await store.body("a"), await store.body("c")) == (b"new a", b"new c")


@behaviour("copying")
async def a_copy_replaces_its_target(store: StoreView) -> None:
    """As a put would."""
    await store.fill("a", "b")
    await store.copy("a", "b")

    assert await store.body("b") == b"a"


@behaviour("copying")
async def a_rename_moves(store: StoreView) -> None:
    """Over an object that is there, too; the source is gone."""
    await store.fill("a", "b")
    await store.rename("a", "b")

    assert await store.body("b") == b"a"
    assert await store.paths() == ["b"]
    await raises(FileNotFoundError, store.head("a"))


@behaviour("copying")
async def targets_need_no_directory(store: StoreView) -> None:
    """Whatever directories a path names need not exist."""
    await store.put("\U0001f640/\U0001f600.parquet", b"emoji")
    await store.copy("\U0001f640/\U0001f600.parquet", "new/nested/foo.parquet")
    await store.rename("new/nested/foo.parquet", "new/nested2/bar.parquet")

    assert await store.paths() == ["new/nested2/bar.parquet", "\U0001f640/\U0001f600.parquet"]
    assert await store.body("new/nested2/bar.parquet") == b"emoji"


@behaviour("copying")
async def a_missing_source_is_a_file_not_found(store: StoreView) -> None:
    """Whether or not the target is there, which is left alone."""
    await store.put("there", b"1")

    for target in ("there", "not/there"):
        await raises(FileNotFoundError, store.copy("missing", target))
        await raises(FileNotFoundError, store.rename("missing", target))
    assert await store.paths() == ["there"]
    assert await store.body("there") == b"1"


@behaviour("copying")
async def onto_itself_loses_nothing(store: StoreView) -> None:
    """A store may refuse to copy or rename an object to its own name, but the object stays."""
    await store.put("a", b"body")
    for operation in (store.copy, store.rename, store.copy):
        try:
            await operation("a", "a")
        except BaseError:
            pass

        assert await store.body("a") == b"body"
        assert await store.paths() == ["a"]


@behaviour("copying")
async def a_rename_to_a_copy_moves(store: StoreView) -> None:
    """The source is gone even if the target had the same content, or the same inode."""
    await store.put("a", b"body")
    await store.copy("a", "b")
    await store.copy("a", "b")
    await store.rename("a", "b")

    assert await store.paths() == ["b"]
    assert await store.body("b") == b"body"


@behaviour("copying", needs={"multipart"})
async def large_objects_are_copied(store: StoreView) -> None:
    """Whole, and those that were put in parts as well."""
    body = bytes(range(256)) * 25_000
    await store.put("a", body, use_multipart=True)
    await store.copy("a", "b")

    assert await store.body("b") == body


@behaviour("copying", needs={"exclusive copy"})
async def an_exclusive_copy_does_not_replace(store: StoreView) -> None:
    """A target that is there is an `AlreadyExistsError` and stays as it is."""
    await store.fill("test1", "not_exists_nested/test2")

    await raises(AlreadyExistsError, store.copy("test1", "not_exists_nested/test2", overwrite=False))
    assert await store.body("not_exists_nested/test2") == b"not_exists_nested/test2"
    await store.delete("not_exists_nested/test2")
    await store.copy("test1", "not_exists_nested/test2", overwrite=False)
    await store.delete("test1")
    assert await store.body("not_exists_nested/test2") == b"test1"


@behaviour("copying", needs={"exclusive copy"})
async def an_exclusive_rename_does_not_replace(store: StoreView) -> None:
    """Nor does it lose the source."""
    await store.fill("a", "b")

    await raises(AlreadyExistsError, store.rename("a", "b", overwrite=False))
    assert (await store.body("a"), await store.body("b")) == (b"a", b"b")
    await store.rename("a", "c/d", overwrite=False)
    assert await store.paths() == ["b", "c/d"]


@behaviour("copying", needs={"exclusive copy"})
async def an_exclusive_copy_wants_a_source(store: StoreView) -> None:
    """A missing one is a `FileNotFoundError`, unless the target was found first."""
    await store.fill("there")

    await raises(FileNotFoundError, store.copy("missing", "free", overwrite=False))
    await raises(FileNotFoundError, store.rename("missing", "free", overwrite=False))
    await raises((FileNotFoundError, AlreadyExistsError), store.copy("missing", "there", overwrite=False))
    assert await store.paths() == ["there"]


@behaviour("copying", needs={"exclusive copy"}, chance=True)
async def one_of_many_exclusive_copies_succeeds(store: StoreView) -> None:
    """Of workers that copy to the same target at once, the others are told."""
    sources = [f"source/{number}" for number in range(6)]
    await store.fill(*sources)

    async def copy(source: str) -> str | None:
        try:
            await store.copy(source, "target", overwrite=False)
        except AlreadyExistsError:
            return None
        return source

    outcomes = await store.concurrently([partial(copy, source) for source in sources])
    [winner] = [source for source in outcomes if source]

    assert await store.body("target") == winner.encode()


@behaviour("copying", lacks={"exclusive copy"})
async def an_exclusive_copy_that_cannot_be_is_refused(store: StoreView) -> None:
    """A store that would overwrite says so instead, even if nothing is in the way."""
    from obstore.exceptions import NotSupportedError

    await store.fill("a")

    refusals = (NotSupportedError, NotImplementedError)
    await raises(refusals, store.copy("a", "b", overwrite=False))
    await raises(refusals, store.rename("a", "b", overwrite=False))
    assert await store.paths() == ["a"]
