"""The plan of `sync`, carried out by others."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from obstore import Progress, distributed
from obstore.exceptions import GenericError, NotFoundError, PermissionDeniedError
from obstore.store import Fault, FaultStore, LocalStore, MemoryStore, S3Store
from obstore.testing import COLOURS, Colour
from tests.servers import S3Server
from tests.stores.tree import files_below

FILES = {f"d{n % 5}/{n:03}": bytes([n]) * (100 + n) for n in range(90)} | {"large": bytes(range(250)) * 400}


def fill(store: Any) -> Any:
    for path, body in FILES.items():
        store.put(path, body)
    return store


def sync(colour: Colour, *arguments: Any, **options: Any) -> Any:
    if colour == "sync":
        return distributed.sync(*arguments, **options)

    async def work() -> Any:
        return await distributed.sync_async(*arguments, **options)

    return asyncio.run(work())


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A Dask cluster of two processes on this machine."""
    with (
        LocalCluster(
            processes=True, n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        Client(cluster) as made,
    ):
        yield made


@pytest.mark.parametrize("colour", COLOURS)
def test_a_dask_cluster_copies_from_a_bucket(
    client: Client, ministack: S3Server, tmp_path: Path, colour: Colour
) -> None:
    store = fill(S3Store(ministack.make_bucket(), **ministack.options()))
    (tmp_path / "extraneous").write_bytes(b"")
    events: list[Progress] = []
    options = {"executor": client, "batch_objects": 10, "chunk_size": 30_000, "delete": True}
    summary = sync(colour, store, tmp_path, progress=events.append, **options)

    assert {name: (tmp_path / name).read_bytes() for name in files_below(tmp_path)} == FILES
    assert (summary.done, summary.deleted, summary.failed) == (len(FILES), 1, 0)
    assert summary.bytes == sum(map(len, FILES.values()))
    assert events[-1][2:] == (len(FILES), len(FILES), summary.bytes, summary.bytes, 0, True)
    again = sync(colour, store, tmp_path, **options)
    assert (again.done, again.skipped) == (0, len(FILES))


def test_what_fails_in_a_worker_is_reported_here(client: Client, tmp_path: Path) -> None:
    fill(LocalStore(tmp_path / "source", mkdir=True))
    denied = Fault(PermissionDeniedError("not for you"), on="put_object", path="d3/*")
    target = FaultStore(LocalStore(tmp_path / "target", mkdir=True), denied)
    summary = distributed.sync(tmp_path / "source", target, executor=client, batch_objects=10, delete=True)

    assert (summary.done, summary.failed) == (len(FILES) - 18, 18)
    assert all(isinstance(failure.error, PermissionDeniedError) for failure in summary.failures)
    with pytest.raises(PermissionDeniedError):
        distributed.sync(tmp_path / "source", target, executor=client, on_error="raise")


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("compare", ["size+mtime", "checksum"])
def test_a_pool_of_processes(tmp_path: Path, colour: Colour, compare: Any) -> None:
    source = fill(LocalStore(tmp_path / "source", mkdir=True))
    target = LocalStore(tmp_path / "target", mkdir=True)
    target.put("d0/000", b"\xff" * 100)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        summary = sync(colour, source, target, executor=executor, batch_bytes=3000, compare=compare)

    assert summary.failed == 0
    assert summary.done == len(FILES) - (compare == "size+mtime")


def test_an_executor_with_nothing_but_map(tmp_path: Path) -> None:
    store = fill(MemoryStore())
    with ThreadPool(2) as pool:
        summary = distributed.sync(store, tmp_path, executor=pool, batch_objects=7)

    assert summary.done == len(FILES)


def test_a_store_that_does_not_pickle_is_an_error_that_says_so(tmp_path: Path) -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        summary = distributed.sync(fill(MemoryStore()), tmp_path, executor=executor)

    assert summary.failed == len(FILES)
    with pytest.raises(GenericError, match="cannot pickle 'MemoryStore'"):
        summary.raise_for_failures()


def test_a_dry_run_needs_nobody(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as executor:
        summary = distributed.sync(fill(MemoryStore()), tmp_path, executor=executor, dry_run=True)
        with pytest.raises(NotFoundError):
            distributed.sync(MemoryStore(), tmp_path, executor=executor)

    assert len(summary.plan) == len(FILES)
    assert files_below(tmp_path) == set()


def test_what_is_no_executor_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="'submit' or 'map'"):
        distributed.sync(MemoryStore(), tmp_path, executor="dask")


def test_cancelling_does_not_wait_for_the_executor(tmp_path: Path) -> None:
    class Never:
        """Futures that nobody ever fulfils."""

        def __init__(self) -> None:
            self.cancelled = 0

        def submit(self, function: Any, shipment: Any) -> Any:
            return self

        def add_done_callback(self, callback: Any) -> None:
            task.cancel()

        def cancel(self) -> None:
            self.cancelled += 1

        def result(self) -> Any:
            raise AssertionError

    executor = Never()

    async def work() -> None:
        nonlocal task
        task = asyncio.ensure_future(distributed.sync_async(fill(MemoryStore()), tmp_path, executor=executor))
        with pytest.raises(asyncio.CancelledError):
            await task

    task: Any = None
    asyncio.run(work())

    assert executor.cancelled == 1


def test_a_shipment_is_small() -> None:
    store = S3Store("bucket", region="eu-west-1", access_key_id="k", secret_access_key="s")

    assert len(pickle.dumps(store)) < 2000
