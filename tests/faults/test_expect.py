"""`Expect: 100-continue`: a body is sent when the server wants it, and not when it says no."""

from collections.abc import Callable

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.faults.bucket import Bucket, refusal
from tests.faults.kinds import deaf
from tests.faults.server import Exchange, Fault, FaultServer
from tests.socket.listener import Peer, is_tidy, pool_of, reply

CONTENT = bytes(range(256)) * 8192  # 2 MiB
NAMES = ["k", "l", "m"]


async def put(view: StoreView, size: int = len(CONTENT), *names: str) -> None:
    for name in names or ["k"]:
        await view.put(name, CONTENT[:size], use_multipart=False)


def asking(server: FaultServer, value: object = True, **options: object) -> S3Store:
    return server.store(expect_continue=value, **options)


def expectations(server: FaultServer) -> list[str | None]:
    return [request.headers.get("expect") for request in server.requests]


def never(exchange: Exchange) -> None:
    raise AssertionError


def server_without_faults() -> FaultServer:
    return FaultServer(Bucket(), "PutObject", never, times=0)


@pytest.mark.parametrize(
    ("value", "size", "asks"),
    [
        (True, 1 << 20, True),
        (True, (1 << 20) - 1, False),
        ("true", 1 << 20, True),
        (1000, 1000, True),
        ("1000", 999, False),
        (False, 1 << 20, False),
        ("off", 1 << 20, False),
    ],
)
def test_large_bodies_are_asked_for(colour: Colour, value: object, size: int, asks: bool) -> None:
    with server_without_faults() as server:
        store = asking(server, value)
        drive(colour, put(StoreView(store, colour), size, *NAMES))

        assert expectations(server) == ["100-continue" if asks else None] * 3
        assert [CONTENT[:size]] * 3 == [server.bucket.objects[name].content for name in NAMES]
        assert server.connections == 1
        assert is_tidy(store)


def test_nothing_is_asked_unless_that_is_wanted(colour: Colour) -> None:
    with server_without_faults() as server:
        drive(colour, put(StoreView(server.store(), colour)))

        assert expectations(server) == [None]


def refusing(refused: bytes, read: list[bytes]) -> Fault:
    """Say no to the head, and collect what the client sends all the same."""

    def fault(exchange: Exchange) -> None:
        exchange.peer.send(refused)
        while piece := exchange.peer.read(1 << 16):
            read.append(piece)

    return fault


@pytest.mark.parametrize("status", ["403 Forbidden", "307 Temporary Redirect", "400 Bad Request"])
def test_body_that_is_not_wanted_is_not_sent(colour: Colour, status: str) -> None:
    read: list[bytes] = []
    with FaultServer(Bucket(), "PutObject", refusing(refusal(status, "No"), read)) as server:
        store = asking(server)
        with pytest.raises(Exception, match=f"{status}: No"):
            drive(colour, put(StoreView(store, colour)))

        assert is_tidy(store)
        assert pool_of(store)._open == 0
    assert read == []


def test_refusal_for_now_is_tried_again(colour: Colour) -> None:
    read: list[bytes] = []
    with FaultServer(Bucket(), "PutObject", refusing(refusal("503 Slow Down", "SlowDown"), read)) as server:
        drive(colour, put(StoreView(asking(server), colour)))

        assert server.bucket.objects["k"].content == CONTENT
    assert read == []


def test_server_that_does_not_know_how_is_not_asked_again(colour: Colour) -> None:
    read: list[bytes] = []
    with FaultServer(Bucket(), "PutObject", refusing(reply(status="417 Expectation Failed"), read)) as server:
        drive(colour, put(StoreView(asking(server), colour), len(CONTENT), "k", "l"))

        assert expectations(server) == [None, None]
        assert server.bucket.objects["l"].content == CONTENT
    assert read == []


def test_server_that_says_nothing_is_sent_the_body(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(exchange: Exchange) -> bool:
        exchange.peer.send(exchange.bucket.answer(exchange.peer.read_body(exchange.head)))
        return True

    monkeypatch.setattr("obstore._http.connection._PATIENCE", 0.05)
    with FaultServer(Bucket(), "PutObject", silent, times=9) as server:
        store = asking(server)
        drive(colour, put(StoreView(store, colour), len(CONTENT), *NAMES))

        assert expectations(server) == ["100-continue", None, None]
        assert server.connections == 1
        assert is_tidy(store)


def test_consent_that_comes_late_is_no_reply(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    def late(exchange: Exchange) -> bool:
        request = exchange.peer.read_body(exchange.head)
        exchange.peer.send(b"HTTP/1.1 100 Continue\r\n\r\n", exchange.bucket.answer(request))
        return True

    monkeypatch.setattr("obstore._http.connection._PATIENCE", 0.05)
    with FaultServer(Bucket(), "PutObject", late) as server:
        drive(colour, put(StoreView(asking(server), colour), len(CONTENT), "k", "l"))

        assert server.bucket.objects["l"].content == CONTENT
        assert server.connections == 1


@pytest.mark.parametrize(
    "interim", [b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n"]
)
def test_other_interim_replies_are_no_consent(colour: Colour, interim: bytes) -> None:
    read: list[bytes] = []
    refused = refusing(interim + refusal("403 Forbidden", "No"), read)
    with FaultServer(Bucket(), "PutObject", refused) as server, pytest.raises(PermissionError):
        drive(colour, put(StoreView(asking(server), colour)))
    assert read == []


def test_mind_that_is_changed_at_once_is_heard(colour: Colour) -> None:
    both = b"HTTP/1.1 100 Continue\r\n\r\n" + refusal("403 Forbidden", "No")
    read: list[bytes] = []
    with FaultServer(Bucket(), "PutObject", refusing(both, read)) as server, pytest.raises(PermissionError):
        drive(colour, put(StoreView(asking(server), colour)))
    assert read == []


def test_success_without_the_body_is_not_believed(colour: Colour) -> None:
    read: list[bytes] = []
    with FaultServer(Bucket(), "PutObject", refusing(reply(), read)) as server:
        store = asking(server)
        with pytest.raises(GenericError, match="a reply of 200 to a request whose body was not sent"):
            drive(colour, put(StoreView(store, colour)))
        assert is_tidy(store)
    assert read == []


@pytest.mark.parametrize("end", [Peer.close, Peer.reset])
def test_connection_that_ends_instead_of_an_answer_is_tried_again(colour: Colour, end: Callable[[Peer], None]) -> None:
    with FaultServer(Bucket(), "PutObject", deaf(end)) as server:
        drive(colour, put(StoreView(asking(server), colour)))

        assert server.bucket.objects["k"].content == CONTENT


def test_parts_are_asked_for_too(colour: Colour) -> None:
    async def upload(view: StoreView) -> None:
        await view.put("k", CONTENT, use_multipart=True, chunk_size=1 << 20)

    with server_without_faults() as server:
        drive(colour, upload(StoreView(asking(server), colour)))

        assert server.bucket.objects["k"].content == CONTENT
        assert expectations(server).count("100-continue") == 2


@pytest.mark.parametrize("value", [0, -1, "maybe", 1.5])
def test_wrong_value_is_named(value: object) -> None:
    with pytest.raises(GenericError, match="expect_continue"):
        S3Store("bucket", skip_signature=True, client_options={"expect_continue": value})
