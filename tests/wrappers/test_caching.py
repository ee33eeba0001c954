"""`CachingStore`: what it asks for, what it keeps, and that it never mixes versions."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from obstore._core.types import OVERWRITE
from obstore.exceptions import PreconditionError
from obstore.store import CachingStore, LocalStore
from tests.api.recording import RecordingStore

HOUR = timedelta(hours=1)


@pytest.fixture
def inner() -> RecordingStore:
    store = RecordingStore()
    store.put("k", bytes(range(100)))
    store.requests.clear()
    return store


@pytest.fixture(params=["memory", "disk"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return {} if request.param == "memory" else {"directory": tmp_path / "cache"}


def test_ranges_share_blocks(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, block_size=10, **place)

    assert store.get_range("k", start=5, end=25) == bytes(range(5, 25))
    assert store.get_range("k", start=15, end=35) == bytes(range(15, 35))
    assert store.get_range("k", start=0, end=40) == bytes(range(40))

    # Each answer is validated; a block is fetched once.
    assert inner.requests == ["head", "get 0..30 pinned", "head", "get 30..40 pinned", "head"]
    assert store.stats[:4] == (6, 4, 3, 0)


def test_nothing_is_asked_within_the_ttl(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, ttl=HOUR, **place)
    store.get("k").bytes()
    inner.requests.clear()

    assert store.get("k").bytes() == bytes(range(100))
    assert store.head("k")["size"] == 100
    assert inner.requests == []


def test_a_changed_object_is_noticed(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, **place)
    store.get("k").bytes()
    inner.put("k", b"new")

    assert store.get("k").bytes() == b"new"


def test_what_is_missing_within_the_ttl_is_not_joined_with_what_is_old(
    inner: RecordingStore, place: dict[str, Any]
) -> None:
    store = CachingStore(inner, block_size=10, ttl=HOUR, **place)
    store.get_range("k", start=0, end=10)
    inner.put("k", b"N" * 100)

    assert store.get_range("k", start=0, end=10) == bytes(range(10))  # The price of a ttl.
    assert store.get("k").bytes() == b"N" * 100


def test_an_object_that_changes_while_it_is_read_is_an_error(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, block_size=2, **place)  # A run is 32 bytes.
    stream = iter(store.get("k").stream(min_chunk_size=10))
    next(stream)
    inner.put("k", b"N" * 100)

    with pytest.raises(PreconditionError, match="changed while it was read"):
        list(stream)
    assert store.get("k").bytes() == b"N" * 100


def test_own_writes_are_seen_whatever_the_ttl(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, ttl=HOUR, **place)
    store.get("k").bytes()

    store.put("k", b"put")
    assert store.get("k").bytes() == b"put"
    store.put("k", iter([b"in ", b"parts"]), use_multipart=True)
    assert store.get("k").bytes() == b"in parts"
    store.put("l", b"other")
    store.get("l").bytes()
    store.copy("l", "k")
    assert store.get("k").bytes() == b"other"
    store.rename("k", "l")
    with pytest.raises(FileNotFoundError):
        store.get("k")
    store.delete("l")
    with pytest.raises(FileNotFoundError):
        store.get("l")


def test_an_answer_that_a_write_has_overtaken_is_not_kept() -> None:
    class Late(RecordingStore):
        """Its first answer comes when there is another object already."""

        async def get_object(self, path: str, options: Any) -> Any:
            found = await super().get_object(path, options)
            if self.requests == ["head"]:
                await store.put_object("k", b"new", OVERWRITE)
            return found

    late = Late()
    late.put("k", b"old")
    late.requests.clear()
    store = CachingStore(late, ttl=HOUR)
    store.head("k")

    assert store.get("k").bytes() == b"new"


def test_objects_without_an_e_tag_are_passed_on() -> None:
    inner = RecordingStore(has_e_tags=False)
    store = CachingStore(inner)
    store.put("k", b"1")

    assert store.get("k").bytes() == b"1"
    assert store.stats.bypassed == 1
    assert store.stats.bytes == 0


def test_weak_e_tags_are_compared_not_sent() -> None:
    inner = RecordingStore(weak=True)
    store = CachingStore(inner, block_size=2)
    store.put("k", b"hello")

    assert store.get("k").bytes() == b"hello"
    assert store.get("k").bytes() == b"hello"
    assert store.stats.misses == 3
    assert not any("pinned" in request for request in inner.requests)


def test_the_memory_is_bounded_and_the_last_used_stays(inner: RecordingStore) -> None:
    store = CachingStore(inner, block_size=10, max_bytes=30)
    for start in (0, 10, 20, 0, 30):
        store.get_range("k", start=start, length=10)

    assert store.stats.bytes == 30
    misses = store.stats.misses
    store.get_range("k", start=0, length=10)
    assert store.stats.misses == misses
    store.get_range("k", start=10, length=10)
    assert store.stats.misses == misses + 1


def test_the_directory_is_bounded(inner: RecordingStore, tmp_path: Path) -> None:
    store = CachingStore(inner, directory=tmp_path, block_size=10, max_bytes=600)
    for n in range(50):
        inner.put(f"o/{n}", os.urandom(100))
        store.get(f"o/{n}").bytes()

    on_disk = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert on_disk <= 600 + 400  # A block's checksum and the facts about its object come on top.


def test_a_damaged_block_is_fetched_again(inner: RecordingStore, tmp_path: Path) -> None:
    store = CachingStore(inner, directory=tmp_path, ttl=HOUR)
    store.get("k").bytes()
    for file in tmp_path.rglob("*-0"):
        file.write_bytes(bytes(file.stat().st_size))  # As after a crash of the machine.

    assert store.get("k").bytes() == bytes(range(100))


def test_damaged_facts_are_asked_for_again(inner: RecordingStore, tmp_path: Path) -> None:
    store = CachingStore(inner, directory=tmp_path, ttl=HOUR)
    store.get("k").bytes()
    for file in tmp_path.rglob("known"):
        file.write_bytes(b"nonsense")

    assert store.get("k").bytes() == bytes(range(100))


def test_a_directory_outlives_the_store_and_serves_others(tmp_path: Path) -> None:
    files = LocalStore(tmp_path / "files", mkdir=True)
    files.put("k", b"hello", attributes={"Content-Type": "text/x-kept"})
    CachingStore(files, directory=tmp_path / "cache").get("k").bytes()
    store = CachingStore(LocalStore(tmp_path / "files"), directory=tmp_path / "cache")

    assert store.get("k").bytes() == b"hello"
    assert store.get("k").attributes == {"Content-Type": "text/x-kept"}
    assert store.stats.misses == 0


def test_two_stores_in_one_directory_do_not_mix(tmp_path: Path) -> None:
    one, two = RecordingStore(), RecordingStore()
    one.put("k", b"one")
    two.put("k", b"two")  # With the same ETag: it counts writes.
    stores = [CachingStore(inner, directory=tmp_path, ttl=HOUR) for inner in (one, two)]

    assert [store.get("k").bytes() for store in stores * 2] == [b"one", b"two"] * 2


PROGRAM = """
import sys
from obstore.exceptions import PreconditionError
from obstore.store import CachingStore, LocalStore
store = CachingStore(LocalStore(sys.argv[1]), directory=sys.argv[2], block_size=1000, max_bytes=50_000)
for n in range(100):
    try:
        body = bytes(store.get(f"o/{n % 20}").bytes())
    except PreconditionError:
        continue  # It changed again and again, faster than this process came to read it.
    assert len(set(body)) == 1 and len(body) in (5000, 7000), (n, len(body), set(body))
"""


def test_processes_share_a_directory_while_objects_change(tmp_path: Path) -> None:
    files = LocalStore(tmp_path / "files", mkdir=True)
    for n in range(20):
        files.put(f"o/{n}", bytes([n]) * 5000)
    arguments = [sys.executable, "-c", PROGRAM, str(tmp_path / "files"), str(tmp_path / "cache")]
    readers = [subprocess.Popen(arguments) for _ in range(3)]
    for turn in range(200):
        files.put(f"o/{turn % 20}", bytes([turn]) * (7000 if turn % 2 else 5000))

    assert [reader.wait(60) for reader in readers] == [0, 0, 0]


def test_threads_and_loops_share_a_cache(inner: RecordingStore) -> None:
    store = CachingStore(inner, block_size=10, max_bytes=50)
    bodies: list[bytes] = []
    threads = [threading.Thread(target=lambda: bodies.append(bytes(store.get("k").bytes()))) for _ in range(8)]
    for thread in threads:
        thread.start()

    async def work() -> None:
        results = await asyncio.gather(*[store.get_async("k") for _ in range(8)])
        bodies.extend([bytes(await result.bytes_async()) for result in results])

    asyncio.run(work())
    for thread in threads:
        thread.join()

    assert bodies == [bytes(range(100))] * 16


def test_it_pickles_with_its_directory(tmp_path: Path) -> None:
    files = LocalStore(tmp_path / "files", mkdir=True)
    store = CachingStore(files, directory=tmp_path / "cache", ttl=HOUR)
    store.put("k", b"hello")
    store.get("k").bytes()
    other = pickle.loads(pickle.dumps(store))

    assert other == store
    assert other.get("k").bytes() == b"hello"
    assert other.stats.misses == 0


def test_clear_drops_everything(inner: RecordingStore, place: dict[str, Any]) -> None:
    store = CachingStore(inner, **place)
    store.get("k").bytes()
    store.clear()

    assert store.stats.bytes == 0
    assert store.get("k").bytes() == bytes(range(100))


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"ttl": 60}, TypeError, "timedelta"),
        ({"max_bytes": 0}, ValueError, "max_bytes"),
        ({"block_size": "1"}, ValueError, "block_size"),
        ({"block_size": 11, "max_bytes": 10}, ValueError, "larger than max_bytes"),
    ],
)
def test_settings_that_make_no_sense_are_refused(options: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        CachingStore(RecordingStore(), **options)
