"""Reading a local object: one open file, positional reads."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime, timedelta

from obstore._core.body import Body, BufferBody
from obstore._core.errors import GenericError, NotFoundError, store_error
from obstore._core.types import READ_ALL, Buffer, ObjectMeta, ReadOptions
from obstore._io.buffers import allocate
from obstore._io.runtime import current
from obstore._local.attributes import read_attributes
from obstore._local.failures import LABEL, read_error
from obstore._transfer.backend import StoredObject
from obstore._transfer.select import select

_SMALL = 64 * 1024
"""An object up to this size is read as it is opened, so that no descriptor waits for its reader."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A fifo without a writer would block the one who opens it.
READ_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def e_tag_of(status: os.stat_result) -> str:
    """Return a file's ETag: inode, modification time in microseconds and size, in hexadecimal."""
    return f'"{status.st_ino:x}-{status.st_mtime_ns // 1000:x}-{status.st_size:x}"'


def meta_of(path: str, status: os.stat_result) -> ObjectMeta:
    """Return a file's metadata. Times are kept to the microsecond everywhere, so that they compare equal."""
    return {
        "path": path,
        "last_modified": _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000),
        "size": status.st_size,
        "e_tag": e_tag_of(status),
        "version": None,
    }


class LocalObject(StoredObject):
    """A file on its way out. Its metadata are worked out when somebody asks."""

    __slots__ = ("_path", "_status")

    def __init__(
        self, path: str, status: os.stat_result, body: Body, extent: tuple[int, int], attributes: dict[str, str]
    ) -> None:
        self._path = path
        self._status = status
        self.body = body
        self.range = extent
        self.attributes = attributes

    @property
    def meta(self) -> ObjectMeta:  # type: ignore[override]
        """The object's metadata."""
        return meta_of(self._path, self._status)


def open_object(file: str, path: str, options: ReadOptions) -> LocalObject:
    """Open a file as an object.

    Raises:
        NotFoundError: There is no such file, or it is a directory.
    """
    try:
        fd = os.open(file, READ_FLAGS)
    except OSError as error:
        raise read_error(error, path) from error
    body: Body | None = None
    try:
        status = os.fstat(fd)
        if stat.S_ISDIR(status.st_mode):
            raise store_error(NotFoundError, LABEL, path, "it is a directory")
        start, stop = extent = _extent(options, path, status)
        body = _body_of(fd, path, start, start if options.head else stop)
        return LocalObject(path, status, body, extent, read_attributes(fd))
    finally:
        if not isinstance(body, FileBody):
            os.close(fd)


def _extent(options: ReadOptions, path: str, status: os.stat_result) -> tuple[int, int]:
    return (0, status.st_size) if options is READ_ALL else select(options, meta_of(path, status), LABEL)


def _body_of(fd: int, path: str, start: int, stop: int) -> Body:
    if stop - start > _SMALL:
        return FileBody(fd, path, start, stop)
    if start == stop:
        return BufferBody(b"")
    data = os.pread(fd, stop - start, start)
    return BufferBody(data) if len(data) == stop - start else FileBody(fd, path, start, stop)


class FileBody(Body):
    """The bytes `[start, stop)` of an open file. It closes the file at the end, or when it is dropped."""

    __slots__ = ("_fd", "_path", "_position", "_stop")

    def __init__(self, fd: int, path: str, start: int, stop: int) -> None:
        self._fd = fd
        self._path = path
        self._position = start
        self._stop = stop

    def __repr__(self) -> str:
        return f"<FileBody {self._path} {self._position}..{self._stop}>"

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    async def read(self) -> Buffer:
        return await self.read_chunk(self._stop - self._position)

    async def read_chunk(self, max_bytes: int) -> Buffer:
        data: Buffer = await current().call(lambda: self._read(min(max_bytes, self._stop - self._position)))
        return data

    def _read(self, size: int) -> Buffer:
        if not size:
            self.close()
            return b""
        data = allocate(size)
        try:
            _read_into(self._fd, memoryview(data), self._position, self._path)
        except OSError as error:
            raise read_error(error, self._path) from error
        self._position += size
        if self._position == self._stop:
            self.close()
        return data


def _read_into(fd: int, view: memoryview, position: int, path: str) -> None:
    done = 0
    while done < len(view):
        n = os.preadv(fd, [view[done:]], position + done)
        if not n:
            raise GenericError(
                f"Generic {LABEL} error: {path} became shorter while it was read: "
                f"{done} of {len(view)} bytes from {position} on are there",
                store=LABEL,
                path=path,
            )
        done += n
