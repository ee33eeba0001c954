"""Ways to run the engine: blocking, and in every kind of loop there is."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeVar

import pytest

from obstore._io.runtime import run_blocking

T = TypeVar("T")


class ProactorLike(asyncio.SelectorEventLoop):
    """A loop that watches no sockets for others, as the one that Windows has by default."""


def _refuse(*_: Any) -> NoReturn:
    raise NotImplementedError


for _name in ("add_reader", "remove_reader", "add_writer", "remove_writer"):
    setattr(ProactorLike, _name, _refuse)


def _new_uvloop() -> asyncio.AbstractEventLoop:
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


HAS_UVLOOP = importlib.util.find_spec("uvloop") is not None
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "selector": asyncio.SelectorEventLoop,
    "proactor": ProactorLike,
    "uvloop": _new_uvloop,
}
every_loop = pytest.mark.parametrize(
    "loop",
    [
        pytest.param(name, marks=pytest.mark.skipif(name == "uvloop" and not HAS_UVLOOP, reason="uvloop is missing"))
        for name in LOOPS
    ],
)
both_colours = pytest.mark.parametrize("colour", ["sync", "async"])


def run_in(loop: str, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a loop of that kind."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(coroutine)


def run(colour: str, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one of the engine's coroutines in that colour."""
    return run_blocking(coroutine) if colour == "sync" else run_in("selector", coroutine)
