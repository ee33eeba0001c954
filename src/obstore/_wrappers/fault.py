"""Another store, which fails when it is told to: for testing what your own code makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

from obstore._core.body import Body
from obstore._core.pattern import compile_pattern
from obstore._core.types import Buffer, ReadOptions
from obstore._io.lock import Lock
from obstore._io.runtime import current
from obstore._transfer.backend import PRIMITIVES, Backend, StoredObject
from obstore._wrappers.base import Call, Wrapper, read_pieces

T = TypeVar("T")

OPERATIONS = frozenset({*PRIMITIVES, "put_part", "complete", "abort", "read"})

ErrorMaker: TypeAlias = "Exception | type[Exception] | Callable[[], Exception] | None"


class Fault(NamedTuple):
    """What goes wrong, and when.

    >>> Fault(TimeoutError, on="put_object", path="logs/**", nth=2)
    Fault(TimeoutError, on='put_object', path='logs/**', nth=2)

    Attributes:
        error: An exception, its class, or a function that makes one. None: nothing is raised.
        on: In which operations: names of primitives, or `put_part`, `complete`, `abort`, `read`; `"*"` for all.
        path: For which paths: a pattern, as that of `glob`.
        nth: Which of the operations that match is the first to fail, from 1 on.
        times: How many fail from then on; None for all.
        delay: Seconds that the operation takes longer.
        truncate: How many bytes of a body arrive before it ends: with the error, or as if that were all.
        after: Whether the operation is carried out, and only its reply lost.
    """

    error: ErrorMaker = None
    on: str | Sequence[str] = "*"
    path: str = "**"
    nth: int = 1
    times: int | None = None
    delay: float = 0.0
    truncate: int | None = None
    after: bool = False

    def __repr__(self) -> str:
        error = getattr(self.error, "__name__", repr(self.error))
        defaults = Fault()
        given = [f"{name}={getattr(self, name)!r}" for name in self._fields[1:] if self._differs(name, defaults)]
        return f"Fault({', '.join([error, *given])})"

    def _differs(self, name: str, defaults: Fault) -> bool:
        return bool(getattr(self, name) != getattr(defaults, name))

    def make(self) -> Exception | None:
        """Return the exception to raise.

        >>> Fault(lambda: TimeoutError("too late")).make()
        TimeoutError('too late')
        """
        return self.error() if callable(self.error) else self.error


class _Armed:
    """A fault, and how often it has been met."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        on = {fault.on} if isinstance(fault.on, str) else set(fault.on)
        if unknown := on - OPERATIONS - {"*"}:
            raise ValueError(f"on: there is no operation {sorted(unknown)}, only {', '.join(sorted(OPERATIONS))}")
        self._on = OPERATIONS if "*" in on else on
        self._matches = compile_pattern(fault.path)
        self._met = 0

    def strikes(self, operation: str, path: str) -> bool:
        """Count an operation, and tell whether it fails."""
        if operation not in self._on or not (self.fault.path == "**" or self._matches(path)):
            return False
        self._met += 1
        late = self._met - self.fault.nth
        return late >= 0 and (self.fault.times is None or late < self.fault.times)


class FaultBackend(Wrapper):
    """Fails as its faults say. What has failed is in `struck`, oldest first."""

    def __init__(self, store: Backend, *faults: Fault, **options: Any) -> None:
        super().__init__(store)
        self.faults = faults + tuple(options.pop("faults", ()))
        if options:
            raise TypeError(f"FaultStore has no argument {', '.join(options)}")
        if not all(isinstance(fault, Fault) for fault in self.faults):
            raise TypeError(f"faults must be of obstore.store.Fault, not {self.faults!r}")
        self.struck: list[tuple[str, str]] = []
        self._armed = [_Armed(fault) for fault in self.faults]
        self._lock = Lock()

    def _options(self) -> dict[str, Any]:
        return {"faults": self.faults}

    def unwrap(self, path: str = "") -> tuple[Backend, str]:
        return self, path  # Who copies from here is to meet the faults.

    def can_copy_from(self, other: Backend) -> bool:
        return Backend.can_copy_from(self, other)

    def _strike(self, operation: str, path: str, *, truncating: bool = False) -> Fault | None:
        with self._lock:
            for armed in self._armed:
                if (armed.fault.truncate is not None) == truncating and armed.strikes(operation, path):
                    self.struck.append((operation, path))
                    return armed.fault
        return None

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        fault = self._strike(call.operation, call.path)
        if fault is None:
            return await do()
        if fault.delay:
            await current().sleep(fault.delay)
        error = fault.make()
        if error is not None and not fault.after:
            raise error
        result = await do()
        if error is not None:
            raise error
        return result

    def _wrap_object(self, stored: StoredObject, path: str, options: ReadOptions) -> StoredObject:
        fault = self._strike("get_object", path, truncating=True)
        if fault is not None and fault.truncate is not None:
            stored.body = _TruncatedBody(stored.body, fault.truncate, fault.make())
        return super()._wrap_object(stored, path, options)


class _TruncatedBody(Body):
    """The beginning of a body."""

    __slots__ = ("_body", "_error", "_left")

    def __init__(self, body: Body, size: int, error: Exception | None) -> None:
        self._body = body
        self._left = size
        self._error = error

    async def read(self) -> Buffer:
        return await read_pieces(self)

    async def read_chunk(self, max_bytes: int) -> Buffer:
        if self._left:
            data = await self._body.read_chunk(min(max_bytes, self._left) if max_bytes else self._left)
            cut = memoryview(data)[: self._left]
            self._left -= len(cut)
            return cut
        if self._error is not None:
            raise self._error
        return b""

    def close(self) -> None:
        self._body.close()
