"""`download`: a file that is whole or not there, and a second call that goes on."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore._bulk import staged
from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError, PermissionDeniedError, PreconditionError
from obstore.store import Fault, FaultStore, LocalStore, MemoryStore
from tests.api.recording import RecordingStore
from tests.bulk.both import Bulk
from tests.stores.tree import files_below

BODY = bytes(range(256)) * 40  # 10240 bytes
PIECE = 1000


@pytest.fixture
def store() -> RecordingStore:
    made = RecordingStore()
    made.put("a/k", BODY)
    made.requests.clear()
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out" / "file"


def test_a_file_is_fetched_in_ranges_of_one_version(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    summary = bulk.download(store, "a/k", target, chunk_size=PIECE)

    assert target.read_bytes() == BODY
    assert (summary.done, summary.bytes) == (1, len(BODY))
    assert sorted(store.requests[1:]) == sorted(
        f"get {start}..{min(start + PIECE, len(BODY))} pinned" for start in range(0, len(BODY), PIECE)
    )
    assert files_below(target.parent) == {"file"}


def test_a_small_or_empty_file_is_one_request(store: RecordingStore, tmp_path: Path, bulk: Bulk) -> None:
    store.put("empty", b"")
    bulk.download(store, "empty", tmp_path / "empty")
    bulk.download(store, "a/k", tmp_path / "small")

    assert (tmp_path / "empty").read_bytes() == b""
    assert (tmp_path / "small").read_bytes() == BODY


def test_the_file_has_the_time_of_the_object(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    bulk.download(store, "a/k", target, chunk_size=PIECE)

    assert LocalStore(target.parent).head("file")["last_modified"] == store.head("a/k")["last_modified"]


def test_a_directory_gets_a_file_of_the_objects_name(store: RecordingStore, tmp_path: Path, bulk: Bulk) -> None:
    bulk.download(store, "a/k", tmp_path)
    bulk.download(store, "a/k", f"{tmp_path}/new/")

    assert files_below(tmp_path) == {"k", "new/k"}


def test_what_is_there_is_replaced_at_once_or_not_at_all(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(AlreadyExistsError):
        bulk.download(store, "a/k", target, overwrite=False)
    assert target.read_bytes() == b"old"

    broken = FaultStore(store, Fault(GenericError("no"), on="get_object", nth=4))
    with pytest.raises(GenericError, match="no"):
        bulk.download(broken, "a/k", target, chunk_size=PIECE)
    assert target.read_bytes() == b"old"

    bulk.download(store, "a/k", target, chunk_size=PIECE)
    assert target.read_bytes() == BODY


def test_a_second_call_fetches_what_is_left(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    broken = FaultStore(store, Fault(GenericError("no"), on="get_object", nth=6))
    with pytest.raises(GenericError):
        bulk.download(broken, "a/k", target, chunk_size=PIECE, max_concurrency=1)
    assert not target.exists()
    fetched = set(store.requests[1:])
    store.requests.clear()

    bulk.download(store, "a/k", target, chunk_size=PIECE, max_concurrency=1)

    assert target.read_bytes() == BODY
    assert len(fetched) == 4
    assert fetched.isdisjoint(store.requests[1:])
    assert len(store.requests) == 1 + 11 - 4
    assert files_below(target.parent) == {"file"}


def test_a_changed_object_starts_over(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    broken = FaultStore(store, Fault(GenericError("no"), on="get_object", nth=6))
    with pytest.raises(GenericError):
        bulk.download(broken, "a/k", target, chunk_size=PIECE, max_concurrency=1)
    store.put("a/k", BODY[::-1])

    bulk.download(store, "a/k", target, chunk_size=PIECE)

    assert target.read_bytes() == BODY[::-1]


def test_another_object_does_not_go_on_with_what_was_left(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    broken = FaultStore(store, Fault(GenericError("no"), on="get_object", nth=6))
    with pytest.raises(GenericError):
        bulk.download(broken, "a/k", target, chunk_size=PIECE, max_concurrency=1)
    other = RecordingStore()
    other.put("a/k", bytes(len(BODY)))

    bulk.download(other, "a/k", target, chunk_size=PIECE)

    assert target.read_bytes() == bytes(len(BODY))


DAMAGES = [
    lambda text: text[:-1],
    lambda text: text[:20],
    lambda text: b"\xff" + text,
    lambda text: text + b"x\n",
]


def test_a_journal_that_was_cut_off_or_is_nonsense_is_no_reason_to_fail(
    store: RecordingStore, target: Path, bulk: Bulk
) -> None:
    for damage in (
        lambda text: text[:-1],
        lambda text: text[:20],
        lambda text: b"\xff" + text,
        lambda text: text + b"x\n",
    ):
        broken = FaultStore(store, Fault(GenericError("no"), on="get_object", nth=6))
        with pytest.raises(GenericError):
            bulk.download(broken, "a/k", target, chunk_size=PIECE, max_concurrency=1)
        (journal,) = target.parent.glob(".obstore-*#1")
        journal.write_bytes(damage(journal.read_bytes()))

        bulk.download(store, "a/k", target, chunk_size=PIECE)

        assert target.read_bytes() == BODY
        target.unlink()


def test_a_line_that_was_cut_off_is_not_taken_for_another(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    pieces = {"chunk_size": 500, "max_concurrency": 1}  # 21 of them.

    def break_off() -> None:
        with pytest.raises(GenericError):
            bulk.download(FaultStore(store, Fault(GenericError("no"), on="get_object", nth=5)), "a/k", target, **pieces)

    break_off()
    (journal,) = target.parent.glob(".obstore-*#1")
    with journal.open("ab") as file:
        file.write(b"1")  # Of "12", if the process had lived.
    break_off()
    bulk.download(store, "a/k", target, **pieces)

    assert target.read_bytes() == BODY


class ChangingStore(MemoryStore):
    """Its object changes at some requests."""

    def __init__(self, at: set[int]) -> None:
        super().__init__()
        self.at = at
        self.n = 0

    async def get_object(self, path: str, options: Any) -> Any:
        self.n += 1
        if self.n in self.at:
            self.put(path, bytes([self.n]) * len(BODY))
        return await super().get_object(path, options)


def test_an_object_that_changes_meanwhile_is_begun_again(target: Path, bulk: Bulk) -> None:
    store = ChangingStore({5})
    store.put("k", BODY)

    bulk.download(store, "k", target, chunk_size=PIECE)

    assert target.read_bytes() == b"\x05" * len(BODY)


def test_an_object_that_changes_all_the_time_is_an_error(target: Path, bulk: Bulk) -> None:
    store = ChangingStore(set(range(2, 100)))
    store.put("k", BODY)

    with pytest.raises(PreconditionError):
        bulk.download(store, "k", target, chunk_size=PIECE)
    assert files_below(target.parent) == set()


def test_objects_without_strong_tags_are_compared_by_what_they_have(target: Path, bulk: Bulk) -> None:
    for options in ({"has_e_tags": False}, {"weak": True}):
        store = RecordingStore(**options)  # type: ignore[arg-type]
        store.put("k", BODY)
        bulk.download(store, "k", target, chunk_size=PIECE)

        assert target.read_bytes() == BODY
        assert not any("pinned" in request for request in store.requests)


def test_a_checksum_is_checked_before_the_file_is_there(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    good = "sha256:" + hashlib.sha256(BODY).hexdigest()
    for chunk_size in (PIECE, 1 << 20):
        with pytest.raises(GenericError, match="the md5 of"):
            bulk.download(store, "a/k", target, checksum="md5:" + "0" * 32, chunk_size=chunk_size)
        assert files_below(target.parent) == set()
        bulk.download(store, "a/k", target, checksum=good, chunk_size=chunk_size)
        assert target.read_bytes() == BODY
        target.unlink()


@pytest.mark.parametrize("wrong", ["abc", "crc99:00", "md5:00", "md5:" + "x" * 32])
def test_what_is_no_checksum_is_refused(store: RecordingStore, target: Path, wrong: str) -> None:
    with pytest.raises(ValueError, match="checksum"):
        obstore.download(store, "a/k", target, checksum=wrong)


def test_a_full_disk_is_noticed_before_anything_is_fetched(
    store: RecordingStore, target: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(staged.os, "posix_fallocate", full, raising=False)

    with pytest.raises(GenericError, match="make room and call it again"):
        bulk.download(store, "a/k", target, chunk_size=PIECE)
    assert store.requests == ["head"]
    assert files_below(target.parent) == set()


def test_a_disk_that_fills_up_loses_nothing(
    store: RecordingStore, target: Path, bulk: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = os.pwrite, []

    def pwrite(fd: int, data: Any, offset: int) -> int:
        calls.append(offset)
        if len(calls) == 6:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(fd, data, offset)

    with monkeypatch.context() as patch:
        patch.setattr(staged.os, "pwrite", pwrite)
        with pytest.raises(GenericError, match="disk is full"):
            bulk.download(store, "a/k", target, chunk_size=PIECE, max_concurrency=1)
    store.requests.clear()
    bulk.download(store, "a/k", target, chunk_size=PIECE, max_concurrency=1)

    assert target.read_bytes() == BODY
    assert len(store.requests) == 1 + 11 - 5


def test_two_calls_do_not_write_one_file(store: RecordingStore, target: Path) -> None:
    first = staged.StagedFile(str(target))
    with pytest.raises(GenericError, match="another call is writing"):
        obstore.download(store, "a/k", target)
    first.discard()

    obstore.download(store, "a/k", target)


def test_errors_are_those_of_the_store(store: RecordingStore, target: Path, bulk: Bulk) -> None:
    with pytest.raises(NotFoundError):
        bulk.download(store, "missing", target)
    with pytest.raises(PermissionDeniedError):
        bulk.download(FaultStore(store, Fault(PermissionDeniedError("no"))), "a/k", target)
    assert not target.parent.exists()


def test_a_directory_or_a_file_in_the_way_is_an_error(store: RecordingStore, tmp_path: Path, bulk: Bulk) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(GenericError, match=r"file.*where a directory is needed|Not a directory"):
        bulk.download(store, "a/k", tmp_path / "file" / "below")
    (tmp_path / "k").mkdir()
    with pytest.raises(GenericError, match="directory is in the way"):
        bulk.download(store, "a/k", tmp_path)
    assert files_below(tmp_path) == {"file"}


@pytest.mark.parametrize("name", ["chunk_size", "max_concurrency"])
def test_numbers_that_make_no_sense_are_refused(store: RecordingStore, target: Path, name: str) -> None:
    with pytest.raises(ValueError, match=name):
        obstore.download(store, "a/k", target, **{name: 0})
    with pytest.raises(TypeError, match=name):
        obstore.download(store, "a/k", target, **{name: "1"})  # type: ignore[arg-type]


def test_cancelling_keeps_what_came(store: RecordingStore, target: Path) -> None:
    async def work() -> None:
        def stop(event: obstore.Progress) -> None:
            if event.bytes_done >= 3 * PIECE:
                task.cancel()

        task = asyncio.ensure_future(
            obstore.download_async(store, "a/k", target, chunk_size=PIECE, max_concurrency=1, progress=stop)
        )
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert not target.exists()
    store.requests.clear()
    obstore.download(store, "a/k", target, chunk_size=PIECE)

    assert target.read_bytes() == BODY
    assert len(store.requests) < 11
