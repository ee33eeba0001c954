"""Reading an object in pieces: a position in it, and one block of it in memory.

A `Cursor` does the work of the files of both colours. What the block can answer has a
method that does not wait (`maybe_...`); the sync file asks that first, and drives a
coroutine only for the rest.

All requests of one file are pinned to one version of the object, so a file never mixes
what was there before a change with what is there after it.
"""

from __future__ import annotations

import errno
import os
from typing import cast

from obstore._api.file_errors import os_errors
from obstore._core.body import as_bytes
from obstore._core.bytes import Bytes
from obstore._core.conditions import strong_tag
from obstore._core.errors import GenericError, PreconditionError, store_error
from obstore._core.types import Bounded, Buffer, ObjectMeta, ReadOptions
from obstore._transfer.backend import Backend

_UNBUFFERED = 8192
"""What is fetched without a buffer where nobody knows how much it takes: as much as `io` would."""

_BULK = 1 << 20
"""From this many bytes on, what is read is not copied to make builtin `bytes` of it."""


class FileBytes(bytes):
    """What short reads of a file return: builtin `bytes`, since some that read files insist on that.

    `zipfile` cannot find lines in anything else, and a `bytearray` is no dictionary key.
    `to_bytes` is for what was written for `Bytes`.
    """

    __slots__ = ()

    def to_bytes(self) -> bytes:
        """Copy them to exactly `bytes`."""
        return bytes(self)


def as_file_bytes(data: Buffer) -> FileBytes:
    """Give a buffer the type that files return: `FileBytes`, or `Bytes` if it is long.

    A type checker is told of the first only. The two have the same methods, and what takes
    files is annotated with `bytes` although any buffer would do.
    """
    return FileBytes(data) if len(data) < _BULK else cast("FileBytes", as_bytes(data))


class Cursor:
    """Where one reader is in its object, and the block of the object that it has in memory."""

    def __init__(self, store: Backend, path: str, size: int, buffer_size: int, meta: ObjectMeta | None = None) -> None:
        self.path = path
        self.size = size
        self.position = 0
        self.closed = False
        self._store = store
        self._buffer_size = buffer_size
        self._least = buffer_size or _UNBUFFERED
        self._meta = meta
        self._block = Bytes()
        self._block_start = 0

    def __repr__(self) -> str:
        return f"<Cursor {self.path!r} at {self.position} of {self.size}>"

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

    def _take(self, count: int) -> FileBytes:
        start = self.position - self._block_start
        self.position += count
        return as_file_bytes(memoryview(self._block)[start : start + count])

    def maybe_read(self, size: int | None) -> FileBytes | None:
        """Read from memory alone; `None` if that does not have all that is asked for."""
        start = self.position - self._block_start
        if size is not None and 0 < size <= len(self._block) - start and start >= 0:
            return self._take(size)  # what is below would come to the same, in twice the time
        wanted = self._wanted(size)
        if wanted == 0:
            return FileBytes()
        return self._take(wanted) if wanted <= self._in_block() else None

    async def read(self, size: int | None) -> FileBytes:
        """Read exactly `size` bytes, fewer only at the end of the object."""
        if (ready := self.maybe_read(size)) is not None:
            return ready
        wanted, held = self._wanted(size), self._in_block()
        missing = wanted - held
        if missing < self._buffer_size:
            head = self._take(held)
            await self._fill_after(head, missing)
            return as_file_bytes(bytes(head) + self._take(missing)) if held else self._take(missing)
        rest = await self._fetch(self.position + held, missing)
        whole = Bytes(self._take(held)) + rest if held else rest
        self.position += missing
        return as_file_bytes(whole)

    async def _fill_after(self, head: FileBytes, least: int) -> None:
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

    async def read_some(self, size: int | None) -> FileBytes:
        """Read up to `size` bytes, by one request at most."""
        wanted = self._wanted(size)
        if wanted and not self._in_block():
            if size is not None and size >= self._buffer_size > 0:
                return await self.read(size)
            await self.fill(min(wanted, self._least))
        return self._take(min(wanted, self._in_block()))

    async def peek(self, size: int) -> FileBytes:
        """Return bytes from the position on without moving."""
        wanted, here = self._wanted(size if size > 0 else None), self.position
        if wanted and not self._in_block():
            await self.fill(min(wanted, size if size > 0 else self._least))
        ahead = self._take(min(wanted, self._in_block()))
        self.position = here
        return ahead

    def maybe_readline(self, size: int | None) -> FileBytes | None:
        """Read a line from memory alone; `None` if its end is not there."""
        start = self.position - self._block_start
        if (
            start >= 0
            and (end := self._block.find(b"\n", start) + 1)
            and (size is None or size == -1 or size >= end - start)
        ):
            return self._take(end - start)
        wanted, held = self._wanted(size), self._in_block()
        if wanted == 0:
            return FileBytes()
        return self._take(wanted) if wanted <= held else None

    async def readline(self, size: int | None = None) -> FileBytes:
        """Read to the end of the line, or `size` bytes of it."""
        here, pieces, left = self.position, [], self._wanted(size)
        try:
            while (piece := self.maybe_readline(left)) is None:
                pieces.append(self._take(self._in_block()))
                left -= len(pieces[-1])
                await self.fill(min(left, self._least))
        except BaseException:
            self.position = here
            raise
        return as_file_bytes(b"".join([*pieces, piece])) if pieces else piece

    async def readlines(self, hint: int | None) -> list[bytes]:
        """Read lines until they have `hint` bytes, or all."""
        self.check_open()
        most = self.size if hint is None or hint <= 0 else hint
        lines: list[bytes] = []
        length = 0
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
        return strong_tag(self._meta["e_tag"]) if self._meta is not None else None

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
