"""How a local object is written: beside its place, and then into it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from obstore._local import publish
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, PreconditionError
from obstore.store import LocalStore
from tests.stores.tree import files_below, is_root, level_of, paths_of

PART = 1 << 16
OLD = 3600.0
"""Seconds: a staging file of this age that nobody has locked is a dead process's."""


class SourceError(Exception):
    """A source's own failure."""


def failing_source() -> Iterator[bytes]:
    yield b"x" * PART
    yield b"x" * PART
    raise SourceError


def leave_staging(file: Path, seconds: float) -> None:
    """Leave behind a staging file of some age."""
    file.write_bytes(b"left behind")
    past = time.time() - seconds
    os.utime(file, (past, past))


def test_two_uploads_at_once_are_hidden(local: LocalStore, tmp_path: Path) -> None:
    writers = [local.open_writer("d/a", buffer_size=PART) for _ in range(2)]
    for writer, letter in zip(writers, (b"1", b"2"), strict=True):
        writer.write(letter * 3 * PART)
    assert files_below(tmp_path) == {"d/a#1", "d/a#2"}
    assert paths_of(local.list()) == []
    assert level_of(local, "d") == (set(), set())
    for writer in writers:
        writer.close()

    assert files_below(tmp_path) == {"d/a"}
    assert local.get("d/a").bytes() == b"2" * 3 * PART


def test_an_exception_in_the_block_removes_the_staging_file(local: LocalStore, tmp_path: Path) -> None:
    def write_and_fail() -> None:
        with local.open_writer("a", buffer_size=PART) as writer:
            writer.write(b"1" * 3 * PART)
            assert files_below(tmp_path) == {"a#1"}
            raise SourceError

    with pytest.raises(SourceError):
        write_and_fail()

    assert files_below(tmp_path) == set()


def test_a_dropped_writer_removes_the_staging_file(local: LocalStore, tmp_path: Path) -> None:
    writer = local.open_writer("a", buffer_size=PART)
    writer.write(b"1" * 3 * PART)
    with pytest.warns(ResourceWarning):
        del writer

    assert files_below(tmp_path) == set()


def test_a_failing_source_removes_the_staging_file(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"before")
    with pytest.raises(SourceError):
        local.put("a", failing_source(), chunk_size=PART)

    assert files_below(tmp_path) == {"a"}
    assert local.get("a").bytes() == b"before"


@pytest.mark.parametrize("use_multipart", [False, True])
@pytest.mark.parametrize("call", ["pwrite", "replace"])
def test_a_failing_system_call_removes_the_staging_file(
    local: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, use_multipart: bool
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(BaseError, match="No space left"):
        local.put("a", b"1" * 3 * PART, use_multipart=use_multipart, chunk_size=PART)

    assert files_below(tmp_path) == set()


def test_a_refused_create_removes_the_staging_file(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"1")
    with pytest.raises(AlreadyExistsError):
        local.put("a", b"2", mode="create")

    assert files_below(tmp_path) == {"a"}
    assert local.get("a").bytes() == b"1"


@pytest.mark.parametrize(("seconds", "left"), [(OLD, set()), (0.0, {"a#1"})], ids=["old", "new"])
def test_only_an_old_staging_file_is_removed(local: LocalStore, tmp_path: Path, seconds: float, left: set[str]) -> None:
    leave_staging(tmp_path / "a#1", seconds)
    local.put("a", b"new")

    assert files_below(tmp_path) == {"a"} | left
    assert local.get("a").bytes() == b"new"


def test_an_old_staging_file_that_is_locked_stays(local: LocalStore, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    leave_staging(tmp_path / "a#1", OLD)
    with open(tmp_path / "a#1", "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        local.put("a", b"new")

        assert files_below(tmp_path) == {"a", "a#1"}


def test_a_directory_with_a_staging_name_is_not_touched(local: LocalStore, tmp_path: Path) -> None:
    local.put("a#1/file", b"1")
    local.put("a", b"2")

    assert files_below(tmp_path) == {"a", "a#1/file"}
    assert paths_of(local.list()) == ["a", "a#1/file"]
    assert level_of(local) == ({"a#1"}, {"a"})


_KILLED = """
import sys
from obstore.store import LocalStore
writer = LocalStore(sys.argv[1]).open_writer("a", buffer_size=1 << 16)
writer.write(b"1" * (1 << 18))
print("written", flush=True)
sys.stdin.read()
"""


def test_a_killed_process_leaves_no_object(local: LocalStore, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.kill()
    assert files_below(tmp_path) == {"a#1"}
    assert paths_of(local.list()) == []
    with pytest.raises(FileNotFoundError):
        local.head("a")

    os.utime(tmp_path / "a#1", (0, 0))
    local.put("a", b"2")
    assert files_below(tmp_path) == {"a"}


def test_an_update_wants_the_current_tag(local: LocalStore, tmp_path: Path) -> None:
    first = local.put("a", b"1")
    second = local.put("a", b"22", mode={"e_tag": first["e_tag"]})
    with pytest.raises(PreconditionError, match="wanted"):
        local.put("a", b"3", mode={"e_tag": first["e_tag"]})
    with pytest.raises(PreconditionError, match="no object"):
        local.put("b", b"3", mode={"e_tag": first["e_tag"]})

    assert local.head("a")["e_tag"] == second["e_tag"]
    assert files_below(tmp_path) == {"a"}


def test_an_update_without_tag_is_refused(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"1")
    with pytest.raises(BaseError, match="ETag required"):
        local.put("a", b"2", mode={})

    assert files_below(tmp_path) == {"a"}


def test_an_etag_is_inode_time_and_size(local: LocalStore, tmp_path: Path) -> None:
    tag = local.put("a", b"12345")["e_tag"]
    status = os.stat(tmp_path / "a")

    assert tag == f'"{status.st_ino:x}-{status.st_mtime_ns // 1000:x}-5"' == local.head("a")["e_tag"]


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what has been synced, in order."""
    names: list[str] = []
    fsync = os.fsync

    def note(fd: int) -> None:
        names.append(os.path.basename(os.readlink(f"/proc/self/fd/{fd}")))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", note)
    return names


needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="asks /proc for the names of open files")


@needs_proc
def test_nothing_is_synced_unless_asked_for(local: LocalStore, synced: list[str]) -> None:
    local.put("a", b"1")
    local.rename("a", "b")

    assert synced == []


@needs_proc
@pytest.mark.parametrize("use_multipart", [False, True])
def test_fsync_syncs_the_file_and_every_new_directory(tmp_path: Path, synced: list[str], use_multipart: bool) -> None:
    store = LocalStore(tmp_path, fsync=True)
    store.put("x/y/a", b"1", use_multipart=use_multipart)

    assert sorted(synced[:2]) == sorted([tmp_path.name, "x"])
    assert synced[2:] == ["a#1", "y"]
    assert store.get("x/y/a").bytes() == b"1"


@needs_proc
def test_fsync_syncs_both_directories_of_a_rename(tmp_path: Path, synced: list[str]) -> None:
    store = LocalStore(tmp_path, fsync=True)
    store.put("x/a", b"1")
    store.put("y/a", b"1")
    synced.clear()
    store.rename("x/a", "y/b")

    assert sorted(synced) == ["x", "y"]


def test_a_directory_that_cannot_be_synced_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The object is in its place by then."""
    store = LocalStore(tmp_path, fsync=True)
    store.put("a", b"1")

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BaseError, match="Input/output error"):
        store.rename("a", "b")
    assert paths_of(store.list()) == ["b"]


@pytest.mark.skipif(is_root(), reason="root may do anything")
def test_a_directory_that_may_not_be_written_is_a_denied_permission(local: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o500)
    with pytest.raises(PermissionDeniedError):
        local.put("d/a", b"1")


def test_a_new_object_has_the_usual_mode(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"1")
    (tmp_path / "other").touch()

    assert (tmp_path / "a").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_staging_file_that_took_an_old_ones_name_is_not_removed(
    local: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes found the old one; the other has removed it and begun to write."""
    leave_staging(tmp_path / "a#1", OLD)
    lock = publish.try_lock

    def be_late(fd: int) -> bool:
        if (tmp_path / "a#1").stat().st_size:
            (tmp_path / "a#1").rename(tmp_path / "gone")
            (tmp_path / "a#1").touch()
        return lock(fd)

    monkeypatch.setattr(publish, "try_lock", be_late)
    local.put("a", b"ours")

    assert files_below(tmp_path) == {"a", "a#1", "gone"}


def test_what_is_not_published_leaves_no_directory(local: LocalStore, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        local.put("new/deep/a", failing_source(), chunk_size=PART)
    with pytest.raises(BaseError):
        local.rename("missing", "other/a")
    with pytest.raises(PreconditionError):
        local.put("third/a", b"", mode={"e_tag": '"1"'})

    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_others_use_meanwhile_stays(local: LocalStore, tmp_path: Path) -> None:
    def meanwhile() -> Iterator[bytes]:
        yield b"x" * 3 * PART
        local.put("new/b", b"theirs")
        raise SourceError

    with pytest.raises(SourceError):
        local.put("new/deep/a", meanwhile(), chunk_size=PART)

    assert files_below(tmp_path) == {"new/b"}
    assert not (tmp_path / "new/deep").exists()


def test_a_large_file_is_created_without_being_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path)
    monkeypatch.setattr(store, "put_object", None)  # What is collected would go there.

    store.put("k", iter([b"1" * 1_000_000] * 3), mode="create", chunk_size=1_000_000)
    with pytest.raises(AlreadyExistsError):
        store.put("k", iter([b"2" * 1_000_000] * 3), mode="create", chunk_size=1_000_000)

    assert store.get("k").bytes() == b"1" * 3_000_000
    assert [file.name for file in tmp_path.iterdir()] == ["k"]
