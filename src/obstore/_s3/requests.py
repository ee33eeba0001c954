"""S3's requests: one function for each, from what is asked for to what goes on the wire.

Pure: nothing is sent here. Header names are lower-case, as the signature wants them.
The operations are those of the S3 API reference, under their own names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from obstore._core.attributes import attributes_to_headers, encode_tags
from obstore._core.checksums import digest_of, encode_digest
from obstore._core.conditions import mode_to_headers, options_to_headers
from obstore._core.key import directory_prefix, shown_keys
from obstore._core.path import encode_path
from obstore._core.types import READ_ALL, READ_HEAD, Buffer, ListOptions, ReadOptions, WriteOptions
from obstore._core.xml import escape_text
from obstore._http.message import FilePiece, Header, Query, Request
from obstore._s3.config import S3Settings
from obstore._transfer.xml_multipart import format_completion


class Requests:
    """Makes the requests for one bucket."""

    def __init__(
        self, settings: S3Settings, default_content_type: str | None, default_headers: Sequence[Header]
    ) -> None:
        self._settings = settings
        self._default_content_type = default_content_type
        self._default_headers = list(default_headers)
        self.bucket_path = settings.base_path or "/"
        self._base = settings.base_path + "/"
        verifying = (_WITH_CHECKSUM,) if settings.verifies else ()
        self._plain_head = (*default_headers, *settings.read_headers)
        self._plain_read = (*self._plain_head, *verifying)

    def object_path(self, key: str) -> str:
        """Return the path of a key's URL, percent-encoded."""
        return self._base + encode_path(key)

    def get_object(self, key: str, options: ReadOptions) -> Request:
        """GetObject, or HeadObject."""
        if options is READ_ALL:
            return Request("GET", self.object_path(key), (), self._plain_read, subject=key)
        if options is READ_HEAD:
            return Request("HEAD", self.object_path(key), (), self._plain_head, subject=key)
        headers = [*self._plain_head, *options_to_headers(options)]
        if self._settings.verifies and options.range is None and not options.head:
            headers.append(_WITH_CHECKSUM)
        query: Query = (("versionId", options.version),) if options.version is not None else ()
        return Request("HEAD" if options.head else "GET", self.object_path(key), query, headers, subject=key)

    def put_object(self, key: str, data: Buffer | FilePiece, options: WriteOptions) -> Request:
        """PutObject. `If-None-Match: *` and `If-Match` make it conditional."""
        headers = self._write_headers(options) + mode_to_headers(options.mode)
        request = Request(
            "PUT",
            self.object_path(key),
            (),
            headers,
            data,
            subject=key,
            idempotent=options.mode == "overwrite",
            retries_conflict=isinstance(options.mode, Mapping),
        )
        return self._with_checksum(request)

    def create_multipart_upload(self, key: str, options: WriteOptions) -> Request:
        """CreateMultipartUpload. Done twice it leaves an upload behind, and harms nothing."""
        headers = self._write_headers(options)
        if self._settings.checksum is not None:
            headers.append(("x-amz-checksum-algorithm", self._settings.checksum.upper()))
        return Request("POST", self.object_path(key), (("uploads", ""),), headers, subject=key, idempotent=True)

    def upload_part(self, key: str, upload_id: str, number: int, data: Buffer | FilePiece) -> Request:
        """UploadPart. `number` counts from 1."""
        headers = self._headers(self._settings.read_headers)
        query = (("partNumber", str(number)), ("uploadId", upload_id))
        request = Request("PUT", self.object_path(key), query, headers, data, subject=key, idempotent=True)
        return self._with_checksum(request)

    def upload_part_copy(self, key: str, upload_id: str, number: int, source: Sequence[Header]) -> Request:
        """UploadPartCopy: a part that is a copy. `source` are the headers that `copy_source` made, and conditions."""
        headers = self._headers(self._settings.read_headers, source)
        query = (("partNumber", str(number)), ("uploadId", upload_id))
        return Request("PUT", self.object_path(key), query, headers, subject=key, idempotent=True)

    def complete_multipart_upload(
        self, key: str, upload_id: str, parts: Sequence[Mapping[str, str]], options: WriteOptions
    ) -> Request:
        """CompleteMultipartUpload. `parts` are in order, each with its `ETag` and checksums.

        A customer's key is wanted here where there are checksums, or a policy of the bucket that asks for one.
        """
        body = format_completion(parts, _NAMESPACE)
        headers = self._headers(
            [("content-type", "application/xml")], self._settings.read_headers, mode_to_headers(options.mode)
        )
        query = (("uploadId", upload_id),)
        return Request(
            "POST",
            self.object_path(key),
            query,
            headers,
            body,
            subject=key,
            idempotent=options.mode == "overwrite",
        )

    def abort_multipart_upload(self, key: str, upload_id: str) -> Request:
        """AbortMultipartUpload."""
        return Request(
            "DELETE",
            self.object_path(key),
            (("uploadId", upload_id),),
            self._headers(),
            subject=key,
            idempotent=True,
        )

    def list_objects(self, options: ListOptions, *, delimiter: bool, encode: bool = False) -> Request:
        """ListObjectsV2. With `encode`, keys are percent-encoded: XML cannot carry all of them."""
        query = [
            ("continuation-token", options.token),
            ("delimiter", "/" if delimiter else None),
            ("encoding-type", "url" if encode else None),
            ("list-type", "2"),
            ("max-keys", str(options.max_keys) if options.max_keys else None),
            ("prefix", directory_prefix(options.prefix)),
            ("start-after", options.offset),
        ]
        given = tuple((name, value) for name, value in query if value is not None)
        return Request("GET", self.bucket_path, given, self._headers(), subject=options.prefix)

    def list_object_versions(self, options: ListOptions) -> Request:
        """ListObjectVersions. The token is the last key and version of the page before."""
        markers = split_token(options.token)
        return self._list_in_bucket("versions", ("key-marker", "version-id-marker"), markers, options)

    def list_multipart_uploads(self, options: ListOptions) -> Request:
        """ListMultipartUploads. The token is the last key and upload of the page before."""
        markers = split_token(options.token)
        return self._list_in_bucket("uploads", ("key-marker", "upload-id-marker"), markers, options)

    def _list_in_bucket(
        self, what: str, names: tuple[str, str], markers: tuple[str, str], options: ListOptions
    ) -> Request:
        query = [(what, ""), *zip(names, markers, strict=True), ("prefix", options.prefix)]
        given = tuple(pair for pair in query if pair[1] or pair[0] == what)
        return Request("GET", self.bucket_path, given, self._headers(), subject=options.prefix)

    def delete_objects(self, keys: Sequence[str]) -> Request:
        """DeleteObjects: up to 1,000 keys. Some services want the MD5, others the checksum, or refuse it."""
        from base64 import b64encode
        from hashlib import md5, sha256

        objects = "".join(f"<Object><Key>{escape_text(key)}</Key></Object>" for key in keys)
        body = f'<Delete xmlns="{_NAMESPACE}">{objects}</Delete>'.encode()
        headers = self._headers(
            [
                ("content-md5", b64encode(md5(body, usedforsecurity=False).digest()).decode()),
                ("content-type", "application/xml"),
            ]
        )
        if self._settings.checks_deletions:
            headers.append(("x-amz-checksum-sha256", b64encode(sha256(body).digest()).decode()))
        subject = shown_keys(keys)
        return Request("POST", self.bucket_path, (("delete", ""),), headers, body, subject=subject, idempotent=True)

    def delete_object(self, key: str, version: str | None = None) -> Request:
        """DeleteObject: the current version gets a marker put on it, any that is named is gone."""
        query: Query = () if version is None else (("versionId", version),)
        return Request("DELETE", self.object_path(key), query, self._headers(), subject=key, idempotent=True)

    def copy_object(self, source: Sequence[Header], target: str, condition: Header | None) -> Request:
        """CopyObject. `condition` is the header that forbids replacing the target."""
        headers = self._headers(self._settings.write_headers, source)
        if condition is not None:
            headers.append(condition)
        return Request("PUT", self.object_path(target), (), headers, subject=target, idempotent=condition is None)

    def create_session(self) -> Request:
        """CreateSession: for reading and writing. What it says of encryption holds for what the session writes."""
        return Request("GET", self.bucket_path, (("session", ""),), self._headers(self._settings.write_headers))

    def get_tags(self, key: str) -> Request:
        """GetObjectTagging."""
        return Request("GET", self.object_path(key), (("tagging", ""),), self._headers(), subject=key)

    def _headers(self, *more: Sequence[Header]) -> list[Header]:
        headers = list(self._default_headers)
        for some in more:
            headers += some
        return headers

    def _write_headers(self, options: WriteOptions) -> list[Header]:
        headers = self._headers(self._settings.write_headers)
        headers += attributes_to_headers(options.attributes, "x-amz-meta-", "x-amz-storage-class")
        if self._default_content_type is not None and "Content-Type" not in options.attributes:
            headers.append(("content-type", self._default_content_type))
        if options.tags and self._settings.sends_tags:
            headers.append(("x-amz-tagging", encode_tags(options.tags)))
        return headers

    def _with_checksum(self, request: Request) -> Request:
        algorithm = self._settings.checksum
        if algorithm is not None:
            assert not isinstance(request.body, FilePiece)  # See `sends_files`.
            digest = digest_of(algorithm, request.body)
            request.headers = [*request.headers, (f"x-amz-checksum-{algorithm}", encode_digest(digest))]
            if algorithm == "sha256" and self._settings.signs_payload:
                request.payload_hash = digest.hex()  # Once is enough.
        return request

    def copy_source(self, key: str) -> list[Header]:
        """Name an object of this bucket as the source of a copy, which may go to another bucket."""
        headers = [("x-amz-copy-source", f"{self._settings.bucket}/{encode_path(key)}")]
        start, end = "x-amz-server-side", "x-amz-copy-source-server-side"
        headers += [(name.replace(start, end), value) for name, value in self._settings.read_headers]
        return headers


_WITH_CHECKSUM = ("x-amz-checksum-mode", "ENABLED")
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def join_token(key: str, marker: str) -> str:
    """Make one token of the two with which S3 continues some listings."""
    return f"{key}\0{marker}"


def split_token(token: str | None) -> tuple[str, str]:
    """Take a token apart again."""
    key, _, marker = (token or "").partition("\0")
    return key, marker
