"""`cp`, `mv`, `rm`, `sync`: bytes that move."""

import io
import sys
from pathlib import Path

import pytest

from obstore.store import MemoryStore, S3Store
from tests.cli.conftest import Run, files_of


def paths_of(store: MemoryStore | S3Store) -> list[str]:
    return sorted(meta["path"] for meta in store.list().collect())


def test_a_file_goes_up_and_comes_down(tree: Path, tmp_path: Path, bucket: S3Store, url: str, obs: Run) -> None:
    assert "1 done" in obs("cp", tree / "deep/er/c.bin", f"{url}/x/c.bin").out
    obs("cp", f"{url}/x/c.bin", tmp_path / "back.bin")

    assert (tmp_path / "back.bin").read_bytes() == b"\0" * 300_000


def test_a_target_that_ends_with_a_slash_is_a_directory(tree: Path, memory: MemoryStore, obs: Run) -> None:
    obs("cp", tree / "a.txt", "test://m/dir/")
    obs("cp", tree / "a.txt", tree / "b.csv", "test://m/both")

    assert paths_of(memory) == ["both/a.txt", "both/b.csv", "dir/a.txt"]


def test_the_root_of_a_store_is_a_directory(tree: Path, memory: MemoryStore, obs: Run) -> None:
    obs("cp", tree / "a.txt", "test://m")

    assert paths_of(memory) == ["a.txt"]


def test_what_matches_is_copied_with_its_directories(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    for path in ("in/1.csv", "in/d/2.csv", "in/d/3.txt"):
        memory.put(path, path.encode())
    obs("cp", "test://m/in/**/*.csv", tmp_path / "out")

    assert files_of(tmp_path / "out") == {"1.csv": b"in/1.csv", "d/2.csv": b"in/d/2.csv"}


def test_trees_are_copied_between_stores(tree: Path, memory: MemoryStore, bucket: S3Store, url: str, obs: Run) -> None:
    obs("cp", "-r", tree, f"{url}/t")
    obs("cp", "-r", "--exclude", "*.csv", f"{url}/t", "test://m/copy")

    assert paths_of(bucket) == ["t/a.txt", "t/b.csv", "t/deep/er/c.bin"]
    assert paths_of(memory) == ["copy/a.txt", "copy/deep/er/c.bin"]


def test_standard_input_and_output(memory: MemoryStore, obs: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\x00\xff" * 10)))
    obs("cp", "-", "test://m/piped")

    assert memory.get("piped").bytes() == b"\x00\xff" * 10
    memory.put("text", b"hello")
    assert obs("cp", "test://m/text", "-").out == "hello"


def test_a_plan_is_said_and_not_carried_out(tree: Path, memory: MemoryStore, obs: Run) -> None:
    lines = obs("cp", "-r", "--dry-run", tree, "test://m/t").lines

    assert "copy a.txt (6 B, missing)" in lines
    assert paths_of(memory) == []


def test_some_that_fail_are_named_and_the_rest_is_done(tree: Path, memory: MemoryStore, obs: Run) -> None:
    memory.put("t", b"")
    memory.put("t/a", b"1")
    memory.put("t/a/b", b"2")
    said = obs("cp", "-r", "test://m/t", tree / "new", code=1)

    assert "a/b" in said.err or "a:" in said.err
    assert "1 failed" in said.out


def test_moving_deletes_what_has_arrived(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    memory.put("d/1", b"1")
    memory.put("d/2", b"2")
    obs("mv", "test://m/d/1", "test://m/e/1")
    obs("mv", "-r", "test://m/d", tmp_path / "d")

    assert paths_of(memory) == ["e/1"]
    assert files_of(tmp_path / "d") == {"2": b"2"}


def test_what_did_not_arrive_is_not_deleted(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    memory.put("a", b"1")
    (tmp_path / "file").write_bytes(b"")
    obs("mv", "test://m/a", tmp_path / "file" / "below", code=1)

    assert paths_of(memory) == ["a"]


@pytest.mark.parametrize("command", ["cp", "mv"])
def test_an_object_is_not_moved_onto_itself(command: str, memory: MemoryStore, obs: Run) -> None:
    memory.put("d/a", b"1")

    assert "are the same object" in obs(command, "test://m/d/a", "test://m/d/a", code=1).err
    assert "are the same object" in obs(command, "test://m/d/*", "test://m/d/", code=1).err
    assert paths_of(memory) == ["d/a"]


@pytest.mark.parametrize("command", ["cp", "mv"])
def test_two_objects_do_not_become_one(command: str, memory: MemoryStore, obs: Run) -> None:
    memory.put("d/a", b"1")
    memory.put("e/a", b"2")
    said = obs(command, "test://m/d/a", "test://m/e/a", "test://m/x/", code=1)

    assert "'d/a' and 'e/a' would both become 'x/a'" in said.err
    assert paths_of(memory) == ["d/a", "e/a"]


def test_a_directory_is_moved_up_unless_that_folds_it_into_itself(memory: MemoryStore, obs: Run) -> None:
    for path in ("a/1", "b/c/2", "b/b/3"):
        memory.put(path, path.encode())
    obs("mv", "-r", "test://m/a", "test://m")
    said = obs("mv", "-r", "test://m/b", "test://m", code=1)

    assert "below 'b/b' would be moved into 'b' itself" in said.err
    assert paths_of(memory) == ["1", "b/b/3", "b/c/2"]


def test_rm_deletes_objects_and_what_matches(memory: MemoryStore, obs: Run) -> None:
    for path in ("a.txt", "b.txt", "c.csv", "d/e.txt"):
        memory.put(path, b"")
    obs("rm", "--dry-run", "test://m/*.txt")
    assert len(paths_of(memory)) == 4

    assert obs("rm", "test://m/*.txt", "test://m/c.csv").lines == [
        "delete test://m/a.txt",
        "delete test://m/b.txt",
        "delete test://m/c.csv",
    ]
    assert paths_of(memory) == ["d/e.txt"]


def test_rm_of_a_whole_store_must_be_meant(memory: MemoryStore, obs: Run) -> None:
    memory.put("a", b"")
    assert "whole_store" in obs("rm", "-r", "test://m", code=1).err
    obs("rm", "-r", "--whole-store", "test://m")

    assert paths_of(memory) == []


def test_sync_makes_alike(tree: Path, bucket: S3Store, url: str, tmp_path: Path, obs: Run) -> None:
    obs("sync", tree, f"{url}/s")
    bucket.put("s/extra", b"")
    assert "0 done" in obs("sync", tree, f"{url}/s").out
    plan = obs("sync", "--delete", "--dry-run", tree, f"{url}/s")
    assert "delete extra (0 B, extraneous)" in plan.lines
    obs("sync", "--delete", tree, f"{url}/s")
    obs("sync", f"{url}/s", tmp_path / "back")

    assert files_of(tmp_path / "back") == files_of(tree)


def test_sync_of_nothing_is_an_error(memory: MemoryStore, tmp_path: Path, obs: Run) -> None:
    obs("sync", "test://m/nothing", tmp_path / "x", code=3)


def test_counts_are_json(tree: Path, memory: MemoryStore, obs: Run) -> None:
    document = obs("--json", "sync", tree, "test://m/s").documents[-1]

    assert (document["operation"], document["done"], document["failed"]) == ("sync", 3, 0)


def test_quiet_is_quiet(tree: Path, memory: MemoryStore, obs: Run) -> None:
    said = obs("-q", "cp", "-r", tree, "test://m/s")

    assert (said.out, said.err) == ("", "")
