"""`upload`: an object that is whole or not there, of a file that did not change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore._io.runtime import current
from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError
from obstore.store import Fault, FaultStore, MemoryStore
from tests.api.recording import RecordingStore
from tests.bulk.both import Bulk

BODY = bytes(range(256)) * 40
PIECE = 1000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(BODY)
    return made


def test_a_file_is_put_in_parts(file: Path, bulk: Bulk) -> None:
    store = RecordingStore()
    summary = bulk.upload(store, file, "a/k", chunk_size=PIECE, attributes={"content-type": "text/plain"})

    assert store.get("a/k").bytes() == BODY
    assert store.get("a/k").attributes == {"Content-Type": "text/plain"}
    assert (summary.done, summary.bytes) == (1, len(BODY))
    assert sum(request.startswith("part") for request in store.requests) == 11


def test_parts_grow_with_the_service(file: Path, bulk: Bulk) -> None:
    store = RecordingStore()
    store.part_limits = (4000, 1 << 30, 100)
    bulk.upload(store, file, "a/k", chunk_size=PIECE)

    assert sum(request.startswith("part") for request in store.requests) == 3


def test_a_small_or_empty_file_is_one_request(file: Path, bulk: Bulk) -> None:
    store = RecordingStore()
    bulk.upload(store, file, "k")
    file.write_bytes(b"")
    bulk.upload(store, file, "empty")

    assert store.requests == [f"put {len(BODY)}", "put 0"]


def test_without_overwriting_the_condition_is_the_stores(file: Path, bulk: Bulk) -> None:
    store = MemoryStore()
    bulk.upload(store, file, "k", overwrite=False, chunk_size=PIECE)

    with pytest.raises(AlreadyExistsError):
        bulk.upload(store, file, "k", overwrite=False, chunk_size=PIECE)


class Writing(MemoryStore):
    """Somebody writes to the file while its parts are stored."""

    def __init__(self, file: Path, change: Any) -> None:
        super().__init__()
        self.file = file
        self.change = change

    async def create_multipart_upload(self, path: str, options: Any) -> Any:
        self.change(self.file)
        return await super().create_multipart_upload(path, options)


CHANGES = {
    "longer": lambda file: file.write_bytes(BODY + b"x"),
    "shorter": lambda file: os.truncate(file, 500),
    "rewritten": lambda file: (file.write_bytes(BODY[::-1]), os.utime(file, ns=(1, 1))),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_changes_is_not_published(file: Path, bulk: Bulk, change: str) -> None:
    store = Writing(file, CHANGES[change])
    store.put("k", b"old")

    with pytest.raises(GenericError, match="changed while it was read"):
        bulk.upload(store, file, "k", chunk_size=PIECE)
    assert store.get("k").bytes() == b"old"


def test_a_file_that_is_replaced_is_uploaded_as_it_was(file: Path, bulk: Bulk) -> None:
    def replace(file: Path) -> None:
        (file.parent / "new").write_bytes(b"new")
        (file.parent / "new").replace(file)

    store = Writing(file, replace)
    bulk.upload(store, file, "k", chunk_size=PIECE)

    assert store.get("k").bytes() == BODY


def test_a_part_that_fails_aborts_the_upload(file: Path, bulk: Bulk) -> None:
    aborted: list[Any] = []
    store = FaultStore(MemoryStore(), Fault(GenericError("no"), on="put_part", nth=3), Fault(on="abort"))
    with pytest.raises(GenericError, match="no"):
        bulk.upload(store, file, "k", chunk_size=PIECE)
    aborted = [operation for operation, _ in store.struck if operation == "abort"]

    assert aborted == ["abort"]
    assert store.list().collect() == []


def test_what_is_no_file_is_refused(tmp_path: Path, bulk: Bulk) -> None:
    with pytest.raises(NotFoundError):
        bulk.upload(MemoryStore(), tmp_path / "missing", "k")
    with pytest.raises(NotFoundError, match="it is a directory"):
        bulk.upload(MemoryStore(), tmp_path, "k")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(GenericError, match="not a regular file"):
        bulk.upload(MemoryStore(), tmp_path / "fifo", "k")


def test_a_listener_that_raises_ends_the_upload(file: Path, bulk: Bulk) -> None:
    class Patient(MemoryStore):
        async def create_multipart_upload(self, path: str, options: Any) -> Any:
            upload = await super().create_multipart_upload(path, options)
            put_part = upload.put_part

            async def put(index: int, data: Any) -> None:
                if index > 2:
                    await current().sleep(60)  # Until it is abandoned.
                await put_part(index, data)

            upload.put_part = put  # type: ignore[method-assign]
            return upload

    def listen(event: obstore.Progress) -> None:
        raise RuntimeError("enough")

    store = Patient()

    with pytest.raises(RuntimeError, match="enough"):
        bulk.upload(store, file, "k", chunk_size=PIECE, progress=listen)
    assert store.list().collect() == []
