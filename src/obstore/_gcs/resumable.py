"""Resumable uploads: one piece after the other, into an object that appears with the last.

Uploads in parts are faster, since parts travel side by side, but "preconditions are not supported in the
requests" of one (cloud.google.com/storage/docs/multipart-uploads). A resumable upload takes them, so this is
how a large object is stored on condition without being held in memory.

Every piece but the last has a multiple of 256 KiB, and only `complete` knows which is the last: so the end
of each part waits for the next. A piece that is sent twice does no harm: "Cloud Storage ignores
any bytes you send at an offset that Cloud Storage has already persisted" (docs/performing-resumable-uploads).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._core.errors import GenericError
from obstore._core.types import Buffer, PutResult, WriteOptions
from obstore._gcs.replies import read_persisted
from obstore._http.client import Failure, read_words
from obstore._http.message import Query, Request, Response
from obstore._transfer.backend import MultipartUpload

if TYPE_CHECKING:
    from obstore._gcs.store import GCSBackend

_QUANTUM = 256 << 10
_MAX_STALLS = 3
_INCOMPLETE = 308
# Gone already, or "499 Client Closed Request", which is the success of this one.
_CANCELLED = frozenset({404, 410, 499})


class ResumableUpload(MultipartUpload):
    """An upload that has begun. `session` is the path and query of its URL, which needs no other credential."""

    part_limits = (_QUANTUM, 5 << 40, 1 << 40)
    is_sequential = True

    def __init__(self, store: GCSBackend, key: str, session: tuple[str, Query], options: WriteOptions) -> None:
        self._store = store
        self._key = key
        self._session = session
        self._options = options
        self._persisted = 0
        self._waiting = b""

    def __repr__(self) -> str:
        return f"<ResumableUpload {self._key} persisted={self._persisted}>"

    async def put_part(self, index: int, data: Buffer) -> None:
        view = memoryview(self._waiting + bytes(data) if self._waiting else data)
        length = max(len(view) - 1, 0) // _QUANTUM * _QUANTUM
        await self._send(view[:length], None)
        self._waiting = bytes(view[length:])

    async def complete(self) -> PutResult:
        total = self._persisted + len(self._waiting)
        response = await self._send(memoryview(self._waiting), total)
        assert response is not None
        return self._store._put_result(response, response.headers.get("etag"))

    async def _send(self, piece: memoryview, total: int | None) -> Response | None:
        """Send bytes, and what the service did not take of them again. Returns the reply to the last of all."""
        end, stalls = self._persisted + len(piece), 0
        while self._persisted < end or total is not None:
            response = await self._exchange(piece[len(piece) - (end - self._persisted) :], total)
            if response.status != _INCOMPLETE:
                return response
            persisted = read_persisted(response.headers)
            stalls = stalls + 1 if persisted == self._persisted else 0
            if not self._persisted <= persisted <= end or stalls > _MAX_STALLS:
                raise GenericError(
                    f"Generic GCS error: a resumable upload of {self._key} stands at byte {persisted},"
                    f" and does not go on from {self._persisted} to {end}",
                    store="GCS",
                    path=self._key,
                )
            self._persisted = persisted
        return None

    async def _exchange(self, piece: memoryview, total: int | None) -> Response:
        request = self._store._requests.resume_upload(self._key, self._session, piece, self._persisted, total)
        try:
            response = await self._store._client.send(request)
        except Failure as failure:
            if failure.response is not None and failure.response.status == _INCOMPLETE:
                return failure.response
            raise self._store._error(failure, self._store._meanings_for(self._options)) from failure.__cause__
        await read_words(response)
        return response

    async def abort(self) -> None:
        request: Request = self._store._requests.cancel_upload(self._key, self._session)
        try:
            response = await self._store._client.send(request)
        except Failure as failure:
            if failure.response is None or failure.response.status not in _CANCELLED:
                raise self._store._error(failure) from failure.__cause__
        else:
            await read_words(response)
