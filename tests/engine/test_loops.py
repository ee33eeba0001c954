"""Whole operations in every kind of loop."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from typing import Any

import pytest

import obstore
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.engine.loops import every_loop, run_in
from tests.socket.listener import Listener, Peer, is_tidy, pool_of, reply, serving, without_retries


async def get(store: S3Store, path: str = "k") -> bytes:
    return bytes(await (await obstore.get_async(store, path)).bytes_async())


@every_loop
@pytest.mark.parametrize("size", [5, 100_000, 3_000_000])
def test_get_and_put(loop: str, size: int) -> None:
    content = bytes(range(250)) * (size // 250) + b"x" * (size % 250)

    async def work(store: S3Store) -> None:
        for _ in range(3):
            assert await get(store) == content
            await obstore.put_async(store, "k", content, use_multipart=False)

    with Listener(serving(content)) as listener:
        store = listener.store()
        run_in(loop, work(store))

        assert listener.connections == 1
        assert [content] * 3 == [request.body for request in listener.requests if request.method == "PUT"]
        assert is_tidy(store)


@every_loop
def test_many_tasks(loop: str) -> None:
    async def work(store: S3Store) -> list[bytes]:
        return list(await asyncio.gather(*(get(store) for _ in range(200))))

    with Listener(serving(b"hello")) as listener:
        store = listener.store(max_connections=10)

        assert run_in(loop, work(store)) == [b"hello"] * 200
        assert is_tidy(store)


def silent(peer: Peer) -> None:
    if peer.read_request() is not None:
        peer.wait_for_end()


@every_loop
def test_stall(loop: str) -> None:
    with Listener(silent) as listener:
        store = without_retries(listener.store(timeout="0.1s"))
        with pytest.raises(GenericError, match=r"no bytes for 0\.1 s"):
            run_in(loop, get(store))
        assert is_tidy(store)


@every_loop
def test_stalled_upload(loop: str) -> None:
    def deaf(peer: Peer) -> None:
        peer.read_head()
        done.wait(10)

    done = threading.Event()
    with Listener(deaf) as listener:
        store = without_retries(listener.store(timeout="0.2s"))
        with pytest.raises(GenericError, match=r"no bytes for 0\.2 s"):
            run_in(loop, put(store, bytes(32 << 20)))
        done.set()


async def put(store: S3Store, data: bytes) -> None:
    await obstore.put_async(store, "k", data, use_multipart=False)


@every_loop
def test_server_that_closes_idle_connections(loop: str) -> None:
    async def work(store: S3Store) -> None:
        for _ in range(3):
            assert await get(store) == b"hello"
            while any(c.channel.owner is not None for idle in pool_of(store)._idle.values() for c in idle):
                await asyncio.sleep(0.001)

    def once(peer: Peer) -> None:
        if peer.read_request() is not None:
            peer.send(reply(b"hello"))

    with Listener(once) as listener:
        run_in(loop, work(without_retries(listener.store())))
        assert listener.connections == 3


@every_loop
def test_cancelled_get(loop: str) -> None:
    async def work(store: S3Store) -> None:
        task = asyncio.ensure_future(get(store))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with Listener(silent) as listener:
        store = listener.store()
        run_in(loop, work(store))
        assert is_tidy(store)


@every_loop
def test_loops_one_after_another(loop: str) -> None:
    with Listener(serving(b"hello")) as listener:
        store = listener.store()
        for _ in range(5):
            assert run_in(loop, get(store)) == b"hello"
            assert obstore.get(store, "k").bytes() == b"hello"
        gc.collect()
        # The one connection of the sync calls, and at most that of the last loop.
        assert pool_of(store)._open <= 2


def watchers() -> list[Any]:
    return [thread for thread in threading.enumerate() if thread.name == "obstore-selector"]


def test_thread_of_a_loop_without_readers_ends_with_it() -> None:
    with Listener(serving(b"hello")) as listener:
        store = listener.store()
        run_in("proactor", get(store))
        deadline = time.monotonic() + 5
        while watchers() and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.01)

        assert not watchers()
