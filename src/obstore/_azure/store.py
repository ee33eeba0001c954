"""The Azure store: every primitive is a request built, sent, and its reply parsed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from obstore._azure.config import LABEL, AzureSettings
from obstore._azure.credential import AccessKey, BearerToken, Credential, SasToken, sas_expiry
from obstore._azure.credentials import CredentialSource
from obstore._azure.listing import read_page
from obstore._azure.replies import read_put_result, read_refusal
from obstore._azure.requests import METADATA_PREFIX, Requests
from obstore._azure.upload import CREATE, AzureUpload, meanings_for
from obstore._core.body import BufferBody
from obstore._core.errors import (
    BaseError,
    GenericError,
    NotFoundError,
    NotModifiedError,
    NotSupportedError,
    PreconditionError,
    store_error,
)
from obstore._core.ranges import resolve_range
from obstore._core.retry import Backoff, RetryPolicy
from obstore._core.types import (
    Bounded,
    Buffer,
    Last,
    ListOptions,
    ListPage,
    Pairs,
    PutResult,
    ReadOptions,
    WriteOptions,
)
from obstore._http.client import Authorized, Failure, read_words
from obstore._http.message import FilePiece, Request, Response
from obstore._http.options import ClientOptions
from obstore._io.runtime import current
from obstore._transfer.backend import MultipartUpload, StoredObject
from obstore._transfer.cloud import CloudBackend, Meanings
from obstore._transfer.failures import Refusal
from obstore._transfer.objects import Dialect
from obstore._transfer.parallel import try_all

if TYPE_CHECKING:
    from obstore._azure.authorization import Authorizer
    from obstore._azure.signing import UrlSigner

BATCH_LIMIT = 256
"""Requests in one batch, by the REST reference."""

_BATCHES = 20
"""Batches of deletions in flight: the reference's number."""

_SUFFIX_ATTEMPTS = 4
_COPY_POLL = RetryPolicy(init_backoff=0.1, max_backoff=5.0)

_HINTS = {
    "AuthenticationFailed": "check the account key, or the SAS and until when it is valid, and this machine's clock",
    "AuthorizationPermissionMismatch": "the identity needs a role for data, such as 'Storage Blob Data Contributor' "
    "(being the account's owner is not enough), or the SAS the permission",
    "AuthorizationFailure": "the account's network rules may not admit this machine",
    "KeyBasedAuthenticationNotPermitted": "the account accepts no keys: use a token, e.g. use_azure_cli=True",
    "ContainerNotFound": "the container must exist: obstore does not create any",
    "InvalidBlockList": "another upload to the same object has been finished, and the service forgot this one's blocks",
}


class AzureBackend(CloudBackend):
    """A container of Azure Blob Storage, or a prefix in one."""

    label = LABEL
    sends_files = True
    lists_in_order = True
    dialect = Dialect("x-ms-version-id", METADATA_PREFIX)

    _requests: Requests

    def __init__(
        self,
        settings: AzureSettings,
        credentials: CredentialSource,
        prefix: str,
        options: ClientOptions,
        policy: RetryPolicy,
    ) -> None:
        if settings.is_emulator:
            options = options._replace(allow_http=True)
        super().__init__(settings.origin, prefix, options, policy)
        self._settings = settings
        self._credentials = credentials
        self._requests = Requests(settings, options.default_content_type, options.default_headers)
        self._made_authorizer: Authorizer | None = None
        self._made_url_signer: UrlSigner | None = None

    # Authorisation

    @property
    def _authorizer(self) -> Authorizer:
        """Made on first use: with it comes OpenSSL's library, 3 ms of every start."""
        if self._made_authorizer is None:
            from obstore._azure.authorization import Authorizer

            self._made_authorizer = Authorizer(self._settings.account)
        return self._made_authorizer

    @property
    def _url_signer(self) -> UrlSigner:
        if self._made_url_signer is None:
            from obstore._azure.signing import UrlSigner

            self._made_url_signer = UrlSigner(self._settings, self._requests.get_delegation_key, self._send_and_read)
        return self._made_url_signer

    async def _authorize(self, request: Request) -> Authorized:
        authorizer = self._made_authorizer or self._authorizer
        credential = await self._credential()
        authorized = authorizer.authorize(request, credential, time.time())
        authorized[1].append(("host", self._authority))
        authorized[1].append(self._user_agent)
        return authorized

    async def _credential(self) -> Credential | None:
        if not self._settings.signs:
            return None
        return self._credentials.peek() or await self._credentials.get()

    def _read_refusal(self, failure: Failure) -> Refusal:
        headers = failure.response.headers if failure.response is not None else {}
        return read_refusal(failure.body, headers, may_quote=not self._settings.encryption_headers)

    def _error(self, failure: Failure, meanings: Meanings | None = None) -> BaseError:
        error = super()._error(failure, meanings)
        if error.status == 403 and (expired := self._expired_sas()):
            error.hint = expired
        elif error.hint is None and error.code is not None:
            error.hint = _HINTS.get(error.code)
        return error

    def _expired_sas(self) -> str | None:
        credential = self._credentials.peek() if self._settings.signs else None
        expiry = sas_expiry(credential) if isinstance(credential, SasToken) else None
        if expiry is None or expiry > time.time():
            return None
        return f"the SAS ({self._credentials.description}) expired {time.time() - expiry:.0f} s ago"

    # Reading

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        if options.if_none_match is not None and options.if_none_match.strip() == "*":
            await self._refuse_if_there(path, options)
        if isinstance(options.range, Last) and not options.head:
            return await self._get_suffix(path, options, options.range)
        return await super().get_object(path, options)

    def _stored(self, path: str, response: Response, options: ReadOptions) -> StoredObject:
        # Accounts with a hierarchical namespace have directories, and answer for them as for an empty object.
        if response.headers.get("x-ms-resource-type", "file") != "file":
            response.body.close()
            raise store_error(NotFoundError, self.label, path, "it is a directory", status=404)
        return super()._stored(path, response, options)

    async def _get_suffix(self, path: str, options: ReadOptions, wanted: Last) -> StoredObject:
        """Return the last bytes. Azure cannot be asked for them: the size comes first, then the bytes of that object.

        What is returned belongs together: the second request has the tag of the first for a
        condition. An object that changes between the two is looked at again.
        """
        for attempt in range(_SUFFIX_ATTEMPTS):
            head = await super().get_object(path, options._replace(head=True))
            size, etag = head.meta["size"], head.meta["e_tag"]
            start, stop = resolve_range(wanted, size)
            if start == stop:
                return StoredObject(head.meta, BufferBody(b""), range=(start, stop), attributes=head.attributes)
            try:
                pinned = ReadOptions(range=Bounded(start, stop), if_match=etag, version=options.version)
                return await super().get_object(path, pinned)
            except PreconditionError:
                if attempt + 1 == _SUFFIX_ATTEMPTS:
                    raise
        raise AssertionError

    async def _refuse_if_there(self, path: str, options: ReadOptions) -> NoReturn:
        """Say that an object is there. For a read the service calls `If-None-Match: *` unsatisfiable (400)."""
        await super().get_object(path, options._replace(if_none_match=None, range=None, head=True))
        raise store_error(NotModifiedError, self.label, path, "it exists, and '*' matches any", status=304)

    async def list_objects(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=False)

    async def list_directory(self, options: ListOptions) -> ListPage:
        return await self._list(options, delimiter=True)

    async def _list(self, options: ListOptions, *, delimiter: bool) -> ListPage:
        wanted = self._within_prefix(options)
        _, body = await self._send_and_read(self._requests.list_objects(wanted, delimiter=delimiter))
        return read_page(body, wanted.prefix, self._prefix_length, wanted.offset)

    # Writing

    async def put_object(self, path: str, data: Buffer | FilePiece, options: WriteOptions) -> PutResult:
        self._check_condition(options)
        request = self._requests.put_object(self._key(path), data, options)
        if options.mode == "overwrite":
            return read_put_result((await self._send_and_forget(request)).headers)
        return read_put_result((await self._send_guarded(request, path, data, meanings_for(options))).headers)

    def _check_condition(self, options: WriteOptions) -> None:
        if isinstance(options.mode, Mapping) and options.mode.get("e_tag") is None:
            raise GenericError(f"Generic {LABEL} error: ETag required for conditional update", store=self.label)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        self._check_condition(options)
        return AzureUpload(self, self._key(path), options)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        source_key, target_key = self._key(source), self._key(target)
        source_url, headers = await self._copy_source(source_key)
        request = self._requests.copy_object(source_key, target_key, source_url, overwrite=overwrite)
        request.headers = [*request.headers, *headers]
        try:
            response = await self._client.send(request)
        except Failure as failure:
            if not overwrite and failure.response is not None and failure.response.status in CREATE:
                request.subject = target_key  # Everything else is about the source.
            raise self._error(failure, {409: GenericError} if overwrite else CREATE) from failure.__cause__
        await read_words(response)
        await self._await_copy(target, response)

    async def _copy_source(self, key: str) -> tuple[str, list[tuple[str, str]]]:
        """Return the URL of the source of a copy, and the headers that let the service read it.

        Within an account it may do what the request itself may, except that a SAS speaks
        only for the URL that it stands in. With a customer's key the service fetches the source like a stranger.
        """
        url = f"{self._origin}{self._requests.object_path(key)}"
        credential = await self._credential()
        if isinstance(credential, SasToken):
            return f"{url}?{credential.query}", []
        if self._settings.encryption_headers and isinstance(credential, AccessKey):
            return await self._url_signer.sign(credential, "GET", self._requests.object_path(key), 3600), []
        if self._settings.encryption_headers and isinstance(credential, BearerToken):
            return url, [("x-ms-copy-source-authorization", f"Bearer {credential.token}")]
        return url, []

    async def _await_copy(self, target: str, response: Response) -> None:
        """Wait for a copy that the service has only begun: it does so when the data has to move."""
        backoff = Backoff(_COPY_POLL)
        headers = response.headers
        copy_id = headers.get("x-ms-copy-id")
        while headers.get("x-ms-copy-status", "success") == "pending":
            await current().sleep(backoff.next_delay(lambda: 1.0))
            request = self._requests.get_object(self._key(target), ReadOptions(head=True))
            headers = (await self._send(request)).headers
            if headers.get("x-ms-copy-id") != copy_id:
                return  # Something else has been written there since.
        status = headers.get("x-ms-copy-status", "success")
        if status != "success":
            why = headers.get("x-ms-copy-status-description", "")
            raise store_error(GenericError, self.label, target, f"the copy to {target} {status}: {why}", code=status)

    async def delete_objects(self, paths: Sequence[str]) -> None:
        keys = [self._key(path) for path in paths]
        if len(keys) == 1:
            await self._send_deletion(self._requests.delete_object(keys[0]))
        else:
            batches = [keys[start : start + BATCH_LIMIT] for start in range(0, len(keys), BATCH_LIMIT)]
            await try_all([self._deleting(batch) for batch in batches], _BATCHES)

    def _deleting(self, keys: Sequence[str]) -> Callable[[], Any]:
        async def delete() -> None:
            from obstore._azure.batch import make_boundary, read_batch, write_batch

            requests = [self._requests.delete_object(key) for key in keys]
            credential, boundary = await self._credential(), make_boundary()
            parts = [self._authorizer.authorize(request, credential, time.time()) for request in requests]
            request = self._requests.delete_batch(keys, boundary, write_batch(boundary, parts))
            response, body = await self._send_and_read(request)
            replies = read_batch(response.headers.get("content-type"), body, len(keys))
            for part, (head, words) in zip(requests, replies, strict=True):
                if head.status >= 300 and not (head.status == 404 and response.attempts > 1):
                    reply = Response(head, BufferBody(words), None)
                    raise self._error(Failure(part, response.attempts, 0.0, reply, words))

        return delete

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        if headers:
            raise NotSupportedError(
                "Operation not supported: signed URLs of Azure say nothing about headers",
                store=self.label,
                hint="whoever uses the URL may send any; query= has response-content-type and its kind",
            )
        if self._settings.encryption_headers:
            raise NotSupportedError(
                "Operation not supported: signed URLs cannot carry customer-provided keys, which are headers",
                store=self.label,
            )
        object_path = self._requests.object_path(self._key(path))
        return await self._url_signer.sign(await self._credential(), method, object_path, expires_in, query)
