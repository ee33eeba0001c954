"""Links and special files below a local store."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from obstore.exceptions import GenericError
from obstore.store import LocalStore
from tests.stores.tree import files_below, level_of, paths_of

needs_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no fifos")


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("outside")
    (directory / "file").write_bytes(b"outside")
    return directory


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Interrupt what would block for ever."""

    def fail(*_: object) -> None:
        raise AssertionError(f"still blocked after {seconds} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_a_link_to_a_file_is_that_file(local: LocalStore, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "link").symlink_to(outside / "file")

    assert paths_of(local.list()) == ["link"]
    assert level_of(local) == (set(), {"link"})
    assert local.head("link")["size"] == 7
    assert local.get("link").bytes() == b"outside"


def test_deleting_a_link_leaves_its_target(local: LocalStore, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "link").symlink_to(outside / "file")
    local.delete("link")

    assert not (tmp_path / "link").is_symlink()
    assert (outside / "file").read_bytes() == b"outside"


def test_putting_on_a_link_replaces_the_link(local: LocalStore, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "link").symlink_to(outside / "file")
    local.put("link", b"new")

    assert not (tmp_path / "link").is_symlink()
    assert local.get("link").bytes() == b"new"
    assert (outside / "file").read_bytes() == b"outside"


def test_a_link_to_a_directory_is_followed(local: LocalStore, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "dir").symlink_to(outside)

    assert paths_of(local.list()) == ["dir/file"]
    assert level_of(local) == ({"dir"}, set())
    assert paths_of(local.list("dir")) == ["dir/file"]


def test_writing_and_deleting_through_a_link_to_a_directory(local: LocalStore, tmp_path: Path, outside: Path) -> None:
    (tmp_path / "dir").symlink_to(outside)
    local.put("dir/new", b"new")
    local.delete("dir/file")

    assert files_below(outside) == {"new"}


@pytest.mark.parametrize("target", ["nowhere", "link"], ids=["broken", "to itself"])
def test_a_link_that_leads_nowhere_is_no_object(local: LocalStore, tmp_path: Path, target: str) -> None:
    (tmp_path / "link").symlink_to(target)
    local.put("z", b"1")

    assert paths_of(local.list()) == ["z"]
    assert level_of(local) == (set(), {"z"})
    with pytest.raises((FileNotFoundError, GenericError)):
        local.get("link")
    local.put("link", b"repaired")
    assert paths_of(local.list()) == ["link", "z"]


def test_a_put_below_a_broken_link_fails(local: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "dir").symlink_to(tmp_path / "nowhere")
    with at_most(10), pytest.raises(GenericError, match="directory is needed"):
        local.put("dir/a", b"1")


def test_a_loop_of_directories_is_listed_once(local: LocalStore, tmp_path: Path) -> None:
    local.put("a/b/file", b"1")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")

    assert paths_of(local.list()) == ["a/b/file"]
    assert level_of(local, "a/b") == ({"a/b/up"}, {"a/b/file"})


@needs_fifos
def test_a_fifo_is_an_empty_object(local: LocalStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with at_most(10):
        assert local.head("fifo")["size"] == 0
        assert local.get("fifo").bytes() == b""
        local.copy("fifo", "copy")

    assert level_of(local) == (set(), {"copy", "fifo"})


@needs_fifos
def test_an_update_of_a_fifo_does_not_wait_for_it(local: LocalStore, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with at_most(10):
        local.put("fifo", b"new", mode={"e_tag": local.head("fifo")["e_tag"]})

    assert local.get("fifo").bytes() == b"new"


def test_a_copy_is_independent_of_its_source(local: LocalStore, tmp_path: Path) -> None:
    local.put("a", b"before")
    local.copy("a", "b")
    with open(tmp_path / "a", "r+b") as file:
        file.write(b"BEFORE")

    assert local.get("b").bytes() == b"before"
    assert local.head("a")["e_tag"] != local.head("b")["e_tag"]


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_an_object_onto_itself_stays(local: LocalStore, tmp_path: Path, operation: str) -> None:
    local.put("a", b"1")
    getattr(local, operation)("a", "a")

    assert local.get("a").bytes() == b"1"
    assert files_below(tmp_path) == {"a"}
    with pytest.raises(FileExistsError):
        getattr(local, operation)("a", "a", overwrite=False)


@pytest.mark.parametrize(("operation", "left"), [("copy", {"a", "b"}), ("rename", {"b"})])
def test_an_object_onto_its_hard_link(local: LocalStore, tmp_path: Path, operation: str, left: set[str]) -> None:
    """rename(2) does nothing between two names of one file."""
    local.put("a", b"1")
    os.link(tmp_path / "a", tmp_path / "b")
    getattr(local, operation)("a", "b")

    assert files_below(tmp_path) == left
    assert local.get("b").bytes() == b"1"


@pytest.mark.parametrize("operation", ["copy", "rename"])
def test_an_object_onto_itself_through_a_linked_directory(local: LocalStore, tmp_path: Path, operation: str) -> None:
    local.put("real/a", b"1")
    (tmp_path / "link").symlink_to("real")
    getattr(local, operation)("real/a", "link/a")

    assert local.get("real/a").bytes() == b"1"


def test_a_link_renamed_onto_its_target_is_gone(local: LocalStore, tmp_path: Path) -> None:
    local.put("target", b"1")
    (tmp_path / "link").symlink_to("target")
    local.rename("link", "target")

    assert files_below(tmp_path) == {"target"}
    assert local.get("target").bytes() == b"1"


def test_a_target_renamed_onto_its_link_replaces_it(local: LocalStore, tmp_path: Path) -> None:
    local.put("target", b"1")
    (tmp_path / "link").symlink_to("target")
    local.rename("target", "link")

    assert files_below(tmp_path) == {"link"}
    assert local.get("link").bytes() == b"1"


def test_cleanup_stops_at_a_linked_directory(tmp_path: Path, outside: Path) -> None:
    store = LocalStore(tmp_path, automatic_cleanup=True)
    (tmp_path / "dir").symlink_to(outside)
    store.delete("dir/file")

    assert (tmp_path / "dir").is_symlink()
    assert outside.is_dir()
