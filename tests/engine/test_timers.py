"""Deadlines without a timer each."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from obstore._core.errors import TransportError
from obstore._io.channel import Channel
from obstore._io.runtime import current
from tests.engine.loops import both_colours, every_loop, run, run_in


@contextmanager
def channels(count: int) -> Iterator[list[tuple[Channel, socket.socket]]]:
    """Connected channels, each with the socket at its other end."""
    with ExitStack() as stack:
        pairs = [socket.socketpair() for _ in range(count)]
        for ours, theirs in pairs:
            stack.enter_context(ours)
            stack.enter_context(theirs)
        yield [(Channel(ours, is_tls=False), theirs) for ours, theirs in pairs]


async def receive(channel: Channel, timeout: float) -> bytes:
    runtime, buf = current(), bytearray(100)
    try:
        n = await runtime.receive(channel, memoryview(buf), timeout)
    finally:
        runtime.hand_over(channel)
    return bytes(buf[:n])


async def time_out(channel: Channel, timeout: float) -> float:
    """Wait in vain, and say for how long."""
    started = time.monotonic()
    with pytest.raises(TransportError, match=f"no bytes for {timeout:g} s") as caught:
        await receive(channel, timeout)
    assert caught.value.kind == "timeout"
    return time.monotonic() - started


@both_colours
def test_what_arrives_is_received(colour: str) -> None:
    with channels(1) as [(channel, peer)]:
        peer.send(b"hello")
        assert run(colour, receive(channel, 5)) == b"hello"
        peer.close()
        assert run(colour, receive(channel, 5)) == b""


@both_colours
def test_deadline_is_honoured(colour: str) -> None:
    with channels(1) as [(channel, _)]:
        assert 0.045 < run(colour, time_out(channel, 0.05)) < 2


@every_loop
def test_each_has_its_own_deadline(loop: str) -> None:
    async def wait_for_all(pairs: list[tuple[Channel, Any]]) -> list[float]:
        # The shortest ones come last: they must not wait for the timer of those before.
        waits = [time_out(channel, timeout) for (channel, _), timeout in zip(pairs, TIMEOUTS, strict=True)]
        return list(await asyncio.gather(*waits))

    with channels(len(TIMEOUTS)) as pairs:
        for elapsed, timeout in zip(run_in(loop, wait_for_all(pairs)), TIMEOUTS, strict=True):
            assert timeout - 0.01 < elapsed < timeout + 2


TIMEOUTS = [0.3, 0.15, 0.2, 0.05, 0.1]


def test_one_that_is_served_does_not_time_out_later() -> None:
    async def serve_then_wait(channel: Channel, peer: socket.socket) -> None:
        asyncio.get_running_loop().call_later(0.05, peer.send, b"first")
        assert await receive(channel, 0.1) == b"first"
        asyncio.get_running_loop().call_later(0.08, peer.send, b"second")
        assert await receive(channel, 5) == b"second"

    with channels(1) as [(channel, peer)]:
        run_in("selector", serve_then_wait(channel, peer))


def count_calls(monkeypatch: pytest.MonkeyPatch, loop: Any, name: str, calls: list[Any]) -> None:
    """Note the first argument of each call of a loop's method."""
    method = getattr(loop, name)

    def call(first: Any, *args: Any, **kwargs: Any) -> Any:
        calls.append(first)
        return method(first, *args, **kwargs)

    monkeypatch.setattr(loop, name, call)


def test_a_busy_loop_sets_few_timers(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[Any] = []

    async def echo(channel: Channel, peer: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        count_calls(monkeypatch, loop, "call_at", timers)
        for _ in range(500):
            loop.call_soon(peer.send, b"x")
            assert await receive(channel, 30) == b"x"

    with channels(1) as [(channel, peer)]:
        run_in("selector", echo(channel, peer))

    assert len(timers) == 1


def test_registration_lasts_from_wait_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[Any] = []

    async def echo(channel: Channel, peer: socket.socket) -> None:
        loop, runtime, buf = asyncio.get_running_loop(), current(), bytearray(10)
        count_calls(monkeypatch, runtime._watcher, "add_reader", registered)
        for _ in range(50):
            loop.call_soon(peer.send, b"x")
            assert await runtime.receive(channel, memoryview(buf), 5) == 1
        runtime.hand_over(channel)

    with channels(1) as [(channel, peer)]:
        run_in("selector", echo(channel, peer))

    assert len(registered) == 1


def test_channel_that_speaks_unasked_is_let_go() -> None:
    async def idle(channel: Channel, peer: socket.socket) -> None:
        runtime, buf = current(), bytearray(10)
        asyncio.get_running_loop().call_soon(peer.send, b"x")
        await runtime.receive(channel, memoryview(buf), 5)
        assert channel.is_alive()
        peer.close()
        while channel.owner is not None:
            await asyncio.sleep(0.001)
        assert not channel.is_alive()

    with channels(1) as [(channel, peer)]:
        run_in("selector", idle(channel, peer))


@both_colours
def test_fill_keeps_what_came(colour: str) -> None:
    async def fill(channel: Channel) -> tuple[int, str]:
        runtime, buf = current(), bytearray(100)
        n = await runtime.fill(channel, memoryview(buf), 0.05)
        runtime.hand_over(channel)
        return n, channel.failure.kind if channel.failure else "none"

    with channels(1) as [(channel, peer)]:
        peer.send(b"hello")
        assert run(colour, fill(channel)) == (5, "timeout")


@both_colours
@pytest.mark.parametrize("size", [10, 3_000_000])
def test_sending_to_one_who_does_not_listen_is_timed_out(colour: str, size: int) -> None:
    async def send(channel: Channel) -> None:
        runtime = current()
        try:
            for _ in range(100_000):
                await runtime.send(channel, bytes(size), 0.05)
        finally:
            runtime.hand_over(channel)

    with channels(1) as [(channel, _)], pytest.raises(TransportError, match=r"no bytes for 0\.05 s"):
        run(colour, send(channel))


@both_colours
@pytest.mark.parametrize("size", [10, 500_000, 3_000_000])
def test_all_that_is_sent_arrives(colour: str, size: int) -> None:
    from concurrent.futures import ThreadPoolExecutor

    data = bytes(range(256)) * (size // 256 + 1)

    async def send(channel: Channel) -> None:
        runtime = current()
        await runtime.send(channel, data, 5)
        runtime.hand_over(channel)

    with channels(1) as [(channel, peer)], ThreadPoolExecutor(1) as threads, peer.makefile("rb") as file:
        arrived = threads.submit(file.read, len(data))
        run(colour, send(channel))
        assert arrived.result(10) == data


@both_colours
def test_file_is_sent_from_where_it_was_said(colour: str, tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(bytes(range(256)))

    async def send(channel: Channel, fd: int) -> None:
        runtime = current()
        await runtime.send_file(channel, fd, 10, 20, 5)
        runtime.hand_over(channel)

    with channels(1) as [(channel, peer)], open(tmp_path / "file", "rb") as file:
        run(colour, send(channel, file.fileno()))
        assert peer.recv(100) == bytes(range(10, 30))


@both_colours
def test_file_that_became_shorter_is_noticed(colour: str, tmp_path: Any) -> None:
    (tmp_path / "file").write_bytes(bytes(5))

    async def send(channel: Channel, fd: int) -> None:
        await current().send_file(channel, fd, 0, 20, 5)

    with channels(1) as [(channel, _)], open(tmp_path / "file", "rb") as file, pytest.raises(TransportError) as caught:
        run(colour, send(channel, file.fileno()))

    assert "became shorter" in str(caught.value)
