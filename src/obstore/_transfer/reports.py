"""What a store without HTTP tells of itself: its primitives, as they are called, and their numbers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from obstore._core.counts import Counts
from obstore._core.events import RequestEvent, ResponseEvent
from obstore._core.hooks import Hooks

if TYPE_CHECKING:
    from obstore._core.metrics import Metrics
    from obstore._transfer.backend import Backend


class Reports:
    """The callbacks and the numbers of one store without HTTP. They stay behind when it is pickled."""

    def __init__(self) -> None:
        self.hooks = Hooks()
        self._counts = Counts()

    def __reduce__(self) -> tuple[type[Reports], tuple[()]]:
        return Reports, ()

    def metrics(self) -> Metrics:
        """Return what the store has done since it was first asked."""
        return self._counts.metrics()

    async def report(self, name: str, primitive: Callable[..., Any], store: Backend, *args: Any, **kwargs: Any) -> Any:
        """Call a primitive, and tell of it."""
        path, sent = _subject_of(args), _size_of(args)
        self._counts.sent += sent
        self.hooks.tell("request", RequestEvent(name, None, path, 1, sent))
        started, error, result = time.monotonic(), None, None
        try:
            result = await primitive(store, *args, **kwargs)
        except BaseException as failure:
            error = failure
            raise
        finally:
            elapsed, received = time.monotonic() - started, _extent_of(result)
            self._counts.received += received
            self._counts.replies[name, "ok" if error is None else type(error).__name__] += 1
            event = ResponseEvent(name, None, path, 1, None, sent, received, elapsed, error, None, None)
            self.hooks.tell("response", event)
        return result


def _subject_of(args: tuple[Any, ...]) -> str:
    """Return the path that a primitive is about: its first argument, or the prefix of a listing."""
    first = args[0]
    if isinstance(first, str):
        return first
    return getattr(first, "prefix", "") or ""


def _size_of(args: tuple[Any, ...]) -> int:
    return memoryview(args[1]).nbytes if len(args) > 1 and _is_buffer(args[1]) else 0


def _is_buffer(value: object) -> bool:
    return isinstance(value, bytes | bytearray | memoryview)


def _extent_of(result: Any) -> int:
    """Return how many bytes of an object a primitive returned."""
    extent = getattr(result, "range", None)
    return extent[1] - extent[0] if extent is not None else 0
