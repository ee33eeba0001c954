"""Uploads in parts as S3 invented them, which the XML API of Google Cloud Storage shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from obstore._core.errors import BaseError, GenericError
from obstore._core.types import READ_HEAD, Buffer, PutResult, WriteOptions
from obstore._core.xml import escape_text
from obstore._http.message import FilePiece, Request
from obstore._transfer.backend import MultipartUpload
from obstore._transfer.lost_reply import doubt, etag_of_parts, may_be_ours
from obstore._transfer.xml_replies import read_text

if TYPE_CHECKING:
    from obstore._transfer.xml_cloud import XmlBackend

Part = Mapping[str, str]
"""What the completion says of a part, by the names of the elements: its `ETag`, its checksums."""


class PartRequests(Protocol):
    """The requests of an upload that has begun."""

    def upload_part(self, key: str, upload_id: str, number: int, data: Buffer | FilePiece) -> Request:
        """Make the request that stores a part. `number` counts from 1."""

    def complete_multipart_upload(
        self, key: str, upload_id: str, parts: Sequence[Part], options: WriteOptions
    ) -> Request:
        """Make the request that publishes the parts, given in order."""

    def abort_multipart_upload(self, key: str, upload_id: str) -> Request:
        """Make the request that drops the parts."""


class XmlUpload(MultipartUpload):
    """An upload in parts. The service keeps them until it is completed or aborted."""

    part_limits = (5 << 20, 5 << 30, 10_000)

    def __init__(self, store: XmlBackend, key: str, upload_id: str, options: WriteOptions) -> None:
        self._store = store
        self._key = key
        self._upload_id = upload_id
        self._options = options
        self._parts: dict[int, Part] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._key} id={self._upload_id} parts={len(self._parts)}>"

    async def put_part(self, index: int, data: Buffer | FilePiece) -> None:
        request = self._store._requests.upload_part(self._key, self._upload_id, index + 1, data)
        response = await self._store._send_and_forget(request)
        etag = response.headers.get("etag")
        if etag is None:
            label = self._store.label
            raise GenericError(f"Generic {label} error: the reply to a part has no ETag", store=label)
        self._parts[index] = {"ETag": etag, **self._checksum_of(response.headers)}

    def _checksum_of(self, headers: Mapping[str, str]) -> Part:
        """Return what else the completion is to say of the part that a reply is about."""
        return {}

    async def complete(self) -> PutResult:
        store = self._store
        if not self._parts:
            await self.put_part(0, b"")
        parts = [self._parts[index] for index in sorted(self._parts)]
        request = store._requests.complete_multipart_upload(self._key, self._upload_id, parts, self._options)
        request.is_guarded = self._options.mode != "overwrite"
        try:
            response, body = await store._send_checked(request, store._meanings_for(self._options))
        except BaseError as error:
            if may_be_ours(error) and (found := await self._find_ours([part["ETag"] for part in parts], error)):
                return found
            raise
        return store._put_result(response, read_text(body, "ETag", store.label))

    async def _find_ours(self, etags: Sequence[str], error: BaseError) -> PutResult | None:
        """Return what was published, if an attempt before the one that met `error` has done it.

        The upload is gone then, and a second completion of it is answered with 404 by all but Amazon.
        """
        store, expected = self._store, etag_of_parts(etags)
        try:
            response = await store._send(store._requests.get_object(self._key, READ_HEAD))
        except BaseError:
            response = None
        if response is None or expected is None:
            doubt(error)
            return None
        etag = response.headers.get("etag")
        return store._put_result(response, etag) if etag == expected else None

    async def abort(self) -> None:
        await self._store._send_and_forget(self._store._requests.abort_multipart_upload(self._key, self._upload_id))


def format_completion(parts: Sequence[Part], namespace: str | None = None) -> bytes:
    """Write the document that lists the parts of an upload, in order."""
    body = "".join(
        "<Part>"
        + "".join(f"<{name}>{_escape(value)}</{name}>" for name, value in part.items())
        + f"<PartNumber>{number}</PartNumber></Part>"
        for number, part in enumerate(parts, 1)
    )
    attribute = f' xmlns="{namespace}"' if namespace is not None else ""
    return f"<CompleteMultipartUpload{attribute}>{body}</CompleteMultipartUpload>".encode()


def _escape(value: str) -> str:
    # Google takes an ETag with its quotes only as they are, not as "&quot;"; to an XML parser they are the same.
    return escape_text(value).replace("&quot;", '"')
