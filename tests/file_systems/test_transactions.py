"""What is written in a transaction appears at its end, and none of it after a failure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from obstore.exceptions import AlreadyExistsError
from obstore.fsspec import AsyncFsspecStore
from obstore.store import LocalStore, MemoryStore

MIB = 1 << 20


@pytest.fixture(params=["memory", "local"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncFsspecStore:
    store: Any = LocalStore(tmp_path / "root", mkdir=True) if request.param == "local" else MemoryStore()
    return AsyncFsspecStore(store)


def test_every_way_of_writing_waits_for_the_end(fs: AsyncFsspecStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"f" * 3 * MIB)
    with fs.transaction:
        with fs.open("opened", "wb") as file:
            file.write(b"1")
        fs.pipe({"piped/a": b"2", "piped/b": bytearray(b"3")})
        fs.put_file(str(tmp_path / "file"), "put")
        fs.put_file(str(tmp_path / "file"), "put in parts", chunk_size=MIB)
        with fs.open("text", "w") as text:
            text.write("4")
        fs.touch("touched")
        assert fs.find("") == []

    assert fs.find("") == ["opened", "piped/a", "piped/b", "put", "put in parts", "text", "touched"]
    assert fs.cat_file("piped/b") == b"3"
    assert fs.du("put") == fs.du("put in parts") == 3 * MIB


def test_nothing_appears_after_a_failure(fs: AsyncFsspecStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"f" * 2 * MIB)

    def fail() -> None:
        with fs.transaction:
            fs.pipe_file("a", b"1")
            fs.put_file(str(tmp_path / "file"), "b", chunk_size=MIB)
            fs.open("c", "wb").close()
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()

    assert fs.find("") == []
    fs.pipe_file("a", b"2")
    assert fs.cat_file("a") == b"2"


def test_what_there_was_stays_until_the_end(fs: AsyncFsspecStore) -> None:
    fs.pipe_file("a", b"old")
    with fs.transaction:
        fs.pipe_file("a", b"new")
        assert fs.cat_file("a") == b"old"

    assert fs.cat_file("a") == b"new"


def test_one_that_cannot_be_published_keeps_the_rest_back(fs: AsyncFsspecStore) -> None:
    fs.start_transaction()
    fs.pipe_file("first", b"1")
    fs.pipe_file("second", b"2", mode="create")
    fs.pipe_file("third", b"3")
    fs._locate("second")[0].put("second", b"from elsewhere")  # type: ignore[attr-defined]
    with pytest.raises(AlreadyExistsError):
        fs.end_transaction()

    assert fs.find("") == ["first", "second"]
    assert fs.cat_file("second") == b"from elsewhere"


def test_creating_what_there_is_fails_at_once(fs: AsyncFsspecStore) -> None:
    fs.pipe_file("a", b"1")
    with pytest.raises(FileExistsError), fs.transaction:
        fs.pipe({"b": b"1", "a": b"2"}, mode="create")

    assert fs.find("") == ["a"]
    with pytest.raises(FileNotFoundError), fs.transaction:
        fs.put_file("/no/such/file", "c")
    assert fs.find("") == ["a"]


def test_what_comes_after_the_end_is_given_up(fs: AsyncFsspecStore) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"1"
        fs.transaction.complete(commit=False)
        yield b"2"

    fs.start_transaction()
    fs.pipe_file("late", pieces())
    with fs.transaction:
        fs.pipe_file("next", b"3")

    assert fs.find("") == ["next"]


def test_a_transaction_begun_by_hand(fs: AsyncFsspecStore) -> None:
    fs.start_transaction()
    fs.pipe_file("a", b"1")
    assert not fs.exists("a")
    fs.end_transaction()

    assert fs.exists("a")
