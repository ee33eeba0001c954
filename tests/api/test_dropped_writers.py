"""Async files dropped unclosed in the middle of an upload: a thread aborts it, whatever became of the loop."""

import asyncio
import gc
import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore
from tests.api.recording import RecordingStore
from tests.socket.listener import Listener, Peer, is_tidy, reply

PART = 5 << 20
BEGUN = b"<InitiateMultipartUploadResult><UploadId>u%d</UploadId></InitiateMultipartUploadResult>"
COMPLETED = b'<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>'


def until(condition: Callable[[], Any]) -> bool:
    """Wait for what another thread does."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


async def begin(store: Any, *, parts: int = 1, size: int = 10) -> list[Any]:
    """Write that many parts, and return the only reference to the file."""
    writer = store.open_writer_async("k", buffer_size=size, max_concurrency=2)
    for _ in range(parts):
        await writer.write(bytes(size))
    return [writer]


def drop(files: list[Any]) -> None:
    with pytest.warns(ResourceWarning, match="AsyncWritableFile 'k' .* was dropped unclosed"):
        clear(files)


def clear(files: list[Any]) -> None:
    files.clear()
    gc.collect()


def test_in_a_running_loop_it_is_aborted_while_the_loop_goes_on() -> None:
    async def body(store: RecordingStore) -> None:
        drop(await begin(store))
        await asyncio.get_running_loop().run_in_executor(None, until, lambda: store.requests[-1] == "abort")

    store = RecordingStore()
    asyncio.run(body(store))

    assert store.requests == ["begin", "part 0: 10", "abort"]
    assert store.list().collect() == []


def test_after_its_loop_has_ended_it_is_aborted() -> None:
    store = RecordingStore()
    drop(asyncio.run(begin(store)))

    assert until(lambda: store.requests[-1] == "abort")


def test_while_its_loop_stands_still_it_is_aborted() -> None:
    store = RecordingStore()
    loop = asyncio.new_event_loop()
    try:
        drop(loop.run_until_complete(begin(store)))

        assert until(lambda: store.requests[-1] == "abort")
    finally:
        loop.close()


def test_nothing_is_aborted_before_anything_has_begun() -> None:
    async def little(store: RecordingStore) -> list[Any]:
        writer = store.open_writer_async("k", buffer_size=10)
        await writer.write(b"123")
        return [writer]

    store = RecordingStore()
    drop(asyncio.run(little(store)))
    drop(asyncio.run(begin(store)))

    assert until(lambda: store.requests == ["begin", "part 0: 10", "abort"])


def test_a_file_that_was_closed_or_given_up_is_aborted_no_more() -> None:
    async def body(store: RecordingStore) -> None:
        [closed] = await begin(store)
        await closed.close()
        [given_up] = await begin(store)
        await given_up.__aexit__(KeyError, KeyError(), None)

    store = RecordingStore()
    asyncio.run(body(store))
    drop(asyncio.run(begin(store)))  # Errands are done in order: after this one there are none.

    assert until(lambda: store.requests.count("abort") == 2)
    assert store.requests.count("begin") == 3


def test_the_staging_file_is_removed(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    files = asyncio.run(begin(store, parts=3))
    assert list(tmp_path.iterdir())
    drop(files)

    assert until(lambda: not list(tmp_path.iterdir()))


class Uploads:
    """Takes uploads, and lets parts wait for ever if it is told to."""

    def __init__(self, *, answers_parts: bool = True) -> None:
        self.answers_parts = answers_parts
        self.parts_begun = threading.Semaphore(0)
        self._numbers = itertools.count(1)

    def __call__(self, peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            if request.method == "PUT":
                self.parts_begun.release()
                if not self.answers_parts:
                    peer.wait_for_end()
                    return
            if request.method == "POST":
                peer.send(reply(COMPLETED if "uploadId" in request.target else BEGUN % next(self._numbers)))
            else:
                peer.send(reply())


def aborts(listener: Listener) -> list[str]:
    return [request.target for request in listener.requests if request.method == "DELETE"]


def test_parts_in_flight_end_before_the_upload_does() -> None:
    async def body(listener: Listener, server: Uploads) -> None:
        store = listener.store()
        files = await begin(store, parts=2, size=PART)
        loop = asyncio.get_running_loop()
        for _ in range(2):
            assert await loop.run_in_executor(None, lambda: server.parts_begun.acquire(timeout=10))
        drop(files)

        assert await loop.run_in_executor(None, until, lambda: aborts(listener))
        assert await loop.run_in_executor(None, is_tidy, store)

    server = Uploads(answers_parts=False)
    with Listener(server) as listener:
        asyncio.run(body(listener, server))

        assert aborts(listener) == ["/bucket/k?uploadId=u1"]


def test_a_failure_to_abort_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Refusing(RecordingStore):
        async def create_multipart_upload(self, path: str, options: Any) -> Any:
            upload = await super().create_multipart_upload(path, options)

            async def abort() -> None:
                raise GenericError("the service is down")

            upload.abort = abort  # type: ignore[method-assign]
            return upload

    with caplog.at_level(logging.WARNING, "obstore.errands"):
        drop(asyncio.run(begin(Refusing())))

        assert until(lambda: caplog.messages)
    assert caplog.messages == ["could not abort the upload of 'k': the service is down"]


# Run in a process of its own, which it ends.
PRELUDE = """
import asyncio, os, sys, warnings
from obstore.store import S3Store

warnings.simplefilter("ignore")
store = S3Store(
    "bucket", endpoint=sys.argv[1], access_key_id="k", secret_access_key="s", virtual_hosted_style_request=False,
    client_options={"allow_http": True},
)

async def begin():
    writer = store.open_writer_async("k", buffer_size=5 << 20)
    await writer.write(bytes(5 << 20))
    return writer

async def begin_and_drop():
    await begin()

"""


def run(program: str, listener: Listener) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, f"http://127.0.0.1:{listener.port}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_end_of_the_program_waits_for_the_abort() -> None:
    with Listener(Uploads()) as listener:
        run("asyncio.run(begin_and_drop())", listener)

        assert aborts(listener) == ["/bucket/k?uploadId=u1"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_forked_child_leaves_the_uploads_of_its_parent_alone() -> None:
    program = """
async def main():
    writer = await begin()
    pid = os.fork()
    if not pid:
        del writer  # the parent's
        asyncio.run(begin_and_drop())  # its own
        # As multiprocessing ends: out through asyncio.run it would close the loop, whose epoll is the parent's too.
        import atexit
        atexit._run_exitfuncs()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    await writer.close()

asyncio.run(main())
"""
    with Listener(Uploads()) as listener:
        run(program, listener)

        completed = [request.target for request in listener.requests if "uploadId" in request.target]
        assert aborts(listener) == ["/bucket/k?uploadId=u2"]
        assert completed[-1] == "/bucket/k?uploadId=u1"


def test_the_warning_comes_without_an_upload_too() -> None:
    drop([MemoryStore().open_writer_async("k")])
