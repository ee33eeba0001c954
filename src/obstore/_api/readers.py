"""Objects open for reading, as files, in both colours. A `Cursor` does the work."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from obstore._api.cursor import Cursor, FileBytes
from obstore._io.runtime import run_blocking

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class ReadableFile(io.BufferedIOBase):
    r"""An object open for reading: a binary file, as `open(path, "rb")` returns one.

    It goes wherever such a file does: `io.TextIOWrapper`, `zipfile`, `tarfile`, `pickle`,
    `pandas`. Nothing is fetched before it is read; then at least a buffer's worth, by one
    request. Less than 1 MiB comes as builtin `bytes`; more is `Bytes`, which saves a copy.
    Seeking costs nothing. For use by one thread at a time.

    If the object is replaced in the meantime, reading on raises a `PreconditionError` that
    is an `OSError` too.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"one\ntwo\n")
    >>> with store.open_reader("k") as file:
    ...     file.readline(), file.seek(-4, 2), file.read()
    (b'one\n', 4, b'two\n')
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
        """The object's size in bytes, or what `size` was when it was opened.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.open_reader("k").size
        5
        """
        return self._cursor.size

    def read(self, size: int | None = -1, /) -> FileBytes:
        """Read exactly `size` bytes, fewer only at the end; all that is left by default."""
        cursor = self._cursor
        ready = cursor.maybe_read(size)
        return run_blocking(cursor.read(size)) if ready is None else ready

    def readall(self) -> bytes:
        """Read all that is left, as builtin `bytes` of any length. That takes a copy more than `read`."""
        data = self.read()
        return data if isinstance(data, bytes) else FileBytes(data)

    def read1(self, size: int = -1, /) -> FileBytes:
        """Read up to `size` bytes by at most one request; without `size`, what that brings."""
        return run_blocking(self._cursor.read_some(size))

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer`, until it is full or the object ends, and return the number of bytes."""
        return _copy_into(buffer, self.read)

    def readinto1(self, buffer: WriteableBuffer, /) -> int:
        """Read into `buffer` by at most one request, and return the number of bytes."""
        return _copy_into(buffer, self.read1)

    def peek(self, size: int = 0, /) -> FileBytes:
        """Return some of the bytes that come next, without moving. Makes one request at most."""
        return run_blocking(self._cursor.peek(size))

    def readline(self, size: int | None = -1, /) -> FileBytes:
        r"""Read up to and including the next `\n`, but at most `size` bytes; nothing at the end."""
        ready = self._cursor.maybe_readline(size)
        return run_blocking(self._cursor.readline(size)) if ready is None else ready

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Read the lines that are left, or no more of them once they have `hint` bytes."""
        return run_blocking(self._cursor.readlines(hint))

    def __next__(self) -> bytes:
        line = self.readline()
        if not line:
            raise StopIteration
        return bytes(line)  # of exactly that type: numpy, which iterates, knows no other

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


class AsyncReadableFile:
    r"""An object open for reading, by `await`. As `ReadableFile`; `size`, `seekable` and `close` do not wait.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"one\ntwo\n")
    >>> async def read_lines() -> list[bytes]:
    ...     async with await store.open_reader_async("k") as file:
    ...         return [line async for line in file]
    >>> asyncio.run(read_lines())
    [b'one\n', b'two\n']
    """

    mode = "rb"

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def __repr__(self) -> str:
        return f"<AsyncReadableFile {_describe(self._cursor)}>"

    @property
    def name(self) -> str:
        """The object's path."""
        return self._cursor.path

    @property
    def size(self) -> int:
        """The object's size in bytes, or what `size` was when it was opened.

        >>> import asyncio
        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.open_reader_async("k")).size
        5
        """
        return self._cursor.size

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._cursor.closed

    async def read(self, size: int | None = None, /) -> FileBytes:
        """Read exactly `size` bytes, fewer only at the end; all that is left by default."""
        return await self._cursor.read(size)

    async def readall(self) -> bytes:
        """Read all that is left, as builtin `bytes` of any length. That takes a copy more than `read`."""
        data = await self._cursor.read(None)
        return data if isinstance(data, bytes) else FileBytes(data)

    async def readline(self, size: int | None = None, /) -> FileBytes:
        r"""Read up to and including the next `\n`, but at most `size` bytes; nothing at the end."""
        return await self._cursor.readline(size)

    async def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Read the lines that are left, or no more of them once they have `hint` bytes."""
        return await self._cursor.readlines(hint)

    async def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to `offset` from the start (0), from here (1) or from the end (2).

        Raises:
            OSError: That is before the start, or there is no such `whence`.
        """
        return self._cursor.seek(offset, whence)

    async def tell(self) -> int:
        """Return the position."""
        self._cursor.check_open()
        return self._cursor.position

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def close(self) -> None:
        """Free the buffer. There is nothing else to give back."""
        self._cursor.close()

    def __aiter__(self) -> AsyncReadableFile:
        return self

    async def __anext__(self) -> bytes:
        line = await self._cursor.readline()
        if not line:
            raise StopAsyncIteration
        return bytes(line)

    async def __aenter__(self) -> Self:
        self._cursor.check_open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()


def _describe(cursor: Cursor) -> str:
    state = "closed" if cursor.closed else f"at {cursor.position} of {cursor.size}"
    return f"{cursor.path!r} {state}"


def _copy_into(buffer: WriteableBuffer, read: Callable[[int], FileBytes]) -> int:
    view = memoryview(buffer).cast("B")
    data = read(len(view))
    view[: len(data)] = data
    return len(data)
