"""How many parts of an upload are on their way at once, and which thread does the sums."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from obstore._core.types import Buffer, PutResult, WriteOptions
from obstore._io.aio import AsyncioRuntime
from obstore._io.runtime import current
from obstore._s3 import sigv4
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.store import MemoryStore, MultipartUpload, S3Store
from tests.engine.loops import both_colours
from tests.socket.listener import Listener, serving

CONCURRENCY, PART, COUNT = 6, 1 << 20, 12
DATA = bytes(PART * COUNT)


class Crowded(MemoryStore):
    """Parts stay until `expected` of them are there at once. `most` says how many there ever were."""

    sends_files = True

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.expected = expected
        self.there = self.most = 0
        self.lock = threading.Lock()

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        return CrowdedUpload(self)


class CrowdedUpload(MultipartUpload):
    def __init__(self, store: Crowded) -> None:
        self._store = store

    async def put_part(self, index: int, data: Buffer) -> None:
        assert len(data) == PART
        self._count(+1)
        while self._store.most < self._store.expected:
            await current().sleep(0.001)
        self._count(-1)

    def _count(self, change: int) -> None:
        with self._store.lock:
            self._store.there += change
            self._store.most = max(self._store.most, self._store.there)

    async def complete(self) -> PutResult:
        return {"e_tag": None, "version": None}

    async def abort(self) -> None:
        raise AssertionError("the upload failed")


def pieces() -> Iterator[bytes]:
    for start in range(0, len(DATA), PART // 2):
        yield DATA[start : start + PART // 2]


def in_file(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    return path


@pytest.fixture(autouse=True)
def fast_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits so long for a place that all are given out."""
    monkeypatch.setattr("obstore._io.blocking.PATIENCE", 60)
    monkeypatch.setattr("obstore._io.tasks.PATIENCE", 60)


CONTENTS: dict[str, tuple[Callable[[Path], Any], int]] = {
    "a buffer": (lambda _: DATA, CONCURRENCY),
    "a file": (in_file, CONCURRENCY),
    "an iterator": (lambda _: pieces(), 3),
    "what is no plain file": (lambda _: io.BytesIO(DATA), 3),
}


@both_colours
@pytest.mark.parametrize("name", CONTENTS)
def test_as_many_parts_are_on_their_way_as_memory_allows(colour: Colour, name: str, tmp_path: Path) -> None:
    make, most = CONTENTS[name]
    store, effort = Crowded(most), {"chunk_size": PART, "max_concurrency": CONCURRENCY, "use_multipart": True}

    drive(colour, StoreView(store, colour).put("k", make(tmp_path), **effort))

    assert store.most == most


@both_colours
@pytest.mark.parametrize(("size", "elsewhere"), [(1000, False), (2 << 20, True)])
def test_a_loop_does_not_hash_what_is_large(
    colour: Colour, size: int, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def hash_payload(body: Any) -> str:
        threads.append(threading.get_ident())
        return honest(body)

    honest = sigv4.hash_payload
    monkeypatch.setattr(sigv4, "hash_payload", hash_payload)
    with Listener(serving(b"")) as listener:
        drive(colour, StoreView(listener.store(), colour).put("k", bytes(size), use_multipart=False))

    assert [thread != threading.get_ident() for thread in threads] == [elsewhere and colour == "async"]


def test_nothing_is_done_in_a_thread_for_a_payload_that_is_not_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Callable[[], Any]] = []

    async def call(runtime: AsyncioRuntime, function: Callable[[], Any], discard: Any = None) -> Any:
        calls.append(function)
        return await honest(runtime, function, discard)

    honest = AsyncioRuntime.call
    monkeypatch.setattr(AsyncioRuntime, "call", call)
    with Listener(serving(b"")) as listener:
        config = {**listener.store().config, "unsigned_payload": True}
        store = S3Store(config=config, client_options={"allow_http": True})
        drive("async", StoreView(store, "async").put("k", bytes(2 << 20), use_multipart=False))

    assert len(calls) == 1  # The connection was opened.
