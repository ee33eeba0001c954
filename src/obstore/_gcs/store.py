"""The store for Google Cloud Storage: every primitive is a request built, sent, and its reply parsed."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from obstore._core.errors import AlreadyExistsError, GenericError
from obstore._core.retry import RetryPolicy
from obstore._core.types import Buffer, Pairs, PutResult, WriteOptions
from obstore._gcs.config import GcsSettings
from obstore._gcs.requests import Requests
from obstore._http.client import Authorized, Failure, read_words
from obstore._http.message import FilePiece, Request
from obstore._http.options import ClientOptions
from obstore._transfer.backend import MultipartUpload
from obstore._transfer.canonical import encode_query
from obstore._transfer.fetch import going_by
from obstore._transfer.objects import Dialect
from obstore._transfer.parallel import try_all
from obstore._transfer.xml_cloud import XmlBackend
from obstore._transfer.xml_multipart import XmlUpload
from obstore._transfer.xml_replies import read_text

if TYPE_CHECKING:
    from obstore._gcs.account import TokenSource

_DELETE_CONCURRENCY = 10
_CREATE = {412: AlreadyExistsError}


class GCSBackend(XmlBackend):
    """A bucket of Google Cloud Storage, or a prefix in one."""

    label = "GCS"
    sends_files = True
    dialect = Dialect("x-goog-generation", "x-goog-meta-")
    request_id_header = "x-guploader-uploadid"
    create_meanings = _CREATE

    _requests: Requests

    def __init__(
        self,
        settings: GcsSettings,
        credentials: TokenSource,
        prefix: str,
        options: ClientOptions,
        policy: RetryPolicy,
    ) -> None:
        super().__init__(settings.origin, prefix, options, policy)
        self._settings = settings
        self._credentials = credentials
        self._requests = Requests(settings, options.default_content_type, options.default_headers)

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

    async def put_object(self, path: str, data: Buffer | FilePiece, options: WriteOptions) -> PutResult:
        _check_condition(options)
        request = self._requests.put_object(self._key(path), data, options)
        response = await self._send_write(request, path, data, options)
        return self._put_result(response, response.headers.get("etag"))

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        _check_condition(options)
        if options.mode != "overwrite":
            # "Preconditions are not supported in the requests" of an upload in parts
            # (cloud.google.com/storage/docs/multipart-uploads): these are kept, and put as one.
            return await super().create_multipart_upload(path, options)
        key = self._key(path)
        _, body = await self._send_and_read(self._requests.create_multipart_upload(key, options))
        return XmlUpload(self, key, read_text(body, "UploadId", self.label), options)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        request = self._requests.copy_object(self._key(source), self._key(target), overwrite=overwrite)
        try:
            await read_words(await self._client.send(request))
        except Failure as failure:
            if failure.response is not None and failure.response.status == 412:
                request.subject = self._key(target)
            raise self._error(failure, None if overwrite else _CREATE) from failure.__cause__

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await try_all([self._deleting(self._key(path)) for path in paths], _DELETE_CONCURRENCY)

    def _deleting(self, key: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def delete() -> None:
            await self._send_deletion(self._requests.delete_object(key))

        return delete

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        from obstore._gcs.signing import check_expiry, prepare
        from obstore._transfer.canonical import refuse_own_names

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
