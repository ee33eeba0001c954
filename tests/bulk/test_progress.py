"""Progress: who may listen, what is said, and from where."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest
from fsspec.callbacks import Callback
from rich.console import Console
from rich.progress import Progress as RichProgress
from tqdm import tqdm

import obstore
from obstore import Progress
from obstore.store import LocalStore, MemoryStore
from tests.bulk.both import Bulk

PIECE = 1000


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    for n in range(30):
        made.put(f"p/{n}", b"x" * 100)
    made.put("p/large", b"x" * 5000)
    return made


TOTAL = 30 * 100 + 5000


def test_a_callable_hears_how_it_goes_in_the_callers_thread(store: MemoryStore, tmp_path: Path, bulk: Bulk) -> None:
    events: list[tuple[Progress, threading.Thread]] = []

    def listen(event: Progress) -> None:
        events.append((event, threading.current_thread()))

    bulk.download_tree(store, "p", tmp_path, chunk_size=PIECE, progress=listen)
    heard = [event for event, _ in events]

    assert {thread for _, thread in events} == {threading.current_thread()}
    assert [event.files_done for event in heard] == sorted(event.files_done for event in heard)
    assert [event.bytes_done for event in heard] == sorted(event.bytes_done for event in heard)
    assert heard[-1]._replace(path="") == Progress("download_tree", "", 31, 31, TOTAL, TOTAL, 0, True)


def test_what_is_skipped_or_fails_counts_as_done(store: MemoryStore, tmp_path: Path, bulk: Bulk) -> None:
    bulk.download_tree(store, "p", tmp_path)
    store._entries["p/../x"] = store._entries["p/0"]
    events: list[Progress] = []
    bulk.download_tree(store, "p", tmp_path, progress=events.append)

    assert events[-1][2:] == (32, 32, TOTAL, TOTAL + 100, 1, True)


class Bar:
    """What tqdm's bars have in common."""

    def __init__(self, unit: str = "it") -> None:
        self.unit, self.n, self.total = unit, 0, None

    def update(self, n: int) -> None:
        self.n += n

    def refresh(self) -> None:
        pass


def test_a_bar_counts_files_or_bytes(store: MemoryStore, tmp_path: Path, bulk: Bulk) -> None:
    files, size, one = Bar(), Bar("B"), Bar()
    bulk.copy_tree(store, "p", MemoryStore(), None, progress=files)
    bulk.copy_tree(store, "p", MemoryStore(), None, progress=size)
    bulk.download(store, "p/large", tmp_path, progress=one, chunk_size=PIECE)

    assert (files.n, files.total) == (31, 31)
    assert (size.n, size.total) == (TOTAL, TOTAL)
    assert (one.n, one.total) == (5000, 5000)


def test_tqdm_itself(store: MemoryStore, bulk: Bulk) -> None:
    with tqdm(unit="B", file=io.StringIO()) as bar:
        bulk.copy_tree(store, "p", MemoryStore(), None, progress=bar)

        assert (bar.n, bar.total) == (TOTAL, TOTAL)


def test_rich_itself(store: MemoryStore, bulk: Bulk) -> None:
    with RichProgress(console=Console(file=io.StringIO())) as bars:
        bulk.copy_tree(store, "p", MemoryStore(), None, progress=bars)
        bulk.delete_prefix(store, "p", progress=bars)

    assert [(task.description, task.completed, task.total) for task in bars.tasks] == [
        ("copy_tree", TOTAL, TOTAL),
        ("delete_prefix", TOTAL, TOTAL),
    ]


def test_a_callback_of_fsspec(store: MemoryStore, tmp_path: Path, bulk: Bulk) -> None:
    many, one = Callback(), Callback()
    bulk.copy_tree(store, "p", MemoryStore(), None, progress=many)
    bulk.download(store, "p/large", tmp_path, progress=one, chunk_size=PIECE)

    assert (many.size, many.value) == (31, 31)
    assert (one.size, one.value) == (5000, 5000)


def test_what_cannot_show_progress_is_refused(store: MemoryStore) -> None:
    with pytest.raises(TypeError, match="progress must be"):
        obstore.sync(store, MemoryStore(), progress=[])


def test_what_was_resumed_counts(store: MemoryStore, tmp_path: Path, bulk: Bulk) -> None:
    from obstore._bulk.staged import StagedFile

    meta = store.head("p/large")
    staged = StagedFile(str(tmp_path / "large"))
    micros = int(meta["last_modified"].timestamp() * 1_000_000)
    identity: dict[str, Any] = {"store": store.identity, "path": "p/large", "size": 5000, "e_tag": meta["e_tag"]}
    staged.resume({**identity, "modified": micros * 1000, "chunk_size": PIECE}, 5000)
    staged.write(b"x" * PIECE, 0)
    staged.note(0)
    staged.close()
    events: list[Progress] = []
    bulk.download(store, "p/large", tmp_path, chunk_size=PIECE, progress=events.append)

    assert (events[-1].bytes_done, events[-1].bytes_total) == (5000, 5000)
    assert LocalStore(tmp_path).get("large").bytes() == b"x" * 5000
