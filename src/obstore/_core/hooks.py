"""Callbacks of the user's that are told what a store does.

They are called where it happens: in the thread of the caller, or of a worker of its, and
under asyncio in the loop, so they must be quick and must not wait. What one of them raises
is logged (`obstore.hooks`) and changes nothing: to observe must not be to interfere. Only
what is no `Exception`, such as Ctrl-C, passes.

Callbacks belong to one store object. Its pickles and copies have none: a callback is as
a rule a closure over things of this process.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from obstore._core.log import logger

E = TypeVar("E")
Kind: TypeAlias = Literal["request", "response", "retry"]

_CO_COROUTINE = 0x80


class Registration(Generic[E]):
    """A callback that is being told. `remove` ends that, as does leaving it as a context.

    Called, it calls the callback: a decorated function remains one.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> registration = store.on_request(print)
    >>> registration
    <Registration on request print>
    >>> registration.remove()
    """

    def __init__(self, hooks: Hooks, kind: Kind, callback: Callable[[E], object]) -> None:
        self._hooks = hooks
        self.kind = kind
        self.callback = callback

    def __repr__(self) -> str:
        state = "on" if self in getattr(self._hooks, self.kind) else "removed from"
        return f"<Registration {state} {self.kind} {getattr(self.callback, '__qualname__', self.callback)}>"

    def __call__(self, event: E) -> object:
        return self.callback(event)

    def __enter__(self) -> Registration[E]:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()

    def remove(self) -> None:
        """Tell the callback nothing any more. Doing it twice does nothing.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> registration = store.on_request(print)
        >>> registration.remove()
        >>> registration
        <Registration removed from request print>
        """
        self._hooks.remove(self)


class Hooks:
    """The callbacks of one store. Each kind is a tuple, replaced whole: nobody locks it to read it.

    Those `above` are told too, after these. `is_on` is kept, not computed: every request looks at it.
    """

    __slots__ = ("__weakref__", "_above", "is_on", "request", "response", "retry")

    def __init__(self, above: Hooks | None = None) -> None:
        self.request: tuple[Registration[Any], ...] = ()
        self.response: tuple[Registration[Any], ...] = ()
        self.retry: tuple[Registration[Any], ...] = ()
        self._above = above
        self.is_on = self._has_any()
        _all.add(self)

    def __repr__(self) -> str:
        return f"<Hooks request={len(self.request)} response={len(self.response)} retry={len(self.retry)}>"

    def __reduce__(self) -> tuple[type[Hooks], tuple[()]]:
        return Hooks, ()

    def _has_any(self) -> bool:
        own = bool(self.request or self.response or self.retry)
        return own or (self._above is not None and self._above._has_any())

    def add(self, kind: Kind, callback: Callable[[E], object]) -> Registration[E]:
        """Register a callback for one kind of event.

        Raises:
            TypeError: It cannot be called, or is asynchronous: nobody would await it.
        """
        if not callable(callback):
            raise TypeError(f"the callback of on_{kind} must be callable, not {type(callback).__name__}")
        if _is_asynchronous(callback):
            raise TypeError(f"the callback of on_{kind} must be a plain function: an 'async def' one is never awaited")
        registration = Registration(self, kind, callback)
        setattr(self, kind, (*getattr(self, kind), registration))
        _switch()
        return registration

    def remove(self, registration: Registration[Any]) -> None:
        """Forget a callback."""
        rest = tuple(other for other in getattr(self, registration.kind) if other is not registration)
        setattr(self, registration.kind, rest)
        _switch()

    def tell(self, kind: Kind, event: object) -> None:
        """Call the callbacks of a kind."""
        for registration in getattr(self, kind):
            try:
                registration.callback(event)
            except Exception:
                logger("hooks").exception("a callback of on_%s raised, which changes nothing else", kind)
        if self._above is not None:
            self._above.tell(kind, event)


def _is_asynchronous(callback: Any) -> bool:
    # As `inspect` does it, which costs 11 ms to import.
    function = getattr(callback, "__func__", callback)
    code = getattr(function, "__code__", None) or getattr(getattr(callback, "__call__", None), "__code__", None)  # noqa: B004
    return code is not None and bool(code.co_flags & _CO_COROUTINE)


def _switch() -> None:
    for hooks in tuple(_all):
        hooks.is_on = hooks._has_any()


_all: weakref.WeakSet[Hooks] = weakref.WeakSet()

EVERYWHERE = Hooks()
"""Callbacks that are told what every HTTP client of the process does."""
