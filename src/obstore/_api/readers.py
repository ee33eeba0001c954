"""Objects open for reading, as files.

A `Cursor` does the work for both colours: it is a position in an object and one block of
the object in memory. Reads that the block can answer do not wait for anything, so the
sync file asks the block first and drives a coroutine only for the rest.

All requests of one file are pinned to one version of the object, so a file never mixes
what was there before a change with what is there after it.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from obstore._api.file_errors import os_errors
from obstore._core.body import as_bytes
from obstore._core.bytes import Bytes, as_view
from obstore._core.errors import GenericError, PreconditionError, store_error
from obstore._core.types import Bounded, ObjectMeta, ReadOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LINE_BLOCK = 8192
"""What is fetched for a line where the caller wants no buffer: as much as `io` would."""


class Cursor:
    """Where one reader is in its object, and the block of the object that it has in memory."""

    def __init__(self, store: Backend, path: str, size: int, buffer_size: int, meta: ObjectMeta | None = None) -> None:
        self.path = path
        self.size = size
        self.position = 0
        self.closed = False
        self._store = store
        self._buffer_size = buffer_size
        self._meta = meta
        self._block = Bytes()
        self._block_start = 0

    def close(self) -> None:
        """Let go of the block. Reading is an error from now on."""
        self.closed = True
        self._block = Bytes()

    def check_open(self) -> None:
        """Raise `ValueError`, as files do, if this one is closed."""
        if self.closed:
            raise ValueError("I/O operation on closed file.")

    def seek(self, offset: int, whence: int) -> int:
        """Move, also past the end. What is in memory stays, in case the way leads back to it."""
        self.check_open()
        base, name = self._base(whence)
        target = base + offset.__index__()
        if target < 0:
            raise OSError(errno.EINVAL, f"Seeking {offset} from {name} would result in overflow: the start is at 0")
        self.position = target
        return target

    def _base(self, whence: int) -> tuple[int, str]:
        if whence == os.SEEK_SET:
            return 0, "the start"
        if whence == os.SEEK_CUR:
            return self.position, f"current offset of {self.position}"
        if whence == os.SEEK_END:
            return self.size, f"end of {self.size} byte file"
        raise OSError(errno.EINVAL, f"Invalid value for whence in seek: {whence}")

    def _wanted(self, size: int | None) -> int:
        """Return how many bytes a read of `size` bytes returns."""
        self.check_open()
        left = max(self.size - self.position, 0)
        if size is None:
            return left
        number = size.__index__()
        if number < -1:
            raise ValueError(f"read length must be non-negative, None or -1 (for all), not {number}")
        return left if number == -1 else min(number, left)

    def _in_block(self) -> int:
        """Return how many bytes from the position on are in memory."""
        start = self.position - self._block_start
        return max(len(self._block) - start, 0) if start >= 0 else 0

    def _take(self, count: int) -> Bytes:
        start = self.position - self._block_start
        self.position += count
        return self._block[start : start + count]

    def maybe_read(self, size: int | None) -> Bytes | None:
        """Read from memory alone; `None` if that does not have all that is asked for."""
        wanted = self._wanted(size)
        if wanted == 0:
            return Bytes()
        return self._take(wanted) if wanted <= self._in_block() else None

    async def read(self, size: int | None) -> Bytes:
        """Read exactly `size` bytes, fewer only at the end of the object."""
        if (ready := self.maybe_read(size)) is not None:
            return ready
        wanted, held = self._wanted(size), self._in_block()
        missing = wanted - held
        if missing < self._buffer_size:
            head = self._take(held)
            await self._fill_after(head, missing)
            return head + self._take(missing) if held else self._take(missing)
        rest = await self._fetch(self.position + held, missing)
        whole = self._take(held) + rest if held else rest
        self.position += missing
        return whole

    async def _fill_after(self, head: Bytes, least: int) -> None:
        """Fetch the block behind `head`. When that fails `head` is unread again."""
        try:
            await self.fill(least)
        except BaseException:
            self.position -= len(head)
            raise

    async def fill(self, least: int) -> None:
        """Make the block the one that begins at the position, `least` bytes of it or more."""
        start = self.position
        count = min(max(least, self._buffer_size), self.size - start)
        self._block = await self._fetch(start, count)
        self._block_start = start

    async def read_some(self, size: int | None) -> Bytes:
        """Read up to `size` bytes, by one request at most."""
        wanted = self._wanted(size)
        if wanted and not self._in_block():
            if size is not None and size >= self._buffer_size > 0:
                return await self.read(size)
            await self.fill(min(wanted, _LINE_BLOCK))
        return self._take(min(wanted, self._in_block()))

    async def peek(self, size: int) -> Bytes:
        """Return bytes from the position on without moving."""
        here = self.position
        try:
            return await self.read_some(size if size > 0 else None)
        finally:
            self.position = here

    def maybe_readline(self, size: int | None) -> Bytes | None:
        """Read a line from memory alone; `None` if its end is not there."""
        wanted, held = self._wanted(size), self._in_block()
        if wanted == 0:
            return Bytes()
        start = self.position - self._block_start
        end = self._block.find(b"\n", start, start + wanted) + 1 if held else 0
        if end:
            return self._take(end - start)
        return self._take(wanted) if wanted <= held else None

    async def readline(self, size: int | None = None) -> Bytes:
        """Read to the end of the line, or `size` bytes of it."""
        here, pieces, left = self.position, [], self._wanted(size)
        try:
            while (piece := self.maybe_readline(left)) is None:
                pieces.append(self._take(self._in_block()))
                left -= len(pieces[-1])
                await self.fill(min(left, 0 if self._buffer_size else _LINE_BLOCK))
        except BaseException:
            self.position = here
            raise
        return as_bytes(b"".join([*pieces, piece])) if pieces else piece

    async def readlines(self, hint: int | None) -> list[Bytes]:
        """Read lines until they have `hint` bytes, or all."""
        self.check_open()
        most = self.size if hint is None or hint <= 0 else hint
        lines, length = [], 0
        while length < most:
            ready = self.maybe_readline(None)
            line = await self.readline() if ready is None else ready
            if not line:
                break
            lines.append(line)
            length += len(line)
        return lines

    async def _fetch(self, start: int, count: int) -> Bytes:
        wanted = Bounded(start, start + count)
        with os_errors():
            stored = await self._store.get_object(self.path, ReadOptions(range=wanted, if_match=self._pin()))
            try:
                self._check_same(stored.meta)
                self._check_range(wanted, stored.range)
                data = as_bytes(await stored.body.read())
            finally:
                stored.body.close()
            if len(data) != count:
                raise self._error(f"got {len(data)} of the {count} bytes of a range")
        return data

    def _pin(self) -> str | None:
        """Return the e-tag that the next request insists on, if there is one."""
        e_tag = self._meta["e_tag"] if self._meta is not None else None
        # RFC 9110 section 13.1.1: If-Match compares strongly, and a weak e-tag never matches so.
        return None if e_tag is not None and e_tag.startswith("W/") else e_tag

    def _check_same(self, meta: ObjectMeta) -> None:
        """Notice a change where the store cannot: without e-tags, or with weak ones."""
        if self._meta is None:
            self._meta = meta
        elif _version(meta, self._meta) != _version(self._meta, meta):
            cause = "it was replaced while it was being read: open it again"
            raise store_error(PreconditionError, self._store.label, self.path, cause)

    def _check_range(self, wanted: Bounded, received: tuple[int, int]) -> None:
        if received != wanted:
            start, stop = received
            raise self._error(
                f"Invalid range: the file is read as one of {self.size} bytes, "
                f"but of {wanted.start}..{wanted.end} the object has {start}..{stop}"
            )

    def _error(self, cause: str) -> Exception:
        return store_error(GenericError, self._store.label, self.path, cause)


def _version(meta: ObjectMeta, other: ObjectMeta) -> object:
    """Return what tells the versions of an object apart; the e-tag, where both have one."""
    if meta["e_tag"] is not None and other["e_tag"] is not None:
        return meta["e_tag"]
    return meta["last_modified"], meta["size"]


class ReadableFile(io.BufferedIOBase):
    """An object open for reading: a binary file, as `open(path, "rb")` returns one.

    It goes wherever such a file does: `io.TextIOWrapper`, `zipfile`, `tarfile`, `pickle`,
    `pandas`. Nothing is fetched before it is read; then at least a buffer's worth, by one
    request. Reads of more than that go straight to the result. Seeking costs nothing. For
    use by one thread at a time.

    If the object is replaced in the meantime, reading on raises a `PreconditionError` that
    is an `OSError` too.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"one\\ntwo\\n")
    >>> with store.open_reader("k") as file:
    ...     file.readline(), file.seek(-4, 2), file.read()
    (Bytes(b"one\\n"), 4, Bytes(b"two\\n"))
    """

    mode = "rb"

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def __repr__(self) -> str:
        return f"<ReadableFile {_describe(self._cursor)}>"

    @property
    def name(self) -> str:
        """The object's path."""
        return self._cursor.path

    @property
    def size(self) -> int:
        """The object's size in bytes, or what `size` was when it was opened."""
        return self._cursor.size

    def read(self, size: int | None = -1, /) -> Bytes:  # type: ignore[override] - a buffer, not copied
        """Read exactly `size` bytes, fewer only at the end; all that is left by default."""
        cursor = self._cursor
        ready = cursor.maybe_read(size)
        return run_blocking(cursor.read(size)) if ready is None else ready

    def readall(self) -> Bytes:
        """Read all that is left."""
        return self.read()

    def read1(self, size: int = -1, /) -> Bytes:  # type: ignore[override]
        """Read up to `size` bytes by at most one request; without `size`, what that brings."""
        return run_blocking(self._cursor.read_some(size))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer`, until it is full or the object ends, and return the number of bytes."""
        return _copy_into(buffer, self.read)

    def readinto1(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer` by at most one request, and return the number of bytes."""
        return _copy_into(buffer, self.read1)

    def peek(self, size: int = 0, /) -> Bytes:
        """Return some of the bytes that come next, without moving. Makes one request at most."""
        return run_blocking(self._cursor.peek(size))

    def readline(self, size: int | None = -1, /) -> Bytes:  # type: ignore[override]
        r"""Read up to and including the next `\n`, but at most `size` bytes; nothing at the end."""
        ready = self._cursor.maybe_readline(size)
        return run_blocking(self._cursor.readline(size)) if ready is None else ready

    def readlines(self, hint: int | None = -1) -> list[Bytes]:  # type: ignore[override]
        """Read the lines that are left, or no more of them once they have `hint` bytes."""
        return run_blocking(self._cursor.readlines(hint))

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to `offset` from the start (0), from here (1) or from the end (2).

        Raises:
            OSError: That is before the start, or there is no such `whence`.
        """
        return self._cursor.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        self._cursor.check_open()
        return self._cursor.position

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Free the buffer. There is nothing else to give back."""
        if not self.closed:
            self._cursor.close()
            super().close()
