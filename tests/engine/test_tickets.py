"""Tickets: one waits, anyone may wake it."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from obstore._io.blocking import Abandoned, Blocking, Scope
from obstore._io.runtime import Ticket, current
from tests.engine.loops import both_colours, every_loop, run, run_in


def wake_later(ticket: Ticket, seconds: float = 0.03) -> None:
    threading.Timer(seconds, ticket.wake).start()


@both_colours
def test_waiter_is_woken_from_another_thread(colour: str) -> None:
    async def wait() -> tuple[bool, float]:
        ticket, started = current().ticket(), time.monotonic()
        wake_later(ticket)
        return await ticket.wait(10), time.monotonic() - started

    woken, elapsed = run(colour, wait())

    assert woken
    assert elapsed < 5


@every_loop
def test_waiter_is_woken_in_every_loop(loop: str) -> None:
    async def wait() -> bool:
        ticket = current().ticket()
        wake_later(ticket)
        return await ticket.wait(10)

    assert run_in(loop, wait())


@both_colours
def test_one_that_was_woken_before_does_not_wait(colour: str) -> None:
    async def wait() -> bool:
        ticket = current().ticket()
        ticket.wake()
        ticket.wake()
        return await ticket.wait(10)

    assert run(colour, wait())


@both_colours
def test_patience_ends(colour: str) -> None:
    async def wait() -> tuple[bool, bool]:
        ticket = current().ticket()
        first = await ticket.wait(0.01)
        wake_later(ticket)
        return first, await ticket.wait(10)

    assert run(colour, wait()) == (False, True)


def test_waking_after_the_loop_has_ended_does_nothing() -> None:
    async def make() -> Ticket:
        return current().ticket()

    run_in("selector", make()).wake()


def test_waiting_can_be_cancelled() -> None:
    async def cancel() -> None:
        ticket = current().ticket()
        task = asyncio.ensure_future(ticket.wait(10))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        ticket.wake()
        assert await ticket.wait(1)

    run_in("selector", cancel())


def test_stopped_worker_does_not_wait() -> None:
    scope = Scope()
    scope.stop()
    ticket = Blocking(scope).ticket()

    with pytest.raises(Abandoned):
        ticket.wait(10).send(None)
