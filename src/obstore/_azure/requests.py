"""Azure's requests: one function for each, from what is asked for to what goes on the wire.

Pure: nothing is sent here, and nothing authorised. Header names are lower-case, as the
signature wants them. The operations are those of the Blob service's REST reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from os import urandom

from obstore._azure.config import AzureSettings
from obstore._azure.names import refuse_dot_segments
from obstore._core.attributes import attributes_to_headers, encode_tags
from obstore._core.conditions import mode_to_headers, options_to_headers
from obstore._core.key import directory_prefix, shown_keys
from obstore._core.path import encode_path
from obstore._core.types import READ_ALL, Buffer, ListOptions, ReadOptions, WriteOptions
from obstore._http.message import FilePiece, Header, Query, Request

METADATA_PREFIX = "x-ms-meta-"

_BLOCK_BLOB = ("x-ms-blob-type", "BlockBlob")
# The first version whose Put Blob From URL takes a customer's key for the source as well.
_COPY_WITH_KEY_VERSION = ("x-ms-version", "2026-02-06")
_XML = '<?xml version="1.0" encoding="utf-8"?>\n'


class Requests:
    """Makes the requests for one container."""

    def __init__(
        self, settings: AzureSettings, default_content_type: str | None, default_headers: Sequence[Header]
    ) -> None:
        self._settings = settings
        self._default_content_type = default_content_type
        self._default_headers = list(default_headers)
        self._keys = settings.encryption_headers
        self._is_secret = bool(self._keys)
        self.service_path = settings.service_path + "/"
        self.container_path = settings.base_path
        self._base = self.container_path + "/"

    def object_path(self, key: str) -> str:
        """Return the path of a key's URL, percent-encoded.

        Raises:
            InvalidPathError: It would not be that key's. Whoever passes keys has them checked; this is the last look.
        """
        encoded = encode_path(key)
        path = self._base + encoded
        if "/." in path or (encoded != key and "\\" in key):
            refuse_dot_segments(key)
        return path

    def get_object(self, key: str, options: ReadOptions) -> Request:
        """Get Blob, or Get Blob Properties. Azure knows no suffix ranges: `options` has none."""
        headers = [*self._default_headers, *self._keys]
        query: Query = ()
        if options is not READ_ALL:
            headers += options_to_headers(_as_by_rfc(options))
            query = (("versionid", options.version),) if options.version is not None else ()
        method = "HEAD" if options.head else "GET"
        return Request(method, self.object_path(key), query, headers, subject=key, is_secret=self._is_secret)

    def put_object(self, key: str, data: Buffer | FilePiece, options: WriteOptions) -> Request:
        """Put Blob. `If-None-Match: *` and `If-Match` make it conditional."""
        headers = [*self._write_headers(options), _BLOCK_BLOB, *mode_to_headers(options.mode)]
        idempotent = options.mode == "overwrite"
        return self._request("PUT", self.object_path(key), (), headers, data, subject=key, idempotent=idempotent)

    def put_block(self, key: str, block_id: str, data: Buffer | FilePiece) -> Request:
        """Put Block. It stays out of sight until a block list names it."""
        query = (("comp", "block"), ("blockid", block_id))
        headers = [*self._default_headers, *self._keys]
        return self._request("PUT", self.object_path(key), query, headers, data, subject=key, idempotent=True)

    def put_block_list(self, key: str, block_ids: Sequence[str], options: WriteOptions) -> Request:
        """Put Block List: makes an object of blocks, in the order given."""
        blocks = "".join([f"\t<Uncommitted>{block_id}</Uncommitted>\n" for block_id in block_ids])
        body = f"{_XML}<BlockList>\n{blocks}</BlockList>".encode()
        headers = [*self._write_headers(options), *mode_to_headers(options.mode)]
        return self._request(
            "PUT",
            self.object_path(key),
            (("comp", "blocklist"),),
            headers,
            body,
            subject=key,
            idempotent=options.mode == "overwrite",
        )

    def list_objects(self, options: ListOptions, *, delimiter: bool) -> Request:
        """List Blobs. `startFrom` is part of the first page's request only: later ones have the marker."""
        starts = options.offset is not None and options.token is None and not self._settings.is_emulator
        query = [
            ("restype", "container"),
            ("comp", "list"),
            ("prefix", directory_prefix(options.prefix)),
            ("delimiter", "/" if delimiter else None),
            ("marker", options.token),
            ("startFrom", options.offset if starts else None),
            ("maxresults", str(options.max_keys) if options.max_keys else None),
        ]
        given = tuple((name, value) for name, value in query if value is not None)
        return self._request("GET", self.container_path, given, [*self._default_headers], subject=options.prefix)

    def delete_object(self, key: str) -> Request:
        """Delete Blob."""
        headers = [*self._default_headers]
        return self._request("DELETE", self.object_path(key), (), headers, subject=key, idempotent=True)

    def delete_batch(self, keys: Sequence[str], boundary: str, body: bytes) -> Request:
        """Blob Batch. Each part of `body` is a request of its own."""
        headers = [*self._default_headers, ("content-type", f"multipart/mixed; boundary={boundary}")]
        query = (("restype", "container"), ("comp", "batch"))
        subject = shown_keys(keys)
        return self._request("POST", self.container_path, query, headers, body, subject=subject, idempotent=True)

    def copy_object(self, source: str, target: str, source_url: str, *, overwrite: bool) -> Request:
        """Copy Blob, or with a customer's key, which that does not take, Put Blob From URL."""
        headers = [*self._default_headers, ("x-ms-copy-source", source_url)]
        if self._keys:
            headers += [_COPY_WITH_KEY_VERSION, _BLOCK_BLOB, *self._keys, *self._source_keys()]
        if not overwrite:
            headers.append(("if-none-match", "*"))
        return self._request("PUT", self.object_path(target), (), headers, subject=source, idempotent=overwrite)

    def put_block_from_url(
        self, source: str, target: str, block_id: str, source_url: str, extent: tuple[int, int], etag: str | None
    ) -> Request:
        """Put Block From URL: a block that is a range of an object, as long as that has the tag `etag`."""
        query = (("comp", "block"), ("blockid", block_id))
        start, stop = extent
        headers = [*self._default_headers, ("x-ms-copy-source", source_url)]
        headers.append(("x-ms-source-range", f"bytes={start}-{stop - 1}"))
        if etag is not None:
            headers.append(("x-ms-source-if-match", etag))
        if self._keys:
            headers += [_COPY_WITH_KEY_VERSION, *self._keys, *self._source_keys()]
        return self._request("PUT", self.object_path(target), query, headers, subject=source, idempotent=True)

    def _source_keys(self) -> list[Header]:
        from obstore._azure.encryption import source_headers

        return source_headers(self._keys)

    def get_delegation_key(self, start: str, expiry: str) -> Request:
        """Get User Delegation Key."""
        info = f"{_XML}<KeyInfo>\n\t<Start>{start}</Start>\n\t<Expiry>{expiry}</Expiry>\n</KeyInfo>"
        query = (("restype", "service"), ("comp", "userdelegationkey"))
        headers = [*self._default_headers, ("content-type", "application/xml")]
        return self._request("POST", self.service_path, query, headers, info.encode(), idempotent=True)

    def _request(
        self,
        method: str,
        path: str,
        query: Query,
        headers: list[Header],
        body: Buffer | FilePiece = b"",
        *,
        subject: str = "",
        idempotent: bool | None = None,
    ) -> Request:
        secret = self._is_secret
        return Request(method, path, query, headers, body, subject=subject, idempotent=idempotent, is_secret=secret)

    def _write_headers(self, options: WriteOptions) -> list[Header]:
        headers = [*self._default_headers, *self._keys]
        headers += attributes_to_headers(
            options.attributes, METADATA_PREFIX, "x-ms-access-tier", content_prefix="x-ms-blob-"
        )
        if self._default_content_type is not None and "Content-Type" not in options.attributes:
            headers.append(("x-ms-blob-content-type", self._default_content_type))
        if options.tags and self._settings.sends_tags:
            headers.append(("x-ms-tags", encode_tags(options.tags)))
        return headers


def _as_by_rfc(options: ReadOptions) -> ReadOptions:
    """Leave out what the service would read differently from RFC 9110, section 13.2.2.

    There a date counts only without a tag beside it. Azure evaluates "If-Match &&
    If-Unmodified-Since && (If-None-Match || If-Modified-Since)".
    """
    return options._replace(
        range=None if options.head else options.range,
        if_unmodified_since=options.if_unmodified_since if options.if_match is None else None,
        if_modified_since=options.if_modified_since if options.if_none_match is None else None,
    )


def make_block_id() -> str:
    """Return the id of a new block. All ids in an object must be equally long.

    It is random rather than the part's number, so that two who write the same object at once do
    not publish each other's blocks.
    """
    from base64 import b64encode

    return b64encode(urandom(16).hex().encode()).decode()
