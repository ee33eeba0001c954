"""Errors of file objects: an `OSError` each, because that is what users of files catch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from obstore._core.errors import BaseError


@contextmanager
def os_errors() -> Iterator[None]:
    """Raise this library's errors as what they are and as an `OSError` at once."""
    try:
        yield
    except BaseError as error:
        if isinstance(error, OSError):
            raise
        raise _as_os_error(type(error), error.args, error.__dict__) from error


def _as_os_error(kind: type[BaseError], args: tuple[Any, ...], details: dict[str, Any]) -> BaseError:
    error = _os_error_kind(kind)(*args)
    error.__dict__.update(details)
    return error


_kinds: dict[str, type[BaseError]] = {}


def _os_error_kind(kind: type[BaseError]) -> type[BaseError]:
    """Return the class of the same name that is an `OSError` too, made when it is first needed."""
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name not in _kinds:
        _kinds[name] = _make_kind(kind)
    return _kinds[name]


def _make_kind(kind: type[BaseError]) -> type[BaseError]:

    def reduce(self: BaseError) -> tuple[Any, ...]:
        return _as_os_error, (kind, self.args, self.__dict__)

    names = {"__module__": kind.__module__, "__doc__": kind.__doc__, "__reduce__": reduce}
    return type(kind.__name__, (kind, OSError), names)
