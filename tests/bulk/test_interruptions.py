"""A process that is killed, or interrupted, in the middle; and the call that finishes its work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import obstore
from obstore.store import LocalStore, S3Store
from tests.servers import S3Server
from tests.stores.tree import files_below

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a process cannot kill itself there")

# The child ends itself as soon as so many files, or bytes, are done: nothing depends on time.
PROGRAM = """
import asyncio, json, os, signal, sys
import obstore
from obstore.store import S3Store

bucket, options, name, arguments, keywords, field, limit, ending, colour = json.loads(sys.argv[1])
store = S3Store(bucket, **options)
signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background jobs ignore it.

def listen(event):
    if getattr(event, field) >= limit:
        if ending == "SIGTERM":
            raise SystemExit(3)
        os.kill(os.getpid(), getattr(signal, ending))

arguments = [store if argument == "store" else argument for argument in arguments]
if colour == "sync":
    getattr(obstore, name)(*arguments, progress=listen, **keywords)
else:
    asyncio.run(getattr(obstore, name + "_async")(*arguments, progress=listen, **keywords))
"""


class Child:
    """Runs an operation on a bucket in a process of its own, which does not live to its end."""

    def __init__(self, server: S3Server) -> None:
        self.bucket = server.make_bucket()
        self.options = server.options()
        self.store = S3Store(self.bucket, **self.options)

    def run(
        self,
        name: str,
        *arguments: str,
        at: tuple[str, int],
        ending: str = "SIGKILL",
        colour: str = "sync",
        **keywords: Any,
    ) -> subprocess.CompletedProcess[str]:
        plan = json.dumps([self.bucket, self.options, name, arguments, keywords, *at, ending, colour])
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, plan], capture_output=True, text=True, check=False, timeout=100
        )


@pytest.fixture
def child(ministack: S3Server) -> Child:
    return Child(ministack)


BODIES = {f"d/{n % 7}/{n:03}": os.urandom(1000 + n) for n in range(120)} | {"d/large": os.urandom(3_000_000)}
PIECE = 100_000


def shown(directory: Path) -> dict[str, bytes]:
    """What anybody finds in a directory, hidden names left out."""
    return {
        name: (directory / name).read_bytes()
        for name in files_below(directory)
        if not name.rpartition("/")[2].startswith(".obstore-")
    }


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_sync_down_that_was_killed_is_finished_by_the_next(child: Child, tmp_path: Path, colour: str) -> None:
    for path, body in BODIES.items():
        child.store.put(path, body)
    ran = child.run("sync", "store", str(tmp_path), at=("files_done", 40), colour=colour, chunk_size=PIECE)
    found = shown(tmp_path)

    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert 0 < len(found) < len(BODIES)
    assert found.items() <= BODIES.items()
    summary = obstore.sync(child.store, tmp_path, chunk_size=PIECE)
    assert summary.failed == 0
    assert summary.done + summary.skipped == len(BODIES)
    assert summary.skipped >= len(found) - 16  # Those whose names came after their turn in the listing.
    assert shown(tmp_path) == BODIES
    assert files_below(tmp_path) == set(BODIES)


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_sync_up_that_was_killed_is_finished_by_the_next(child: Child, tmp_path: Path, colour: str) -> None:
    files = LocalStore(tmp_path)
    for path, body in BODIES.items():
        files.put(path, body)
    ran = child.run("sync", str(tmp_path), "store", at=("files_done", 40), colour=colour)
    found = {meta["path"] for meta in child.store.list().collect()}

    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert 0 < len(found) < len(BODIES)
    for path in found:
        assert child.store.get(path).bytes() == BODIES[path]
    summary = obstore.sync(tmp_path, child.store)
    assert summary.failed == 0
    assert summary.skipped >= len(found)  # More, if the server had requests of the child's that it finished later.
    assert {path: bytes(child.store.get(path).bytes()) for path in BODIES} == BODIES


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_download_that_was_killed_goes_on(child: Child, tmp_path: Path, colour: str) -> None:
    body = os.urandom(3_000_000)
    child.store.put("large", body)
    target = tmp_path / "large"
    at = ("bytes_done", 10 * PIECE)
    ran = child.run(
        "download", "store", "large", str(target), at=at, colour=colour, chunk_size=PIECE, max_concurrency=4
    )

    assert ran.returncode == -signal.SIGKILL, ran.stderr
    assert shown(tmp_path) == {}
    already: list[int] = []
    obstore.download(
        child.store, "large", target, chunk_size=PIECE, progress=lambda event: already.append(event.bytes_done)
    )
    assert target.read_bytes() == body
    assert min(already) >= 9 * PIECE  # What the first one fetched is not fetched again.
    assert files_below(tmp_path) == {"large"}


def test_a_download_of_what_changed_meanwhile_starts_over(child: Child, tmp_path: Path) -> None:
    child.store.put("large", os.urandom(3_000_000))
    target = tmp_path / "large"
    child.run("download", "store", "large", str(target), at=("bytes_done", 10 * PIECE), chunk_size=PIECE)
    body = os.urandom(3_000_000)
    child.store.put("large", body)
    obstore.download(child.store, "large", target, chunk_size=PIECE)

    assert target.read_bytes() == body


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("ending", ["SIGINT", "SIGTERM"])
def test_an_interrupt_says_what_was_done_and_leaves_no_upload_behind(
    child: Child, tmp_path: Path, ministack: S3Server, ending: str, colour: str
) -> None:
    files = LocalStore(tmp_path)
    files.put("a", b"1")
    files.put("large", os.urandom(40 << 20))
    at = ("bytes_done", 12 << 20)
    ran = child.run("upload_tree", "store", str(tmp_path), "x", at=at, ending=ending, colour=colour, max_concurrency=2)

    assert ran.returncode != 0
    if ending == "SIGINT":
        assert "upload_tree was interrupted: " in ran.stderr
        assert "2 found. Call it again to go on" in ran.stderr
    with ministack.client() as s3:
        assert not s3.list_multipart_uploads(Bucket=child.bucket).get("Uploads")
    assert {meta["path"] for meta in child.store.list().collect()} <= {"x/a"}
