"""pandas, polars, PyArrow and DuckDB, which reach our stores through fsspec or open files."""

from collections.abc import Iterator

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.fs
import pyarrow.parquet as pq
import pytest
from fsspec.registry import _registry

import obstore
from obstore.fsspec import FsspecStore, register
from obstore.store import MemoryStore
from tests.clients.buckets import make_bucket, settings_of
from tests.servers import S3Server


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame({"name": [f"n{n}" for n in range(1000)], "size": range(1000)})


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    return make_bucket(ministack)


@pytest.fixture
def options(ministack: S3Server) -> dict[str, object]:
    return settings_of(ministack)


@pytest.fixture
def s3(options: dict[str, object]) -> FsspecStore:
    return FsspecStore("s3", **options)


@pytest.fixture
def registered() -> Iterator[None]:
    """`s3://` is ours, for the length of a test."""
    before = dict(_registry)
    register("s3")
    yield
    _registry.clear()
    _registry.update(before)


def test_pandas_writes_and_reads_by_url(
    registered: None, frame: pd.DataFrame, bucket: str, options: dict[str, object]
) -> None:
    for name, write, read in [
        ("a.csv", lambda url: frame.to_csv(url, index=False, storage_options=options), pd.read_csv),
        ("a.parquet", lambda url: frame.to_parquet(url, storage_options=options), pd.read_parquet),
        ("a.json", lambda url: frame.to_json(url, storage_options=options), pd.read_json),
    ]:
        url = f"s3://{bucket}/dir/{name}"
        write(url)
        pd.testing.assert_frame_equal(read(url, storage_options=options), frame, check_dtype=False)


def test_pandas_reads_an_open_file(frame: pd.DataFrame) -> None:
    store = MemoryStore()
    with obstore.open_writer(store, "a.parquet") as file:
        frame.to_parquet(file)
    with obstore.open_reader(store, "a.parquet") as file:
        pd.testing.assert_frame_equal(pd.read_parquet(file), frame)


def test_pandas_writes_and_reads_text_through_open_files(frame: pd.DataFrame) -> None:
    store = MemoryStore()
    with obstore.open_writer(store, "a.csv") as file:
        frame.to_csv(file, index=False)
    with obstore.open_writer(store, "a.csv.gz") as file:
        frame.to_csv(file, index=False, compression="gzip")
    for name, compression in (("a.csv", None), ("a.csv.gz", "gzip")):
        with obstore.open_reader(store, name) as file:
            found = pd.read_csv(file, compression=compression)
        pd.testing.assert_frame_equal(found, frame, check_dtype=False)


def test_polars_reads_open_files(frame: pd.DataFrame, s3: FsspecStore, bucket: str) -> None:
    table = pl.DataFrame({"name": frame["name"].to_list(), "size": frame["size"].to_list()})
    with s3.open(f"{bucket}/a.parquet", "wb") as file:
        table.write_parquet(file)

    with s3.open(f"{bucket}/a.parquet", "rb") as file:
        assert pl.read_parquet(file).equals(table)


def test_pyarrow_reads_a_dataset_of_directories(frame: pd.DataFrame, s3: FsspecStore, bucket: str) -> None:
    files = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(s3))
    table = pa.table({"part": [n % 3 for n in range(1000)], "size": list(range(1000))})
    pq.write_to_dataset(table, f"{bucket}/data", partition_cols=["part"], filesystem=files)

    dataset = ds.dataset(f"{bucket}/data", filesystem=files, partitioning="hive")

    assert len(dataset.files) == 3
    assert dataset.to_table(filter=ds.field("part") == 1).num_rows == 333
    assert sorted(dataset.to_table()["size"].to_pylist()) == list(range(1000))


def test_duckdb_reads_one_file_and_many(frame: pd.DataFrame, s3: FsspecStore, bucket: str) -> None:
    for n in range(3):
        with s3.open(f"{bucket}/many/{n}.parquet", "wb") as file:
            frame.assign(part=n).to_parquet(file)
    with duckdb.connect() as database:
        database.register_filesystem(s3)
        protocol = s3.protocol if isinstance(s3.protocol, str) else s3.protocol[0]
        one = database.sql(f"select sum(size) from '{protocol}://{bucket}/many/0.parquet'").fetchall()
        many = database.sql(f"select count(*), max(part) from '{protocol}://{bucket}/many/*.parquet'").fetchall()

    assert one == [(499500,)]
    assert many == [(3000, 2)]
