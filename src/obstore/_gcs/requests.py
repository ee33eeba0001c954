"""Google Cloud Storage's requests: from what is asked for to what goes on the wire. Pure.

They are those of its XML API, whose reference lists them by method and resource. It is
S3's protocol, with headers of its own and with generations in the place of versions. What it lacks
is asked of the JSON API: `json`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from obstore._core.attributes import attributes_to_headers
from obstore._core.conditions import options_to_headers
from obstore._core.key import directory_prefix
from obstore._core.path import encode_path
from obstore._core.types import READ_ALL, Buffer, ListOptions, ReadOptions, WriteOptions
from obstore._gcs.config import GCSSettings, encode_strictly
from obstore._gcs.json_api import JsonRequests
from obstore._http.message import FilePiece, Header, Query, Request
from obstore._transfer.xml_multipart import Part, format_completion

_DEFAULT_CONTENT_TYPE = "application/octet-stream"

# "If the request for the object includes an Accept-Encoding: gzip header, the object is served as-is": without it
# what was stored with Content-Encoding: gzip comes decompressed, without a length, and ranges of it are ignored
# (cloud.google.com/storage/docs/transcoding). The Go client's ReadCompressed does the same.
_AS_STORED = ("accept-encoding", "gzip")


class Requests:
    """Makes the requests for one bucket."""

    def __init__(
        self, settings: GCSSettings, default_content_type: str | None, default_headers: Sequence[Header]
    ) -> None:
        self._settings = settings
        self._content_type = default_content_type or _DEFAULT_CONTENT_TYPE
        self._headers = list(default_headers)
        if settings.user_project is not None:
            self._headers.append(("x-goog-user-project", settings.user_project))
        self.json = JsonRequests(settings, self._headers)
        self._read_headers = [*self._headers, _AS_STORED]
        self._bucket = encode_strictly(settings.bucket)
        self.bucket_path = f"{settings.base_path}/{self._bucket}"
        self._base = f"{self.bucket_path}/"

    def object_path(self, key: str) -> str:
        """Return the path of a key's URL, percent-encoded."""
        return self._base + encode_strictly(key)

    def signed_path(self, key: str) -> str:
        """Return the path of a key in a signed URL: readable, and as Google's own clients sign it."""
        return f"{self._settings.base_path}/{encode_path(self._settings.bucket)}/{encode_path(key)}"

    def get_object(self, key: str, options: ReadOptions) -> Request:
        """GET or HEAD object."""
        headers = self._read_headers
        query: Query = ()
        if options is not READ_ALL:
            headers = headers + options_to_headers(options)
            query = (("generation", options.version),) if options.version is not None else ()
        return Request("HEAD" if options.head else "GET", self.object_path(key), query, headers, subject=key)

    def put_object(self, key: str, data: Buffer | FilePiece, options: WriteOptions) -> Request:
        """PUT object. A generation makes it conditional; generation 0 is none."""
        headers = self._write_headers(options) + _generation_condition(options)
        is_idempotent = options.mode == "overwrite"
        return Request("PUT", self.object_path(key), (), headers, data, subject=key, idempotent=is_idempotent)

    def delete_object(self, key: str) -> Request:
        """DELETE object. Done twice it says that there is none, which the store knows."""
        return Request("DELETE", self.object_path(key), (), self._headers, subject=key, idempotent=True)

    def copy_object(self, bucket: str, source: str, target: str, *, overwrite: bool) -> Request:
        """PUT object, with the source in a header. The request's subject is that: most failures are about it."""
        headers = [*self._headers, *self._encryption()]
        headers.append(("x-goog-copy-source", f"{encode_strictly(bucket)}/{encode_strictly(source)}"))
        if not overwrite:
            headers.append(("x-goog-if-generation-match", "0"))
        return Request("PUT", self.object_path(target), (), headers, subject=source, idempotent=overwrite)

    def list_objects(self, options: ListOptions, *, delimiter: bool, encode: bool = False) -> Request:
        """GET bucket, list objects V2."""
        query = [
            ("list-type", "2"),
            ("delimiter", "/" if delimiter else None),
            ("encoding-type", "url" if encode else None),
            ("prefix", directory_prefix(options.prefix)),
            ("continuation-token", options.token),
            ("start-after", options.offset),
            ("max-keys", str(options.max_keys) if options.max_keys else None),
        ]
        given = tuple((name, value) for name, value in query if value is not None)
        return Request("GET", self.bucket_path, given, self._headers, subject=options.prefix)

    def create_multipart_upload(self, key: str, options: WriteOptions) -> Request:
        """POST object, to begin an upload. Done twice it leaves one behind, and harms nothing."""
        headers = self._write_headers(options)
        return Request("POST", self.object_path(key), (("uploads", ""),), headers, subject=key, idempotent=True)

    def upload_part(self, key: str, upload_id: str, number: int, data: Buffer | FilePiece) -> Request:
        """PUT part. `number` counts from 1."""
        query = (("partNumber", str(number)), ("uploadId", upload_id))
        return Request("PUT", self.object_path(key), query, self._headers, data, subject=key, idempotent=True)

    def complete_multipart_upload(
        self, key: str, upload_id: str, parts: Sequence[Part], options: WriteOptions
    ) -> Request:
        """POST object, to complete an upload. `parts` are in order."""
        query, body = (("uploadId", upload_id),), format_completion(parts)
        return Request("POST", self.object_path(key), query, self._headers, body, subject=key, idempotent=True)

    def abort_multipart_upload(self, key: str, upload_id: str) -> Request:
        """DELETE upload."""
        query = (("uploadId", upload_id),)
        return Request("DELETE", self.object_path(key), query, self._headers, subject=key, idempotent=True)

    def begin_resumable_upload(self, key: str, options: WriteOptions) -> Request:
        """POST object, to begin a resumable upload, on condition if there is one."""
        headers = [*self._write_headers(options), *_generation_condition(options), ("x-goog-resumable", "start")]
        return Request("POST", self.object_path(key), (), headers, subject=key, idempotent=True)

    def resume_upload(
        self, key: str, session: tuple[str, Query], piece: Buffer, start: int, total: int | None
    ) -> Request:
        """PUT a piece of a resumable upload; `total` is the object's size with the last piece."""
        extent = f"{start}-{start + len(piece) - 1}" if len(piece) else "*"
        content_range = f"bytes {extent}/{total if total is not None else '*'}"
        headers = [*self._headers, ("content-range", content_range)]
        # Its URL is a credential: whoever has it may write the object.
        return Request("PUT", *session, headers, piece, subject=key, idempotent=True, is_secret=True)

    def cancel_upload(self, key: str, session: tuple[str, Query]) -> Request:
        """DELETE a resumable upload."""
        return Request("DELETE", *session, self._headers, subject=key, idempotent=True, is_secret=True)

    def _write_headers(self, options: WriteOptions) -> list[Header]:
        headers = [*self._headers, *self._encryption()]
        headers += attributes_to_headers(options.attributes, "x-goog-meta-", "x-goog-storage-class")
        if "Content-Type" not in options.attributes:
            headers.append(("content-type", self._content_type))
        return headers

    def _encryption(self) -> list[Header]:
        name = self._settings.kms_key_name
        return [("x-goog-encryption-kms-key-name", name)] if name is not None else []


def _generation_condition(options: WriteOptions) -> list[Header]:
    if options.mode == "create":
        return [("x-goog-if-generation-match", "0")]
    if isinstance(options.mode, Mapping):
        return [("x-goog-if-generation-match", str(options.mode.get("version")))]
    return []
