"""Bulk operations on a real S3 server, whose keys are more than paths."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from obstore import Key
from obstore.store import S3Store
from tests.bulk.both import Bulk
from tests.servers import S3Server

FILES = {"plain": b"1", "a/b c/é.txt": b"22", "large": bytes(range(250)) * 48_000}
ODD = {Key("d//e"): b"333", Key("f/"): b""}


def contents(store: Any, prefix: str | None = None) -> dict[str, bytes]:
    start = len(prefix) + 1 if prefix else 0
    return {meta["path"][start:]: bytes(store.get(meta["path"]).bytes()) for meta in store.list(prefix).collect()}


def test_every_key_goes_from_bucket_to_bucket(ministack: S3Server, bulk: Bulk) -> None:
    source, target = (S3Store(ministack.make_bucket(), **ministack.options()) for _ in range(2))
    for path, body in (FILES | ODD).items():
        source.put(path, body, attributes={"Content-Type": "text/x-kept"})
    summary = bulk.copy_tree(source, None, target, "copy")

    assert (summary.done, summary.failed) == (5, 0)
    assert contents(target, "copy") == FILES | ODD
    assert target.get("copy/large").attributes["Content-Type"] == "text/x-kept"
    assert bulk.copy_tree(source, None, target, "copy").skipped == 5
    assert bulk.copy_tree(target, "copy", target, "again").done == 5
    assert contents(target, "again") == FILES | ODD
    assert bulk.delete_prefix(target, "copy").done == 5


def test_uploads_have_the_tags_that_are_expected_of_them(ministack: S3Server, bulk: Bulk, tmp_path: Path) -> None:
    store = S3Store(ministack.make_bucket(), **ministack.options())
    for path, body in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(body)
    bulk.upload_tree(store, tmp_path, "up")

    for compare in ("etag", "checksum", "size+mtime"):
        assert bulk.sync(tmp_path, store, target_prefix="up", compare=compare).skipped == 3
    (tmp_path / "plain").write_bytes(b"2")
    assert bulk.sync(tmp_path, store, target_prefix="up", compare="etag").done == 1


def test_keys_that_are_no_files_are_reported_and_markers_left_out(
    ministack: S3Server, bulk: Bulk, tmp_path: Path
) -> None:
    store = S3Store(ministack.make_bucket(), **ministack.options())
    for path, body in (FILES | ODD).items():
        store.put(path, body)
    summary = bulk.download_tree(store, None, tmp_path)

    assert summary.done == 3
    assert [failure.path for failure in summary.failures] == ["d//e"]
