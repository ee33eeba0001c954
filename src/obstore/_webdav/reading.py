"""Reading over HTTP: what every web server can do, and what to do where one does it badly."""

from __future__ import annotations

from obstore._core.body import BufferBody
from obstore._core.errors import BaseError, GenericError, NotFoundError, TransportError
from obstore._core.retry import RetryPolicy
from obstore._core.times import parse_http_date
from obstore._core.types import Buffer, ReadOptions
from obstore._http.body import HttpBody
from obstore._http.client import Authorized, Failure
from obstore._http.message import Header, Request, Response
from obstore._http.options import ClientOptions
from obstore._transfer.backend import StoredObject
from obstore._transfer.cloud import CloudBackend, Meanings
from obstore._transfer.failures import Refusal
from obstore._transfer.objects import Dialect, HeaderObject
from obstore._webdav.replies import hint_for, read_refusal, says_directory
from obstore._webdav.requests import Requests, join_headers
from obstore._webdav.url import Place

_CHUNK = 1 << 20
_OF_OBJECTS = frozenset({"GET", "HEAD", "DELETE"})

_READING: Meanings = {404: NotFoundError, 405: NotFoundError, 410: NotFoundError}
# A URL that was signed for GET is refused to HEAD with 403.
_HEAD_REFUSED = frozenset({403, 405, 501})


class ReadableHTTP(CloudBackend):
    """The objects below a URL, to be read."""

    label = "HTTP"
    dialect = Dialect(None, None)
    follows_redirects = True

    _requests: Requests

    def __init__(
        self, place: Place, options: ClientOptions, policy: RetryPolicy, authorization: Header | None = None
    ) -> None:
        super().__init__(place.origin, "", options, policy)
        self._place = place
        self._requests = Requests(place, options.default_content_type)
        headers = join_headers(options.default_headers, [("host", self._authority), self._user_agent])
        self._headers = join_headers([authorization] if authorization else [], headers)

    async def _authorize(self, request: Request) -> Authorized:
        target = f"{request.path}?{self._place.query}" if self._place.query else request.path
        return target, join_headers(request.headers, self._headers)

    def _read_refusal(self, failure: Failure) -> Refusal:
        return read_refusal(failure)

    def _error(self, failure: Failure, meanings: Meanings | None = None) -> BaseError:
        if failure.response is not None and failure.request.method in _OF_OBJECTS and says_directory(failure):
            meanings = {**(meanings or {}), failure.response.status: NotFoundError}
        return super()._error(failure, meanings)

    def _hint(self, failure: Failure, refusal: Refusal) -> str | None:
        return hint_for(failure, self._origin)

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        try:
            response = await self._send(self._requests.get_object(path, options), _READING)
        except BaseError as error:
            if options.head and error.status in _HEAD_REFUSED:
                return await self._head_by_get(path, options)
            raise
        _forgive_date(response)
        if options.head and "content-length" not in response.headers:
            return await self._head_by_get(path, options)
        if type(response.body) is HttpBody and response.body.remaining is None:
            return await self._read_whole(path, response, options)
        return self._stored(path, response, options)

    async def _read_whole(self, path: str, response: Response, options: ReadOptions) -> StoredObject:
        """Read a body whose length the server did not say: nothing can be said of the object before."""
        data = await self._body_of(response)
        response.headers["content-length"] = str(len(data))
        response.body = BufferBody(data)
        return self._stored(path, response, options)

    async def _head_by_get(self, path: str, options: ReadOptions) -> StoredObject:
        """Find out with a GET what a HEAD does not say. Its body is read only if the length is known no other way."""
        request = self._requests.get_object(path, options._replace(head=False, range=None))
        response = await self._send(request, _READING)
        _forgive_date(response)
        length = response.headers.get("content-length")
        size = int(length) if length is not None else await self._count(response)
        response.body.close()
        return HeaderObject(path, response.headers, BufferBody(b""), (0, size), size, self.dialect)

    async def _count(self, response: Response) -> int:
        size = 0
        try:
            while piece := await response.body.read_chunk(_CHUNK):
                size += len(piece)
        except TransportError as error:
            raise self._broken(error) from error
        return size

    async def _body_of(self, response: Response) -> Buffer:
        try:
            return await response.body.read()
        except TransportError as error:
            raise self._broken(error) from error

    def _broken(self, error: TransportError) -> GenericError:
        return GenericError(f"Generic HTTP error: a reply broke off: {error}", store=self.label)


def _forgive_date(response: Response) -> None:
    """Drop a date that is none: a web application may write anything there, and no date is a case of its own."""
    modified = response.headers.get("last-modified")
    if modified is None:
        return
    try:
        parse_http_date(modified)
    except ValueError:
        del response.headers["last-modified"]
