"""Several short requests from one sync call: all in its own thread, all waiting at once."""

import threading

import pytest

from obstore._io.blocking import BLOCKING
from obstore._io.interleaved import can_interleave
from obstore.exceptions import GenericError, NotFoundError
from obstore.store import BaseStore, LocalStore, MemoryStore, PrefixStore, S3Store
from tests.socket.listener import Listener, Peer, Script, is_tidy, part_of, reply, serving, without_retries

CONTENT = bytes(range(256)) * 40_000
STARTS = [n * 200_000 for n in range(8)]
WANTED = [CONTENT[start : start + 1000] for start in STARTS]

pytestmark = pytest.mark.skipif(not can_interleave(BLOCKING), reason="this system has no poll")


def read_ranges(store: S3Store | PrefixStore) -> list[bytes]:
    found = store.get_ranges("k", starts=STARTS, lengths=[1000] * len(STARTS), coalesce=0)
    return [bytes(data) for data in found]


def answering_together(parties: int) -> Script:
    """Answer only when so many requests have come, on as many connections."""
    barrier = threading.Barrier(parties, timeout=10)

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            barrier.wait()
            peer.send(part_of(CONTENT, request))

    return script


def test_requests_wait_at_once_in_the_calling_thread() -> None:
    with Listener(answering_together(8)) as server:
        store = server.store()
        before = {thread.name for thread in threading.enumerate() if thread.name.startswith("obstore")}

        assert read_ranges(store) == WANTED

        after = {thread.name for thread in threading.enumerate() if thread.name.startswith("obstore")}
        assert after == before
        assert server.connections == 8
        assert is_tidy(store)


def test_a_prefix_leaves_them_in_the_thread_too() -> None:
    with Listener(answering_together(8)) as server:
        assert read_ranges(PrefixStore(server.store(), "p")) == WANTED


def test_few_connections_are_shared() -> None:
    with Listener(serving(CONTENT)) as server:
        store = server.store(max_connections=2)

        assert read_ranges(store) == WANTED
        assert server.connections == 2
        assert is_tidy(store)


def test_threads_that_interleave_share_few_connections() -> None:
    with Listener(serving(CONTENT)) as server:
        store = server.store(max_connections=3)
        results: list[list[bytes]] = []
        threads = [threading.Thread(target=lambda: results.append(read_ranges(store))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert results == [WANTED] * 4
        assert server.connections <= 3
        assert is_tidy(store)


def test_the_first_failure_ends_the_others() -> None:
    released = threading.Event()

    def script(peer: Peer) -> None:
        request = peer.read_request()
        assert request is not None
        if request.headers["range"].startswith("bytes=400000-"):
            peer.send(reply(b"<Error><Code>NoSuchKey</Code></Error>", status="404 Not Found"))
        else:
            peer.wait_for_end()
            released.set()

    with Listener(script) as server:
        store = server.store()
        with pytest.raises(NotFoundError):
            read_ranges(store)

        assert released.wait(10)
        assert is_tidy(store)


def test_a_silent_reply_is_a_timeout() -> None:
    def script(peer: Peer) -> None:
        request = peer.read_request()
        if request is not None and request.headers["range"].startswith("bytes=0-"):
            peer.wait_for_end()
        elif request is not None:
            peer.send(part_of(CONTENT, request))
            peer.wait_for_end()

    with Listener(script) as server:
        store = without_retries(server.store(timeout="200ms"))
        with pytest.raises(GenericError, match=r"no bytes for 0\.2 s"):
            read_ranges(store)

        assert is_tidy(store)


def test_a_reply_that_says_not_now_is_asked_for_again() -> None:
    refused = threading.Semaphore(3)

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            busy = refused.acquire(blocking=False)
            peer.send(reply(status="503 Slow Down") if busy else part_of(CONTENT, request))

    with Listener(script) as server:
        store = server.store()

        assert read_ranges(store) == WANTED
        assert is_tidy(store)


def test_a_body_that_breaks_off_is_resumed() -> None:
    broken = threading.Semaphore(3)

    def script(peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            whole = part_of(CONTENT, request)
            if broken.acquire(blocking=False):
                peer.send(whole[:-500])
                return
            peer.send(whole)

    with Listener(script) as server:
        assert read_ranges(server.store()) == WANTED


def test_one_fetch_of_credentials_serves_all() -> None:
    fetches = 0

    def provide() -> dict[str, object]:
        nonlocal fetches
        fetches += 1
        MemoryStore().put("a", b"a sync call inside of one")
        return {"access_key_id": "key", "secret_access_key": "secret", "expires_at": None}

    with Listener(serving(CONTENT)) as server:
        store = S3Store(
            "bucket",
            endpoint=f"http://127.0.0.1:{server.port}",
            client_options={"allow_http": True},
            credential_provider=provide,
        )

        assert read_ranges(store) == WANTED
        assert fetches == 1


def test_an_async_provider_is_refused_as_in_any_sync_call() -> None:
    import asyncio

    async def provide() -> dict[str, object]:
        await asyncio.sleep(0)
        return {}

    with Listener(serving(CONTENT)) as server:
        store = S3Store(
            "bucket",
            endpoint=f"http://127.0.0.1:{server.port}",
            client_options={"allow_http": True},
            credential_provider=provide,  # type: ignore[arg-type]
        )
        with pytest.raises(Exception, match="'_async' form"):
            read_ranges(store)


def test_stores_say_whether_their_reads_wait_in_place(tmp_path: object) -> None:
    assert LocalStore(str(tmp_path)).waits_in_place
    assert MemoryStore().waits_in_place
    assert PrefixStore(MemoryStore(), "a").waits_in_place
    assert not BaseStore.waits_in_place
