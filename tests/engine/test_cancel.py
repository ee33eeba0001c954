"""A task is cancelled at each place where it waits.

At the k-th suspension of a run, for every k until a run has no k-th one: at once, and one turn of the loop
later, when what it waits for may have come.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine, Generator
from typing import Any

import pytest

import obstore
from obstore.store import S3Store
from tests.engine.loops import every_loop, run_in
from tests.socket.listener import Listener, Peer, is_tidy, pool_of, serving

MEDIUM, LARGE = bytes(range(256)) * 1000, bytes(range(256)) * 12_000


class Cancelling:
    """Passes on what a coroutine waits for, and cancels the task at one of the times."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], place: int, turns: int) -> None:
        self._coroutine = coroutine
        self._left = place
        self._turns = turns
        self.has_happened = False

    def __await__(self) -> Generator[Any, Any, Any]:
        step: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731
        while True:
            try:
                waiting_for = step()
            except StopIteration as stop:
                return stop.value
            self._left -= 1
            if self._left == -1:
                self.has_happened = True
                self._cancel(asyncio.current_task(), self._turns)
            try:
                yield waiting_for
            except BaseException as error:
                step = _throwing(self._coroutine, error)
            else:
                step = lambda: self._coroutine.send(None)  # noqa: E731

    def _cancel(self, task: Any, turns: int) -> None:
        if turns:
            asyncio.get_running_loop().call_soon(self._cancel, task, turns - 1)
        else:
            task.cancel()


def _throwing(coroutine: Coroutine[Any, Any, Any], error: BaseException) -> Callable[[], Any]:
    return lambda: coroutine.throw(error)


async def _finish(cancelling: Cancelling) -> Any:
    return await cancelling


async def cancelled(work: Coroutine[Any, Any, Any], place: int, turns: int) -> bool:
    """Run `work`, cancelled at that place, and say whether there was such a place."""
    cancelling = Cancelling(work, place, turns)
    task = asyncio.ensure_future(_finish(cancelling))
    try:
        await task
    except asyncio.CancelledError:
        assert cancelling.has_happened
    return cancelling.has_happened


async def get(store: S3Store) -> None:
    await (await obstore.get_async(store, "k")).bytes_async()


async def get_twice(store: S3Store) -> None:
    await get(store)
    await get(store)


async def stream(store: S3Store) -> None:
    async for _ in (await obstore.get_async(store, "k")).stream(20_000):
        pass


async def put(store: S3Store) -> None:
    await obstore.put_async(store, "k", LARGE, use_multipart=False)


async def ranges(store: S3Store) -> None:
    await obstore.get_ranges_async(store, "k", starts=[0, 1000, 200_000], lengths=[10, 10, 10], coalesce=0)


async def wait_for_a_place(store: S3Store) -> None:
    held = await obstore.get_async(store, "held")
    waiting = asyncio.ensure_future(held.bytes_async())
    try:
        await get(store)
    finally:
        waiting.cancel()


WORK = {
    "get small": (get_twice, b"hello"),
    "get medium": (get_twice, MEDIUM),
    "get large": (get, LARGE),
    "stream": (stream, MEDIUM),
    "put": (put, b""),
    "ranges": (ranges, MEDIUM),
    "wait for a place": (wait_for_a_place, MEDIUM),
}


@every_loop
@pytest.mark.parametrize("turns", [0, 1, 2])
@pytest.mark.parametrize("name", WORK)
def test_cancelled_anywhere(loop: str, name: str, turns: int) -> None:
    work, content = WORK[name]

    async def everywhere(listener: Listener) -> int:
        for place in range(200):
            store = listener.store(max_connections=1 if name == "wait for a place" else 8, timeout=f"{place + 5}s")
            happened = await cancelled(work(store), place, turns)
            await asyncio.sleep(0)
            gc.collect()
            await settled(store)
            assert is_tidy(store), f"after a cancellation at {place}: {pool_of(store)}"
            await get(store)
            if not happened:
                return place
        raise AssertionError("it does not end")

    with Listener(serving(content)) as listener:
        assert run_in(loop, everywhere(listener)) > 0


async def settled(store: S3Store) -> None:
    """Give helper tasks that were cancelled along with the work the turns they need."""
    pool = pool_of(store)
    for _ in range(200):
        if pool._open == pool.idle_count:
            return
        await asyncio.sleep(0.005)


# A multipart upload has more in flight: parts in tasks, and an abort that waits.


class Multipart:
    """Keeps track of uploads that were begun, completed and aborted."""

    def __init__(self) -> None:
        self.begun = self.completed = self.aborted = 0

    def __call__(self, peer: Peer) -> None:
        from tests.socket.listener import part_of, reply

        while (request := peer.read_request()) is not None:
            if request.method == "POST" and "uploads" in request.target:
                self.begun += 1
                peer.send(reply(b"<R><UploadId>u</UploadId></R>"))
            elif request.method == "POST":
                self.completed += 1
                peer.send(reply(b'<R><ETag>"e"</ETag></R>'))
            elif request.method == "DELETE":
                self.aborted += 1
                peer.send(reply(status="204 No Content"))
            else:
                peer.send(part_of(b"", request))


@pytest.mark.parametrize("turns", [0, 1])
def test_multipart_upload_cancelled_anywhere_is_aborted(turns: int) -> None:
    data = memoryview(bytes(16 << 20))

    async def upload(store: S3Store) -> None:
        await obstore.put_async(store, "k", data, chunk_size=5 << 20, max_concurrency=2)

    async def at(place: int, listener: Listener, server: Multipart) -> bool:
        store = listener.store()
        happened = await cancelled(upload(store), place, turns)
        await settled(store)

        assert is_tidy(store)
        # One that was cancelled before its number came back nobody can abort. One that was being
        # completed is aborted in any case: that does nothing if it had been.
        assert server.completed or server.aborted or not server.begun or place < 4
        if not happened:
            assert (server.begun, server.completed, server.aborted) == (1, 1, 0)
        return happened

    # A server each: what it still has to read of a cancelled upload is not to be counted with the next.
    for place in range(200):
        server = Multipart()
        with Listener(server) as listener:
            if not run_in("selector", at(place, listener, server)):
                break
    assert place > 3
