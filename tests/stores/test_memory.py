"""What is particular about objects in memory."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, PreconditionError
from obstore.store import MemoryStore, from_url
from tests.stores.tree import paths_of


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


def test_etags_count_the_writes(memory: MemoryStore) -> None:
    assert memory.put("a", b"1") == {"e_tag": '"0"', "version": None}
    assert memory.put("a", b"2")["e_tag"] == '"1"'
    memory.copy("a", "b")
    assert memory.head("b")["e_tag"] == '"2"'
    memory.rename("b", "c")
    assert memory.head("c")["e_tag"] == '"3"'
    assert memory.put("d", iter([b"1", b"2"]))["e_tag"] == '"4"'


def test_a_refused_write_is_not_counted(memory: MemoryStore) -> None:
    memory.put("a", b"1")
    for mode, kind in (("create", AlreadyExistsError), ({"e_tag": '"9"'}, PreconditionError), ({}, BaseError)):
        with pytest.raises(kind):
            memory.put("a", b"2", mode=mode)  # type: ignore[arg-type]
    with pytest.raises(AlreadyExistsError):
        memory.copy("a", "a", overwrite=False)

    assert memory.put("a", b"3", mode={"e_tag": '"0"'})["e_tag"] == '"1"'


def test_an_update_of_nothing_is_a_failed_precondition(memory: MemoryStore) -> None:
    with pytest.raises(PreconditionError, match="no object"):
        memory.put("a", b"1", mode={"e_tag": '"0"'})


def test_a_missing_object_is_named(memory: MemoryStore) -> None:
    with pytest.raises(NotFoundError, match=r'No data in memory found. Location: "a/b"$') as caught:
        memory.get("a/b")

    assert (caught.value.store, caught.value.path) == ("InMemory", "a/b")


def test_a_listing_is_a_snapshot(memory: MemoryStore) -> None:
    for number in range(100):
        memory.put(f"{number:03}", b"")
    listing = iter(memory.list(chunk_size=10))
    seen = [meta["path"] for meta in next(listing)]
    memory.delete([f"{number:03}" for number in range(100)])
    memory.put("999", b"")
    seen.extend(meta["path"] for chunk in listing for meta in chunk)

    assert seen == [f"{number:03}" for number in range(100)]


def test_a_listing_is_in_the_order_of_the_bytes(memory: MemoryStore) -> None:
    paths = ["a/b", "a.b", "a", "ab", "Z", "ä", "\U0001f600", "\uffee"]
    for path in paths:
        memory.put(path, b"")

    assert paths_of(memory.list()) == sorted(paths, key=str.encode)


def test_a_result_stays_as_it_was(memory: MemoryStore) -> None:
    memory.put("a", b"before")
    result = memory.get("a")
    memory.put("a", b"after")
    memory.delete("a")

    assert result.bytes() == b"before"
    assert result.meta["size"] == 6


def test_what_was_put_may_be_changed_afterwards(memory: MemoryStore) -> None:
    data = bytearray(b"before")
    memory.put("a", data)
    memory.put("b", memoryview(data))
    data[:] = b"AFTER!"

    assert memory.get("a").bytes() == memory.get("b").bytes() == b"before"


def test_attributes_are_copies(memory: MemoryStore) -> None:
    attributes = {"Content-Type": "text/plain"}
    memory.put("a", b"1", attributes=attributes)
    attributes["Content-Type"] = "changed"
    memory.get("a").attributes["Content-Type"] = "changed"

    assert memory.get("a").attributes == {"Content-Type": "text/plain"}


def test_one_of_many_threads_creates(memory: MemoryStore) -> None:
    def create(number: int) -> bool:
        try:
            memory.put("a", b"%d" % number, mode="create")
        except AlreadyExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(create, range(64))) == 1


def test_threads_add_up_by_updates(memory: MemoryStore) -> None:
    memory.put("n", b"0")

    def add(_: int) -> None:
        while True:
            result = memory.get("n")
            try:
                memory.put("n", b"%d" % (int(bytes(result.bytes())) + 1), mode={"e_tag": result.meta["e_tag"]})
            except PreconditionError:
                continue
            return

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(100)))
    assert memory.get("n").bytes() == b"100"


def test_threads_rename_delete_and_list(memory: MemoryStore) -> None:
    """Whatever their order, the only failure is that an object is missing."""

    def work(number: int) -> None:
        memory.put("a", b"1")
        try:
            memory.rename("a", f"b{number % 3}")
        except FileNotFoundError:
            pass
        memory.delete(["a", "b0"])
        memory.list().collect()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(work, range(400)))
    assert set(paths_of(memory.list())) <= {"b1", "b2"}


def test_it_does_not_pickle_and_says_what_does(memory: MemoryStore) -> None:
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"cannot pickle 'MemoryStore' object: .* LocalStore"):
            attempt(memory)


def test_two_stores_are_two(memory: MemoryStore) -> None:
    memory.put("a", b"1")

    assert paths_of(MemoryStore().list()) == []
    assert memory != MemoryStore()
    assert repr(memory) == "<MemoryStore objects=1>"


def test_from_url_makes_an_empty_one() -> None:
    assert paths_of(from_url("memory:///").list()) == []


@pytest.mark.parametrize("options", [{"config": {"a": "b"}}, {"mkdir": True}])
def test_from_url_refuses_settings(options: dict[str, Any]) -> None:
    with pytest.raises(BaseError, match="MemoryStore does not accept any configuration"):
        from_url("memory:///", **options)
