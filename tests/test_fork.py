"""Forks: the child works at once with connections of its own, and the parent notices nothing."""

import os
import subprocess
import sys
import textwrap
import threading

import pytest

from tests.socket.listener import Listener, Peer, part_of

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")

CONTENT = bytes(range(256)) * 4000

# Every program runs in a process of its own: this one has threads, which a fork would cut off.
PRELUDE = """
import asyncio, faulthandler, gc, multiprocessing, os, sys, threading, time, warnings
import obstore
from obstore.store import S3Store

faulthandler.dump_traceback_later(20, exit=True)
warnings.filterwarnings("ignore", "(?s).*fork", DeprecationWarning)
CONTENT = bytes(range(256)) * 4000
store = S3Store(
    "bucket", endpoint=sys.argv[1], access_key_id="k", secret_access_key="s", virtual_hosted_style_request=False,
    client_options={"allow_http": True, "timeout": "5s"}, retry_config={"max_retries": 0},
)
pool = store._client.pool

def get(path="k"):
    assert obstore.get(store, path).bytes() == CONTENT

async def get_async(path="k"):
    assert await (await obstore.get_async(store, path)).bytes_async() == CONTENT

def in_child(work):
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        assert status == 0, status
        return
    status = 1
    try:
        work()
        gc.collect()
        status = 0
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
"""

PROGRAMS = {
    "after sync use": """
        get()
        def work():
            assert (pool._open, pool.idle_count) == (0, 0)
            get()
            assert (pool._open, pool.idle_count) == (1, 1)
        in_child(work)
        get()
        assert (pool._open, pool.idle_count) == (1, 1)
    """,
    "the parent's connections are still its own": """
        get()
        in_child(get)
        get()
        in_child(get)
        get()
        print("connections 3")
    """,
    "async in the child": """
        get()
        in_child(lambda: asyncio.run(get_async()))
        get()
    """,
    "inside a running loop, child sync": """
        async def main():
            await get_async()
            in_child(get)
            await get_async()
        asyncio.run(main())
        print("connections 2")
    """,
    "inside a running loop, child async": """
        async def main():
            await asyncio.gather(get_async(), get_async())
            in_child(lambda: asyncio.run(get_async()))
            await asyncio.gather(get_async(), get_async())
            assert pool.idle_count == 2
        asyncio.run(main())
    """,
    "after a loop that has ended": """
        asyncio.run(get_async())
        in_child(lambda: asyncio.run(get_async()))
        in_child(get)
        asyncio.run(get_async())
    """,
    "with an open result, dropped in the child": """
        async def main():
            held = await obstore.get_async(store, "k")
            def work():
                nonlocal held
                held = None
                gc.collect()
                assert (pool._open, pool._parked) == (0, 0), pool
                get()
            in_child(work)
            # The child must not have told the selector that they share to forget the connection.
            assert await held.bytes_async() == CONTENT
        asyncio.run(main())
    """,
    "with an open sync result, dropped in the child": """
        held = obstore.get(store, "k")
        def work():
            global held
            held = None
            assert (pool._open, pool._parked) == (0, 0), pool
            get()
        in_child(work)
        assert held.bytes() == CONTENT
    """,
    "with worker threads": """
        assert len(obstore.get_ranges(store, "k", starts=[0, 10**5], lengths=[9, 9], coalesce=0)) == 2
        in_child(lambda: obstore.get_ranges(store, "k", starts=[0, 10**5], lengths=[9, 9], coalesce=0))
        get()
    """,
    "with the pool's lock held by another thread": """
        held, done = threading.Event(), threading.Event()
        def hold():
            with pool._lock:
                held.set()
                done.wait()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        in_child(get)
        done.set()
        thread.join()
        get()
    """,
    "with others waiting for a place": """
        pool.max_connections = 1
        held = obstore.get(store, "k")
        thread = threading.Thread(target=get)
        thread.start()
        while not pool._queue:
            time.sleep(0.01)
        in_child(get)
        assert held.bytes() == CONTENT
        thread.join()
    """,
    "a child of a child": """
        get()
        def work():
            get()
            in_child(get)
            get()
        in_child(work)
        get()
    """,
    "multiprocessing": """
        def fetch(number):
            return len(obstore.get(store, f"k{number}").bytes())
        get()
        with multiprocessing.get_context("fork").Pool(2) as workers:
            assert workers.map(fetch, range(20)) == [len(CONTENT)] * 20
            workers.close()
            workers.join()
        get()
    """,
}


class Counting:
    """Serves reads, and counts the connections that were used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.used = 0

    def __call__(self, peer: Peer) -> None:
        is_new = True
        while (request := peer.read_request()) is not None:
            with self._lock:
                self.used += is_new
            is_new = False
            peer.send(part_of(CONTENT, request))


@pytest.mark.parametrize("name", PROGRAMS)
def test_fork(name: str) -> None:
    program = PRELUDE + textwrap.dedent(PROGRAMS[name])
    server = Counting()
    with Listener(server) as listener:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program, f"http://127.0.0.1:{listener.port}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ("", 0) == (done.stderr, done.returncode)
    if done.stdout:
        assert f"connections {server.used}\n" == done.stdout
