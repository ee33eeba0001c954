"""The S3 store: every primitive is a request built, sent, and its reply parsed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from obstore._core.errors import (
    AlreadyExistsError,
    GenericError,
    NotImplementedError,
    NotSupportedError,
    PreconditionError,
)
from obstore._core.retry import RetryPolicy
from obstore._core.types import Buffer, ListOptions, ListPage, PutResult, WriteOptions
from obstore._http.client import Authorized, Failure
from obstore._http.message import Request, Response
from obstore._http.options import ClientOptions
from obstore._s3.config import S3Settings
from obstore._s3.credentials import CredentialSource
from obstore._s3.replies import is_error_document, read_delete_errors, read_refusal, read_text
from obstore._s3.requests import Requests
from obstore._s3.sigv4 import Signer
from obstore._transfer.backend import MultipartUpload
from obstore._transfer.cloud import CloudBackend, Meanings
from obstore._transfer.failures import Refusal
from obstore._transfer.objects import Dialect
from obstore._transfer.parallel import run_all
from obstore._transfer.xml_listing import read_page

BULK_LIMIT = 1000
"""Keys in one DeleteObjects request, by the API reference."""

_BULK_CONCURRENCY = 20
_RETRIED_CODES = frozenset({"InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout"})

_CREATE = {304: AlreadyExistsError, 409: AlreadyExistsError, 412: AlreadyExistsError}
# Updating what is not there fails as updating what has changed does: the condition did not hold.
_UPDATE = {404: PreconditionError, 409: PreconditionError}


class S3Backend(CloudBackend):
    """A bucket of S3, or a prefix in one."""

    label = "S3"
    dialect = Dialect("x-amz-version-id", "x-amz-meta-")

    _requests: Requests

    def __init__(
        self,
        settings: S3Settings,
        credentials: CredentialSource,
        prefix: str,
        options: ClientOptions,
        policy: RetryPolicy,
    ) -> None:
        super().__init__(settings.origin, prefix, options, policy)
        self._settings = settings
        self._credentials = credentials
        self._requests = Requests(settings, options.default_content_type, options.default_headers)
        self._signer = Signer(settings.region, signs_payload=settings.signs_payload, pays=settings.pays)

    async def _authorize(self, request: Request) -> Authorized:
        if not self._settings.signs:
            signed = self._signer.leave_unsigned(request, self._authority)
        else:
            credential = self._credentials.peek()
            if credential is None:
                credential = await self._credentials.get()
            signed = self._signer.sign(request, credential, self._authority, time.time())
        signed[1].append(self._user_agent)
        return signed

    def _read_refusal(self, failure: Failure) -> Refusal:
        return read_refusal(failure.body, failure.response.headers if failure.response is not None else {})

    # Reading

    async def list_objects(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=False)

    async def list_directory(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=True)

    async def _list(self, options: ListOptions, *, delimiter: bool) -> ListPage:
        response = await self._send(self._requests.list_objects(self._within_prefix(options), delimiter=delimiter))
        return read_page(await response.body.read(), self._prefix_length)

    # Writing

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        self._check_condition(options)
        request = self._requests.put_object(self._key(path), data, options)
        response = await self._send_and_forget(request, _meaning_of_refusals(options))
        return _put_result(response, response.headers.get("etag"))

    def _check_condition(self, options: WriteOptions) -> None:
        if options.mode == "overwrite":
            return
        if not self._settings.may_put_conditionally:
            raise NotImplementedError(
                f"Operation `put_opts` with mode {options.mode!r} not yet implemented by {self!r}.",
                store=self.label,
                hint="conditional_put is 'disabled'",
            )
        if isinstance(options.mode, Mapping) and options.mode.get("e_tag") is None:
            raise GenericError("Generic S3 error: ETag required for conditional update", store=self.label)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        self._check_condition(options)
        key = self._key(path)
        response = await self._send(self._requests.create_multipart_upload(key, options))
        return S3Upload(self, key, read_text(await response.body.read(), "UploadId"), options)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        condition = None
        if not overwrite:
            how = self._settings.copy_condition
            if how is None:
                raise NotSupportedError(
                    "Operation not supported: S3 copies with overwrite=False only when told how",
                    store=self.label,
                    hint="copy_if_not_exists='multipart' works on AWS and most others",
                )
            if how.mode == "multipart":
                await self._copy_in_parts(source, target)
                return
            condition = how
        request = self._requests.copy_object(self._key(source), self._key(target), condition and condition.header)
        await self._send_checked(request, {condition.status: AlreadyExistsError} if condition else None)

    async def _copy_in_parts(self, source: str, target: str) -> None:
        # CopyObject cannot be told to leave an existing target alone; completing an upload can.
        upload = await self.create_multipart_upload(target, WriteOptions(mode="create"))
        assert isinstance(upload, S3Upload)
        try:
            await upload.put_part_copy(0, self._key(source))
            await upload.complete()
        except BaseException:
            await upload.abort()
            raise

    async def _send_checked(self, request: Request, meanings: Meanings | None = None) -> tuple[Response, Buffer]:
        """Send a request whose reply may turn out to be an error although its status is 200."""
        for is_last in (False, False, True):
            response = await self._send(request, meanings)
            body = await response.body.read()
            if not is_error_document(body):
                return response, body
            failure = Failure(request, response.attempts, 0.0, response, bytes(body))
            error = self._error(failure, {200: GenericError})
            if is_last or error.code not in _RETRIED_CODES:
                raise error
        raise AssertionError

    async def delete_objects(self, paths: Sequence[str]) -> None:
        keys = [self._key(path) for path in paths]
        if self._settings.deletes_in_bulk:
            batches = [keys[start : start + BULK_LIMIT] for start in range(0, len(keys), BULK_LIMIT)]
            await run_all([self._deleting_batch(batch) for batch in batches], _BULK_CONCURRENCY)
        else:
            await run_all([self._deleting(key) for key in keys], _BULK_CONCURRENCY)

    def _deleting_batch(self, keys: Sequence[str]) -> Callable[[], Any]:
        async def delete() -> None:
            _, body = await self._send_checked(self._requests.delete_objects(keys))
            for failed in read_delete_errors(body):
                raise GenericError(
                    f"Generic S3 error: DeleteObjects request failed for key {failed.key}: "
                    f"{failed.message} (code: {failed.code})",
                    store=self.label,
                    path=failed.key,
                    code=failed.code,
                )

        return delete

    def _deleting(self, key: str) -> Callable[[], Any]:
        async def delete() -> None:
            await self._send_and_forget(self._requests.delete_object(key))

        return delete

    async def sign_url(self, method: str, path: str, expires_in: float) -> str:
        credential = await self._credentials.get()
        target = self._signer.presign(
            method,
            self._requests.object_path(self._key(path)),
            credential,
            self._authority,
            int(expires_in),
            time.time(),
        )
        return f"{self._origin}{target}"


class S3Upload(MultipartUpload):
    """A multipart upload. Parts are kept by the service until it is completed or aborted."""

    part_limits = (5 << 20, 5 << 30, 10_000)

    def __init__(self, store: S3Backend, key: str, upload_id: str, options: WriteOptions) -> None:
        self._store = store
        self._key = key
        self._upload_id = upload_id
        self._options = options
        self._parts: dict[int, dict[str, str]] = {}

    def __repr__(self) -> str:
        return f"<S3Upload {self._key} id={self._upload_id} parts={len(self._parts)}>"

    async def put_part(self, index: int, data: Buffer) -> None:
        request = self._store._requests.upload_part(self._key, self._upload_id, index + 1, data)
        response = await self._store._send_and_forget(request)
        etag = response.headers.get("etag")
        if etag is None:
            raise GenericError("Generic S3 error: the reply to a part has no ETag", store=self._store.label)
        self._parts[index] = {"ETag": etag, **self._checksum_of(response.headers)}

    def _checksum_of(self, headers: Mapping[str, str]) -> dict[str, str]:
        algorithm = self._store._settings.checksum
        value = headers.get(f"x-amz-checksum-{algorithm}") if algorithm else None
        return {f"Checksum{str(algorithm).upper()}": value} if value else {}

    async def put_part_copy(self, index: int, source_key: str, source_range: str | None = None) -> None:
        """Make part `index` a copy of an object, or of a range of it."""
        request = self._store._requests.upload_part_copy(
            self._key, self._upload_id, index + 1, source_key, source_range
        )
        _, body = await self._store._send_checked(request)
        self._parts[index] = {"ETag": read_text(body, "ETag")}

    async def complete(self) -> PutResult:
        if not self._parts:
            await self.put_part(0, b"")
        parts = [self._parts[index] for index in sorted(self._parts)]
        request = self._store._requests.complete_multipart_upload(self._key, self._upload_id, parts, self._options)
        response, body = await self._store._send_checked(request, _meaning_of_refusals(self._options))
        return _put_result(response, read_text(body, "ETag"))

    async def abort(self) -> None:
        request = self._store._requests.abort_multipart_upload(self._key, self._upload_id)
        await self._store._send_and_forget(request)


def _meaning_of_refusals(options: WriteOptions) -> Meanings | None:
    if options.mode == "create":
        return _CREATE
    return _UPDATE if isinstance(options.mode, Mapping) else None


def _put_result(response: Response, etag: str | None) -> PutResult:
    if etag is None:
        raise GenericError("Generic S3 error: the reply to an upload has no ETag", store="S3")
    return {"e_tag": etag, "version": response.headers.get("x-amz-version-id")}
