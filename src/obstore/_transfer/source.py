"""Sources: what can be uploaded, brought into one form.

A source is read once, from front to back. `size` is known for buffers and files.
"""

from __future__ import annotations

import io
import os
import stat
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator
from typing import Any, BinaryIO

from obstore._core.body import Body
from obstore._core.bytes import as_view
from obstore._core.parts import PartBuffer
from obstore._core.types import Buffer
from obstore._http.message import FilePiece
from obstore._io.runtime import LARGE, current

_WORTH_A_FILE = LARGE
"""Bytes. Sent from the file they take a packet more for the head, and under asyncio a thread."""

ASYNC_PIECE = 1 << 20
"""Bytes to ask an async file for at once. To ask for all means `None` to some, -1 to others."""


class Source(ABC):
    """Bytes to upload."""

    size: int | None = None

    is_in_memory = False
    """Whether all of it is in memory already, so that parts of it take no more."""

    @property
    def is_in_file(self) -> bool:
        """Whether `take_piece` has pieces."""
        return False

    @abstractmethod
    async def read(self, size: int) -> Buffer:
        """Return the next `size` bytes; fewer only at the end."""

    def take_piece(self, size: int | None) -> FilePiece | None:
        """Return the next `size` bytes, or all, unread; `None` if they are not in a file, or too few to matter."""
        return None

    @abstractmethod
    async def read_all(self) -> Buffer:
        """Return all bytes that are left."""

    def close(self) -> None:  # noqa: B027 - most sources have opened nothing
        """Close what the source itself has opened."""


class BufferSource(Source):
    """A buffer of the caller's. It is not copied, and must not change until the upload is done."""

    is_in_memory = True

    def __init__(self, data: Buffer) -> None:
        self._data = data
        self._position = 0
        self.size = len(data)

    async def read(self, size: int) -> Buffer:
        start, self._position = self._position, self._position + size
        return memoryview(self._data)[start : self._position]

    async def read_all(self) -> Buffer:
        return self._data


class FileSource(Source):
    """An open file, read from where it stands. Async callers read it in a worker thread."""

    def __init__(self, file: BinaryIO | Any, size: int | None, *, is_ours: bool) -> None:
        self._file = file
        self._is_ours = is_ours
        self._start = file.tell() if size is not None else 0
        self.size = size

    async def read(self, size: int) -> Buffer:
        data: Buffer = await current().call(lambda: _read_file(self._file, size))
        return data

    @property
    def is_in_file(self) -> bool:
        return self.size is not None and _is_plain(self._file)

    def take_piece(self, size: int | None) -> FilePiece | None:
        if self.size is None or not self.is_in_file:
            return None
        position = self._file.tell()
        left = self.size - (position - self._start)
        length = left if size is None else min(size, left)
        if length < _WORTH_A_FILE:
            return None
        self._file.seek(position + length)
        return FilePiece(self._file.fileno(), position, length)

    async def read_all(self) -> Buffer:
        data: Buffer = await current().call(lambda: _read_file(self._file, None))
        return data

    def close(self) -> None:
        if self._is_ours:
            self._file.close()


def _is_plain(file: Any) -> bool:
    """Tell whether the bytes that `file` would read are those that its descriptor has: not unpacked, not made up."""
    raw = file.raw if type(file) is io.BufferedReader else file
    return type(raw) is io.FileIO and hasattr(os, "pread") and stat.S_ISREG(os.fstat(raw.fileno()).st_mode)


def _read_file(file: Any, size: int | None) -> Buffer:
    """Read `size` bytes, or all. A raw file may return fewer at a time; a text file returns text."""
    pieces, length = [], 0
    while size is None or length < size:
        piece = file.read() if size is None else file.read(size - length)
        if not piece:
            break
        data = piece.encode() if isinstance(piece, str) else piece
        pieces.append(data)
        length += len(data)
        if size is None and not isinstance(piece, str):
            break
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class AsyncFileSource(Source):
    """An open file whose `read` is to be awaited: `AsyncReadableFile`, those of anyio and aiofiles, an upload's."""

    def __init__(self, file: Any) -> None:
        self._file = file

    async def read(self, size: int) -> Buffer:
        pieces, length = [], 0
        while length < size and (piece := await self._file.read(size - length)):
            pieces.append(as_view(piece))
            length += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def read_all(self) -> Buffer:
        pieces = []
        while piece := await self._file.read(ASYNC_PIECE):
            pieces.append(as_view(piece))
        return b"".join(pieces)


class IteratorSource(Source):
    """Pieces of any size, from an iterator or an async iterator."""

    def __init__(self, pieces: Iterator[Buffer] | AsyncIterator[Buffer]) -> None:
        self._pieces: Iterator[Buffer] | AsyncIterator[Buffer] | None = pieces
        self._parts: PartBuffer | None = None
        self._ready: list[Buffer] = []

    async def read(self, size: int) -> Buffer:
        if self._parts is None:
            self._parts = PartBuffer(size)
        while not self._ready and self._pieces is not None:
            piece = await self._next()
            self._ready += [self._parts.finish()] if piece is None else self._parts.feed(piece)
        return self._ready.pop(0) if self._ready else b""

    async def read_all(self) -> Buffer:
        pieces = []
        while (piece := await self._next()) is not None:
            pieces.append(bytes(piece))
        return b"".join(pieces)

    async def _next(self) -> Buffer | None:
        pieces = self._pieces
        if pieces is None:
            return None
        if isinstance(pieces, AsyncIterator):
            piece = await anext(pieces, None)
        else:
            piece = next(pieces, None)
        if piece is None:
            self._pieces = None
        return piece


class BodySource(Source):
    """The body of an object of this or another store, passed on chunk by chunk."""

    def __init__(self, body: Body, size: int | None) -> None:
        self._body = body
        self.size = size

    async def read(self, size: int) -> Buffer:
        pieces, length = [], 0
        while length < size and len(piece := await self._body.read_chunk(size - length)):
            pieces.append(piece)
            length += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def read_all(self) -> Buffer:
        return await self._body.read()

    def close(self) -> None:
        self._body.close()
