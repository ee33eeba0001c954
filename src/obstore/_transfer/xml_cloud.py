"""What S3 and the XML API of Google Cloud Storage do alike, beyond what all clouds do.

They list, upload in parts and refuse in the same words; where their headers differ, a
backend passes the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from obstore._core.errors import GenericError
from obstore._core.types import Buffer, ListOptions, ListPage, PutResult, WriteOptions
from obstore._http.client import Failure
from obstore._http.message import FilePiece, Request, Response
from obstore._transfer.bucket import BucketBackend
from obstore._transfer.cloud import Meanings, Requests
from obstore._transfer.failures import Refusal
from obstore._transfer.xml_listing import read_page
from obstore._transfer.xml_multipart import PartRequests
from obstore._transfer.xml_replies import read_refusal, status_of_document


class XmlRequests(Requests, PartRequests, Protocol):
    """The requests of a service of this family."""

    def list_objects(self, options: ListOptions, *, delimiter: bool, encode: bool = False) -> Request:
        """Make the request for a page of ListObjectsV2, whose keys are percent-encoded if `encode`."""


class XmlBackend(BucketBackend):
    """A bucket of a service of this family, or a prefix in one."""

    lists_in_order = True
    request_id_header: ClassVar[str]
    create_meanings: ClassVar[Meanings]
    """What statuses mean when an object must not be there yet."""

    update_meanings: ClassVar[Meanings | None] = None
    """What statuses mean when a certain version must be there."""

    _requests: XmlRequests
    _encodes_listings = False
    """Whether there are keys here that XML cannot carry: then they are asked for percent-encoded."""

    def _read_refusal(self, failure: Failure) -> Refusal:
        headers: Mapping[str, str] = failure.response.headers if failure.response is not None else {}
        return read_refusal(failure.body, headers.get(self.request_id_header))

    async def list_objects(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=False)

    async def list_directory(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=True)

    async def _list(self, options: ListOptions, *, delimiter: bool) -> ListPage:
        options, encode = self._within_prefix(options), self._encodes_listings
        request = self._requests.list_objects(options, delimiter=delimiter, encode=encode)
        try:
            return await self._read_page(request)
        except GenericError as error:
            if encode or not _is_for_characters(error):
                raise
            is_refused = error.status is not None
        # "An object key can contain any Unicode character. However, an XML 1.0 parser cannot parse certain
        # characters" (ListObjectsV2 in the API reference). Nearly no bucket has them, so nobody else pays for decoding.
        request = self._requests.list_objects(options, delimiter=delimiter, encode=True)
        if is_refused:
            request.final_statuses = frozenset({500})  # It has been asked often enough.
        page = await self._read_page(request)
        self._encodes_listings = True
        return page

    async def _read_page(self, request: Request) -> ListPage:
        _, body = await self._send_and_read(request)
        return read_page(body, self._prefix_length)

    async def _send_checked(self, request: Request, meanings: Meanings | None = None) -> tuple[Response, Buffer]:
        """Send a request whose reply may turn out to be an error although its status is 200."""
        return await self._send_and_read(request, meanings, status_of_document)

    async def _send_write(
        self, request: Request, path: str, data: Buffer | FilePiece, options: WriteOptions
    ) -> Response:
        if options.mode == "overwrite":
            return await self._send_and_forget(request)
        return await self._send_guarded(request, path, data, self._meanings_for(options))

    def _meanings_for(self, options: WriteOptions) -> Meanings | None:
        if options.mode == "create":
            return self.create_meanings
        return self.update_meanings if isinstance(options.mode, Mapping) else None

    def _put_result(self, response: Response, etag: str | None) -> PutResult:
        if etag is None:
            raise GenericError(f"Generic {self.label} error: the reply to an upload has no ETag", store=self.label)
        version_header = self.dialect.version_header
        return {"e_tag": etag, "version": response.headers.get(version_header) if version_header else None}


def _is_for_characters(error: GenericError) -> bool:
    """Tell whether a listing may have failed for a key that XML cannot carry: Swift fails to write that, with 500."""
    return error.status == 500 or isinstance(error.__cause__, ValueError)
