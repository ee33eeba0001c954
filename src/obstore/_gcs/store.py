"""The store for Google Cloud Storage: every primitive is a request built, sent, and its reply parsed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from obstore._core.errors import AlreadyExistsError, GenericError
from obstore._core.retry import RetryPolicy
from obstore._core.types import Buffer, Pairs, PutResult, WriteOptions
from obstore._gcs.config import GCSSettings
from obstore._gcs.copying import are_neighbours, copy
from obstore._gcs.deletion import delete_keys
from obstore._gcs.replies import read_refusal, read_session
from obstore._gcs.requests import Requests
from obstore._gcs.verification import verify
from obstore._http.client import Authorized, Failure
from obstore._http.message import FilePiece, Request, Response
from obstore._http.options import ClientOptions
from obstore._transfer.backend import MultipartUpload, StoredObject
from obstore._transfer.canonical import encode_query, refuse_own_names
from obstore._transfer.failures import Refusal
from obstore._transfer.fetch import going_by
from obstore._transfer.objects import Dialect
from obstore._transfer.xml_cloud import XmlBackend
from obstore._transfer.xml_multipart import XmlUpload
from obstore._transfer.xml_replies import read_text

if TYPE_CHECKING:
    from obstore._gcs.account import TokenSource

_CREATE = {412: AlreadyExistsError}


class GCSBackend(XmlBackend):
    """A bucket of Google Cloud Storage, or a prefix in one."""

    label = "GCS"
    address_setting = "base_url"
    sends_files = True
    dialect = Dialect("x-goog-generation", "x-goog-meta-")
    request_id_header = "x-guploader-uploadid"
    create_meanings = _CREATE
    has_conditional_uploads = True

    _requests: Requests

    _is_neighbour = are_neighbours
    _copy = copy
    _delete_keys = delete_keys

    def __init__(
        self,
        settings: GCSSettings,
        credentials: TokenSource,
        prefix: str,
        options: ClientOptions,
        policy: RetryPolicy,
    ) -> None:
        super().__init__(settings.origin, prefix, options, policy)
        self._settings = settings
        self._credentials = credentials
        self.deletes_in_batches = True
        self._requests = Requests(settings, options.default_content_type, options.default_headers)

    def _read_refusal(self, failure: Failure) -> Refusal:
        headers = failure.response.headers if failure.response is not None else {}
        return read_refusal(failure.body, headers.get(self.request_id_header))

    async def _authorize(self, request: Request) -> Authorized:
        headers = [("host", self._authority), self._user_agent, *request.headers]
        if self._settings.signs:
            token = self._credentials.peek()
            if token is None:
                token = await self._credentials.get()
            if token.value:
                headers.append(("authorization", f"Bearer {token.value}"))
        target = f"{request.path}?{encode_query(request.query)}" if request.query else request.path
        return target, headers

    def _verify(self, path: str, response: Response, stored: StoredObject) -> None:
        verify(stored, response.headers, path)

    async def put_object(self, path: str, data: Buffer | FilePiece, options: WriteOptions) -> PutResult:
        _check_condition(options)
        request = self._requests.put_object(self._key(path), data, options)
        response = await self._send_write(request, path, data, options)
        return self._put_result(response, response.headers.get("etag"))

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        _check_condition(options)
        key = self._key(path)
        if options.mode != "overwrite":
            return await self._begin_resumable_upload(key, options)
        _, body = await self._send_and_read(self._requests.create_multipart_upload(key, options))
        return XmlUpload(self, key, read_text(body, "UploadId", self.label), options)

    async def _begin_resumable_upload(self, key: str, options: WriteOptions) -> MultipartUpload:
        from obstore._gcs.resumable import ResumableUpload

        request = self._requests.begin_resumable_upload(key, options)
        response = await self._send_and_forget(request, self._meanings_for(options))
        return ResumableUpload(self, key, read_session(response.headers), options)

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        from obstore._gcs.signing import check_expiry, prepare

        refuse_own_names(query, "x-goog-", self.label)
        seconds = check_expiry(expires_in)
        with going_by(self._client.pool.options):
            signatory = await self._credentials.signatory()
        project = self._settings.user_project
        unsigned = prepare(
            method,
            self._requests.signed_path(self._key(path)),
            self._authority,
            signatory.email,
            seconds,
            time.time(),
            (("userProject", project), *query) if project is not None else query,
            headers,
        )
        with going_by(self._client.pool.options):
            signature = await signatory.sign(unsigned.string_to_sign.encode())
        return f"{self._origin}{unsigned.with_signature(signature)}"


def _check_condition(options: WriteOptions) -> None:
    if isinstance(options.mode, Mapping) and options.mode.get("version") is None:
        raise GenericError(
            "Generic GCS error: Version required for conditional update",
            store="GCS",
            hint="pass the whole result of the put that stored the object, or its 'version'",
        )
