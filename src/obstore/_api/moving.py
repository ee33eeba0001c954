"""Copying, renaming and deleting."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from obstore._api.target import backend_of, path_list
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend


def copy(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> None:
    """Copy an object within a store, at the store's side where it can.

    The target appears whole or not at all.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a", b"hello")
    >>> copy(store, "a", "b")
    >>> store.get("b").bytes()
    Bytes(b"hello")

    Args:
        store: Where.
        from_: Which object.
        to: The copy's path.
        overwrite: Whether an object that is there already may be replaced.

    Raises:
        FileNotFoundError: There is no such object.
        AlreadyExistsError: There is one at `to`, and `overwrite` is false.
        NotSupportedError: The store cannot copy without overwriting.
    """
    return run_blocking(copy_async(store, from_, to, overwrite=overwrite))


def copy_async(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]:
    """Copy an object within a store. As `copy`, to be awaited."""
    backend = backend_of(store)
    _check_switch(overwrite)
    return backend.copy_object(backend.parse_path(from_), backend.parse_path(to), overwrite=overwrite)


def rename(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> None:
    """Move an object within a store.

    Atomic on a local file system and in memory. On a cloud it is a copy, then a deletion:
    for a moment both are there, and after a failure both may be.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a", b"hello")
    >>> rename(store, "a", "b")
    >>> [meta["path"] for meta in store.list().collect()]
    ['b']

    Raises:
        FileNotFoundError: There is no such object.
        AlreadyExistsError: There is one at `to`, and `overwrite` is false.
    """
    return run_blocking(rename_async(store, from_, to, overwrite=overwrite))


def rename_async(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]:
    """Move an object within a store. As `rename`, to be awaited."""
    backend = backend_of(store)
    _check_switch(overwrite)
    return backend.rename_object(backend.parse_path(from_), backend.parse_path(to), overwrite=overwrite)


def delete(store: Backend, paths: str | Sequence[str]) -> None:
    """Delete objects, in as few requests as the store allows.

    All are tried; the first failure is raised afterwards. Whether an object that is not
    there counts as one is up to the store: not on S3 and in memory, but on all others.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a", b"hello")
    >>> delete(store, ["a", "b"])

    Raises:
        FileNotFoundError: One was not there, and the store can tell.
    """
    return run_blocking(delete_async(store, paths))


def delete_async(store: Backend, paths: str | Sequence[str]) -> Coroutine[Any, Any, None]:
    """Delete objects. As `delete`, to be awaited."""
    backend = backend_of(store)
    return _delete(backend, [backend.parse_path(path) for path in path_list(paths)])


async def _delete(store: Backend, paths: Sequence[str]) -> None:
    if paths:
        await store.delete_objects(paths)


def _check_switch(overwrite: object) -> None:
    if not isinstance(overwrite, bool):
        raise TypeError(f"overwrite must be True or False, not {overwrite!r}")
