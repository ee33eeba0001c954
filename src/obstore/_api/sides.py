"""The two sides of an operation on trees: a prefix of a store, or a local directory."""

from __future__ import annotations

import os
from typing import cast

from obstore._api.plain_stores import LocalStore, MemoryStore
from obstore._api.target import backend_of, prefix_of
from obstore._api.transfers import LocalPath
from obstore._bulk.places import Tree
from obstore._core.errors import NotFoundError, store_error
from obstore._transfer.backend import Backend


def side_of(place: Backend | LocalPath, prefix: str | None, *, make: bool | None = None) -> Tree:
    """Return a store, or a local directory, as one side of an operation."""
    if isinstance(place, os.PathLike) or (isinstance(place, str) and "://" not in place):
        return local_tree(place, prefix, make=make)
    return tree_of(cast("Backend", place), prefix)


def tree_of(store: Backend, prefix: str | None) -> Tree:
    """Return a prefix of a store as one side of an operation."""
    backend = backend_of(store)
    return Tree(backend, prefix_of(backend, prefix))


def local_tree(local: LocalPath, prefix: str | None = None, *, make: bool | None = None) -> Tree:
    """Return a local directory as one side of an operation. What is to be made, and is not, counts as empty.

    Raises:
        NotFoundError: It is not there, or it is a file.
    """
    if os.path.isdir(local) or make:
        return tree_of(LocalStore(local, mkdir=make is True, automatic_cleanup=make is not None), prefix)
    if os.path.lexists(local) or make is None:
        cause = "it is not a directory" if os.path.lexists(local) else "there is no such directory"
        raise store_error(NotFoundError, "LocalFileSystem", os.fspath(local), cause)
    return tree_of(MemoryStore(), prefix)
