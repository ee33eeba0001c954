"""Stores without a service behind them: `BaseStore`, `LocalStore`, `MemoryStore` and `PrefixStore`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._api.methods import ObjectStoreMethods
from obstore._local import LocalBackend, path_from_url
from obstore._memory import MemoryBackend
from obstore._transfer.backend import Backend
from obstore._wrappers.prefix import PrefixBackend

if TYPE_CHECKING:
    from typing import Self


class BaseStore(ObjectStoreMethods, Backend):
    """A store of your own: subclass it and write its primitives.

    Four are needed: `get_object`, `put_object`, `delete_objects` and `list_objects`. They
    may be `def` or `async def`; see the guide "Writing a store". Every function, wrapper
    and file object accepts the result.

    >>> from datetime import UTC, datetime
    >>> from obstore import ObjectMeta
    >>> from obstore.exceptions import PermissionDeniedError
    >>> from obstore.store import ListPage, StoredObject, select
    >>> class Echo(BaseStore):  # every object is its own path
    ...     def get_object(self, path, options):
    ...         now = datetime.now(UTC)
    ...         meta = ObjectMeta(path=path, size=len(path), last_modified=now, e_tag=None, version=None)
    ...         start, stop = select(options, meta)
    ...         return StoredObject(meta, path[start:stop].encode(), range=(start, stop))
    ...     def put_object(self, path, data, options):
    ...         raise PermissionDeniedError("nothing can be written here", path=path)
    ...     def delete_objects(self, paths):
    ...         raise PermissionDeniedError("nothing can be deleted here")
    ...     def list_objects(self, options):
    ...         return ListPage([])
    >>> Echo().get("a/b").bytes(), Echo().get_range("hello", start=1, end=3)
    (Bytes(b"a/b"), Bytes(b"el"))
    """

    __module__ = "obstore.store"


class LocalStore(ObjectStoreMethods, LocalBackend):
    """A directory of the local file system.

    >>> import tempfile
    >>> store = LocalStore(tempfile.mkdtemp())
    >>> _ = store.put("a/b.txt", b"hello")
    >>> store.get("a/b.txt").bytes()
    Bytes(b"hello")

    Args:
        prefix: The directory. Without one, paths are absolute.
        automatic_cleanup: Whether a deletion also removes the directories that it leaves empty.
        mkdir: Whether to make the directory if it is not there.
        fsync: Whether `put` returns only when the bytes are on the disk.

    Raises:
        GenericError: The directory is not there.
    """

    __module__ = "obstore.store"

    @classmethod
    def from_url(cls, url: str, *, automatic_cleanup: bool = False, mkdir: bool = False, fsync: bool = False) -> Self:
        """Make a store from a `file://` URL.

        >>> import pathlib, tempfile
        >>> directory = pathlib.Path(tempfile.mkdtemp())
        >>> LocalStore.from_url(directory.as_uri()).prefix == directory
        True
        """
        return cls(path_from_url(url), automatic_cleanup=automatic_cleanup, mkdir=mkdir, fsync=fsync)


class MemoryStore(ObjectStoreMethods, MemoryBackend):
    """Objects in this process's memory, gone when the store is.

    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k").bytes()
    Bytes(b"hello")
    """

    __module__ = "obstore.store"


class PrefixStore(ObjectStoreMethods, PrefixBackend):
    """Another store, seen from one of its directories.

    >>> store = MemoryStore()
    >>> inner = PrefixStore(store, "a")
    >>> _ = inner.put("b", b"")
    >>> [meta["path"] for meta in store.list().collect()]
    ['a/b']

    Args:
        store: Any store.
        prefix: What is put before every path, and taken off every result.
    """

    __module__ = "obstore.store"
