"""Where the bytes of a transfer come from: an object, or a local file. Both notice when it changes."""

from __future__ import annotations

import os
import stat
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from obstore._core.conditions import strong_tag
from obstore._core.errors import GenericError, NotFoundError, PreconditionError, store_error
from obstore._core.types import READ_HEAD, Bounded, Buffer, ObjectMeta, ReadOptions
from obstore._io.buffers import allocate
from obstore._io.runtime import current
from obstore._local.failures import LABEL, read_error
from obstore._local.reading import READ_FLAGS
from obstore._transfer.backend import Backend, StoredObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Facts(NamedTuple):
    """What is known of the bytes before they are read. `e_tag` is None where nothing names the version."""

    size: int
    e_tag: str | None
    modified: datetime
    attributes: Mapping[str, str]

    @property
    def modified_ns(self) -> int:
        """The time of modification in nanoseconds since 1970."""
        return (self.modified - _EPOCH) // timedelta(microseconds=1) * 1000


class Reader(ABC):
    """One version of some content."""

    @abstractmethod
    async def open(self, whole_up_to: int) -> Facts:
        """Find out what it is. What is no larger than `whole_up_to` will be read in one piece."""

    @abstractmethod
    async def read(self, start: int, stop: int) -> Buffer:
        """Return the bytes `[start, stop)`.

        Raises:
            PreconditionError, GenericError: It has changed.
        """

    async def attributes(self) -> Mapping[str, str]:
        """Return what is stored with the content. Known without waiting once anything was read."""
        return {}

    async def verify(self) -> None:  # noqa: B027 - most readers check as they read
        """Make sure, after the last read, that it was one version all along."""

    def close(self) -> None:  # noqa: B027 - most readers have opened nothing
        """Close what was opened."""


class ObjectReader(Reader):
    """An object of a store, read in ranges on condition that it stays the same."""

    def __init__(self, store: Backend, path: str, meta: ObjectMeta | None, *, wants_attributes: bool) -> None:
        self._store = store
        self._path = path
        self._meta = meta
        self._wants_attributes = wants_attributes
        self._attributes: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"<ObjectReader {self._path} of {self._store!r}>"

    async def open(self, whole_up_to: int) -> Facts:
        meta = self._meta
        if meta is None or (self._wants_attributes and meta["size"] > whole_up_to):
            found = await self._store.get_object(self._path, READ_HEAD)
            found.body.close()
            self._attributes = found.attributes
            meta = self._meta = found.meta
        return Facts(meta["size"], meta["e_tag"], meta["last_modified"], self._attributes or {})

    async def read(self, start: int, stop: int) -> Buffer:
        meta = self._meta
        assert meta is not None
        wanted = Bounded(start, stop) if (start, stop) != (0, meta["size"]) else None
        stored = await self._store.get_object(self._path, ReadOptions(range=wanted, if_match=strong_tag(meta["e_tag"])))
        self._check(stored, meta, (start, stop))
        self._attributes = stored.attributes
        data = await stored.body.read()
        if len(data) != stop - start:
            raise self._changed(f"{len(data)} bytes came for {start}..{stop}")
        return data

    def _check(self, stored: StoredObject, wanted: ObjectMeta, extent: tuple[int, int]) -> None:
        found = stored.meta
        is_same = found["e_tag"] == wanted["e_tag"] and found["size"] == wanted["size"] and stored.range == extent
        if wanted["e_tag"] is None:
            is_same = is_same and found["last_modified"] == wanted["last_modified"]
        if not is_same:
            stored.body.close()
            raise self._changed(f"it is {found['e_tag']} of {found['size']} bytes")

    def _changed(self, cause: str) -> Exception:
        return store_error(PreconditionError, self._store.label, self._path, f"the object has changed: {cause}")

    async def attributes(self) -> Mapping[str, str]:
        assert self._attributes is not None
        return self._attributes


class FileReader(Reader):
    """A local file. Async callers read it in worker threads."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._fd = -1
        self._status: os.stat_result | None = None

    def __repr__(self) -> str:
        return f"<FileReader {self._file}>"

    def __del__(self) -> None:
        self.close()

    async def open(self, whole_up_to: int) -> Facts:
        status = await current().call(self._open, discard=lambda _: self.close())
        modified = _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)
        return Facts(status.st_size, None, modified, {})

    def _open(self) -> os.stat_result:
        try:
            self._fd = os.open(self._file, READ_FLAGS)
        except OSError as error:
            raise read_error(error, self._file) from error
        status = self._status = os.fstat(self._fd)
        if stat.S_ISDIR(status.st_mode):
            raise store_error(NotFoundError, LABEL, self._file, "it is a directory")
        if not stat.S_ISREG(status.st_mode):
            raise store_error(GenericError, LABEL, self._file, "it is not a regular file")
        return status

    async def read(self, start: int, stop: int) -> Buffer:
        data: Buffer = await current().call(lambda: self._read(start, stop))
        return data

    def _read(self, start: int, stop: int) -> Buffer:
        data = allocate(stop - start)
        view, done = memoryview(data), 0
        try:
            while done < len(view):
                n = os.preadv(self._fd, [view[done:]], start + done)
                if not n:
                    raise self._changed("it became shorter")
                done += n
        except OSError as error:
            raise read_error(error, self._file) from error
        return data

    async def verify(self) -> None:
        await current().call(self._verify)

    def _verify(self) -> None:
        before, now = self._status, os.fstat(self._fd)
        assert before is not None
        if (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            raise self._changed(f"it had {before.st_size} bytes and has {now.st_size}")

    def _changed(self, cause: str) -> Exception:
        return GenericError(
            f"Generic {LABEL} error: {self._file} changed while it was read: {cause}",
            store=LABEL,
            path=self._file,
            hint="nothing was published; call it again when nobody writes the file",
        )

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)
