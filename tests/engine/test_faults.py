"""Every operation on a socket fails once, at each place where one happens.

The k-th operation of a run fails, for every k until a run has no k-th one. Then: the right result or the
right error, no place lost, nothing half-read in the pool, and the next call works.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import obstore
from obstore._core.errors import TransportError
from obstore._io.aio import AsyncioRuntime
from obstore._io.blocking import Blocking
from obstore._testing.colour import Colour
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError
from obstore.store import S3Store
from tests.engine.loops import both_colours, run_in
from tests.socket.listener import Listener, Peer, is_tidy, one_after_another, part_of, reply, serving

SMALL, MEDIUM, LARGE = b"hello", bytes(range(256)) * 1000, bytes(range(256)) * 12_000


class Fault:
    """Has the operation number `due` of the runtimes fail; `has_happened` says whether there was one."""

    def __init__(self, patch: pytest.MonkeyPatch, due: int, kind: str) -> None:
        self._left = due
        self._kind = kind
        self.has_happened = False
        for runtime in (Blocking, AsyncioRuntime):
            for name in ("wait_and_receive", "send_rest", "send_file", "fill", "call"):
                patch.setattr(runtime, name, self._wrap_async(name, getattr(runtime, name)))
            for name in ("try_receive", "try_send"):
                patch.setattr(runtime, name, self._wrap(name, getattr(runtime, name)))

    def _wrap(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        def faulty(runtime: Any, *args: Any, **kwargs: Any) -> Any:
            return self._fail(name, args) if self._is_due() else operation(runtime, *args, **kwargs)

        return faulty

    def _wrap_async(self, name: str, operation: Callable[..., Any]) -> Callable[..., Any]:
        async def faulty(runtime: Any, *args: Any, **kwargs: Any) -> Any:
            return self._fail(name, args) if self._is_due() else await operation(runtime, *args, **kwargs)

        return faulty

    def _is_due(self) -> bool:
        self._left -= 1
        self.has_happened = self.has_happened or self._left == -1
        return self._left == -1

    def _fail(self, name: str, args: tuple[Any, ...]) -> int:
        error = TransportError("not sent" if name == "call" else self._kind, "injected")
        if name != "fill":
            raise error
        args[0].failure = error  # `fill` does not raise.
        return 0


def run(colour: Colour, coroutine: Coroutine[Any, Any, Any]) -> Any:
    from obstore._testing.colour import run_sync

    return run_sync(coroutine) if colour == "sync" else run_in("selector", coroutine)


Work = Callable[[StoreView], Coroutine[Any, Any, None]]


def in_every_place(colour: Colour, kind: str, work: Work, script: Any) -> int:
    """Run `work` with a fault at each place, and return how many places there were."""
    for place in range(100):
        with Listener(script) as listener, pytest.MonkeyPatch.context() as patch:
            store = listener.store()
            patch.setattr("obstore._http.connection._LAST_WORDS", 0.05)  # The server of a pretended fault is there.
            fault = Fault(patch, place, kind)
            run(colour, work(StoreView(store, colour)))
            gc.collect()

            assert is_tidy(store), f"after a fault at {place}"
            patch.undo()
            obstore.get(store, "k").bytes()
            if not fault.has_happened:
                return place
    raise AssertionError("it does not end")


both_kinds = pytest.mark.parametrize("kind", ["interrupted", "timeout"])


@both_colours
@both_kinds
@pytest.mark.parametrize("content", [SMALL, MEDIUM, LARGE], ids=["small", "medium", "large"])
def test_get_survives_a_fault_anywhere(colour: Colour, kind: str, content: bytes) -> None:
    async def get_twice(view: StoreView) -> None:
        assert await view.body("k") == content
        assert await view.body("k") == content

    places = in_every_place(colour, kind, get_twice, serving(content))

    # Connect; then send and receive, and the body that did not come with the head, twice.
    assert places >= (5 if content is SMALL else 7)


@both_colours
@both_kinds
def test_stream_survives_a_fault_anywhere(colour: Colour, kind: str) -> None:
    async def stream(view: StoreView) -> None:
        chunks = await (await view.get("k")).stream(300_000).drain()
        assert b"".join(chunks) == LARGE

    assert in_every_place(colour, kind, stream, serving(LARGE)) > 8


def chunked(peer: Peer) -> None:
    while peer.read_request() is not None:
        peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n%x\r\n" % len(MEDIUM), MEDIUM)
        peer.send(b"\r\n0\r\n\r\n")


@both_colours
@both_kinds
def test_body_that_cannot_be_resumed_is_whole_or_an_error(colour: Colour, kind: str) -> None:
    async def get(view: StoreView) -> None:
        try:
            assert await view.body("k") == MEDIUM
        except (BaseError, TransportError) as error:
            assert "injected" in str(error) or "broke off" in str(error)  # noqa: PT017

    assert in_every_place(colour, kind, get, chunked) >= 4


@both_colours
@both_kinds
@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_overwrite_survives_a_fault_anywhere(colour: Colour, kind: str, content: bytes) -> None:
    async def put(view: StoreView) -> None:
        await view.put("k", content, use_multipart=False)

    assert in_every_place(colour, kind, put, serving(content)) >= 3


class Creating:
    """Creates an object once, and says that it exists ever after."""

    def __init__(self) -> None:
        self.created = 0

    def __call__(self, peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            if request.method == "PUT" and self.created:
                peer.send(reply(status="412 Precondition Failed"))
                continue
            self.created += request.method == "PUT"
            peer.send(part_of(b"x" if request.method == "GET" else b"", request))


@both_colours
@both_kinds
def test_create_is_done_once(colour: Colour, kind: str) -> None:
    async def create(view: StoreView) -> None:
        # Never "it exists already" from our own first try.
        await view.put("k", b"x", mode="create")
        assert creating.created == 1

    def script(peer: Peer) -> None:
        if peer.number == 0:
            creating.__init__()  # type: ignore[misc]  # A new server for each place.
        creating(peer)

    creating = Creating()

    # Connect, send, receive; who must not block tries to receive first, and then waits.
    assert in_every_place(colour, kind, create, script) == (3 if colour == "sync" else 4)


@both_colours
@both_kinds
def test_ranges_survive_a_fault_anywhere(colour: Colour, kind: str) -> None:
    async def fetch(view: StoreView) -> None:
        got = await view.get_ranges("k", starts=[0, 1000, 200_000], lengths=[10, 10, 50_000], coalesce=0)
        assert got == [MEDIUM[:10], MEDIUM[1000:1010], MEDIUM[200_000:250_000]]

    assert in_every_place(colour, kind, fetch, serving(MEDIUM)) >= 7


@both_colours
def test_fault_of_a_reused_connection_is_no_attempt(colour: Colour) -> None:
    """Where it broke while it was idle; a timeout is one."""

    async def twice(view: StoreView) -> None:
        await view.body("k")
        fault._left = 1  # The reply of the second request.
        result = await view.get("k")
        assert await result.bytes() == SMALL

    with Listener(one_after_another(serving(SMALL))) as listener, pytest.MonkeyPatch.context() as patch:
        store = S3Store(
            config=listener.store().config, client_options={"allow_http": True}, retry_config={"max_retries": 0}
        )
        fault = Fault(patch, 1000, "interrupted")
        run(colour, twice(StoreView(store, colour)))

        assert fault.has_happened
        assert listener.connections == 2
