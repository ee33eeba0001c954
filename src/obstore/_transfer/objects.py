"""An object as an HTTP reply describes it: which bytes, of what, with which metadata. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from obstore._core.attributes import headers_to_attributes
from obstore._core.body import Body
from obstore._core.errors import GenericError, NotSupportedError
from obstore._core.ranges import parse_content_range, resolve_range
from obstore._core.times import parse_http_date
from obstore._core.types import ByteRange, ObjectMeta
from obstore._http.message import Response
from obstore._transfer.backend import StoredObject

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Dialect(NamedTuple):
    """Where a service's replies keep what: the headers of versions and of user metadata, if it has any."""

    version_header: str | None
    metadata_prefix: str | None


class HeaderObject(StoredObject):
    """An object as its reply's headers describe it. They are read when somebody asks."""

    __slots__ = ("_dialect", "_headers", "_path", "_size")

    def __init__(
        self,
        path: str,
        headers: dict[str, str],
        body: Body,
        range: tuple[int, int],
        size: int,
        dialect: Dialect,
    ) -> None:
        self._path = path
        self._headers = headers
        self._size = size
        self._dialect = dialect
        self.body = body
        self.range = range

    @property
    def meta(self) -> ObjectMeta:  # type: ignore[override]
        """The object's metadata, a new dictionary at each call."""
        headers, version_header = self._headers, self._dialect.version_header
        modified = headers.get("last-modified")
        return {
            "path": self._path,
            "last_modified": self._parse_date(modified) if modified is not None else _EPOCH,
            "size": self._size,
            "e_tag": headers.get("etag"),
            "version": headers.get(version_header) if version_header else None,
        }

    def _parse_date(self, modified: str) -> datetime:
        try:
            return parse_http_date(modified)
        except ValueError as error:
            raise GenericError(
                f"Generic error: the Last-Modified of a reply is wrong: {error}", path=self._path
            ) from error

    @property
    def attributes(self) -> dict[str, str]:  # type: ignore[override]
        """The object's attributes."""
        return headers_to_attributes(self._headers, self._dialect.metadata_prefix)


def extent_of(response: Response, wanted: ByteRange, store: str) -> tuple[tuple[int, int], int]:
    """Return the range that a reply's body holds, and the size of the whole object.

    Raises:
        NotSupportedError: The server does not know ranges, and sent everything.
        GenericError: It is not the range that was asked for. In either case the body is closed.
    """
    try:
        return _extent_of(response, wanted, store)
    except BaseException:
        response.body.close()
        raise


def _extent_of(response: Response, wanted: ByteRange, store: str) -> tuple[tuple[int, int], int]:
    headers = response.headers
    # rclone's S3 server sends a range, says so in Content-Range, and calls it 200.
    if response.status != 206 and "content-range" not in headers:
        raise NotSupportedError(
            f"Generic {store} error: Received non-partial response when range requested", store=store
        )
    try:
        start, stop, size = parse_content_range(headers["content-range"])
        expected = resolve_range(wanted, size)
    except (KeyError, ValueError) as error:
        raise GenericError(
            f"Generic {store} error: the Content-Range of a partial response is wrong: {error}"
        ) from error
    if (start, stop) != expected:
        raise GenericError(f"Generic {store} error: Requested {expected[0]}..{expected[1]}, got {start}..{stop}")
    length = headers.get("content-length")
    if length is not None and int(length) != stop - start:
        # Read by the one number where the other ends the body, and bytes of the next reply would be in it.
        raise GenericError(f"Generic {store} error: Content-Range has {stop - start} bytes, Content-Length {length}")
    return (start, stop), size
