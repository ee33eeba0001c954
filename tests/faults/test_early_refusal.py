"""Answers that come while the request is still being sent, and servers that stop listening."""

import threading
from collections.abc import Callable

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from tests.faults.bucket import Bucket, refusal
from tests.faults.kinds import early
from tests.faults.server import Exchange, Fault, FaultServer
from tests.socket.listener import Peer, is_tidy, without_retries

CONTENT = bytes(24 << 20)  # More than the kernel keeps on the way.


def put(server: FaultServer, colour: Colour, **options: str) -> None:
    drive(colour, StoreView(server.store(**options), colour).put("k", CONTENT, use_multipart=False))


def test_early_denial_is_heard(colour: Colour) -> None:
    with FaultServer(Bucket(), "PutObject", early(refusal("403 Forbidden", "AccessDenied"))) as server:
        with pytest.raises(PermissionError, match="AccessDenied"):
            put(server, colour)
        assert server.bucket.objects == {}


@pytest.mark.parametrize("status", ["503 Slow Down", "500 Internal Server Error", "429 Too Many Requests"])
def test_early_not_now_is_tried_again(colour: Colour, status: str) -> None:
    with FaultServer(Bucket(), "PutObject", early(refusal(status, "SlowDown"))) as server:
        put(server, colour)
        assert server.bucket.objects["k"].content == CONTENT


def after(body_bytes: int, end: Callable[[Peer], None]) -> Fault:
    """Read that much of the body, then end."""

    def fault(exchange: Exchange) -> None:
        exchange.peer.read(body_bytes)
        end(exchange.peer)

    return fault


@pytest.mark.parametrize("body_bytes", [0, 1, 65_536, 1_000_000])
@pytest.mark.parametrize("end", [Peer.reset, Peer.close])
def test_upload_that_is_cut_off_is_sent_again(colour: Colour, body_bytes: int, end: Callable[[Peer], None]) -> None:
    with FaultServer(Bucket(), "PutObject", after(body_bytes, end)) as server:
        store = server.store()
        drive(colour, StoreView(store, colour).put("k", CONTENT, use_multipart=False))

        assert server.bucket.objects["k"].content == CONTENT
        assert is_tidy(store)


@pytest.mark.parametrize("body_bytes", [0, 65_536])
def test_upload_that_is_not_read_is_given_up(colour: Colour, body_bytes: int) -> None:
    given_up = threading.Event()

    def stall(peer: Peer) -> None:
        given_up.wait(10)

    with FaultServer(Bucket(), "PutObject", after(body_bytes, stall)) as server:
        store = without_retries(server.store(timeout="0.1s"))
        with pytest.raises(GenericError, match=r"no bytes for 0\.1 s"):
            drive(colour, StoreView(store, colour).put("k", CONTENT, use_multipart=False))
        given_up.set()

        assert is_tidy(store)
        assert server.bucket.objects == {}
