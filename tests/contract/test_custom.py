"""Stores that a user wrote, of four primitives each: every operation is made of these."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from obstore._core.types import Buffer, ObjectMeta, PutResult
from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError
from obstore.store import BaseStore, ListOptions, ListPage, ReadOptions, StoredObject, WriteOptions, select
from obstore.testing import USUAL, StoreContract


class Entry(NamedTuple):
    data: bytes
    attributes: dict[str, str]
    meta: ObjectMeta


class Shelf:
    """What both stores are made of: a dictionary, and the rules of a conditional write."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.writes = 0
        self.lock = threading.Lock()

    def get(self, path: str, options: ReadOptions) -> StoredObject:
        entry = self.entries.get(path)
        if entry is None:
            raise NotFoundError(f"Object at location {path} not found")
        start, stop = select(options, entry.meta)
        body = b"" if options.head else entry.data[start:stop]
        return StoredObject(entry.meta, body, range=(start, stop), attributes=dict(entry.attributes))

    def put(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        with self.lock:
            self.check(path, options)
            self.writes += 1
            tag = f'"w{self.writes}"'
            meta = ObjectMeta(path=path, last_modified=datetime.now(UTC), size=len(data), e_tag=tag, version=None)
            self.entries[path] = Entry(bytes(data), dict(options.attributes), meta)
        return {"e_tag": tag, "version": None}

    def check(self, path: str, options: WriteOptions) -> None:
        found = self.entries.get(path)
        if options.mode == "create" and found is not None:
            raise AlreadyExistsError(f"{path} is there already")
        if isinstance(options.mode, Mapping) and (found is None or found.meta["e_tag"] != options.mode.get("e_tag")):
            raise PreconditionError(f"{path} is another version")

    def delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            self.entries.pop(path, None)

    def list(self, options: ListOptions) -> ListPage:
        start = f"{options.prefix}/" if options.prefix else ""
        after = options.token or options.offset or ""
        found = sorted(path for path in list(self.entries) if path.startswith(start) and path > after)
        page = found[:2]  # Small, so that the suite sees more than one.
        token = page[-1] if len(found) > len(page) else None
        return ListPage([self.entries[path].meta for path in page], token=token)


class DictStore(BaseStore):
    """Primitives that may block: plain methods."""

    def __init__(self) -> None:
        self.shelf = Shelf()

    def get_object(self, path: str, options: ReadOptions) -> StoredObject:  # type: ignore[override]
        return self.shelf.get(path, options)

    def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:  # type: ignore[override]
        return self.shelf.put(path, data, options)

    def delete_objects(self, paths: Sequence[str]) -> None:  # type: ignore[override]
        self.shelf.delete(paths)

    def list_objects(self, options: ListOptions) -> ListPage:  # type: ignore[override]
        return self.shelf.list(options)


class AwaitingStore(BaseStore):
    """Primitives that wait for an event loop, as those of an asyncio library do."""

    def __init__(self) -> None:
        self.shelf = Shelf()

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        await asyncio.sleep(0)
        return self.shelf.get(path, options)

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        await asyncio.sleep(0)
        return self.shelf.put(path, data, options)

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await asyncio.sleep(0)
        self.shelf.delete(paths)

    async def list_objects(self, options: ListOptions) -> ListPage:
        await asyncio.sleep(0)
        return self.shelf.list(options)


class TestDictStore(StoreContract):
    capabilities = USUAL

    @pytest.fixture
    def store(self) -> DictStore:
        return DictStore()


class TestAwaitingStore(StoreContract):
    capabilities = USUAL
    colours = ("async",)

    @pytest.fixture
    def store(self) -> AwaitingStore:
        return AwaitingStore()


@pytest.mark.parametrize("operation", ["get", "head", "delete", "list_with_delimiter"])
def test_a_sync_call_on_an_awaiting_store_names_the_other_form(operation: str) -> None:
    with pytest.raises(TypeError, match="'_async' form"):
        getattr(AwaitingStore(), operation)("a")


def test_a_sync_put_and_listing_on_an_awaiting_store_name_the_other_form() -> None:
    store = AwaitingStore()
    with pytest.raises(TypeError, match="'_async' form"):
        store.put("a", b"1")
    with pytest.raises(TypeError, match="'_async' form"):
        store.list().collect()
    assert store.shelf.entries == {}


def test_plain_methods_run_off_the_loop_in_async_calls_and_on_the_caller_in_sync_ones() -> None:
    threads = []

    class Noting(DictStore):
        def get_object(self, path: str, options: ReadOptions) -> StoredObject:  # type: ignore[override]
            threads.append(threading.current_thread())
            return self.shelf.get(path, options)

    store = Noting()
    store.put("a", b"1")
    store.get("a")
    asyncio.run(store.get_async("a"))

    assert threads[0] is threading.current_thread()
    assert threads[1] is not threading.current_thread()


def test_a_store_without_a_primitive_cannot_be_made() -> None:
    class Partial(BaseStore):
        def get_object(self, path: str, options: ReadOptions) -> StoredObject:  # type: ignore[override]
            raise AssertionError

    with pytest.raises(TypeError, match="abstract"):
        Partial()  # type: ignore[abstract]


def test_an_operation_without_primitive_is_not_implemented() -> None:
    from datetime import timedelta

    with pytest.raises(NotImplementedError, match="sign"):
        DictStore().sign("GET", "a", timedelta(1))
