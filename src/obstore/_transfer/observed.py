"""Who is told what a store does, and the numbers: what every store has, with HTTP or without.

A store behind HTTP has both in its client, and tells of requests. Of any other the
primitives are told. They are not looked at until somebody asks: then the class of the store
is given reporting ones, once, which cost the other stores of the class one look-up per call.
A class, not an object: so what is copied or pickled is the same as ever.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Protocol

    from obstore._core.hooks import Hooks
    from obstore._core.metrics import Metrics
    from obstore._transfer.backend import Backend
    from obstore._transfer.reports import Reports

    class Observed(Protocol):
        """What tells of itself: the client of a store, or its `Reports`."""

        hooks: Hooks

        def metrics(self) -> Metrics: ...


NAME = "_obstore_reports"
"""Under which a store keeps its `Reports`. It is no part of its state."""


def reports_of(store: Backend, primitives: tuple[str, ...]) -> Reports:
    """Return the reports of a store, and have it make them from now on."""
    reports: Reports | None = store.__dict__.get(NAME)
    if reports is None:
        from obstore._transfer.reports import Reports

        reports = store.__dict__.setdefault(NAME, Reports())
        _have_reported(type(store), primitives)
    return reports


def _have_reported(cls: type[Backend], primitives: tuple[str, ...]) -> None:
    if cls not in _reporting:
        _reporting.add(cls)
        for name in primitives:
            setattr(cls, name, _reported(cls, name, getattr(cls, name)))


_reporting: set[type[Backend]] = set()


def _reported(cls: type[Backend], name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    async def primitive(self: Backend, *args: Any, **kwargs: Any) -> Any:
        reports = self.__dict__.get(NAME)
        # A class below this one that reports calls what it inherits: that is not to be told twice.
        if reports is None or type(self) is not cls:
            return await method(self, *args, **kwargs)
        return await reports.primitive(name, functools.partial(method, self, *args, **kwargs), args)

    return primitive
