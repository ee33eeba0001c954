"""xarray, through zarr on our stores, and through open files."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from zarr.storage import FsspecStore, ObjectStore

import obstore
from obstore.fsspec import AsyncFsspecStore
from obstore.store import LocalStore, MemoryStore
from tests.clients.buckets import bucket_on
from tests.servers import S3Server

pytestmark = pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")


@pytest.fixture
def dataset() -> xr.Dataset:
    time = np.datetime64("2026-01-01", "ns") + np.arange(24).astype("timedelta64[h]")
    values = np.random.default_rng(3).random((24, 30, 40)).astype("f4")
    return xr.Dataset(
        {"temperature": (("time", "y", "x"), values, {"units": "K"})},
        coords={"time": time, "y": np.arange(30.0), "x": np.arange(40.0)},
    )


def test_a_dataset_goes_to_s3_and_comes_back(dataset: xr.Dataset, ministack: S3Server) -> None:
    store = bucket_on(ministack)
    dataset.to_zarr(ObjectStore(store), mode="w", encoding={"temperature": {"chunks": (6, 15, 20)}})

    opened = xr.open_zarr(ObjectStore(store, read_only=True), chunks=None)

    xr.testing.assert_identical(opened.load(), dataset)
    assert opened.temperature.attrs["units"] == "K"


def test_a_dataset_grows(dataset: xr.Dataset, tmp_path: Path) -> None:
    store = ObjectStore(LocalStore(tmp_path))
    dataset.isel(time=slice(0, 12)).to_zarr(store, mode="w")
    dataset.isel(time=slice(12, 24)).to_zarr(store, append_dim="time")

    xr.testing.assert_identical(xr.open_zarr(store, chunks=None).load(), dataset)


def test_chunks_are_read_by_dask(dataset: xr.Dataset, ministack: S3Server) -> None:
    store = bucket_on(ministack)
    dataset.to_zarr(ObjectStore(store), mode="w", encoding={"temperature": {"chunks": (6, 15, 20)}})

    opened = xr.open_zarr(ObjectStore(store, read_only=True), chunks={})

    assert np.isclose(float(opened.temperature.mean().compute()), float(dataset.temperature.mean()))


def test_a_netcdf_file_is_read_where_it_is(dataset: xr.Dataset, tmp_path: Path, ministack: S3Server) -> None:
    file = tmp_path / "a.nc"
    dataset.to_netcdf(file, engine="h5netcdf")
    store = bucket_on(ministack)
    store.put("deep/a.nc", file)

    with obstore.open_reader(store, "deep/a.nc") as opened:
        xr.testing.assert_identical(xr.open_dataset(opened, engine="h5netcdf").load(), dataset)


def test_zarr_is_written_through_fsspec(dataset: xr.Dataset) -> None:
    store = FsspecStore(AsyncFsspecStore(MemoryStore(), asynchronous=True), path="a.zarr")
    dataset.to_zarr(store, mode="w")

    xr.testing.assert_identical(xr.open_zarr(store, chunks=None).load(), dataset)
