"""Clients written in Rust: one calls our stores, one rebuilds a store of its own from the name of ours."""

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
import rustac
import tifffile
from async_tiff import TIFF

from obstore.store import LocalStore, MemoryStore, PrefixStore, S3Store
from tests.clients.buckets import bucket_on
from tests.servers import S3Server

IMAGE = np.arange(256 * 256, dtype="u2").reshape(256, 256)
ITEM = {
    "type": "Feature",
    "stac_version": "1.0.0",
    "id": "an item",
    "geometry": {"type": "Point", "coordinates": [1.0, 2.0]},
    "bbox": [1.0, 2.0, 1.0, 2.0],
    "properties": {"datetime": "2026-01-01T00:00:00Z"},
    "links": [],
    "assets": {},
}


def tiff() -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, IMAGE, tile=(64, 64))
    return file.getvalue()


async def read_tile(store: MemoryStore | LocalStore | PrefixStore | S3Store, x: int, y: int) -> np.ndarray:
    opened = await TIFF.open("dir/a.tif", store=store)
    tile = await opened.fetch_tile(x, y, 0)
    return np.asarray(await tile.decode()).reshape(64, 64)


@pytest.mark.parametrize("kind", ["memory", "local", "prefix", "s3"])
def test_async_tiff_reads_tiles(kind: str, tmp_path: Path, ministack: S3Server) -> None:
    made = {
        "memory": MemoryStore,
        "local": lambda: LocalStore(tmp_path),
        "prefix": lambda: PrefixStore(MemoryStore(), "p"),
        "s3": lambda: bucket_on(ministack),
    }
    store = made[kind]()
    store.put("dir/a.tif", tiff())

    tile = asyncio.run(read_tile(store, 2, 1))

    assert np.array_equal(tile, IMAGE[64:128, 128:192])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # It says that it rebuilds the store.
@pytest.mark.parametrize("kind", ["local", "s3"])
def test_rustac_rebuilds_our_stores(kind: str, tmp_path: Path, ministack: S3Server) -> None:
    store = LocalStore(tmp_path) if kind == "local" else bucket_on(ministack)

    async def write_and_read() -> object:
        await rustac.write("items/a.json", [ITEM], store=store)
        return await rustac.read("items/a.json", store=store)

    found = asyncio.run(write_and_read())

    assert store.head("items/a.json")["size"] > 100
    assert isinstance(found, dict)
    assert [item["id"] for item in found["features"]] == ["an item"]
