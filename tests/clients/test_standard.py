"""What Python brings along: archives, pickles, processes; and Dask."""

import concurrent.futures
import io
import multiprocessing
import os
import pickle
import tarfile
import zipfile
from pathlib import Path

import dask
import pytest

import obstore
from obstore.store import LocalStore, MemoryStore, S3Store
from tests.clients.buckets import bucket_on
from tests.servers import S3Server

FILES = {f"dir/{n}.bin": os.urandom(50_000) for n in range(20)}


def test_a_zip_archive_is_written_and_read_in_place(ministack: S3Server) -> None:
    store = bucket_on(ministack)
    with obstore.open_writer(store, "a.zip") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)

    with obstore.open_reader(store, "a.zip") as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("dir/7.bin") == FILES["dir/7.bin"]


@pytest.mark.parametrize("compression", ["", "gz", "xz"])
def test_a_tar_archive_is_written_and_read_in_place(ministack: S3Server, compression: str) -> None:
    store = bucket_on(ministack)
    with obstore.open_writer(store, "a.tar") as file, tarfile.open(fileobj=file, mode=f"w|{compression}") as archive:
        for name, data in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))

    with obstore.open_reader(store, "a.tar") as file, tarfile.open(fileobj=file, mode="r") as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]

    assert found == FILES


def read_some(job: tuple[S3Store | LocalStore, str]) -> bytes:
    store, path = job
    return bytes(store.get(path).bytes())


@pytest.mark.parametrize("kind", ["local", "s3"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_forked_workers_share_a_store_that_was_used_before(kind: str, tmp_path: Path, ministack: S3Server) -> None:
    """As a DataLoader does it: the parent reads an index, the children the data."""
    store = LocalStore(tmp_path) if kind == "local" else bucket_on(ministack)
    for name, data in FILES.items():
        store.put(name, data)
    names = sorted(meta["path"] for meta in store.list().collect())
    context = multiprocessing.get_context("fork")

    with concurrent.futures.ProcessPoolExecutor(4, mp_context=context) as workers:
        found = list(workers.map(read_some, [(store, name) for name in names], chunksize=3))

    assert found == [FILES[name] for name in names]


def test_dask_processes_get_stores_by_pickle(ministack: S3Server) -> None:
    store = bucket_on(ministack)
    for name, data in FILES.items():
        store.put(name, data)
    sizes = [dask.delayed(read_some)((store, name)) for name in FILES]

    found = dask.compute(*sizes, scheduler="processes", num_workers=2)

    assert list(found) == list(FILES.values())


def test_pickles_of_stores_are_small(ministack: S3Server) -> None:
    store = bucket_on(ministack)
    store.put("k", b"v")

    assert len(pickle.dumps(store)) < 1000
    assert pickle.loads(pickle.dumps(store)) == store


def test_what_is_in_memory_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="MemoryStore"):
        pickle.dumps(MemoryStore())
