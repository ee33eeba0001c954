"""Places: a prefix of a store as one side of an operation, and how bytes get from one to another."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from obstore._core.errors import InvalidPathError
from obstore._core.key import as_key
from obstore._core.path import encode_path, is_below, join_path
from obstore._local import LocalBackend
from obstore._transfer.backend import Backend


class Tree(NamedTuple):
    """What lies below a prefix of a store."""

    store: Backend
    prefix: str = ""

    def __str__(self) -> str:
        return f"{self.prefix!r} in {self.store!r}"

    @property
    def local(self) -> LocalBackend | None:
        """The store, where its objects are files."""
        return self.store if isinstance(self.store, LocalBackend) else None

    def full(self, path: str) -> str:
        """Return the store's path of what lies at `path` below the prefix."""
        return as_key(join_path(self.prefix, path))

    def checked(self, path: str) -> str:
        """Return the store's path of what is to be stored at `path` below the prefix.

        Raises:
            InvalidPathError: The store would store it elsewhere.
        """
        full = self.full(path)
        if self.store.parse_path(full) != full:
            raise InvalidPathError(f"{path!r} begins or ends with a slash, which no path does", path=path)
        return full

    def file_of(self, path: str) -> str:
        """Return the file that is the object. Only for local trees."""
        assert isinstance(self.store, LocalBackend)
        return self.store.locate(self.full(path))

    def is_there(self) -> bool:
        """Tell whether it is known to exist though there is nothing in it: only directories do."""
        return self.local is not None and os.path.isdir(self.local.locate_directory(self.prefix))

    @property
    def place(self) -> str:
        """Where it is, whatever it is seen through."""
        return join_path(self.store.identity, encode_path(self.prefix))

    def holds(self, other: Tree) -> bool:
        """Tell whether the other lies within this place."""
        return is_below(self.place, other.place)

    def can_copy_from(self, other: Tree) -> bool:
        """Tell whether the service can copy from there, without the bytes passing through here."""
        if not self.store.can_copy_from(other.store):
            return False
        kind = type(self.store.unwrap()[0])
        # What a store has not of its own would hold a whole object in memory.
        return any(_written(getattr(kind, name)) is not getattr(Backend, name) for name in ("copy_object", "copy_from"))


def _written(method: Any) -> Any:
    """Return a primitive as it was written: a store that reports has it wrapped."""
    return getattr(method, "__wrapped__", method)
