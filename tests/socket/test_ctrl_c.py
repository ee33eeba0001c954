"""Ctrl-C in a call of either colour: it ends at once, and leaves nothing behind."""

import os
import subprocess
import sys
import threading

import pytest

from tests.socket.listener import Listener, Peer, reply

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a process cannot send itself SIGINT there")

# Run in a process of its own, since a signal is everybody's. It prints how long the interrupt took.
PROGRAM = """
import asyncio, os, signal, sys, threading, time
import obstore
from obstore.store import S3Store

store = S3Store(
    "bucket", endpoint=sys.argv[1], access_key_id="k", secret_access_key="s", virtual_hosted_style_request=False,
    client_options={{"allow_http": True, "timeout": "60s", "max_connections": 4}},
)

def interrupt():
    global sent
    os.read(0, 1)
    time.sleep(0.2)  # A signal between Python's own look at its signals and the system call would not end that.
    sent = time.monotonic()
    os.kill(os.getpid(), signal.SIGINT)

async def body(path):
    await (await obstore.get_async(store, path)).bytes_async()

async def stream(path):
    async for _ in await obstore.get_async(store, path):
        pass

async def waiting():
    held = [await obstore.get_async(store, "small") for _ in range(3)]
    await obstore.get_async(store, "silent")

async def put(path, size, **options):
    await obstore.put_async(store, path, bytes(size), **options)

async def ranges():
    await obstore.get_ranges_async(store, "silent", starts=[0, 10**7], lengths=[9, 9], coalesce=0)

signal.signal(signal.SIGINT, signal.default_int_handler)  # A shell's background jobs ignore it.
threading.Thread(target=interrupt, daemon=True).start()
try:
    {call}
except KeyboardInterrupt:
    print(time.monotonic() - sent, store._client.pool, flush=True)
"""

CALLS = {
    "waiting for the head": "obstore.get(store, 'silent')",
    "reading a body": "obstore.get(store, 'body').bytes()",
    "reading a stream": "list(obstore.get(store, 'body').stream())",
    "sending": "obstore.put(store, 'deaf', bytes(64 << 20), use_multipart=False)",
    "waiting to try again": "obstore.get(store, 'later')",
    "waiting for a place": "held = [obstore.get(store, 'small') for _ in range(3)]; obstore.get(store, 'silent')",
    "reading ranges in threads": "obstore.get_ranges(store, 'silent', starts=[0, 10**7], lengths=[9, 9], coalesce=0)",
    "uploading parts in threads": "obstore.put(store, 'parts', bytes(20 << 20), chunk_size=5 << 20)",
    "async, waiting for the head": "asyncio.run(body('silent'))",
    "async, reading a body": "asyncio.run(body('body'))",
    "async, reading a stream": "asyncio.run(stream('body'))",
    "async, sending": "asyncio.run(put('deaf', 64 << 20, use_multipart=False))",
    "async, waiting to try again": "asyncio.run(body('later'))",
    "async, waiting for a place": "asyncio.run(waiting())",
    "async, reading ranges": "asyncio.run(ranges())",
    "async, uploading parts": "asyncio.run(put('parts', 20 << 20, chunk_size=5 << 20))",
}

UPLOAD = b"<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"


class Server:
    """Lets everybody wait, and presses Ctrl-C once they do."""

    def __init__(self, waiters: int) -> None:
        self._waiters = waiters
        self._lock = threading.Lock()
        self.done = threading.Event()
        self.process: subprocess.Popen[str]

    def __call__(self, peer: Peer) -> None:
        while (request := peer.read_head()) is not None:
            peer._listener.requests.append(request)
            if request.method == "POST":
                peer.send(reply(UPLOAD))
            elif request.method == "DELETE":
                peer.send(reply(status="204 No Content"))
            elif request.target.endswith("small"):
                peer.send(reply(b"x", length=100_000))
            else:
                self._let_wait(peer, request.target)
                return

    def _let_wait(self, peer: Peer, target: str) -> None:
        if target.endswith("body"):
            peer.send(reply(b"x" * 100_000, length=10_000_000))
        if target.endswith("later"):
            peer.send(reply(status="503 Slow Down", retry_after="60"))
        with self._lock:
            self._waiters -= 1
            is_last = not self._waiters
        if is_last:
            assert self.process.stdin is not None
            self.process.stdin.write("x")
            self.process.stdin.flush()
        self.done.wait(30)

    def start(self, listener: Listener, call: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", PROGRAM.format(call=call), f"http://127.0.0.1:{listener.port}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self) -> str:
        try:
            self.process.wait(20)  # Not `communicate`, which would close its stdin.
        finally:
            self.process.kill()
            self.done.set()
            output, errors = self.process.communicate()
        assert (errors, self.process.returncode) == ("", 0)
        return output


WAITERS = {
    "reading ranges in threads": 2,
    "uploading parts in threads": 4,
    "async, reading ranges": 2,
    "async, uploading parts": 3,
}


@pytest.mark.parametrize("name", CALLS)
def test_interrupt_ends_the_call_at_once(name: str) -> None:
    server = Server(WAITERS.get(name, 1))
    with Listener(server) as listener:
        server.start(listener, CALLS[name])
        elapsed, _, pool = server.finish().partition(" ")

        assert float(elapsed) < 1
        assert "open=" in pool
        methods = [request.method for request in listener.requests]
        assert (methods[-1] == "DELETE") == ("uploading parts" in name)
