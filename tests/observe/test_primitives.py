"""What stores without HTTP tell: their primitives."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obstore import observe
from obstore._testing.colour import drive
from obstore.exceptions import NotFoundError
from obstore.store import BaseStore, ListPage, LocalStore, MemoryStore, PrefixStore, StoredObject, select
from obstore.testing import COLOURS, Colour, StoreView
from tests.observe.seen import Seen


class Own(BaseStore):
    """A store of a user's: a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def get_object(self, path: str, options: Any) -> StoredObject:  # type: ignore[override]
        if path not in self.objects:
            raise NotFoundError(path)
        data = self.objects[path]
        meta: Any = {"path": path, "size": len(data), "last_modified": None, "e_tag": None, "version": None}
        extent = select(options, meta, "own")
        return StoredObject(meta, data[slice(*extent)], range=extent)

    async def put_object(self, path: str, data: Any, options: Any) -> Any:
        self.objects[path] = bytes(data)
        return {"e_tag": None, "version": None}

    def delete_objects(self, paths: Any) -> None:  # type: ignore[override]
        for path in paths:
            del self.objects[path]

    def list_objects(self, options: Any) -> ListPage:  # type: ignore[override]
        return ListPage([])


class Derived(Own):
    async def put_object(self, path: str, data: Any, options: Any) -> Any:
        return await super().put_object(path, data, options)


@pytest.fixture(params=["memory", "local", "own", "derived"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Any]:
    """Make stores of one kind, none of which has HTTP."""
    kinds: dict[str, Callable[[], Any]] = {
        "memory": MemoryStore,
        "local": lambda: LocalStore(tmp_path),
        "own": Own,
        "derived": Derived,
    }
    return kinds[request.param]


@pytest.mark.parametrize("colour", COLOURS)
def test_primitives_are_told(make: Callable[[], Any], colour: Colour) -> None:
    plain = make()
    seen = Seen(plain)

    async def body() -> None:
        store = StoreView(plain, colour)
        await store.put("a/b", b"hello")
        await (await store.get("a/b")).bytes()
        await store.get_range("a/b", start=1, length=3)
        with pytest.raises(NotFoundError):
            await store.get("nothing")

    drive(colour, body())

    requests, responses = seen.of(observe.RequestEvent), seen.of(observe.ResponseEvent)
    assert [(event.method, event.path, event.bytes_sent) for event in requests] == [
        ("put_object", "a/b", 5),
        ("get_object", "a/b", 0),
        ("get_object", "a/b", 0),
        ("get_object", "nothing", 0),
    ]
    assert [event.bytes_received for event in responses] == [0, 5, 3, 0]
    assert [type(event.error) for event in responses] == [type(None)] * 3 + [NotFoundError]
    assert all(event.url is None for event in seen.events)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_parts_of_an_upload_are_told(make: Callable[[], Any], colour: Colour) -> None:
    store = make()
    seen = Seen(store)

    drive(colour, StoreView(store, colour).put("k", b"x" * 10, chunk_size=4, use_multipart=True))

    requests = seen.of(observe.RequestEvent)
    assert sum(event.bytes_sent for event in requests if event.method == "put_part") == 10
    assert {event.path for event in requests} == {"k"}
    assert [requests[0].method, requests[4].method] == ["create_multipart_upload", "complete_upload"]
    assert store.get("k").bytes() == b"x" * 10


def test_a_failed_upload_is_told_to_be_aborted(make: Callable[[], Any]) -> None:
    store = make()
    seen = Seen(store)

    def pieces() -> Any:
        yield b"x" * 10
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError):
        store.put("k", pieces(), chunk_size=4, use_multipart=True)

    assert seen.of(observe.RequestEvent)[-1].method == "abort_upload"


def test_a_store_counts_from_the_first_question_on(make: Callable[[], Any]) -> None:
    store = make()
    store.put("a", b"12")
    before = store.metrics()
    store.put("a", b"123")
    store.get("a").bytes()

    change = store.metrics() - before
    assert before.requests == {}
    assert change.requests == {"get_object": {"ok": 1}, "put_object": {"ok": 1}}
    assert (change.bytes_sent, change.bytes_received) == (3, 3)


def test_another_store_of_the_class_is_not_told_of(make: Callable[[], Any]) -> None:
    seen = Seen(make())

    make().put("a", b"")

    assert seen.events == []


def test_a_derived_store_and_its_base_are_told_of_once_each() -> None:
    derived, base = Seen(store := Derived()), Seen(other := Own())

    store.put("k", b"")
    other.put("k", b"")

    assert (len(derived.events), len(base.events)) == (2, 2)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_prefix_store_registers_with_the_store_inside(colour: Colour) -> None:
    inner = MemoryStore()
    seen = Seen(PrefixStore(inner, "p"))

    drive(colour, StoreView(PrefixStore(inner, "p"), colour).put("k", b"1"))

    assert [event.path for event in seen.events] == ["p/k", "p/k"]
    assert PrefixStore(inner, "p").metrics() == inner.metrics()


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda store: pickle.loads(pickle.dumps(store))])
def test_a_store_of_ones_own_travels_without_its_callbacks(way: Callable[[Own], Own]) -> None:
    store = Own()
    seen = Seen(store)
    store.put("k", b"1")
    told = len(seen.events)

    other = way(store)

    assert other.get("k").bytes() == b"1"
    assert len(seen.events) == told
    assert vars(other) == {"objects": {"k": b"1"}}
