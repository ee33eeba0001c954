"""Copying, renaming and deleting."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, overload

from obstore._api.target import IN_URL, objects_of, pair_of
from obstore._io.runtime import run_blocking
from obstore._transfer.across import copy_across
from obstore._transfer.backend import Backend


@overload
def copy(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> None: ...
@overload
def copy(store: str, from_: str, *, overwrite: bool = True) -> None: ...
def copy(store: Backend | str, from_: str, to: str = IN_URL, *, overwrite: bool = True) -> None:
    """Copy an object within a store, at the store's side where it can.

    The target appears whole or not at all. Given two URLs, the copy may be in another store: where no service
    copies from one to the other, the bytes pass through this process.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a", b"hello")
    >>> copy(store, "a", "b")
    >>> store.get("b").bytes()
    Bytes(b"hello")

    Args:
        store: Where; or the URL of the object, followed by that of its copy.
        from_: Which object.
        to: The copy's path.
        overwrite: Whether an object that is there already may be replaced.

    Raises:
        FileNotFoundError: There is no such object.
        AlreadyExistsError: There is one at `to`, and `overwrite` is false.
        NotSupportedError: The store cannot copy without overwriting.
    """
    return run_blocking(_copy(*pair_of(store, from_, to), _checked(overwrite)))


@overload
def copy_async(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]: ...
@overload
def copy_async(store: str, from_: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]: ...
def copy_async(
    store: Backend | str, from_: str, to: str = IN_URL, *, overwrite: bool = True
) -> Coroutine[Any, Any, None]:
    """Copy an object within a store. As `copy`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(copy_async(store, "k", "l"))
    >>> [meta["path"] for meta in store.list().collect()]
    ['k', 'l']
    """
    return _copy(*pair_of(store, from_, to), _checked(overwrite))


def _copy(source: Backend, from_: str, target: Backend, to: str, overwrite: bool) -> Coroutine[Any, Any, None]:
    if source is target:
        return source.copy_object(from_, to, overwrite=overwrite)
    return copy_across(source, from_, target, to, overwrite=overwrite)


@overload
def rename(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> None: ...
@overload
def rename(store: str, from_: str, *, overwrite: bool = True) -> None: ...
def rename(store: Backend | str, from_: str, to: str = IN_URL, *, overwrite: bool = True) -> None:
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
    return run_blocking(_rename(*pair_of(store, from_, to), _checked(overwrite)))


@overload
def rename_async(store: Backend, from_: str, to: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]: ...
@overload
def rename_async(store: str, from_: str, *, overwrite: bool = True) -> Coroutine[Any, Any, None]: ...
def rename_async(
    store: Backend | str, from_: str, to: str = IN_URL, *, overwrite: bool = True
) -> Coroutine[Any, Any, None]:
    """Move an object within a store. As `rename`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(rename_async(store, "k", "l"))
    >>> [meta["path"] for meta in store.list().collect()]
    ['l']
    """
    return _rename(*pair_of(store, from_, to), _checked(overwrite))


async def _rename(source: Backend, from_: str, target: Backend, to: str, overwrite: bool) -> None:
    if source is target:
        await source.rename_object(from_, to, overwrite=overwrite)
    else:
        await copy_across(source, from_, target, to, overwrite=overwrite)
        await source.delete_objects([from_])


def delete(store: Backend | str, paths: str | Sequence[str] = IN_URL) -> None:
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


def delete_async(store: Backend | str, paths: str | Sequence[str] = IN_URL) -> Coroutine[Any, Any, None]:
    """Delete objects. As `delete`, to be awaited.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> asyncio.run(delete_async(store, "k"))
    >>> store.list().collect()
    []
    """
    return _delete(*objects_of(store, paths))


async def _delete(store: Backend, paths: Sequence[str]) -> None:
    if paths:
        await store.delete_objects(paths)


def _checked(overwrite: bool) -> bool:
    if not isinstance(overwrite, bool):
        raise TypeError(f"overwrite must be True or False, not {overwrite!r}")
    return overwrite
