"""What a finalizer has to have done, and cannot wait for: a thread does it.

A finalizer runs wherever the collector finds its object: in the middle of anything, with any
lock held, in a loop's thread or in none. It can neither block nor start a thread soundly.
What it can do is put something into a `SimpleQueue`, whose `put` may interrupt itself. So
the thread is there before: whoever may need it later asks for it with `errands()`.

In a forked child the errands are the parent's, and the child's are new: what was begun by
the parent is not ended by the child.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Coroutine
from queue import SimpleQueue
from typing import Any

from obstore._core.log import logger
from obstore._io.runtime import run_blocking
from obstore._io.shutdown import in_forked_child

Errand = tuple[Callable[[], Coroutine[Any, Any, None]], str]

PATIENCE_AT_EXIT = 10.0
"""Seconds that the end of the process waits for errands: a service that does not answer must not keep it."""


class Errands:
    """A thread that runs coroutines one after another, blocking for each. Their failures are logged."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[Errand | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="obstore-errands", daemon=True)
        self._thread.start()
        atexit.register(self._finish)

    def __repr__(self) -> str:
        return f"<Errands waiting={self._queue.qsize()}>"

    def leave(self, job: Callable[[], Coroutine[Any, Any, None]], purpose: str) -> None:
        """Have `job` done soon. For finalizers: this neither waits nor takes a lock."""
        self._queue.put((job, purpose))

    def _run(self) -> None:
        while (errand := self._queue.get()) is not None:
            _do(*errand)
            del errand  # Or what it holds would live until there is another one.

    def _finish(self) -> None:
        if self._thread.is_alive():  # It is not in a forked child.
            self._queue.put(None)
            self._thread.join(PATIENCE_AT_EXIT)


def _do(job: Callable[[], Coroutine[Any, Any, None]], purpose: str) -> None:
    try:
        run_blocking(job())
    except Exception as error:
        logger("errands").warning("could not %s: %s", purpose, error)


_errands: Errands | None = None
_lock = threading.Lock()


def errands() -> Errands:
    """Return the process's errands, with their thread at work."""
    global _errands
    with _lock:
        if _errands is None:
            _errands = Errands()
        return _errands


@in_forked_child
def _forget() -> None:
    global _errands, _lock
    _errands, _lock = None, threading.Lock()
