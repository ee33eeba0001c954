"""Time and queues: silences, retries, and what happens at the limit of connections."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import obstore
from obstore._io.blocking import threads
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.socket.listener import (
    Listener,
    Peer,
    Script,
    is_tidy,
    one_after_another,
    part_of,
    pool_of,
    reply,
    serving,
    without_retries,
)

# Silences


def dripping(content: bytes, pause: float) -> Script:
    """Send a reply in twelve pieces with a pause before each."""

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            whole = part_of(content, request)
            step = len(whole) // 12 + 1
            for start in range(0, len(whole), step):
                time.sleep(pause)
                peer.send(whole[start : start + step])

    return script


@pytest.mark.parametrize("size", [20, 100_000, 2_000_000])
def test_transfer_that_moves_is_never_timed_out(colour: Colour, size: int) -> None:
    content = bytes(size)
    with Listener(dripping(content, 0.05)) as listener:
        store = without_retries(listener.store(timeout="0.3s"))

        assert drive(colour, StoreView(store, colour).body("k")) == content


def silent(sent: bytes = b"") -> Script:
    """Send the beginning of a reply and nothing more."""

    def script(peer: Peer) -> None:
        if peer.read_request() is not None:
            peer.send(sent)
            peer.wait_for_end()

    return script


STALLS = {
    "before the head": b"",
    "in the head": b"HTTP/1.1 200 OK\r\nContent-",
    "in a small body": reply(b"x", length=1000),
    "in a large body": reply(b"x", length=3_000_000),
    "in a chunked body": b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
}


@pytest.mark.parametrize("where", STALLS)
def test_stall_is_timed_out(colour: Colour, where: str) -> None:
    with Listener(silent(STALLS[where])) as listener:
        store = without_retries(listener.store(timeout="0.2s"))
        started = time.monotonic()

        with pytest.raises(Exception, match=r"no bytes for 0\.2 s"):
            drive(colour, StoreView(store, colour).body("k"))

        assert 0.15 < time.monotonic() - started < 2
        assert is_tidy(store)


def test_stall_of_a_large_upload_is_timed_out(colour: Colour) -> None:
    def deaf(peer: Peer) -> None:
        peer.read_head()
        done.wait(10)

    done = threading.Event()
    with Listener(deaf) as listener:
        store = without_retries(listener.store(timeout="0.2s"))
        with pytest.raises(GenericError, match=r"no bytes for 0\.2 s"):
            drive(colour, StoreView(store, colour).put("k", bytes(32 << 20), use_multipart=False))
        done.set()

        assert is_tidy(store)


# Retries


def refusing_first(count: int, refusal: bytes) -> Script:
    """Refuse as many requests, on whichever connection, then serve."""
    left = [count]

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            left[0] -= 1
            peer.send(refusal if left[0] >= 0 else part_of(b"hello", request))

    return script


SLOW_DOWN = reply(b"<Error><Code>SlowDown</Code></Error>", status="503 Slow Down")


def test_503_is_tried_again_on_the_same_connection(colour: Colour) -> None:
    with Listener(refusing_first(2, SLOW_DOWN)) as listener:
        assert drive(colour, StoreView(listener.store(), colour).body("k")) == b"hello"
        assert (3, 1) == (len(listener.requests), listener.connections)


def test_every_attempt_is_signed_anew(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(1_700_000_000, 1_800_000_000, 60))
    monkeypatch.setattr("obstore._s3.store.time.time", lambda: float(next(now)))
    with Listener(refusing_first(1, SLOW_DOWN)) as listener:
        drive(colour, StoreView(listener.store(), colour).body("k"))
        first, second = (request.headers for request in listener.requests)

        assert first["x-amz-date"] < second["x-amz-date"]
        assert first["authorization"] != second["authorization"]


def test_retries_end(colour: Colour) -> None:
    with Listener(refusing_first(99, SLOW_DOWN)) as listener:
        with pytest.raises(GenericError, match="503 Slow Down: SlowDown") as caught:
            drive(colour, StoreView(listener.store(), colour).body("k"))

        assert (4, 4, 503, "SlowDown") == (
            len(listener.requests),
            caught.value.attempts,
            caught.value.status,
            caught.value.code,
        )


def test_retry_after_is_honoured(colour: Colour) -> None:
    with Listener(refusing_first(1, reply(status="503 Slow Down", retry_after="1"))) as listener:
        started = time.monotonic()
        drive(colour, StoreView(listener.store(), colour).body("k"))

        assert 0.95 < time.monotonic() - started < 5


# The limit of connections


class Gate:
    """A script that counts how many connections are at work at once."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._lock = threading.Lock()
        self._at_work = 0
        self.most = 0
        self.order: list[str] = []

    def __call__(self, peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            with self._lock:
                self._at_work += 1
                self.most = max(self.most, self._at_work)
                self.order.append(request.target)
            time.sleep(0.002)
            with self._lock:
                self._at_work -= 1
            peer.send(part_of(self._content, request))


async def get_many(store: S3Store, count: int) -> list[bytes]:
    async def get(number: int) -> bytes:
        return bytes(await (await obstore.get_async(store, f"k{number}")).bytes_async())

    return list(await asyncio.gather(*(get(number) for number in range(count))))


def test_tasks_queue_for_connections() -> None:
    gate = Gate(b"hello")
    with Listener(gate) as listener:
        store = listener.store(max_connections=3)
        assert asyncio.run(get_many(store, 100)) == [b"hello"] * 100

        assert (3, 3) == (gate.most, listener.connections)
        assert is_tidy(store)


def test_queue_is_first_come_first_served() -> None:
    gate = Gate(b"hello")
    with Listener(gate) as listener:
        asyncio.run(get_many(listener.store(max_connections=1), 30))

        assert [f"/bucket/k{number}" for number in range(30)] == gate.order


def test_threads_queue_for_connections() -> None:
    gate = Gate(b"hello")
    with Listener(gate) as listener:
        store = listener.store(max_connections=3)
        in_threads([lambda: obstore.get(store, "k").bytes() for _ in range(20)] * 2)

        assert gate.most <= 3
        assert is_tidy(store)


def in_threads(jobs: list[Callable[[], Any]]) -> None:
    failures: list[BaseException] = []

    def run(job: Callable[[], Any]) -> None:
        try:
            job()
        except BaseException as error:
            failures.append(error)

    workers = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive(), "deadlock"
    if failures:
        raise failures[0]


def test_both_colours_share_the_limit() -> None:
    gate = Gate(b"hello")
    with Listener(gate) as listener:
        store = listener.store(max_connections=3)

        def several() -> None:
            for _ in range(10):
                assert obstore.get(store, "k").bytes() == b"hello"

        def many() -> None:
            assert asyncio.run(get_many(store, 40)) == [b"hello"] * 40

        in_threads([several, several, several, many, many])

        assert gate.most <= 3
        # What two finished loops left is taken back when there is need.
        assert obstore.get(store, "k").bytes() == b"hello"


LARGE_ENOUGH_TO_WAIT = bytes(300_000)


def test_results_held_unread_do_not_block_the_others(colour: Colour) -> None:
    async def hold(view: StoreView) -> None:
        held = [await view.get(f"held{number}") for number in range(3)]
        assert await view.body("another") == LARGE_ENOUGH_TO_WAIT
        for result in held:
            assert await result.bytes() == LARGE_ENOUGH_TO_WAIT

    with Listener(serving(LARGE_ENOUGH_TO_WAIT)) as listener:
        store = listener.store(max_connections=3)
        drive(colour, hold(StoreView(store, colour)))

        assert is_tidy(store)


def test_dropped_results_give_their_places_back(colour: Colour) -> None:
    async def drop(view: StoreView) -> None:
        for number in range(10):
            await view.get(f"k{number}")
        assert await view.body("k") == LARGE_ENOUGH_TO_WAIT

    with Listener(serving(LARGE_ENOUGH_TO_WAIT)) as listener:
        store = listener.store(max_connections=2)
        drive(colour, drop(StoreView(store, colour)))

        assert is_tidy(store)


def test_waiting_in_the_queue_can_be_cancelled() -> None:
    async def wait_and_cancel(store: S3Store) -> None:
        held = await obstore.get_async(store, "held")
        waiting = [asyncio.ensure_future(obstore.get_async(store, "k")) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert len(pool_of(store)._queue) == 3
        waiting[1].cancel()
        await held.bytes_async()
        for task in (waiting[0], waiting[2]):
            await (await task).bytes_async()

    with Listener(serving(LARGE_ENOUGH_TO_WAIT)) as listener:
        store = listener.store(max_connections=1)
        asyncio.run(wait_and_cancel(store))

        assert is_tidy(store)


# Large bodies in worker threads


def test_cancelled_large_download_frees_its_thread() -> None:
    async def cancel(store: S3Store) -> None:
        result = await obstore.get_async(store, "k")
        reading = asyncio.ensure_future(result.bytes_async())
        await asyncio.sleep(0.1)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with Listener(silent(reply(b"x" * 1000, length=50_000_000))) as listener:
        store = listener.store(timeout="30s")
        started = time.monotonic()
        asyncio.run(cancel(store))

        assert is_tidy(store)
        assert threads().submit(time.monotonic).result(5) - started < 5
        # The server sees the end of the connection, or its script would not end.


def test_cancelled_large_upload_frees_its_thread() -> None:
    async def cancel(store: S3Store) -> None:
        writing = asyncio.ensure_future(obstore.put_async(store, "k", bytes(64 << 20), use_multipart=False))
        await asyncio.sleep(0.2)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    def deaf(peer: Peer) -> None:
        peer.read_head()
        done.wait(10)

    done = threading.Event()
    with Listener(deaf) as listener:
        store = listener.store(timeout="30s")
        asyncio.run(cancel(store))
        done.set()

        assert is_tidy(store)


# No connection at all


def test_refused_connection_says_where_and_asks(colour: Colour) -> None:
    with Listener(serving(b"")) as listener:
        store = without_retries(listener.store())
    with pytest.raises(GenericError, match=r"cannot connect to 127\.0\.0\.1:.*Connection refused") as caught:
        drive(colour, StoreView(store, colour).body("k"))

    assert f"is a server listening at http://127.0.0.1:{listener.port}?" == caught.value.hint


def test_refused_connection_is_tried_again(colour: Colour) -> None:
    with Listener(serving(b"")) as listener:
        store = listener.store()
    with pytest.raises(GenericError) as caught:
        drive(colour, StoreView(store, colour).put("k", b"x", mode="create"))

    assert caught.value.attempts == 4
    assert is_tidy(store)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_unknown_host_is_named(colour: Colour, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def no_such_name(name: str, *_: object, **__: object) -> list[Any]:
        name.encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    with Listener(serving(b"")) as listener:
        store = without_retries(listener.store(host=host))
        with pytest.raises(GenericError, match="cannot resolve host"):
            drive(colour, StoreView(store, colour).body("k"))

        assert is_tidy(store)


def test_connecting_is_timed_out(colour: Colour) -> None:
    import socket

    # A listener whose queue is full answers nobody.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        store = S3Store(
            "bucket",
            endpoint=f"http://127.0.0.1:{full.getsockname()[1]}",
            skip_signature=True,
            client_options={"allow_http": True, "connect_timeout": timedelta(seconds=0.2)},
            retry_config={"max_retries": 0},
        )
        with pytest.raises(GenericError, match=r"within 0\.2 s"):
            drive(colour, StoreView(store, colour).body("k"))


def test_first_dead_address_leaves_time_for_the_next(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.socket() as unused, Listener(serving(b"hello")) as listener:
        unused.bind(("127.0.0.1", 0))
        dead = (socket.AF_INET, socket.SOCK_STREAM, 6, "", unused.getsockname())
        alive = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", listener.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [dead, alive])
        store = without_retries(listener.store(randomize_addresses=False))

        assert drive(colour, StoreView(store, colour).body("k")) == b"hello"


def test_one_after_another_is_one_connection(colour: Colour) -> None:
    async def several(view: StoreView) -> None:
        for _ in range(5):
            assert await view.body("k") == b"hello"

    with Listener(one_after_another(serving(b"hello"))) as listener:
        drive(colour, several(StoreView(listener.store(), colour)))

        assert listener.connections == 1
