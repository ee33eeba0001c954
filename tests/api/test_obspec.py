"""The stores at run time are what obspec's protocols say. (That type checkers agree: `tests/typing`.)"""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any, Protocol

import obspec
import pytest
from obspec.exceptions import map_exception

from obstore import exceptions, store
from obstore.store import LocalStore, MemoryStore, PrefixStore

PROTOCOLS = [
    found
    for name in obspec.__all__
    if inspect.isclass(found := getattr(obspec, name)) and getattr(found, "_is_protocol", False)
]
OPERATIONS = [protocol for protocol in PROTOCOLS if not protocol.__name__.startswith("GetResult")]
STORES = [found for name in store.__all__ if name.endswith("Store") and inspect.isclass(found := getattr(store, name))]


def _method(protocol: type) -> tuple[str, Any]:
    [(name, method)] = [
        (name, value) for name, value in vars(protocol).items() if not name.startswith("_") and callable(value)
    ]
    return name, method


def test_all_protocols_are_looked_at() -> None:
    assert len(OPERATIONS) == 20
    assert len(STORES) >= 8
    assert all(issubclass(protocol, Protocol) for protocol in OPERATIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize("protocol", OPERATIONS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("kind", STORES, ids=lambda each: each.__name__)
def test_a_store_has_the_method_and_its_parameters(kind: type, protocol: type) -> None:
    name, wanted = _method(protocol)
    ours = getattr(kind, name)
    parameters = inspect.signature(ours).parameters

    for each in inspect.signature(wanted).parameters.values():
        assert parameters[each.name].kind is each.kind
        assert (parameters[each.name].default is each.empty) <= (each.default is each.empty)
    extra = [each for each in parameters.values() if each.name not in inspect.signature(wanted).parameters]
    assert all(each.default is not each.empty for each in extra)
    assert inspect.iscoroutinefunction(ours) == inspect.iscoroutinefunction(wanted)


@pytest.fixture(params=["memory", "local", "prefix"])
def some_store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made = {
        "memory": MemoryStore,
        "local": lambda: LocalStore(tmp_path / "root", mkdir=True),
        "prefix": lambda: PrefixStore(MemoryStore(), "inner"),
    }
    return made[request.param]()


META = set(obspec.ObjectMeta.__annotations__)


def test_results_are_what_obspec_describes(some_store: Any) -> None:
    put = some_store.put("a/b", b"hello", attributes=None, tags=None, mode="overwrite", use_multipart=None)
    some_store.copy("a/b", "a/c", overwrite=False)
    some_store.rename("a/c", "d")
    result = some_store.get("a/b", options={"range": {"suffix": 3}})

    assert put.keys() == obspec.PutResult.__annotations__.keys()
    assert (result.range, result.meta.keys(), dict(result.attributes)) == ((2, 5), META, dict(result.attributes))
    assert b"".join(map(bytes, result)) == b"llo"
    assert bytes(some_store.get("a/b").buffer()) == b"hello"
    assert bytes(some_store.get_range("a/b", start=1, length=2)) == b"el"
    assert [bytes(each) for each in some_store.get_ranges("a/b", starts=[0, 4], ends=[1, 5])] == [b"h", b"o"]
    assert some_store.head("a/b").keys() == META
    assert [meta["path"] for chunk in some_store.list(None, offset="a/b") for meta in chunk] == ["d"]
    level = some_store.list_with_delimiter()
    assert (level["common_prefixes"], [meta["path"] for meta in level["objects"]]) == (["a"], ["d"])
    some_store.delete(["a/b", "d"])
    assert list(some_store.list()) == []


def test_awaited_results_are_what_obspec_describes(some_store: Any) -> None:
    async def pieces() -> Any:
        yield b"hel"
        yield b"lo"

    async def use() -> None:
        assert (await some_store.put_async("a/b", pieces())).keys() == obspec.PutResult.__annotations__.keys()
        await some_store.copy_async("a/b", "a/c")
        await some_store.rename_async("a/c", "d", overwrite=False)
        result = await some_store.get_async("a/b")
        assert b"".join([bytes(each) async for each in result]) == b"hello"
        assert bytes(await (await some_store.get_async("a/b")).buffer_async()) == b"hello"
        assert bytes(await some_store.get_range_async("a/b", start=1, end=3)) == b"el"
        assert [bytes(each) for each in await some_store.get_ranges_async("a/b", starts=[4], lengths=[1])] == [b"o"]
        assert (await some_store.head_async("d")).keys() == META
        assert sorted([meta["path"] async for chunk in some_store.list_async() for meta in chunk]) == ["a/b", "d"]
        assert (await some_store.list_with_delimiter_async("a"))["common_prefixes"] == []
        await some_store.delete_async("d")

    asyncio.run(use())


@pytest.mark.parametrize("name", [name for name in vars(obspec.exceptions) if name.endswith("Error")])
def test_errors_are_those_of_obspec(name: str) -> None:
    error = getattr(exceptions, name)("made up")
    if name == "BaseError":
        return  # obspec has no name for what is none of the others

    assert type(map_exception(error)) is getattr(obspec.exceptions, name)
    assert str(map_exception(error)) == str(error)
