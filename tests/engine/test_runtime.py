"""Which runtime a call has, and what happens to asynchronous code in a sync call."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from typing import Any

import pytest

from obstore._io.aio import AsyncioRuntime
from obstore._io.blocking import BLOCKING
from obstore._io.runtime import Runtime, current, resolve, run_blocking, thread_state
from tests.engine.loops import both_colours, every_loop, run, run_in


async def which() -> Runtime:
    return current()


def test_sync_call_has_the_blocking_runtime() -> None:
    assert run_blocking(which()) is BLOCKING


@every_loop
def test_loop_has_one_runtime(loop: str) -> None:
    async def both() -> tuple[Runtime, Runtime]:
        return await which(), await asyncio.ensure_future(which())

    first, second = run_in(loop, both())

    assert isinstance(first, AsyncioRuntime)
    assert first is second
    assert first.is_gone


def test_sync_call_inside_a_loop_has_the_blocking_runtime() -> None:
    async def nested() -> list[Runtime]:
        return [await which(), run_blocking(which()), await which()]

    outer, inner, after = run_in("selector", nested())

    assert (inner, after) == (BLOCKING, outer)


def test_without_either_there_is_no_runtime() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        current()


def test_result_and_failure_come_through() -> None:
    async def fail() -> None:
        raise KeyError("x")

    async def give() -> int:
        return 5

    assert run_blocking(give()) == 5
    with pytest.raises(KeyError):
        run_blocking(fail())
    assert thread_state.runtime is None


async def sleep_a_bit() -> None:
    await asyncio.sleep(0.01)


async def yield_once() -> None:
    await asyncio.sleep(0)


async def wait_for_a_future() -> None:
    await asyncio.get_running_loop().create_future()


ASYNCHRONOUS = [sleep_a_bit, yield_once, wait_for_a_future]


@pytest.mark.parametrize("code", ASYNCHRONOUS)
def test_asynchronous_code_in_a_sync_call_is_a_type_error(code: Any) -> None:
    async def call() -> None:
        await code()

    with pytest.raises(TypeError, match=r"sync call reached asynchronous code.*'_async' form"):
        run_blocking(call())


@pytest.mark.parametrize("code", ASYNCHRONOUS)
def test_asynchronous_callback_in_a_sync_call_is_a_type_error(code: Any) -> None:
    with pytest.raises(TypeError, match="sync call reached asynchronous code"):
        run_blocking(resolve(code()))


@pytest.mark.parametrize("code", ASYNCHRONOUS)
def test_the_same_inside_a_running_loop(code: Any) -> None:
    async def call() -> None:
        run_blocking(code())

    with pytest.raises(TypeError, match="sync call reached asynchronous code"):
        run_in("selector", call())


def test_nothing_is_left_behind_by_it() -> None:
    async def call() -> None:
        await sleep_a_bit()

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(TypeError):
            run_blocking(call())
        gc.collect()

    assert caught == []
    assert thread_state.runtime is None


def test_its_cleanup_can_still_wait() -> None:
    """An upload that meets asynchronous code is aborted, which takes a request."""
    done: list[Runtime] = []

    async def call() -> None:
        try:
            await asyncio.sleep(0)
        except BaseException:
            await current().sleep(0)
            done.append(current())
            raise

    with pytest.raises(TypeError):
        run_blocking(call())
    assert done == [BLOCKING]


def test_other_runtime_errors_are_left_alone() -> None:
    async def call() -> None:
        raise RuntimeError("of its own")

    with pytest.raises(RuntimeError, match="of its own"):
        run_blocking(call())


@both_colours
def test_plain_callback_is_good_in_both_colours(colour: str) -> None:
    assert run(colour, resolve(5)) == 5


@both_colours
def test_callback_that_never_waits_is_good_in_both_colours(colour: str) -> None:
    async def give() -> int:
        return 5

    async def call() -> int:
        value: int = await resolve(give())
        return value

    assert run(colour, call()) == 5


@both_colours
def test_blocking_function_is_called(colour: str) -> None:
    async def call() -> tuple[int, int]:
        return threading.get_ident(), await current().call(threading.get_ident)

    caller, called = run(colour, call())

    assert (caller == called) == (colour == "sync")


@both_colours
def test_failure_of_a_blocking_function_comes_through(colour: str) -> None:
    def fail() -> None:
        raise KeyError("x")

    async def call() -> None:
        await current().call(fail)

    with pytest.raises(KeyError):
        run(colour, call())


def test_context_of_the_caller_is_seen_in_the_thread() -> None:
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    async def call() -> str:
        variable.set("mine")
        return str(await current().call(variable.get))

    assert run_in("selector", call()) == "mine"


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_result_that_nobody_waits_for_is_discarded(delay: float) -> None:
    """A connection that was just being opened by a cancelled call."""
    begun, release, discarded = threading.Event(), threading.Event(), list[str]()

    def open_it() -> str:
        begun.set()
        release.wait(5)
        return "it"

    async def cancel() -> None:
        task = asyncio.ensure_future(current().call(open_it, discard=discarded.append))
        while not begun.is_set():  # One that no thread has begun is not discarded, but never done.
            await asyncio.sleep(0.001)
        if not delay:
            release.set()
            while not discarded and not task.done():
                await asyncio.sleep(0)
                task.cancel()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        release.set()
        for _ in range(500):
            if discarded:
                break
            await asyncio.sleep(0.01)

    run_in("selector", cancel())

    assert discarded == ["it"]
