"""Names with several addresses: which is tried, and what happens when one refuses or stalls."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from obstore._io.connect import Target, resolve
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from tests.socket.listener import Listener, is_tidy, serving, without_retries

INET = socket.AF_INET, socket.SOCK_STREAM, 6, ""


@pytest.fixture
def refusing() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


@pytest.fixture
def stalling() -> Iterator[int]:
    """A port whose queue is full, so that nobody answers."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield server.getsockname()[1]


def resolves_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Let every name have the addresses of these ports, in this order."""
    addresses = [(*INET, ("127.0.0.1", port)) for port in ports]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)


def body(listener: Listener, colour: Colour, **options: Any) -> bytes:
    # Time enough for a whole share of it to be noticed by whoever runs this.
    store = listener.store(**{"randomize_addresses": False, "connect_timeout": "90s", **options})
    return drive(colour, StoreView(store, colour).body("k"))


def test_next_address_is_tried_when_one_refuses(colour: Colour, monkeypatch: pytest.MonkeyPatch, refusing: int) -> None:
    with Listener(serving(b"hello")) as listener:
        resolves_to(monkeypatch, refusing, refusing, listener.port)

        assert body(listener, colour) == b"hello"


def test_next_address_is_tried_beside_one_that_stalls(
    colour: Colour, monkeypatch: pytest.MonkeyPatch, stalling: int
) -> None:
    with Listener(serving(b"hello")) as listener:
        resolves_to(monkeypatch, stalling, stalling, listener.port)

        assert body(listener, colour) == b"hello"


def test_first_to_answer_is_used(colour: Colour, monkeypatch: pytest.MonkeyPatch, refusing: int, stalling: int) -> None:
    with Listener(serving(b"hello")) as listener:
        resolves_to(monkeypatch, listener.port, refusing, stalling)

        assert body(listener, colour) == b"hello"
        assert listener.connections == 1


def failure(listener: Listener, colour: Colour, **options: Any) -> str:
    store = without_retries(listener.store(**options))
    with pytest.raises(GenericError) as caught:
        drive(colour, StoreView(store, colour).body("k"))
    assert is_tidy(store)
    return str(caught.value)


def test_all_refuse(colour: Colour, monkeypatch: pytest.MonkeyPatch, refusing: int) -> None:
    with Listener(serving(b"")) as listener:
        resolves_to(monkeypatch, refusing, refusing)

        assert "Connection refused" in failure(listener, colour)


@pytest.mark.parametrize("count", [1, 3])
def test_all_stall(colour: Colour, monkeypatch: pytest.MonkeyPatch, stalling: int, count: int) -> None:
    with Listener(serving(b"")) as listener:
        resolves_to(monkeypatch, *[stalling] * count)

        assert f"no connection to 127.0.0.1:{listener.port} within 0.3 s" in failure(
            listener, colour, connect_timeout="300ms"
        )


def test_name_without_an_address(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    with Listener(serving(b"")) as listener:
        resolves_to(monkeypatch)

        assert "it has no address" in failure(listener, colour)


def found(monkeypatch: pytest.MonkeyPatch, *, randomize: bool) -> list[Any]:
    entries = [(socket.AF_INET6, *INET[1:], ("::1", n, 0, 0)) for n in range(20)]
    entries += [(*INET, ("127.0.0.1", n)) for n in range(20)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: entries)
    return resolve(Target("host", 1, randomize_addresses=randomize), "host", 1)


def test_families_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    families = [family for family, _ in found(monkeypatch, randomize=False)]

    assert families == [socket.AF_INET6, socket.AF_INET] * 20
    assert [address[1] for _, address in found(monkeypatch, randomize=False)] == [n for n in range(20) for _ in (0, 1)]


def test_addresses_are_shuffled_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = {tuple(address[1] for _, address in found(monkeypatch, randomize=True)) for _ in range(5)}

    assert len(orders) > 1
