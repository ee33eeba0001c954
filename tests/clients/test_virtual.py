"""virtualizarr and obspec-utils, which read through the protocols of obspec."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from obspec_utils.readers import BlockStoreReader, BufferedStoreReader, EagerStoreReader
from obspec_utils.registry import ObjectStoreRegistry
from obspec_utils.wrappers import CachingReadableStore, RequestTrace, SplittingReadableStore, TracingReadableStore
from virtualizarr import open_virtual_dataset
from virtualizarr.parsers import HDFParser

from obstore.store import LocalStore, MemoryStore, from_url
from tests.clients.buckets import bucket_on
from tests.servers import S3Server

CONTENT = bytes(range(256)) * 10_000


@pytest.fixture
def dataset() -> xr.Dataset:
    values = np.random.default_rng(5).random((8, 20, 30))
    return xr.Dataset({"a": (("t", "y", "x"), values)}, coords={"t": np.arange(8), "x": np.arange(30.0)})


def write(dataset: xr.Dataset, file: Path) -> None:
    dataset.to_netcdf(file, engine="h5netcdf", encoding={"a": {"chunksizes": (2, 10, 10)}})


@pytest.mark.parametrize("kind", ["local", "s3"])
def test_a_netcdf_file_becomes_a_zarr_store(
    kind: str, dataset: xr.Dataset, tmp_path: Path, ministack: S3Server
) -> None:
    write(dataset, tmp_path / "a.nc")
    if kind == "local":
        root, store = f"file://{tmp_path}", LocalStore(tmp_path)
        registry = ObjectStoreRegistry({"file://": LocalStore()})
    else:
        store = bucket_on(ministack)
        root = f"s3://{store.config['bucket']}"
        store.put("a.nc", tmp_path / "a.nc")
        registry = ObjectStoreRegistry({root: store})

    virtual = open_virtual_dataset(f"{root}/a.nc", registry=registry, parser=HDFParser(), loadable_variables=[])
    manifest = virtual["a"].data.manifest

    assert manifest.shape_chunk_grid == (4, 2, 3)
    assert all(entry["path"].endswith("/a.nc") for entry in manifest.dict().values())
    loaded = HDFParser()(f"{root}/a.nc", registry=registry)
    xr.testing.assert_identical(xr.open_zarr(loaded, consolidated=False, zarr_format=3, chunks=None).load(), dataset)


def test_a_registry_finds_stores_by_url(tmp_path: Path) -> None:
    registry = ObjectStoreRegistry({f"file://{tmp_path}": from_url(f"file://{tmp_path}")})
    (tmp_path / "a").write_bytes(b"hello")
    store, path = registry.resolve(f"file://{tmp_path}/a")

    assert bytes(store.get_range(path, start=0, end=5)) == b"hello"


@pytest.mark.parametrize("reader", [BlockStoreReader, BufferedStoreReader, EagerStoreReader])
def test_readers_read(reader: type, ministack: S3Server) -> None:
    store = bucket_on(ministack)
    store.put("k", CONTENT)
    file = reader(store, "k")
    file.seek(1_000_000)

    assert bytes(file.read(100)) == CONTENT[1_000_000:1_000_100]
    assert file.tell() == 1_000_100


def traced(store: MemoryStore) -> TracingReadableStore:
    return TracingReadableStore(store, RequestTrace())


@pytest.mark.parametrize("wrapper", [CachingReadableStore, SplittingReadableStore, traced])
def test_wrappers_wrap(wrapper: Callable[[MemoryStore], Any]) -> None:
    store = MemoryStore()
    store.put("k", CONTENT)
    wrapped = wrapper(store)

    assert bytes(wrapped.get("k").buffer()) == CONTENT
    assert [bytes(part) for part in wrapped.get_ranges("k", starts=[0, 1000], ends=[10, 1010])] == [
        CONTENT[:10],
        CONTENT[1000:1010],
    ]
