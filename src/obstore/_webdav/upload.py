"""Uploads in parts to servers that know no parts: the parts wait in a temporary file, which is then put whole.

Memory stays at the few parts that are in flight. The disk (`tempfile.gettempdir()`) needs room for the object.
Nothing is sent before `complete`: what was there before stays until then.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import IO, Any

from obstore._core.types import Buffer, PutResult
from obstore._http.message import FilePiece
from obstore._io.lock import Lock
from obstore._io.runtime import current
from obstore._transfer.backend import MultipartUpload

Put = Callable[[FilePiece], Coroutine[Any, Any, PutResult]]


class SpooledUpload(MultipartUpload):
    """Parts in a temporary file, in the order of their numbers. `put` sends the file."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._early: dict[int, Buffer] = {}
        self._next = 0
        self._length = 0

    def __repr__(self) -> str:
        return f"<SpooledUpload parts={self._next} bytes={self._length}>"

    async def put_part(self, index: int, data: Buffer) -> None:
        await current().call(lambda: self._write(index, data))

    def _write(self, index: int, data: Buffer) -> None:
        # Parts come nearly in order: one that is early waits for those before it, which are on their way.
        with self._lock:
            self._early[index] = data
            while (part := self._early.pop(self._next, None)) is not None:
                self._open().write(part)
                self._length += len(part)
                self._next += 1

    def _open(self) -> IO[bytes]:
        if self._file is None:
            import tempfile

            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the upload
        return self._file

    async def complete(self) -> PutResult:
        file = self._open()
        file.flush()
        result = await self._put(FilePiece(file.fileno(), 0, self._length))
        self._close()
        return result

    async def abort(self) -> None:
        self._close()

    def _close(self) -> None:
        self._early.clear()
        if self._file is not None:
            self._file.close()
