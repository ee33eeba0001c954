"""What a store without HTTP tells of itself: its primitives, as they are called, and their numbers."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from obstore._core.counts import Counts
from obstore._core.events import RequestEvent, ResponseEvent
from obstore._core.hooks import Hooks
from obstore._transfer.backend import MultipartUpload

if TYPE_CHECKING:
    from obstore._core.metrics import Metrics
    from obstore._core.types import Buffer, PutResult

T = TypeVar("T")


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

    async def primitive(self, name: str, call: Callable[[], Coroutine[Any, Any, Any]], args: tuple[Any, ...]) -> Any:
        """Call a primitive, and tell of it."""
        path = _subject_of(args)
        result = await self.report(name, path, _size_of(args), call)
        return _ReportedUpload(result, self, path) if isinstance(result, MultipartUpload) else result

    async def report(self, name: str, path: str, sent: int, call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do something, and tell of it before and after."""
        self._counts.sent += sent
        self.hooks.tell("request", RequestEvent(name, None, path, 1, sent))
        started = time.monotonic()
        try:
            result = await call()
        except BaseException as error:
            self._end(name, path, sent, started, type(error).__name__, error, 0)
            raise
        self._end(name, path, sent, started, "ok", None, _extent_of(result))
        return result

    def _end(
        self,
        name: str,
        path: str,
        sent: int,
        started: float,
        outcome: str,
        error: BaseException | None,
        received: int,
    ) -> None:
        elapsed = time.monotonic() - started
        self._counts.received += received
        self._counts.replies[name, outcome] += 1
        self.hooks.tell(
            "response", ResponseEvent(name, None, path, 1, None, sent, received, elapsed, error, None, None)
        )


class _ReportedUpload(MultipartUpload):
    """An upload in parts that tells of each. What it may do is what the one inside may do."""

    def __init__(self, inner: MultipartUpload, reports: Reports, path: str) -> None:
        self._inner = inner
        self._reports = reports
        self._path = path
        self.part_limits = inner.part_limits

    async def put_part(self, index: int, data: Buffer) -> None:
        self._inner.part_size = self.part_size
        await self._reports.report("put_part", self._path, len(data), lambda: self._inner.put_part(index, data))

    async def complete(self) -> PutResult:
        return await self._reports.report("complete_upload", self._path, 0, self._inner.complete)

    async def abort(self) -> None:
        await self._reports.report("abort_upload", self._path, 0, self._inner.abort)


def _subject_of(args: tuple[Any, ...]) -> str:
    """Return the path that a primitive is about: its first argument, the only one of several, or what is listed."""
    first = args[0]
    if isinstance(first, str):
        return first
    if isinstance(first, list | tuple) and len(first) == 1 and isinstance(first[0], str):
        return first[0]
    return getattr(first, "prefix", "") or ""


def _size_of(args: tuple[Any, ...]) -> int:
    data = args[1] if len(args) > 1 else None
    return memoryview(data).nbytes if isinstance(data, bytes | bytearray | memoryview) else 0


def _extent_of(result: Any) -> int:
    """Return how many bytes of an object a primitive returned."""
    extent = getattr(result, "range", None)
    return extent[1] - extent[0] if isinstance(extent, tuple) else 0
