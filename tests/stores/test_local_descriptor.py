"""A file's number is not given back while somebody writes to it."""

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

from obstore._local import descriptor as module
from obstore._local.descriptor import Descriptor
from obstore.store import LocalStore

PART = 1 << 16


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """Writes tell that they have begun, and wait to be let go."""
    begun, release = threading.Event(), threading.Event()
    write = os.pwrite

    def pwrite(fd: int, data: memoryview, offset: int) -> int:
        begun.set()
        release.wait(10)
        return write(fd, data, offset)

    monkeypatch.setattr(module.os, "pwrite", pwrite)
    return begun, release


def test_it_is_closed_when_the_last_writer_is_done(
    tmp_path: Path, slow: tuple[threading.Event, threading.Event]
) -> None:
    begun, release = slow
    fd = os.open(tmp_path / "a", os.O_CREAT | os.O_RDWR)
    descriptor = Descriptor(fd)
    writer = threading.Thread(target=descriptor.write, args=(b"hello", 0))
    writer.start()
    begun.wait(10)
    descriptor.close()
    descriptor.close()

    assert not descriptor.is_open
    os.fstat(fd)  # Still this file's.
    release.set()
    writer.join(10)
    assert (tmp_path / "a").read_bytes() == b"hello"
    with pytest.raises(OSError, match="not being written"):
        descriptor.write(b"more", 0)
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(fd)


def test_a_cancelled_upload_writes_into_no_other_file(
    tmp_path: Path, slow: tuple[threading.Event, threading.Event]
) -> None:
    begun, release = slow
    store = LocalStore(tmp_path)

    async def cancel() -> None:
        task = asyncio.ensure_future(store.put_async("a", iter([b"x" * PART * 4]), chunk_size=PART))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    fds = [os.open(tmp_path / "theirs", os.O_CREAT | os.O_RDWR) for _ in range(8)]  # Any number that was free.
    release.set()
    while any(_leads_to(link, str(tmp_path / "a#")) for link in os.listdir("/proc/self/fd")):
        time.sleep(0.001)  # Until the writers have come out, and their number is closed.
    for fd in fds:
        os.close(fd)

    assert (tmp_path / "theirs").read_bytes() == b""
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def _leads_to(link: str, start: str) -> bool:
    try:
        return os.readlink(f"/proc/self/fd/{link}").startswith(start)
    except OSError:
        return False
