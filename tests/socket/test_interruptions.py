"""Connections that end when they should not: what is repeated, what is resumed, and what is not."""

import socket
from typing import Any

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError, PreconditionError
from tests.socket.listener import (
    Listener,
    Peer,
    Script,
    one_after_another,
    part_of,
    pool_of,
    reply,
    serving,
    without_retries,
)

CONTENT = bytes(range(256)) * 1000


def truncating(content: bytes, sent: int) -> Script:
    """Promise all of the object and send the first `sent` bytes of the reply's body."""

    def script(peer: Peer) -> None:
        if (request := peer.read_request()) is not None:
            whole = part_of(content, request)
            peer.send(whole[: whole.index(b"\r\n\r\n") + 4 + sent])

    return script


def get(listener: Listener, colour: Colour, **options: Any) -> bytes:
    return drive(colour, StoreView(listener.store(**options), colour).body("k"))


@pytest.mark.parametrize("sent", [0, 1, 70_000, len(CONTENT) - 1])
def test_truncated_body_is_resumed_from_its_last_byte(colour: Colour, sent: int) -> None:
    with Listener(one_after_another(truncating(CONTENT, sent), serving(CONTENT))) as listener:
        assert get(listener, colour) == CONTENT

        _, second = listener.requests
        assert (f"bytes={sent}-{len(CONTENT) - 1}", '"1"') == (second.headers["range"], second.headers["if-match"])


def test_body_is_resumed_as_often_as_it_moves_on(colour: Colour) -> None:
    # More often than `max_retries`: each of the pieces is progress.
    with Listener(truncating(CONTENT, 30_000)) as listener:
        assert get(listener, colour) == CONTENT
        assert len(listener.requests) == 9


def test_body_that_stands_still_is_given_up(colour: Colour) -> None:
    with Listener(truncating(CONTENT, 0)) as listener:
        with pytest.raises(BaseError, match="broke off at byte 0 of 256000"):
            get(listener, colour)
        assert len(listener.requests) == 4


def test_stream_is_resumed(colour: Colour) -> None:
    async def chunks(view: StoreView) -> bytes:
        return b"".join(await (await view.get("k")).stream(1000).drain())

    with Listener(one_after_another(truncating(CONTENT, 12_345), serving(CONTENT))) as listener:
        assert drive(colour, chunks(StoreView(listener.store(), colour))) == CONTENT


def test_large_body_is_resumed(colour: Colour) -> None:
    content = CONTENT * 20

    with Listener(one_after_another(truncating(content, 3_000_000), serving(content))) as listener:
        assert get(listener, colour) == content


def test_object_that_changed_meanwhile_is_an_error(colour: Colour) -> None:
    def changed(peer: Peer) -> None:
        assert peer.read_request() is not None
        peer.send(reply(status="412 Precondition Failed"))

    with (
        Listener(one_after_another(truncating(CONTENT, 70_000), changed)) as listener,
        pytest.raises(PreconditionError),
    ):
        get(listener, colour)


def test_range_is_resumed_within_itself(colour: Colour) -> None:
    async def fetch(view: StoreView) -> bytes:
        return await view.get_range("k", start=1000, end=201_000)

    with Listener(one_after_another(truncating(CONTENT, 70_000), serving(CONTENT))) as listener:
        assert drive(colour, fetch(StoreView(listener.store(), colour))) == CONTENT[1000:201_000]
        assert listener.requests[1].headers["range"] == "bytes=71000-200999"


def chunked(peer: Peer) -> None:
    while peer.read_request() is not None:
        peer.send(b"HTTP/1.1 200 OK\r\netag: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        if peer.number == 0:
            return
        peer.send(b"0\r\n\r\n")


def test_chunked_body_that_breaks_off_is_an_error(colour: Colour) -> None:
    with Listener(chunked) as listener, pytest.raises(Exception, match="broke off"):
        get(listener, colour)


def until_close(peer: Peer) -> None:
    assert peer.read_request() is not None
    peer.send(b"HTTP/1.1 200 OK\r\netag: x\r\n\r\nhello ", b"world")


def test_body_until_close_is_read_to_its_end(colour: Colour) -> None:
    with Listener(until_close) as listener:
        store = listener.store()
        assert drive(colour, StoreView(store, colour).body("k")) == b"hello world"
        assert (0, 0) == (pool_of(store)._open, pool_of(store).idle_count)


def breaking(*sent: bytes) -> Script:
    """Send the beginning of a reply, and break the connection."""

    def script(peer: Peer) -> None:
        assert peer.read_request() is not None
        peer.send(*sent)
        peer.reset()

    return script


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 20", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_get_is_repeated_when_the_connection_breaks_before_the_head(colour: Colour, sent: bytes) -> None:
    with Listener(one_after_another(breaking(sent), serving(CONTENT))) as listener:
        assert get(listener, colour) == CONTENT


def test_get_is_resumed_when_the_connection_breaks_after_the_head(colour: Colour) -> None:
    with Listener(one_after_another(breaking(reply(CONTENT)[:200]), serving(CONTENT))) as listener:
        assert get(listener, colour) == CONTENT


def test_create_is_repeated_under_its_condition(colour: Colour) -> None:
    with Listener(breaking()) as listener:
        with pytest.raises(GenericError, match="connection") as caught:
            drive(colour, StoreView(listener.store(), colour).put("k", b"x", mode="create"))

        assert caught.value.attempts == 4
        assert ["*"] * 4 == [request.headers["if-none-match"] for request in listener.requests]


def test_overwrite_is_repeated(colour: Colour) -> None:
    with Listener(one_after_another(breaking(), serving(b""))) as listener:
        drive(colour, StoreView(listener.store(), colour).put("k", b"x"))
        assert [request.method for request in listener.requests] == ["PUT", "PUT"]


def closing_after_one(content: bytes) -> Script:
    """Answer one request, as if the connection were to last, and close it."""

    def script(peer: Peer) -> None:
        if (request := peer.read_request()) is not None:
            peer.send(part_of(content, request) if request.method == "GET" else reply())

    return script


async def twice(view: StoreView) -> list[bytes]:
    return [await view.body("k"), await view.body("k")]


def test_stale_connection_costs_no_retry(colour: Colour) -> None:
    with Listener(closing_after_one(b"hello")) as listener:
        store = without_retries(listener.store())
        assert drive(colour, twice(StoreView(store, colour))) == [b"hello", b"hello"]
        assert (2, 2) == (len(listener.requests), listener.connections)


def resetting_after_one(peer: Peer) -> None:
    closing_after_one(b"hello")(peer)
    peer.reset()


def test_reset_connection_costs_no_retry(colour: Colour) -> None:
    with Listener(resetting_after_one) as listener:
        assert drive(colour, twice(StoreView(without_retries(listener.store()), colour))) == [b"hello", b"hello"]


def test_create_looks_at_an_idle_connection_first(colour: Colour) -> None:
    async def get_then_create(view: StoreView) -> None:
        await view.body("k")
        await closed_by_server(view.store)
        await view.put("new", b"x", mode="create")

    with Listener(closing_after_one(b"hello")) as listener:
        drive(colour, get_then_create(StoreView(without_retries(listener.store()), colour)))
        assert [request.method for request in listener.requests] == ["GET", "PUT"]


async def closed_by_server(store: Any) -> None:
    """Return when the idle connections of a store have got the server's FIN."""
    import select

    for idle in pool_of(store)._idle.values():
        for connection in idle:
            select.select([connection.channel.fd], [], [], 5)


def refusing(peer: Peer) -> None:
    """Say no after the head, and close with the body still on its way."""
    if peer.read_head() is None:
        return
    peer.send(reply(b"<Error><Code>AccessDenied</Code></Error>", status="403 Forbidden"))
    peer.sock.shutdown(socket.SHUT_WR)
    peer.sock.recv(1)


def test_refusal_in_the_middle_of_an_upload_is_heard(colour: Colour) -> None:
    with Listener(refusing) as listener, pytest.raises(PermissionError, match="AccessDenied"):
        drive(colour, StoreView(listener.store(), colour).put("k", bytes(4 << 20), use_multipart=False))


def switching(peer: Peer) -> None:
    while peer.read_request() is not None:
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n")


def test_switch_of_protocols_is_refused(colour: Colour) -> None:
    with Listener(switching) as listener:
        store = listener.store()
        with pytest.raises(GenericError, match="switches protocols"):
            drive(colour, StoreView(store, colour).body("k"))
        assert pool_of(store)._open == 0


def chatty(peer: Peer) -> None:
    while (request := peer.read_request()) is not None:
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n")
        peer.send(part_of(b"hello", request))


def test_interim_replies_are_skipped(colour: Colour) -> None:
    with Listener(chatty) as listener:
        assert drive(colour, twice(StoreView(listener.store(), colour))) == [b"hello", b"hello"]
        assert listener.connections == 1


def endless_head(peer: Peer) -> None:
    assert peer.read_request() is not None
    peer.send(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.send(b"x: y\r\n" * 1000)


def test_endless_head_is_refused(colour: Colour) -> None:
    with Listener(endless_head) as listener:
        with pytest.raises(GenericError, match="head is longer than 65536 bytes"):
            get(listener, colour)
        assert len(listener.requests) == 1


def surplus(peer: Peer) -> None:
    while peer.read_request() is not None:
        peer.send(reply(b"hello"), b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil")


def test_connection_with_surplus_bytes_is_not_used_again(colour: Colour) -> None:
    with Listener(surplus) as listener:
        assert drive(colour, twice(StoreView(listener.store(), colour))) == [b"hello", b"hello"]
        assert listener.connections == 2
