"""Objects in this process's memory.

One dictionary, whose entries are replaced whole and never changed: a reader needs no
lock, and what it has taken stays as it was. Writers hold a lock while they look and
replace, so that conditional writes are atomic between threads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

from obstore._core.body import BufferBody
from obstore._core.bytes import Bytes
from obstore._core.errors import (
    AlreadyExistsError,
    GenericError,
    NotFoundError,
    PreconditionError,
    store_error,
)
from obstore._core.path import is_below
from obstore._core.types import (
    OVERWRITE,
    READ_ALL,
    Buffer,
    ListOptions,
    ListPage,
    ObjectMeta,
    PutResult,
    ReadOptions,
    WriteOptions,
)
from obstore._io.lock import Lock
from obstore._transfer.backend import Backend, StoredObject, fold_page
from obstore._transfer.select import select


class _Entry(NamedTuple):
    """One object."""

    data: bytes | Bytes
    attributes: Mapping[str, str]
    e_tag: str
    modified: datetime


class _MemoryObject(StoredObject):
    """An entry on its way out. Its metadata are made when somebody asks."""

    __slots__ = ("_entry", "_path")

    def __init__(self, path: str, entry: _Entry, extent: tuple[int, int]) -> None:
        self._path = path
        self._entry = entry
        self.range = extent
        data, (start, stop) = entry.data, extent
        self.body = BufferBody(data if stop - start == len(data) else data[start:stop])

    @property
    def meta(self) -> ObjectMeta:  # type: ignore[override]
        """The object's metadata."""
        return _meta(self._path, self._entry)

    @property
    def attributes(self) -> dict[str, str]:  # type: ignore[override]
        """The object's attributes."""
        return dict(self._entry.attributes)


def _meta(path: str, entry: _Entry) -> ObjectMeta:
    return {
        "path": path,
        "last_modified": entry.modified,
        "size": len(entry.data),
        "e_tag": entry.e_tag,
        "version": None,
    }


class MemoryBackend(Backend):
    """Objects in memory. ETags count the writes of this store, as quoted decimals."""

    label = "InMemory"

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._writes = 0
        self._lock = Lock()
        self._number = f"{os.getpid()}-{time.time_ns()}-{id(self)}"

    @property
    def identity(self) -> str:
        return f"memory {self._number}"

    waits_in_place = True
    lists_in_order = True

    # As all stores: two that are equal may stop being so, and this one is equal only to itself.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} objects={len(self._entries)}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"cannot pickle '{type(self).__name__}' object: its objects exist in this process only. "
            "For tests across processes use a LocalStore in a temporary directory"
        )

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        entry = self._entry(path)
        if options is READ_ALL:
            return _MemoryObject(path, entry, (0, len(entry.data)))
        extent = select(options, _meta(path, entry), self.label)
        stored = _MemoryObject(path, entry, extent)
        if options.head:
            stored.body = BufferBody(b"")
        return stored

    def _entry(self, path: str) -> _Entry:
        entry = self._entries.get(path)
        if entry is None:
            raise store_error(NotFoundError, self.label, path, f'No data in memory found. Location: "{path}"')
        return entry

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        kept = data if type(data) is bytes or type(data) is Bytes else bytes(data)
        with self._lock:
            if options is not OVERWRITE:
                self._check_mode(path, options)
            return {"e_tag": self._store(path, kept, options.attributes), "version": None}

    def _store(self, path: str, data: bytes | Bytes, attributes: Mapping[str, str]) -> str:
        e_tag = f'"{self._writes}"'
        self._writes += 1
        self._entries[path] = _Entry(data, attributes, e_tag, datetime.now(UTC))
        return e_tag

    def _check_mode(self, path: str, options: WriteOptions) -> None:
        mode, entry = options.mode, self._entries.get(path)
        if mode == "create" and entry is not None:
            raise store_error(AlreadyExistsError, self.label, path, "the mode is 'create'")
        if not isinstance(mode, Mapping):
            return
        wanted = mode.get("e_tag")
        if wanted is None:
            raise GenericError(
                f"Generic {self.label} error: ETag required for conditional update", store=self.label, path=path
            )
        found = entry.e_tag if entry is not None else "no object"
        if wanted != found:
            raise store_error(PreconditionError, self.label, path, f"wanted {wanted}, found {found}")

    async def delete_objects(self, paths: Sequence[str]) -> None:
        with self._lock:
            for path in paths:
                self._entries.pop(path, None)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        with self._lock:
            self._copy(source, target, overwrite=overwrite)

    def _copy(self, source: str, target: str, *, overwrite: bool) -> None:
        entry = self._entry(source)
        if not overwrite and target in self._entries:
            raise store_error(AlreadyExistsError, self.label, target, "the copy must not overwrite")
        self._store(target, entry.data, entry.attributes)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        with self._lock:
            self._copy(source, target, overwrite=overwrite)
            if source != target:
                del self._entries[source]

    async def list_objects(self, options: ListOptions) -> ListPage:
        prefix, offset = options.prefix, options.offset
        # A snapshot: writers may be at work in other threads.
        found = [(path, entry) for path, entry in self._entries.copy().items() if is_below(prefix, path)]
        if offset is not None:
            found = [(path, entry) for path, entry in found if path > offset]
        found.sort(key=_by_bytes)
        return ListPage([_meta(path, entry) for path, entry in found])

    async def list_directory(self, options: ListOptions) -> ListPage:
        return fold_page(await self.list_objects(options), options.prefix)


def _by_bytes(item: tuple[str, Any]) -> bytes:
    # The order of S3's listings. Python's own order of str is the same but for surrogates, which UTF-8 has not.
    return item[0].encode()
