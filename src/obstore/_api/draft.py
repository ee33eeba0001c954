"""Writing an object in pieces, none of which can be seen before all are there.

A `Draft` does the work of the writable files of both colours. It keeps the pieces in
memory until they would fill a part. If it is published before that, it is one request;
otherwise an upload in parts begins, and every part is sent as soon as it is full.

A piece is cut where parts end and handed on part by part, so that writing one large
buffer takes no more memory than writing many small ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from obstore._api.file_errors import os_errors
from obstore._core.bytes import as_view
from obstore._core.parts import PartBuffer
from obstore._core.types import WriteOptions
from obstore._transfer.backend import Backend
from obstore._transfer.upload import Effort, PartsUpload, begin_parts

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Draft:
    """An object on its way into a store. Once closed it is published, or has failed, or was given up."""

    def __init__(self, store: Backend, path: str, options: WriteOptions, effort: Effort) -> None:
        self.path = path
        self.length = 0
        self.closed = False
        self._store = store
        self._options = options
        self._effort = effort
        self._start = bytearray()
        self._filled = 0
        self._parts = PartBuffer(effort.part_size)
        self._upload: PartsUpload | None = None
        self._failure: BaseException | None = None

    def __repr__(self) -> str:
        state = "closed" if self.closed else "uploading" if self.is_uploading else "in memory"
        return f"<Draft {self.path!r} {self.length} bytes, {state}>"

    @property
    def is_uploading(self) -> bool:
        """Whether the service holds something that has to be published or aborted."""
        return self._upload is not None and not self.closed

    def check_open(self) -> None:
        """Raise `OSError` if it is closed."""
        if self.closed:
            raise OSError("Writer already closed.")

    def keep(self, piece: memoryview) -> bool:
        """Copy a piece into memory, or say no if it fills a part: `send` it then."""
        self.check_open()
        filled = self._filled + len(piece)
        if filled >= self._part_size:
            return False
        if self._upload is None:
            self._start += piece
        else:
            self._parts.feed(piece)
        self._filled = filled
        self.length += len(piece)
        return True

    @property
    def _part_size(self) -> int:
        return self._effort.part_size if self._upload is None else self._upload.part_size

    async def send(self, piece: memoryview) -> None:
        """Send a piece, as far as it fills parts, and keep its rest."""
        self.check_open()
        try:
            with os_errors():
                upload = self._upload or await self._begin()
                for cut in _cut(piece, upload.part_size, self._filled):
                    await self._feed(upload, cut)
        except BaseException as error:
            await self._fail(error)
            raise
        self.length += len(piece)

    async def _begin(self) -> PartsUpload:
        """Begin the upload in parts, with what has been kept so far."""
        self._upload = upload = await begin_parts(self._store, self.path, self._options, self._effort)
        self._parts = PartBuffer(upload.part_size)
        self._parts.feed(self._start)  # it is less than a part
        self._start = bytearray()
        return upload

    async def _feed(self, upload: PartsUpload, piece: memoryview) -> None:
        self._filled = (self._filled + len(piece)) % upload.part_size
        for part in self._parts.feed(piece):
            await upload.submit(part)

    async def publish(self) -> None:
        """Make the object appear. If that, or a write before, failed, raise the failure."""
        if self._failure is not None:
            raise self._failure
        if self.closed:
            return
        try:
            with os_errors():
                await self._publish()
        except BaseException as error:
            await self._fail(error)
            raise
        self.closed = True

    async def _publish(self) -> None:
        if self._upload is None:
            await self._store.put_object(self.path, self._start, self._options)
            return
        if len(rest := self._parts.finish()):
            await self._upload.submit(rest)
        await self._upload.finish()

    async def _fail(self, error: BaseException) -> None:
        self._failure = error
        await self.abandon(error)

    async def abandon(self, cause: BaseException) -> None:
        """Give it up, and let nothing of it stay at the service."""
        upload = self.give_up()
        if upload is not None:
            await upload.abort(cause)

    def give_up(self) -> PartsUpload | None:
        """Close it, and return the upload that is to be aborted then, if one has begun."""
        upload = None if self.closed else self._upload
        self.closed = True
        self._start = bytearray()
        self._parts = PartBuffer(1)
        return upload


def _cut(piece: memoryview, part_size: int, filled: int) -> Iterator[memoryview]:
    """Cut a piece where parts end, of which the first has `filled` bytes already."""
    start, stop = 0, part_size - filled
    while start < len(piece):
        yield piece[start:stop]
        start, stop = stop, stop + part_size


def as_piece(buffer: ReadableBuffer) -> memoryview:
    """View what is to be written as one row of bytes.

    Raises:
        TypeError, BufferError, ValueError: It is not a buffer of bytes.
    """
    view = as_view(buffer)
    return view if view.ndim == 1 else view.cast("B")
