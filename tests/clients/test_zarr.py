"""zarr's `ObjectStore` on our stores, under the tests that zarr publishes for stores, and zarr arrays."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.core.buffer import Buffer, cpu
from zarr.storage import ObjectStore
from zarr.testing.store import StoreTests

import obstore
from obstore.store import LocalStore, MemoryStore, PrefixStore, S3Store
from tests.clients.buckets import bucket_on
from tests.servers import S3Server


class ZarrsOwnTests(StoreTests[ObjectStore[Any], cpu.Buffer]):
    """What zarr asks of a store; `make` says of which."""

    store_cls = ObjectStore
    buffer_cls = cpu.Buffer

    @pytest.fixture
    def store_kwargs(self, made: Any) -> dict[str, Any]:
        return {"store": made, "read_only": False}

    @pytest.fixture
    def store(self, store_kwargs: dict[str, Any]) -> ObjectStore[Any]:  # type: ignore[override]
        return asyncio.run(self.store_cls.open(**store_kwargs))

    @pytest.fixture
    def store_not_open(self, store_kwargs: dict[str, Any]) -> ObjectStore[Any]:  # type: ignore[override]
        return self.store_cls(**store_kwargs)

    async def get(self, store: ObjectStore[Any], key: str) -> Buffer:
        result = await obstore.get_async(store.store, key)
        return self.buffer_cls.from_bytes(await result.bytes_async())

    async def set(self, store: ObjectStore[Any], key: str, value: Buffer) -> None:
        await obstore.put_async(store.store, key, value.to_bytes())

    async def test_store_repr(self, store: ObjectStore[Any]) -> None:  # type: ignore[override]
        assert repr(store) == f"ObjectStore(object_store://{store.store})"

    async def test_serializable_store(self, store: ObjectStore[Any]) -> None:
        if isinstance(store.store, MemoryStore | PrefixStore):
            pytest.skip("what is in memory is not pickled")
        await super().test_serializable_store(store)

    async def test_store_supports_writes(self, store: ObjectStore[Any]) -> None:  # type: ignore[override]
        assert store.supports_writes

    async def test_store_supports_listing(self, store: ObjectStore[Any]) -> None:  # type: ignore[override]
        assert store.supports_listing


class TestOnMemory(ZarrsOwnTests):
    @pytest.fixture
    def made(self) -> MemoryStore:
        return MemoryStore()


class TestOnAPrefix(ZarrsOwnTests):
    @pytest.fixture
    def made(self) -> PrefixStore:
        return PrefixStore(MemoryStore(), "deep/inside")


class TestOnLocal(ZarrsOwnTests):
    @pytest.fixture
    def made(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


class TestOnS3(ZarrsOwnTests):
    @pytest.fixture
    def made(self, ministack: S3Server) -> S3Store:
        return bucket_on(ministack)


async def test_an_array_is_written_and_read_in_pieces(ministack: S3Server) -> None:
    store = bucket_on(ministack)
    data = np.arange(60_000, dtype="i4").reshape(200, 300)

    array = zarr.create_array(ObjectStore(store), data=data, chunks=(50, 70))
    opened = zarr.open_array(ObjectStore(store, read_only=True), mode="r")

    assert array.shape == opened.shape
    assert np.array_equal(opened[:], data)
    assert np.array_equal(opened[37:161, 5:299:7], data[37:161, 5:299:7])


async def test_shards_are_read_by_ranges(ministack: S3Server) -> None:
    store = bucket_on(ministack)
    data = np.random.default_rng(1).random((128, 128))

    zarr.create_array(ObjectStore(store), data=data, chunks=(16, 16), shards=(64, 64), name="sharded")
    opened = zarr.open_array(ObjectStore(store, read_only=True), path="sharded", mode="r")

    assert np.array_equal(opened[3:90, 60:70], data[3:90, 60:70])


async def test_a_group_is_consolidated(tmp_path: Path) -> None:
    store = ObjectStore(LocalStore(tmp_path))
    root = zarr.create_group(store, zarr_format=2)
    for name in ("b", "a"):
        root.create_array(name, data=np.ones(4))
    zarr.consolidate_metadata(store, zarr_format=2)

    opened = zarr.open_consolidated(store, zarr_format=2)

    assert sorted(opened.array_keys()) == ["a", "b"]
    assert opened["a"][:].sum() == 4
