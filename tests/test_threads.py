"""One store, whoever calls it: threads, loops in threads, loops one after another, and more tasks than descriptors."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import obstore
from obstore.store import S3Store
from tests.socket.listener import Listener, serving

CONTENT = bytes(range(256)) * 1000
LARGE = CONTENT * 20


def get(store: S3Store, path: str = "k") -> bytes:
    return bytes(obstore.get(store, path).bytes())


async def get_async(store: S3Store, path: str = "k") -> bytes:
    return bytes(await (await obstore.get_async(store, path)).bytes_async())


def side_by_side(*jobs: Callable[[], Any]) -> list[Any]:
    """Run jobs in a thread each, beginning at the same time."""
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> Any:
        start.wait(10)
        return job()

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs, timeout=60))


def test_eight_threads_share_a_store() -> None:
    with Listener(serving(CONTENT)) as listener:
        store = listener.store()
        got = side_by_side(*[lambda: [get(store) for _ in range(20)]] * 8)

        assert [[CONTENT] * 20] * 8 == got
        assert listener.connections <= 8


async def many(store: S3Store) -> list[bytes]:
    return list(await asyncio.gather(*(get_async(store, f"k{number}") for number in range(40))))


def test_two_loops_and_sync_code_share_a_store() -> None:
    with Listener(serving(CONTENT)) as listener:
        store = listener.store()
        got = side_by_side(
            lambda: asyncio.run(many(store)),
            lambda: asyncio.run(many(store)),
            lambda: [get(store) for _ in range(40)],
        )

        assert [[CONTENT] * 40] * 3 == got


def test_loops_one_after_another_share_a_store() -> None:
    with Listener(serving(CONTENT)) as listener:
        store = listener.store()
        for _ in range(3):
            assert asyncio.run(many(store)) == [CONTENT] * 40
        # The connections of a loop that has ended are closed when the next one needs its own.
        assert store._client.pool._open <= 80


def test_sync_calls_work_inside_a_running_loop() -> None:
    async def both(store: S3Store) -> None:
        assert await get_async(store) == get(store) == await get_async(store)

    with Listener(serving(CONTENT)) as listener:
        asyncio.run(both(listener.store()))

        assert listener.connections == 2


async def in_thread(job: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, job)


def async_from_sync(store: S3Store) -> bytes:
    result = obstore.get(store, "k")
    return bytes(asyncio.run(awaited(result.bytes_async())))


async def awaited(value: Awaitable[Any]) -> Any:
    return await value


def sync_in_the_loop(store: S3Store) -> bytes:
    async def read() -> bytes:
        return bytes((await obstore.get_async(store, "k")).bytes())

    return asyncio.run(read())


def sync_in_another_thread(store: S3Store) -> bytes:
    async def read() -> bytes:
        result = await obstore.get_async(store, "k")
        return bytes(await in_thread(result.bytes))

    return asyncio.run(read())


def sync_after_the_loop(store: S3Store) -> bytes:
    return bytes(asyncio.run(awaited(obstore.get_async(store, "k"))).bytes())


def sync_in_another_thread_after_the_loop(store: S3Store) -> bytes:
    result = asyncio.run(awaited(obstore.get_async(store, "k")))
    return bytes(side_by_side(result.bytes)[0])


def in_another_loop(store: S3Store) -> bytes:
    async def read() -> bytes:
        result = await obstore.get_async(store, "k")
        return bytes(await in_thread(lambda: asyncio.run(awaited(result.bytes_async()))))

    return asyncio.run(read())


def while_the_loop_rests(store: S3Store) -> bytes:
    """The loop is neither closed nor running when another thread takes the result over."""
    loop = asyncio.new_event_loop()
    try:
        result = loop.run_until_complete(awaited(obstore.get_async(store, "k")))
        read: bytes = side_by_side(result.bytes)[0]
        return bytes(read) if loop.run_until_complete(get_async(store)) == read else b""
    finally:
        loop.close()


def with_a_loop_that_moves(store: S3Store) -> bytes:
    """A loop may run in one thread, then in another."""
    loop = asyncio.new_event_loop()
    try:
        side_by_side(lambda: loop.run_until_complete(get_async(store)))
        return loop.run_until_complete(get_async(store))
    finally:
        loop.close()


CROSSINGS = [
    async_from_sync,
    sync_in_the_loop,
    sync_in_another_thread,
    sync_after_the_loop,
    sync_in_another_thread_after_the_loop,
    in_another_loop,
    while_the_loop_rests,
    with_a_loop_that_moves,
]


@pytest.mark.parametrize("content", [b"hello", CONTENT, LARGE], ids=["small", "medium", "large"])
@pytest.mark.parametrize("cross", CROSSINGS)
def test_result_can_be_read_elsewhere(cross: Callable[[S3Store], bytes], content: bytes) -> None:
    with Listener(serving(content)) as listener:
        store = listener.store()
        for _ in range(2):
            assert cross(store) == content

        assert get(store) == content


def chunked(peer: Any) -> None:
    while peer.read_request() is not None:
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for start in range(0, len(CONTENT), 10_000):
            piece = CONTENT[start : start + 10_000]
            peer.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        peer.send(b"0\r\n\r\n")


@pytest.mark.parametrize("cross", CROSSINGS)
def test_chunked_result_can_be_read_elsewhere(cross: Callable[[S3Store], bytes]) -> None:
    with Listener(chunked) as listener:
        store = listener.store()
        for _ in range(2):
            assert cross(store) == CONTENT

        assert get(store) == CONTENT


def test_stream_can_be_read_by_turns() -> None:
    async def by_turns(store: S3Store) -> bytes:
        stream, pieces = (await obstore.get_async(store, "k")).stream(10_000), list[bytes]()
        while True:
            for take in (lambda: in_thread(lambda: next(stream, None)), lambda: anext(stream, None)):
                piece = await take()
                if piece is None:
                    return b"".join(pieces)
                pieces.append(bytes(piece))

    with Listener(serving(CONTENT)) as listener:
        assert asyncio.run(by_turns(listener.store())) == CONTENT


# Run alone, because the limit on descriptors is the process's.
MANY_TASKS = """
import asyncio, resource, sys
import obstore
from obstore.store import S3Store

resource.setrlimit(resource.RLIMIT_NOFILE, (1024, 1024))
store = S3Store(
    "bucket", endpoint=sys.argv[1], skip_signature=True, virtual_hosted_style_request=False,
    client_options={"allow_http": True},
)

async def get(number):
    return bytes(await (await obstore.get_async(store, f"k{number}")).bytes_async())

async def main():
    got = await asyncio.gather(*(get(number) for number in range(10_000)))
    assert got == [b"hello"] * 10_000
    assert store._client.pool._open <= 256

asyncio.run(main())
"""


@pytest.mark.skipif(os.name == "nt", reason="no such limit there")
def test_ten_thousand_tasks_need_few_descriptors() -> None:
    with Listener(serving(b"hello")) as listener:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", MANY_TASKS, f"http://127.0.0.1:{listener.port}"],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

        assert ("", 0) == (done.stderr, done.returncode)
        assert listener.connections <= 256
