"""Making fsspec use our file systems for its protocols.

fsspec wants a class for each protocol. They are made on demand and kept, and found again
by their names, so that what is pickled in one process can be loaded in another that has
never called `register`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from fsspec.registry import register_implementation

from obstore._fsspec.filesystems import SUPPORTED_PROTOCOLS, FsspecStore

MODULE = "obstore.fsspec"

_CLASS_NAME = re.compile(r"FsspecStore_([a-z0-9+.-]+?)(_async)?")
_NOT_BY_DEFAULT = {"file", "memory"}


def register(protocol: str | Iterable[str] | None = None, *, asynchronous: bool = False) -> None:
    """Make `fsspec.open`, and all that is built on fsspec, reach a service with this package.

    From then on this process uses it in place of s3fs, gcsfs or adlfs, whose arguments it
    understands. File systems that are made already stay what they are.

    >>> import fsspec
    >>> register("gs")
    >>> type(fsspec.filesystem("gs", token="anon")).__name__
    'FsspecStore_gs'

    Args:
        protocol: One or several; by default all that there is a store for, but `file` and `memory`.
        asynchronous: Whether the file systems are for use by `await`.

    Raises:
        TypeError: It is not a `str`, nor a collection of them.
        ValueError: One is empty.
    """
    for name in _names(protocol):
        # To replace what is registered is what was asked for.
        register_implementation(name, class_for(name, asynchronous), clobber=True)


def _names(protocol: object) -> list[str]:
    if protocol is None:
        return sorted(SUPPORTED_PROTOCOLS - _NOT_BY_DEFAULT)
    several = isinstance(protocol, Iterable) and not isinstance(protocol, str)
    names: list[Any] = list(protocol) if several else [protocol]  # type: ignore[call-overload]
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"protocol must be a str, or a collection of them, not {type(name).__name__}")
        if not name:
            raise ValueError("protocol must not be empty")
    return names


@cache
def class_for(protocol: str, asynchronous: bool = False) -> type[FsspecStore]:
    """Return the class of a protocol, the same one each time."""
    names: dict[str, Any] = {
        "__module__": MODULE,
        "__doc__": FsspecStore.__doc__,
        "protocol": protocol,
        "asynchronous": asynchronous,
    }
    return type(f"FsspecStore_{protocol}{'_async' if asynchronous else ''}", (FsspecStore,), names)


def maybe_class(name: str) -> type[FsspecStore] | None:
    """Return the class of this name, or None if it is none of ours."""
    found = _CLASS_NAME.fullmatch(name)
    return class_for(found[1], found[2] is not None) if found else None
