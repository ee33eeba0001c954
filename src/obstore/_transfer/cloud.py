"""What all stores behind HTTP do alike: send, read, resume, and turn refusals into errors.

A cloud adds its requests (`Requests`), its authorisation, and what its replies mean. Its
operations then all read the same: build the request, send it, parse the reply.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from obstore._core.body import Body
from obstore._core.conditions import strong_tag
from obstore._core.errors import (
    BaseError,
    GenericError,
    InvalidPathError,
    NotFoundError,
    PreconditionError,
    store_error,
)
from obstore._core.path import join_path
from obstore._core.retry import RetryPolicy
from obstore._core.types import READ_ALL, Bounded, Buffer, ListOptions, ReadOptions
from obstore._core.version import VERSION
from obstore._http.body import HttpBody
from obstore._http.client import Authorized, Client, Failure, read_words
from obstore._http.message import FilePiece, Judge, Origin, Request, Response
from obstore._http.options import ClientOptions
from obstore._http.pool import pool_for
from obstore._transfer.backend import Backend, StoredObject
from obstore._transfer.download import Download, OneWayBody
from obstore._transfer.failures import Refusal, error_of, redirected_to
from obstore._transfer.lost_reply import doubt, holds, is_fresh, may_be_ours
from obstore._transfer.objects import Dialect, HeaderObject, extent_of

if TYPE_CHECKING:
    from obstore._transfer.observed import Observed

USER_AGENT = f"obstore-python/{VERSION}"

Meanings = Mapping[int, type[BaseError]]
"""What statuses mean in one operation, where that is not what they usually mean."""


def as_its_status(body: Buffer) -> None:
    """Take a reply for what its status says."""


class Requests(Protocol):
    """What a cloud's requests have in common."""

    def get_object(self, key: str, options: ReadOptions) -> Request:
        """Make the request for an object, or for its metadata."""


class CloudBackend(Backend):
    """A container of some service, or a prefix in one. Immutable once made; threads and loops may share it."""

    dialect: Dialect
    """Where the service's replies say what."""

    follows_redirects = False
    """Whether a reply may send a request elsewhere. Signed requests are valid where they were signed for."""

    address_setting = "endpoint"
    """The setting that says where requests go."""

    waits_in_place = True
    _requests: Requests

    def __init__(self, origin: Origin, prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        if origin.scheme == "http" and not options.allow_http:
            raise GenericError(
                f"Generic {self.label} error: {origin} is not encrypted, and allow_http is off",
                store=self.label,
                hint="client_options={'allow_http': True}",
            )
        self._origin = origin
        self._authority = origin.authority
        self._prefix = prefix
        self._user_agent = ("user-agent", options.user_agent or USER_AGENT)
        self._client = Client(
            pool_for(origin, options),
            policy,
            self._authorize,
            follows_redirects=self.follows_redirects,
            mend=self._mend,
        )

    @property
    def identity(self) -> str:
        beginning = self._requests.get_object(self._key("-"), READ_ALL).path
        return f"{self._origin}{beginning}"[: -len("/-")]

    @abstractmethod
    async def _authorize(self, request: Request) -> Authorized:
        """Return the target and the headers of an attempt, signed, with `host` and `user-agent`."""

    def _mend(self, request: Request, response: Response, body: bytes) -> bool:
        """Look at a refusal; say whether something has been changed for which the request may now succeed."""
        return False

    def _observe(self) -> Observed:
        return self._client

    @abstractmethod
    def _read_refusal(self, failure: Failure) -> Refusal:
        """Find the service's code, message and request id in the reply of a request that failed."""

    def _key(self, path: str) -> str:
        """Return the key of an object.

        Raises:
            InvalidPathError: The path is empty. Its URL would be the container's: a DELETE would remove that.
        """
        if not path:
            raise InvalidPathError(
                "Encountered object with invalid path: the empty path is the container itself, not an object in it",
                store=self.label,
                path=path,
            )
        return f"{self._prefix}/{path}" if self._prefix else path

    def _within_prefix(self, options: ListOptions) -> ListOptions:
        """Turn the options of a listing into those of the service, prefix included."""
        offset = join_path(self._prefix, options.offset) if options.offset else None
        return options._replace(prefix=join_path(self._prefix, options.prefix), offset=offset)

    @property
    def _prefix_length(self) -> int:
        return len(self._prefix) + 1 if self._prefix else 0

    async def _send(self, request: Request, meanings: Meanings | None = None) -> Response:
        try:
            return await self._client.send(request)
        except Failure as failure:
            raise self._error(failure, meanings) from failure.__cause__

    async def _send_and_forget(self, request: Request, meanings: Meanings | None = None) -> Response:
        """Send a request whose reply's body says nothing. It is read, so that the connection stays."""
        response = await self._send(request, meanings)
        if response.body.take() is None:
            await read_words(response)
        return response

    async def _send_and_read(
        self, request: Request, meanings: Meanings | None = None, judge: Judge = as_its_status
    ) -> tuple[Response, Buffer]:
        """Send a request and read its reply as one, tried again as one."""
        request.judge = judge
        response = await self._send(request, meanings)
        return response, await response.body.read()

    async def _send_deletion(self, request: Request) -> None:
        """Delete one object of a service that says so if there is none."""
        try:
            await self._send_and_forget(request)
        except NotFoundError as error:
            # An earlier attempt may have deleted it, although its reply never came.
            if error.attempts < 2:
                raise

    async def _send_guarded(
        self, request: Request, path: str, data: Buffer | FilePiece, meanings: Meanings | None
    ) -> Response:
        """Send a write of `data` that carries a condition: one that succeeded is not reported as a conflict.

        The reply returned is that of the write, or of the read which found it done.
        """
        request.is_guarded = True
        try:
            return await self._send_and_forget(request, meanings)
        except BaseError as error:
            if may_be_ours(error) and (found := await self._find_ours(path, data, error)) is not None:
                return found
            raise

    async def _find_ours(self, path: str, data: Buffer | FilePiece, error: BaseError) -> Response | None:
        """Return the reply that shows that `data` was stored by an attempt before the one that met `error`."""
        try:
            response = await self._send(self._requests.get_object(self._key(path), READ_ALL))
            stored = self._stored(path, response, READ_ALL)
            if stored.range[1] == len(data) and is_fresh(response.headers, error.elapsed or 0.0):
                return response if await holds(stored.body, data) else None
            stored.body.close()
        except BaseError:
            doubt(error)
        return None

    def _error(self, failure: Failure, meanings: Meanings | None = None) -> BaseError:
        subject, refusal = failure.request.subject, self._read_refusal(failure)
        hint = self._hint(failure, refusal)
        return error_of(failure, self._client, self.label, subject, refusal, by_status=meanings, hint=hint)

    def _hint(self, failure: Failure, refusal: Refusal) -> str | None:
        """Return what to do about a failure, as far as this cloud knows."""
        if redirected_to(failure) is None:
            return None
        return (
            f"requests have credentials, and go to {self._origin} alone: if the service is there, set"
            f" {self.address_setting}; if not, a gateway in between may have answered instead of it"
        )

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        return self._stored(path, await self._send(self._requests.get_object(self._key(path), options)), options)

    def _stored(self, path: str, response: Response, options: ReadOptions) -> StoredObject:
        """Make an object of the reply to `get_object`."""
        if options.range is None or options.head:
            size = int(response.headers.get("content-length") or 0)
            extent = (0, size)
        else:
            extent, size = extent_of(response, options.range, self.label)
        body = response.body
        if type(body) is HttpBody:  # `isinstance` would ask the abstract base, for longer than all of this takes.
            body = self._resumable(path, response, body, extent, options)
        stored = HeaderObject(path, response.headers, body, extent, size, self.dialect)
        if options.range is None and not options.head:
            self._verify(path, response, stored)
        return stored

    def _verify(self, path: str, response: Response, stored: StoredObject) -> None:
        """Have the body of a whole object compared with a checksum, if the service has one of it."""

    def _resumable(
        self, path: str, response: Response, body: HttpBody, extent: tuple[int, int], options: ReadOptions
    ) -> Body:
        etag = response.headers.get("etag")
        if body.remaining is None or etag is None:
            return OneWayBody(body, path)

        async def reopen(start: int, stop: int) -> Body:
            wanted = Bounded(start, stop)
            rest = ReadOptions(range=wanted, if_match=strong_tag(etag), version=options.version)
            response = await self._send(self._requests.get_object(self._key(path), rest))
            extent_of(response, wanted, self.label)
            self._check_unchanged(path, etag, response)
            return response.body

        return Download(body, extent, reopen, self._client.policy, path)

    def _check_unchanged(self, path: str, etag: str, response: Response) -> None:
        """Look at the tag as well: there are servers that do not know If-Match."""
        found = response.headers.get("etag")
        if found is None or found.removeprefix("W/") != etag.removeprefix("W/"):
            response.body.close()
            raise store_error(
                PreconditionError, self.label, path, f"it changed while it was being read, from {etag} to {found}"
            )
