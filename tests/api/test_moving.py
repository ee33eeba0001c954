"""Copying, renaming and deleting."""

from typing import Any

import pytest

from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView, raises
from obstore.exceptions import AlreadyExistsError
from obstore.store import MemoryStore


@pytest.fixture(params=COLOURS)
def view(request: pytest.FixtureRequest) -> StoreView:
    colour: Colour = request.param
    store = MemoryStore()
    store.put("a", b"1", attributes={"Content-Type": "x/y"})
    store.put("b", b"2")
    return StoreView(store, colour)


def test_a_copy_leaves_its_source(view: StoreView) -> None:
    async def body() -> None:
        await view.copy("a", "/c/d/")
        assert await view.paths() == ["a", "b", "c/d"]
        assert (await view.get("c/d")).attributes == {"Content-Type": "x/y"}

    drive(view.colour, body())


def test_a_rename_does_not(view: StoreView) -> None:
    async def body() -> None:
        await view.rename("a", "b")
        assert await view.paths() == ["b"]
        assert await view.body("b") == b"1"

    drive(view.colour, body())


@pytest.mark.parametrize("name", ["copy", "rename"])
def test_nothing_is_replaced_unasked(view: StoreView, name: str) -> None:
    async def body() -> None:
        await raises(AlreadyExistsError, getattr(view, name)("a", "b", overwrite=False))
        await raises(FileNotFoundError, getattr(view, name)("none", "c", overwrite=False))
        assert [await view.body("a"), await view.body("b")] == [b"1", b"2"]
        await getattr(view, name)("a", "c", overwrite=False)
        assert await view.body("c") == b"1"

    drive(view.colour, body())


@pytest.mark.parametrize("name", ["copy", "rename"])
def test_an_object_moved_onto_itself_stays(view: StoreView, name: str) -> None:
    async def body() -> None:
        await getattr(view, name)("a", "a")
        assert await view.body("a") == b"1"

    drive(view.colour, body())


@pytest.mark.parametrize(
    ("paths", "left"),
    [("a", ["b"]), (["a", "b"], []), (("b",), ["a"]), ([], ["a", "b"]), (["a", "a", "none"], ["b"]), ("/a/", ["b"])],
)
def test_one_or_several_are_deleted(view: StoreView, paths: Any, left: list[str]) -> None:
    async def body() -> None:
        await view.delete(paths)
        assert await view.paths() == left

    drive(view.colour, body())
