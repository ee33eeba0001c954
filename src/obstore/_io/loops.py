"""Which runtime belongs to which event loop: one each, made when the loop is first met."""

from __future__ import annotations

import asyncio
import threading
import weakref
from asyncio import get_running_loop
from typing import Any

from obstore._io.aio import AsyncioRuntime

_runtimes: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncioRuntime] = weakref.WeakKeyDictionary()


class _LastUsed(threading.local):
    loop_and_runtime: tuple[Any, Any] = (lambda: None, None)
    """What returns the loop, and its runtime. One attribute: finding it is what takes time."""


def running_loop_runtime() -> AsyncioRuntime:
    """Return the runtime of the running loop.

    Raises:
        RuntimeError: No loop is running.
    """
    loop = get_running_loop()
    last_loop, last_runtime = _last.loop_and_runtime
    if last_loop() is loop:
        return last_runtime  # type: ignore[no-any-return]
    runtime = _runtimes.get(loop)
    if runtime is None:
        runtime = _make_runtime(loop)
    _last.loop_and_runtime = weakref.ref(loop), runtime
    return runtime


_last = _LastUsed()


def _make_runtime(loop: asyncio.AbstractEventLoop) -> AsyncioRuntime:
    for other, runtime in tuple(_runtimes.items()):
        if other.is_closed():
            runtime.close()
            del _runtimes[other]
    runtime = _runtimes[loop] = AsyncioRuntime(loop)
    weakref.finalize(loop, runtime.close)
    return runtime


def forget_loops() -> None:
    """Forget, in a forked child, the loops that stayed with the parent."""
    for runtime in tuple(_runtimes.values()):
        runtime.forget()
    _runtimes.clear()
    _last.loop_and_runtime = _LastUsed.loop_and_runtime
