"""`ReadOnlyStore`, `FaultStore`, `RecordStore` and `ReplayStore`: for tests, and for peace of mind."""

from __future__ import annotations

import pickle
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore.exceptions import GenericError, PermissionDeniedError, PreconditionError
from obstore.store import Fault, FaultStore, LocalStore, MemoryStore, ReadOnlyStore, RecordStore, ReplayStore, S3Store
from obstore.testing import COLOURS, Colour, StoreView
from tests.api.recording import drive

CHANGES = [
    lambda store: store.put("k", b"new"),
    lambda store: store.put("k", iter([b"new"]), use_multipart=True),
    lambda store: store.delete("k"),
    lambda store: store.copy("k", "l"),
    lambda store: store.rename("k", "l"),
    lambda store: (
        obstore.copy_tree(MemoryStore(), None, store, None, missing_ok=True).raise_for_failures() or store.put("k", b"")
    ),
]


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_is_changed_through_a_read_only_store(change: Any) -> None:
    inner = MemoryStore()
    inner.put("k", b"old")
    store = ReadOnlyStore(inner)

    with pytest.raises(PermissionDeniedError, match="ReadOnlyStore"):
        change(store)
    assert [meta["path"] for meta in inner.list().collect()] == ["k"]
    assert store.get("k").bytes() == b"old"


def test_a_read_only_store_signs_only_for_reading() -> None:
    s3 = S3Store("bucket", access_key_id="AKIDEXAMPLE", secret_access_key="made-up", region="eu-west-1")
    store = ReadOnlyStore(s3)

    assert "X-Amz-Signature" in store.sign("GET", "k", timedelta(1))
    with pytest.raises(PermissionError, match="signed PUT"):
        store.sign("PUT", "k", timedelta(1))


def test_the_nth_matching_operation_fails_and_so_many_after_it() -> None:
    store = FaultStore(MemoryStore(), Fault(OSError("full"), on="put_object", path="a/**", nth=2, times=2))
    outcomes = []
    for path in ("a/1", "b/1", "a/2", "a/3", "a/4"):
        try:
            store.put(path, b"")
            outcomes.append(path)
        except OSError:
            pass

    assert outcomes == ["a/1", "b/1", "a/4"]
    assert store.struck == [("put_object", "a/2"), ("put_object", "a/3")]


def test_a_reply_that_is_lost_leaves_the_work_done() -> None:
    inner = MemoryStore()
    store = FaultStore(inner, Fault(TimeoutError, on="put_object", after=True))

    with pytest.raises(TimeoutError):
        store.put("k", b"x")
    assert inner.get("k").bytes() == b"x"


@pytest.mark.parametrize("colour", COLOURS)
def test_a_body_is_cut(colour: Colour) -> None:
    inner = MemoryStore()
    inner.put("k", b"0123456789")

    assert drive(colour, StoreView(FaultStore(inner, Fault(truncate=4)), colour).body("k")) == b"0123"
    with pytest.raises(ConnectionError):
        drive(colour, StoreView(FaultStore(inner, Fault(ConnectionError, truncate=4)), colour).body("k"))


def test_a_part_fails_and_the_upload_leaves_nothing() -> None:
    store = FaultStore(MemoryStore(), Fault(GenericError("no"), on="put_part", nth=2))

    with pytest.raises(GenericError, match="no"):
        store.put("k", b"x" * 100, chunk_size=10, use_multipart=True)
    assert store.list().collect() == []


def test_a_delay_waits_through_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    from obstore._io.blocking import Blocking

    waits: list[float] = []

    async def sleep(self: Any, seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(Blocking, "sleep", sleep)
    FaultStore(MemoryStore(), Fault(on="put_object", delay=30)).put("k", b"x")

    assert waits == [30]


def test_a_fault_in_an_operation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no operation"):
        FaultStore(MemoryStore(), Fault(OSError, on="get"))
    with pytest.raises(TypeError, match="Fault"):
        FaultStore(MemoryStore(), OSError)  # type: ignore[arg-type]


def test_fault_and_read_only_stores_pickle_and_show_themselves(tmp_path: Path) -> None:
    inner = LocalStore(tmp_path)
    for store in (FaultStore(inner, Fault(OSError, on="put_object")), ReadOnlyStore(inner)):
        assert pickle.loads(pickle.dumps(store)) == store
    assert "faults=(Fault(OSError, on='put_object'),)" in repr(FaultStore(inner, Fault(OSError, on="put_object")))
    assert repr(ReadOnlyStore(inner)) == f"ReadOnlyStore({inner!r})"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recording.jsonl"


def test_errors_and_changing_answers_are_replayed(file: Path) -> None:
    store = RecordStore(MemoryStore(), file)
    store.put("k", b"old")
    store.get("k").bytes()
    store.put("k", b"new")
    store.get("k").bytes()
    with pytest.raises(FileNotFoundError):
        store.get("missing")
    replay = ReplayStore(file)

    assert [replay.get("k").bytes() for _ in range(3)] == [b"old", b"new", b"new"]
    with pytest.raises(FileNotFoundError, match="No data in memory found") as caught:
        replay.get("missing")
    assert caught.value.path == "missing"
    assert [call.partition("(")[0] for call in replay.unused] == ["put_object", "put_object"]


def test_what_was_not_recorded_is_named_with_what_was(file: Path) -> None:
    store = RecordStore(MemoryStore(), file)
    store.put("k", b"old")

    with pytest.raises(GenericError, match=r"no answer to put_object.*it has put_object.*record again"):
        ReplayStore(file).put("k", b"new")
    with pytest.raises(GenericError, match="nothing of list_objects"):
        ReplayStore(file).list().collect()


def test_a_recording_grows_in_other_processes(tmp_path: Path, file: Path) -> None:
    store = RecordStore(LocalStore(tmp_path / "files", mkdir=True), file)
    store.put("a", b"1")
    pickle.loads(pickle.dumps(store)).put("b", iter([b"2"]), use_multipart=True)
    replay = pickle.loads(pickle.dumps(ReplayStore(file)))

    assert replay == ReplayStore(file)
    replay.put("a", b"1")
    replay.put("b", iter([b"2"]), use_multipart=True)
    assert replay.unused == []


@pytest.mark.parametrize(
    "content", ["", "{}\n", '{"obstore recording": 1}\nnonsense\n', '{"obstore recording": 1}\n{}\n']
)
def test_what_is_no_recording_is_refused(file: Path, content: str) -> None:
    file.write_text(content)

    with pytest.raises(ValueError, match="recording"):
        ReplayStore(file)


def test_a_recording_has_no_signed_urls(file: Path) -> None:
    s3 = S3Store("bucket", access_key_id="AKIDEXAMPLE", secret_access_key="made-up", region="eu-west-1")
    RecordStore(s3, file).sign("GET", "k", timedelta(1))

    assert "Signature" not in file.read_text()


def test_conditions_are_part_of_a_call(file: Path) -> None:
    store = RecordStore(MemoryStore(), file)
    store.put("k", b"x")
    with pytest.raises(PreconditionError):
        store.get("k", options={"if_match": '"other"'})
    replay = ReplayStore(file)

    with pytest.raises(PreconditionError):
        replay.get("k", options={"if_match": '"other"'})
    with pytest.raises(GenericError, match="no answer"):
        replay.get("k")
