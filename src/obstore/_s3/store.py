"""The S3 store: every primitive is a request built, sent, and its reply parsed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from obstore._core.errors import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotImplementedError,
    NotSupportedError,
    PreconditionError,
)
from obstore._core.log import debug
from obstore._core.retry import RetryPolicy
from obstore._core.types import Buffer, ListOptions, ListPage, Pairs, PutResult, WriteOptions
from obstore._http.client import Authorized, Failure
from obstore._http.message import FilePiece, Request, Response
from obstore._http.options import ClientOptions
from obstore._io.runtime import LARGE, current
from obstore._s3.config import S3Settings
from obstore._s3.copying import are_neighbours, copy
from obstore._s3.credentials import CredentialSource
from obstore._s3.deletion import delete_keys
from obstore._s3.requests import Requests
from obstore._s3.upload import begin
from obstore._s3.verification import CHECKSUM_HEADERS, verify
from obstore._transfer.backend import MultipartUpload, StoredObject
from obstore._transfer.cloud import Meanings
from obstore._transfer.failures import Refusal
from obstore._transfer.objects import Dialect
from obstore._transfer.xml_cloud import XmlBackend
from obstore._transfer.xml_replies import read_refusal

if TYPE_CHECKING:
    from obstore._s3.express import Sessions
    from obstore._s3.posting import Condition, PresignedPost
    from obstore._s3.sigv4 import Signer
    from obstore._transfer.observed import Observed

_ENDED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"})
"""What S3 says of credentials that have ended, whatever was known of that."""

_CREATE = {304: AlreadyExistsError, 409: AlreadyExistsError, 412: AlreadyExistsError}
# Updating what is not there fails as updating what has changed does: the condition did not hold.
_UPDATE = {404: PreconditionError, 409: PreconditionError}


class S3Backend(XmlBackend):
    """A bucket of S3, or a prefix in one.

    Where it turns out to be in another region than was said, `_moved` is what requests are passed on to.
    """

    label = "S3"
    dialect = Dialect("x-amz-version-id", "x-amz-meta-")
    request_id_header = "x-amz-request-id"
    create_meanings = _CREATE
    update_meanings = _UPDATE

    _requests: Requests

    _is_neighbour = are_neighbours
    _copy = copy
    _delete_keys = delete_keys

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
        self.sends_files = settings.checksum is None  # A checksum is a header, and computed from a buffer.
        self._credentials = credentials
        self._requests = Requests(settings, options.default_content_type, options.default_headers)
        self._encodes_listings = settings.encodes_listings
        self._made_signer: Signer | None = None
        self._clock_offset = 0.0  # Seconds by which the service's clock is ahead of ours, once it has complained.
        self._sessions = self._make_sessions() if settings.has_sessions else None
        self.lists_in_order = not settings.has_sessions
        self._moved: S3Backend | None = None
        self._may_move = True
        self.deletes_in_bulk = settings.deletes_in_bulk

    def _make_sessions(self) -> Sessions:
        from obstore._s3.express import Sessions

        return Sessions(self, lambda: self._signer)

    @property
    def _signer(self) -> Signer:
        """The signer, made on first use: with it comes OpenSSL's library, 3 ms of every start."""
        if self._made_signer is None:
            from obstore._s3.sigv4 import Signer

            settings = self._settings
            self._made_signer = Signer(
                settings.region, settings.service, signs_payload=settings.signs_payload, pays=settings.pays
            )
        return self._made_signer

    async def _authorize(self, request: Request) -> Authorized:
        signer = self._made_signer or self._signer
        if len(request.body) >= LARGE and self._settings.hashes_payload and request.payload_hash is None:
            await current().call(lambda: signer.payload_hash(request))  # A loop would stand still meanwhile.
        if not self._settings.signs:
            signed = signer.leave_unsigned(request, self._authority)
        elif self._sessions is not None:
            signed = await self._sessions.sign(request, self._authority)
        else:
            credential = self._credentials.peek()
            if credential is None:
                credential = await self._credentials.get()
            signed = signer.sign(request, credential, self._authority, time.time() + self._clock_offset)
        signed[1].append(self._user_agent)
        return signed

    def now(self) -> float:
        """Return the time by the service's clock, in seconds since the epoch."""
        return time.time() + self._clock_offset

    def _mend(self, request: Request, response: Response, body: bytes) -> bool:
        if b"Token" in body and read_refusal(body, None).code in _ENDED:
            return (self._sessions or self._credentials).renew()
        from obstore._s3.clock import TOLERANCE, is_skewed, offset_of

        if not is_skewed(request.method, response.status, body):
            return False
        offset, before = offset_of(response.headers.get("date"), time.time()), self._clock_offset
        if offset is None or abs(offset - before) < TOLERANCE:
            return False
        self._clock_offset = offset
        debug("retry", "%s: this machine's clock is off by %.0f s: signing again", self._origin, -offset)
        return True

    async def _send(self, request: Request, meanings: Meanings | None = None) -> Response:
        if self._moved is not None:
            return await self._moved._send(request, meanings)
        try:
            return await self._client.send(request)
        except Failure as failure:
            moved = await self._follow(failure)
            if moved is None:
                raise self._error(failure, meanings) from failure.__cause__
        return await moved._send(request, meanings)

    async def _follow(self, failure: Failure) -> S3Backend | None:
        """Return the same bucket in the region that a refusal says it is in, to be asked from now on.

        Once: a second refusal is the caller's.
        """
        if failure.response is None or failure.response.status >= 500:
            return None
        if self._moved is not None or not self._may_move:
            return self._moved
        from obstore._s3.region import hides_region, moved_to, region_in

        region = region_in(failure)
        if region is None and hides_region(failure) and self._settings.has_regional_host:
            region = await self._ask_region()
        settings = moved_to(self._settings, region)
        if settings is not None:
            moved = S3Backend(settings, self._credentials, self._prefix, self._client.pool.options, self._client.policy)
            moved._client.report_as(self._client)
            moved._clock_offset, moved._may_move = self._clock_offset, False
            self._moved = moved
            debug("retry", "%s: the bucket is in region %s, at %s", self._origin, settings.region, settings.origin)
        return self._moved

    async def _ask_region(self) -> str | None:
        """Ask for the bucket itself: to that the reply names the region, whatever else it says."""
        from obstore._s3.region import region_in

        try:
            response = await self._client.send(Request("HEAD", self._requests.bucket_path, (), []))
        except Failure as failure:
            return region_in(failure)
        response.body.close()
        return None

    def _error(self, failure: Failure, meanings: Meanings | None = None) -> BaseError:
        if self._moved is not None:
            return self._moved._error(failure, meanings)
        error = super()._error(failure, meanings)
        if error.code == "RequestTimeTooSkewed" and failure.response is not None:
            from obstore._s3.clock import clock_hint

            error.hint = clock_hint(failure.response.headers.get("date"), time.time())
        return error

    def _observe(self) -> Observed:
        return (self._moved or self)._client

    def _hint(self, failure: Failure, refusal: Refusal) -> str | None:
        from obstore._s3.hints import hint_for

        return hint_for(failure, refusal, self._settings, self._credentials.description)

    def _verify(self, path: str, response: Response, stored: StoredObject) -> None:
        if self._settings.verifies and not CHECKSUM_HEADERS.isdisjoint(response.headers):
            verify(stored, response.headers, self._settings.checksum, path)

    async def _list(self, options: ListOptions, *, delimiter: bool) -> ListPage:
        if not self._settings.has_sessions or not options.offset:
            return await super()._list(options, delimiter=delimiter)
        # Directory buckets list in no order, and so know no start-after.
        page = await super()._list(options._replace(offset=None), delimiter=delimiter)
        offset = options.offset
        return page._replace(objects=[meta for meta in page.objects if meta["path"] > offset])

    # Writing

    async def put_object(self, path: str, data: Buffer | FilePiece, options: WriteOptions) -> PutResult:
        self._check_write(options)
        request = self._requests.put_object(self._key(path), data, options)
        response = await self._send_write(request, path, data, options)
        return self._put_result(response, response.headers.get("etag"))

    def _check_write(self, options: WriteOptions) -> None:
        if options.tags and self._settings.no_tags_at is not None:
            raise NotSupportedError(
                f"Operation not supported: {self._settings.no_tags_at} has no tags",
                store=self.label,
                hint="put without tags=; or disable_tagging=True drops them, and =False sends them all the same",
            )
        if options.mode == "overwrite":
            return
        if not self._settings.may_put_conditionally:
            raise NotImplementedError(
                f"Operation `put_opts` with mode {options.mode!r} not yet implemented by {self!r}.",
                store=self.label,
                hint=self._settings.why_no_conditions,
            )
        if isinstance(options.mode, Mapping) and options.mode.get("e_tag") is None:
            raise GenericError("Generic S3 error: ETag required for conditional update", store=self.label)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        self._check_write(options)
        return await begin(self, self._key(path), options)

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        from obstore._transfer.canonical import refuse_own_names

        refuse_own_names(query, "x-amz-", self.label)
        check_expiry(expires_in)
        if self._moved is not None:
            return await self._moved.sign_url(method, path, expires_in, query=query, headers=headers)
        credential = await self._credentials.get()
        target = self._signer.presign(
            method,
            self._requests.object_path(self._key(path)),
            credential,
            self._authority,
            int(expires_in),
            self.now(),
            query,
            headers,
        )
        return f"{self._origin}{target}"

    async def sign_form(
        self, path: str, expires_in: float, fields: Mapping[str, str], conditions: Sequence[Condition]
    ) -> PresignedPost:
        """Return a form with which whoever has it can upload an object."""
        if self._moved is not None:
            return await self._moved.sign_form(path, expires_in, fields, conditions)
        from obstore._s3.posting import make_fields

        check_expiry(expires_in)
        credential = await self._credentials.get()
        bucket, key = self._settings.bucket, self._key(path)
        signed = make_fields(self._signer, credential, bucket, key, int(expires_in), self.now(), fields, conditions)
        return {"url": f"{self._origin}{self._requests.bucket_path}", "fields": signed}


def check_expiry(expires_in: float) -> None:
    """Check for how long, in seconds, a signature is to be valid.

    Raises:
        GenericError: Longer than the service allows: the API reference has "604800 (seven days)" for X-Amz-Expires.
    """
    if expires_in > 604_800:
        raise GenericError(
            f"Generic S3 error: a signed URL is valid for at most 604800 seconds (7 days), not {expires_in:.0f}",
            store="S3",
        )
