"""What has to be done when the process has been forked, and when an event loop is gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

_in_child: list[Callable[[], None]] = []
_after_loops: list[Callable[[], None]] = []


def in_forked_child(function: Callable[[], None]) -> Callable[[], None]:
    """Have `function` called in every forked child, before anything else of ours runs there."""
    _in_child.append(function)
    return function


def after_loops(function: Callable[[], None]) -> Callable[[], None]:
    """Have `function` called when a loop is gone: `Runtime.is_gone` says which one."""
    _after_loops.append(function)
    return function


def loop_is_gone() -> None:
    """Call what is registered with `after_loops`. The collector may do so, in any thread."""
    for function in _after_loops:
        function()


def _after_fork() -> None:
    from obstore._io.blocking import forget_threads
    from obstore._io.runtime import thread_state

    thread_state.runtime = None
    forget_threads()
    loops = sys.modules.get("obstore._io.loops")
    if loops is not None:
        loops.forget_loops()
    for function in _in_child:
        function()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
