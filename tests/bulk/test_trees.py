"""`download_tree`, `upload_tree`, `copy_tree` and `sync`: what is copied, what is not, what is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore._bulk.collisions import Names
from obstore.exceptions import GenericError, NotFoundError, NotSupportedError, PermissionDeniedError
from obstore.store import (
    BaseStore,
    Fault,
    FaultStore,
    ListPage,
    LocalStore,
    MemoryStore,
    PrefixStore,
    ReadOnlyStore,
    S3Store,
)
from tests.api.recording import RecordingStore
from tests.bulk.both import Bulk
from tests.stores.tree import files_below, is_root, paths_of

FILES = {"a": b"1", "b/c": b"22", "b/d/e": b"333", "b.txt": b"4444", "large": bytes(range(250)) * 40}
PIECE = 1000


def fill(store: Any, files: dict[str, bytes] = FILES, prefix: str = "") -> Any:
    for path, body in files.items():
        store.put(prefix + path, body)
    return store


def contents(store: Any, prefix: str | None = None) -> dict[str, bytes]:
    start = len(prefix) + 1 if prefix else 0
    return {path[start:]: bytes(store.get(path).bytes()) for path in paths_of(store.list(prefix))}


def test_a_tree_goes_down_and_up_again(tmp_path: Path, bulk: Bulk) -> None:
    store = fill(MemoryStore(), prefix="p/q/")
    store.put("p/qq", b"outside")
    down = bulk.download_tree(store, "p/q", tmp_path / "new" / "out", chunk_size=PIECE)
    other = MemoryStore()
    up = bulk.upload_tree(other, tmp_path / "new" / "out", "x", chunk_size=PIECE)

    assert contents(other, "x") == FILES == contents(LocalStore(tmp_path / "new" / "out"))
    assert (down.done, up.done) == (5, 5)
    assert down.bytes == up.bytes == sum(map(len, FILES.values()))
    assert files_below(tmp_path) == {f"new/out/{path}" for path in FILES}


def test_a_second_call_has_nothing_to_do(tmp_path: Path, bulk: Bulk) -> None:
    store, other = fill(MemoryStore()), MemoryStore()
    for call in (
        lambda: bulk.download_tree(store, None, tmp_path),
        lambda: bulk.upload_tree(other, tmp_path, None),
        lambda: bulk.copy_tree(store, None, other, "copy"),
        lambda: bulk.sync(tmp_path, other, target_prefix="sync"),
    ):
        call()
        again = call()

        assert (again.done, again.skipped, again.failed) == (0, 5, 0)


def test_what_is_newer_or_has_another_size_is_copied(bulk: Bulk) -> None:
    store, other = fill(MemoryStore()), MemoryStore()
    bulk.copy_tree(store, None, other, None)
    store.put("a", b"9")
    store.put("new", b"")
    other.put("b/c", b"another size")

    plan = bulk.copy_tree(store, None, other, None, dry_run=True).plan
    assert [action[:2] for action in plan if action.deed == "copy"] == [
        ("copy", "a"),
        ("copy", "b/c"),
        ("copy", "new"),
    ]
    assert bulk.copy_tree(store, None, other, None).done == 3
    assert contents(other) == contents(store)


def test_attributes_go_with_a_copy(bulk: Bulk) -> None:
    store, other = MemoryStore(), MemoryStore()
    store.put("small", b"1", attributes={"Content-Type": "a/b"})
    store.put("empty", b"", attributes={"Content-Type": "a/b"})
    store.put("large", b"1" * 5000, attributes={"Content-Type": "a/b", "k": "v"})
    bulk.copy_tree(store, None, other, None, chunk_size=PIECE)

    assert other.get("small").attributes == other.get("empty").attributes == {"Content-Type": "a/b"}
    assert other.get("large").attributes == {"Content-Type": "a/b", "k": "v"}


def test_attributes_may_depend_on_the_path(tmp_path: Path, bulk: Bulk) -> None:
    fill(LocalStore(tmp_path))
    store = MemoryStore()
    bulk.upload_tree(store, tmp_path, None, attributes=lambda path: {"x": path})

    assert store.get("b/c").attributes == {"x": "b/c"}


def test_a_copy_within_a_store_stays_there(bulk: Bulk) -> None:
    store = fill(RecordingStore(), prefix="p/")
    store.requests.clear()
    summary = bulk.copy_tree(PrefixStore(store, "p"), None, store, "q")

    assert summary.done == 5
    assert contents(store, "q") == FILES
    assert store.requests == []


def test_a_copy_that_the_store_does_not_offer_goes_through_here(bulk: Bulk) -> None:
    store = FaultStore(fill(MemoryStore(), prefix="p/"), Fault(NotSupportedError("no"), on="copy_from"))
    assert bulk.copy_tree(store, "p", store, "q").done == 5
    assert contents(store, "q") == FILES


class Plain(BaseStore):
    """Four primitives, over memory, in a listing order of its own."""

    def __init__(self) -> None:
        self.inner = MemoryStore()
        self.largest = 0

    async def get_object(self, path: str, options: Any) -> Any:
        stored = await self.inner.get_object(path, options)
        self.largest = max(self.largest, stored.range[1] - stored.range[0] if not options.head else 0)
        return stored

    async def put_object(self, path: str, data: Any, options: Any) -> Any:
        return await self.inner.put_object(path, data, options)

    async def delete_objects(self, paths: Any) -> None:
        await self.inner.delete_objects(paths)

    async def list_objects(self, options: Any) -> Any:
        page = await self.inner.list_objects(options)
        return page._replace(objects=page.objects[::-1])


def test_a_store_without_order_is_sorted_first(bulk: Bulk) -> None:
    source, target = fill(Plain()), fill(Plain(), {"old": b"", "a": b"1"})
    summary = bulk.sync(source, target, delete=True, compare="size", chunk_size=PIECE)

    assert contents(target.inner) == FILES
    assert (summary.done, summary.skipped, summary.deleted) == (4, 1, 1)


def test_a_store_that_lies_about_its_order_is_found_out(bulk: Bulk) -> None:
    class Lying(Plain):
        lists_in_order = True

    source, target = fill(Lying()), fill(MemoryStore(), {**FILES, "old": b""})

    assert bulk.sync(source, target, delete=True, compare="size").deleted == 1
    assert contents(target) == FILES


def test_a_large_object_is_copied_in_pieces_even_within_a_store(bulk: Bulk) -> None:
    store = fill(Plain(), {"p/large": FILES["large"]})
    bulk.copy_tree(store, "p", store, "q", chunk_size=PIECE)

    assert contents(store.inner, "q") == {"large": FILES["large"]}
    assert store.largest == PIECE


def test_sync_deletes_only_on_demand_and_after_all_else(bulk: Bulk) -> None:
    source, target = fill(MemoryStore()), fill(MemoryStore(), {"old/1": b"x", "old/2": b"y"})
    assert bulk.sync(source, target).deleted == 0
    assert bulk.sync(source, target, delete=True).deleted == 2
    assert contents(target) == FILES

    target.put("old", b"")
    source.put("a", b"changed")
    broken = FaultStore(target, Fault(GenericError("no"), on="put_object"))
    summary = bulk.sync(source, broken, delete=True)
    assert (summary.failed, summary.deleted) == (1, 0)
    assert "old" in contents(target)


def test_sync_of_local_directories_leaves_no_empty_ones(tmp_path: Path, bulk: Bulk) -> None:
    fill(LocalStore(tmp_path / "one", mkdir=True))
    fill(LocalStore(tmp_path / "two", mkdir=True), {"x/y/z": b""})
    bulk.sync(tmp_path / "one", str(tmp_path / "two"), delete=True)

    assert contents(LocalStore(tmp_path / "two")) == FILES
    assert not (tmp_path / "two" / "x").exists()


def test_a_dry_run_does_nothing(tmp_path: Path, bulk: Bulk) -> None:
    source = fill(MemoryStore())
    plan = bulk.sync(source, tmp_path / "new", delete=True, dry_run=True).plan

    assert [(action.deed, action.path, action.reason) for action in plan] == [
        ("copy", path, "missing") for path in sorted(FILES)
    ]
    assert not (tmp_path / "new").exists()


def test_patterns_choose_and_protect(bulk: Bulk) -> None:
    source, target = fill(MemoryStore()), fill(MemoryStore(), {"keep.log": b"", "old.txt": b""})
    bulk.sync(source, target, delete=True, include=["*.txt", "b/"], exclude="b/d/**")

    assert set(contents(target)) == {"b.txt", "b/c", "keep.log"}


@pytest.mark.parametrize("compare", ["etag", "checksum"])
def test_contents_are_compared_with_local_files(tmp_path: Path, bulk: Bulk, compare: str) -> None:
    fill(LocalStore(tmp_path), {"same": b"1234", "other": b"1234", "parts": bytes(6 << 20)})
    store = HashingStore()
    bulk.upload_tree(store, tmp_path, None)
    store.put("other", b"4321")
    summary = bulk.sync(tmp_path, store, compare=compare)

    assert (summary.done, summary.skipped) == (1, 2)
    assert store.get("other").bytes() == b"1234"


class HashingStore(MemoryStore):
    """Its ETags are those that S3 would give."""

    async def get_object(self, path: str, options: Any) -> Any:
        stored = await super().get_object(path, options._replace(if_match=None))
        return type(stored).__mro__[1](self.tagged(stored.meta), stored.body, range=stored.range)

    def tagged(self, meta: Any) -> Any:
        import hashlib

        body = bytes(self._entries[meta["path"]].data)
        if len(body) <= 5 << 20:
            return {**meta, "e_tag": f'"{hashlib.md5(body).hexdigest()}"'}
        parts = [hashlib.md5(body[at : at + (5 << 20)]).digest() for at in range(0, len(body), 5 << 20)]
        return {**meta, "e_tag": f'"{hashlib.md5(b"".join(parts)).hexdigest()}-{len(parts)}"'}

    async def list_objects(self, options: Any) -> ListPage:
        page = await super().list_objects(options)
        return page._replace(objects=[self.tagged(meta) for meta in page.objects])


def test_checksums_do_not_believe_tags_that_are_none(bulk: Bulk) -> None:
    source, target = fill(MemoryStore(), {"k": b"one", "l": b"x"}), fill(MemoryStore(), {"k": b"two", "l": b"x"})

    assert bulk.sync(source, target, compare="checksum").done == 1
    assert target.get("k").bytes() == b"one"


@pytest.mark.parametrize(("compare", "done"), [("missing", 1), ("size", 2), ("always", 4)])
def test_other_comparisons(bulk: Bulk, compare: str, done: int) -> None:
    target = fill(MemoryStore(), {"a": b"x", "b": b"x", "c": b"x"})
    source = fill(MemoryStore(), {"a": b"y", "b": b"yy", "c": b"x", "d": b"y"})

    assert bulk.sync(source, target, compare=compare).done == done


def test_what_fails_does_not_stop_the_others(tmp_path: Path, bulk: Bulk) -> None:
    denied = PermissionDeniedError("not for you")
    store = FaultStore(fill(MemoryStore()), Fault(denied, on="get_object", path="b/**"))
    summary = bulk.download_tree(store, None, tmp_path)

    assert (summary.done, summary.failed) == (3, 2)
    assert [failure.path for failure in sorted(summary.failures)] == ["b/c", "b/d/e"]
    assert files_below(tmp_path) == {"a", "b.txt", "large"}
    with pytest.raises(GenericError, match=r"failed for 2 of 5 objects: .*not for you") as caught:
        summary.raise_for_failures()
    assert caught.value.__cause__ is denied

    with pytest.raises(PermissionDeniedError) as stopped:
        bulk.download_tree(store, None, tmp_path, on_error="raise")
    assert "Call it again to go on" in stopped.value.__notes__[-1]


def test_what_a_directory_cannot_hold_is_reported(tmp_path: Path, bulk: Bulk) -> None:
    store = fill(MemoryStore(), {"a": b"1", "a-b": b"2", "a/b": b"3", "a/c/d": b"4", "x" * 300: b"", "s#1": b"5"})
    store._entries["../up"] = store._entries["d//e"] = store._entries["/f"] = store._entries["a"]
    store._entries["g/"] = store._entries["x" * 300]
    summary = bulk.download_tree(store, None, tmp_path / "out")

    assert files_below(tmp_path) == {"out/a", "out/a-b"}
    assert {failure.path[:9] for failure in summary.failures} == {
        "a/b", "a/c/d", "x" * 9, "s#1", "../up", "d//e", "/f"
    }  # fmt: skip
    assert "'a' is a file" in str({failure.path: failure.error for failure in summary.failures}["a/b"])


def test_two_names_that_are_one_without_case_are_reported() -> None:
    names = Names(ignores_case=True)

    assert [names.objection(path) is None for path in ("A", "B/x", "a", "b/x", "c")] == [True, True, False, False, True]


@pytest.mark.parametrize("path", ["con", "a/NUL.txt", "x.", "a /b", "a:b", 'a"'])
def test_names_that_windows_does_not_take_are_reported_there(path: str) -> None:
    assert Names(ignores_case=False, is_windows=True).objection(path) is not None
    assert Names(ignores_case=False, is_windows=False).objection(path) is None


def test_nothing_at_the_source_is_an_error_unless_expected(tmp_path: Path, bulk: Bulk) -> None:
    target = fill(MemoryStore())
    for call in (
        lambda: bulk.download_tree(MemoryStore(), "p", tmp_path / "x"),
        lambda: bulk.upload_tree(target, tmp_path / "missing", None),
        lambda: bulk.copy_tree(MemoryStore(), None, target, None),
        lambda: bulk.sync(MemoryStore(), target, delete=True),
    ):
        with pytest.raises(NotFoundError):
            call()
    assert contents(target) == FILES
    assert bulk.upload_tree(target, tmp_path, None).done == 0
    assert bulk.sync(MemoryStore(), target, delete=True, missing_ok=True).deleted == 5


def test_a_file_is_no_directory(tmp_path: Path, bulk: Bulk) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotFoundError, match="not a directory"):
        bulk.upload_tree(MemoryStore(), tmp_path / "file", None)
    with pytest.raises(GenericError):
        bulk.download_tree(fill(MemoryStore()), None, tmp_path / "file")


def test_a_place_is_not_copied_onto_or_into_itself(tmp_path: Path) -> None:
    s3 = {"region": "eu-west-1", "access_key_id": "k", "secret_access_key": "s"}
    memory = MemoryStore()
    for source, target, prefixes in (
        (memory, memory, {}),
        (memory, memory, {"target_prefix": "a"}),
        (memory, PrefixStore(PrefixStore(memory, "a"), "b c"), {"source_prefix": "a"}),
        (S3Store("bucket", **s3), S3Store("bucket", prefix="a b", **s3), {}),
        (S3Store("bucket", prefix="a b", **s3), S3Store("bucket", **s3), {"target_prefix": "a b/c"}),
        (tmp_path, tmp_path / "new", {}),
    ):
        with pytest.raises(ValueError, match=r"same place|lies in the source"):
            obstore.sync(source, target, **prefixes)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="delete=True would delete it"):
        obstore.sync(PrefixStore(memory, "a"), memory, delete=True)
    assert S3Store("bucket", **s3).identity != S3Store("bucket2", **s3).identity


def test_keys_that_stand_for_directories_are_left_out(bulk: Bulk) -> None:
    store, target = fill(MemoryStore()), MemoryStore()
    store.put("x", b"")
    store._entries["b/"] = store._entries.pop("x")
    summary = bulk.copy_tree(store, None, target, None)

    assert (summary.done, summary.failed) == (5, 0)
    assert contents(target) == FILES


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"compare": "md5"}, ValueError),
        ({"on_error": "ignore"}, ValueError),
        ({"include": [1]}, TypeError),
        ({"include": "["}, ValueError),
        ({"progress": 1}, TypeError),
    ],
)
def test_wishes_that_make_no_sense_are_refused(options: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        obstore.sync(MemoryStore(), MemoryStore(), **options)


def test_a_file_that_changes_is_a_failure_and_the_others_go_on(tmp_path: Path, bulk: Bulk) -> None:
    fill(LocalStore(tmp_path))

    class Slow(MemoryStore):
        async def create_multipart_upload(self, path: str, options: Any) -> Any:
            (tmp_path / "large").write_bytes(b"changed")
            return await super().create_multipart_upload(path, options)

    store = Slow()
    summary = bulk.upload_tree(store, tmp_path, None, chunk_size=PIECE)

    assert [failure.path for failure in summary.failures] == ["large"]
    assert set(contents(store)) == set(FILES) - {"large"}


def test_nothing_of_a_read_only_target_is_changed(bulk: Bulk) -> None:
    target = ReadOnlyStore(MemoryStore())
    summary = bulk.copy_tree(fill(MemoryStore()), None, target, None)

    assert summary.failed == 5


PROGRAM = """
import os, sys, obstore
obstore.sync(sys.argv[1] + "/warm", sys.argv[1] + "/up")  # Nobody might not be able to read our modules.
os.seteuid(65534)
summary = obstore.sync(sys.argv[1] + "/source", sys.argv[1] + "/target", delete=True)
print([(failure.path, type(failure.error).__name__) for failure in summary.failures], summary.done, summary.deleted)
"""


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that others can reach: those of pytest are its user's alone."""
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o777)
        yield Path(directory)


@pytest.mark.skipif(not is_root(), reason="only root can become somebody else")
def test_a_directory_without_permission_is_passed_over_and_nothing_deleted(shared: Path) -> None:
    fill(LocalStore(shared / "source", mkdir=True), {"a": b"1", "b/denied/c": b"2", "b/e": b"3", "z": b"4"})
    fill(LocalStore(shared / "target", mkdir=True), {"b/denied/c": b"old", "extraneous": b""})
    os.chmod(shared / "source" / "b" / "denied", 0o700)
    subprocess.run(["chmod", "-R", "a+rwX", str(shared / "target")], check=True)
    fill(LocalStore(shared / "warm", mkdir=True))
    arguments = [sys.executable, "-c", PROGRAM, str(shared)]
    ran = subprocess.run(arguments, capture_output=True, text=True, check=False)

    assert ran.stdout == "[('b/denied', 'PermissionDeniedError')] 3 0\n", ran.stderr
    assert contents(LocalStore(shared / "target")) == {
        "a": b"1", "b/denied/c": b"old", "b/e": b"3", "extraneous": b"", "z": b"4"
    }  # fmt: skip


def test_times_of_files_are_those_of_their_objects(tmp_path: Path, bulk: Bulk) -> None:
    store = fill(MemoryStore())
    old = datetime(2001, 2, 3, tzinfo=UTC)
    store._entries["a"] = store._entries["a"]._replace(modified=old)
    bulk.download_tree(store, None, tmp_path)

    assert LocalStore(tmp_path).head("a")["last_modified"] == old
    store._entries["a"] = store._entries["a"]._replace(modified=old + timedelta(microseconds=1))
    assert bulk.download_tree(store, None, tmp_path).done == 1


def test_delete_prefix(bulk: Bulk) -> None:
    store = fill(MemoryStore(), {**{f"p/{n:04}": b"x" for n in range(2500)}, "pp": b"", "p": b""})
    planned = bulk.delete_prefix(store, "p", include="*7", dry_run=True)
    assert len(planned.plan) == 250
    assert bulk.delete_prefix(store, "p", exclude="0*").done == 1500
    assert bulk.delete_prefix(store, "p").done == 1000
    assert set(contents(store)) == {"p", "pp"}


def test_delete_prefix_says_what_it_could_not_delete(bulk: Bulk) -> None:
    class Guarded(MemoryStore):
        async def delete_objects(self, paths: Any) -> None:
            await super().delete_objects([path for path in paths if not path.endswith("7")])
            if any(path.endswith("7") for path in paths):
                raise PermissionDeniedError("held by a lock")

    store = fill(Guarded(), {f"p/{n}": b"" for n in range(20)})
    summary = bulk.delete_prefix(store, "p")

    assert sorted(failure.path for failure in summary.failures) == ["17", "7"]
    assert (summary.done, set(contents(store))) == (18, {"p/7", "p/17"})


def test_delete_prefix_of_a_directory_takes_what_is_gone_for_done(tmp_path: Path, bulk: Bulk) -> None:
    store = fill(LocalStore(tmp_path), {f"p/{n}": b"" for n in range(20)})

    assert bulk.delete_prefix(store, "p").done == 20
    assert bulk.delete_prefix(store, "p").done == 0


def test_the_whole_store_is_not_deleted_by_an_empty_name(bulk: Bulk) -> None:
    store = fill(MemoryStore())
    for prefix in ("", "/"):
        with pytest.raises(ValueError, match="whole_store"):
            bulk.delete_prefix(store, prefix)
    assert bulk.delete_prefix(store, "", whole_store=True).done == 5
