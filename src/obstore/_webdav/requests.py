"""The requests of HTTP and WebDAV (RFC 4918): one function for each. Pure: nothing is sent here."""

from __future__ import annotations

from collections.abc import Sequence

from obstore._core.attributes import attributes_to_headers
from obstore._core.conditions import options_to_headers
from obstore._core.path import encode_path
from obstore._core.types import Buffer, ReadOptions, WriteOptions
from obstore._http.message import FilePiece, Header, Request
from obstore._webdav.url import Place

# Only what a listing shows: "allprop", which is what no body means, makes some servers compute much more.
_PROPFIND_BODY = (
    b'<?xml version="1.0" encoding="utf-8"?><propfind xmlns="DAV:"><prop>'
    b"<resourcetype/><getcontentlength/><getlastmodified/><getetag/></prop></propfind>"
)

# nginx says 500 when the directory that a copy goes to is missing.
_FINAL_FOR_COPY = frozenset({500})
# 507 is what some say to a listing that would be too long.
_FINAL_FOR_LISTING = frozenset({507})


class Requests:
    """Makes the requests for the objects below one URL."""

    def __init__(self, place: Place, default_content_type: str | None) -> None:
        self._place = place
        self._base = f"{place.base}/"
        self._default_content_type = default_content_type

    def object_path(self, key: str) -> str:
        """Return the path of an object's URL, percent-encoded. The empty key is the store's own URL."""
        return self._base + encode_path(key) if key else self._place.root

    def directory_path(self, key: str) -> str:
        """Return the path of a directory's URL.

        "URLs of collections SHOULD end in a trailing slash" (RFC 4918, 5.2); without it some servers redirect.
        """
        return f"{self._base}{encode_path(key)}/" if key else self._base

    def get_object(self, key: str, options: ReadOptions) -> Request:
        """GET or HEAD."""
        method = "HEAD" if options.head else "GET"
        headers = options_to_headers(options)
        return Request(method, self.object_path(key), (), headers, subject=key)

    def put_object(self, key: str, data: Buffer | FilePiece, options: WriteOptions) -> Request:
        """PUT. HTTP has no headers for user metadata, storage classes and tags: they are left out."""
        headers = attributes_to_headers(options.attributes, None, None)
        if self._default_content_type is not None and "Content-Type" not in options.attributes:
            headers.append(("content-type", self._default_content_type))
        return Request(
            "PUT",
            self.object_path(key),
            (),
            headers,
            data,
            subject=key,
            idempotent=True,
        )

    def delete_object(self, key: str) -> Request:
        """DELETE, of an object only.

        "A client MUST NOT submit a Depth header with a DELETE on a collection with any value but infinity"
        (RFC 4918, 9.6.1): so servers refuse this one where it would take a whole tree.
        """
        headers = [("depth", "0")]
        return Request("DELETE", self.object_path(key), (), headers, subject=key)

    def make_collection(self, key: str) -> Request:
        """MKCOL."""
        return Request("MKCOL", self.directory_path(key), subject=key)

    def copy_object(self, source: str, target: str, *, overwrite: bool) -> Request:
        """COPY."""
        return self._to("COPY", source, target, overwrite=overwrite)

    def move_object(self, source: str, target: str, *, overwrite: bool) -> Request:
        """MOVE."""
        return self._to("MOVE", source, target, overwrite=overwrite)

    def _to(self, method: str, source: str, target: str, *, overwrite: bool) -> Request:
        headers = [
            # Absolute: servers older than RFC 4918 know no other form.
            ("destination", f"{self._place.origin}{self.object_path(target)}"),
            ("overwrite", "T" if overwrite else "F"),
        ]
        final = _FINAL_FOR_COPY if "/" in target else frozenset[int]()
        return Request(method, self.object_path(source), (), headers, subject=source, final_statuses=final)

    def find_properties(self, key: str, depth: str) -> Request:
        """PROPFIND of a directory; `depth` is `0`, `1` or `infinity`."""
        headers = [("content-type", "application/xml; charset=utf-8"), ("depth", depth)]
        return Request(
            "PROPFIND",
            self.directory_path(key),
            (),
            headers,
            _PROPFIND_BODY,
            subject=key,
            final_statuses=_FINAL_FOR_LISTING,
        )

    def get_index(self, key: str) -> Request:
        """GET of the page that lists a directory."""
        return Request("GET", self.directory_path(key), subject=key)


def join_headers(specific: Sequence[Header], general: Sequence[Header]) -> list[Header]:
    """Return the headers of one request, and those of all requests where it has none of that name."""
    if not specific:
        return list(general)
    names = {name for name, _ in specific}
    return [*[header for header in general if header[0] not in names], *specific]
