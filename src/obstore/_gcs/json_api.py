"""Requests of Google Cloud Storage's JSON API, for what its XML API has not: rewrites and batches. Pure.

See cloud.google.com/storage/docs/json_api/v1/objects/rewrite, and docs/batch. Both APIs are at the
same host and take the same tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

from obstore._core.key import shown_keys
from obstore._core.path import encode_query_value
from obstore._gcs.config import GCSSettings
from obstore._http.message import Header, Request

_EMPTY = ("content-type", "application/json")


class JsonRequests:
    """Makes the requests for one bucket. `headers` go with each."""

    def __init__(self, settings: GCSSettings, headers: Sequence[Header]) -> None:
        self._settings = settings
        self._headers = list(headers)

    def _object_path(self, bucket: str, key: str) -> str:
        return f"/storage/v1/b/{encode_query_value(bucket)}/o/{encode_query_value(key)}"

    def rewrite_object(
        self, bucket: str, source: str, target: str, *, overwrite: bool, token: str | None = None
    ) -> Request:
        """POST rewriteTo: copies as much as can be copied in some seconds. `token` goes on where a reply stopped."""
        target_path = self._object_path(self._settings.bucket, target).removeprefix("/storage/v1")
        path = f"{self._settings.base_path}{self._object_path(bucket, source)}/rewriteTo{target_path}"
        query = [
            ("destinationKmsKeyName", self._settings.kms_key_name),
            ("ifGenerationMatch", None if overwrite else "0"),
            ("rewriteToken", token),
        ]
        given = tuple((name, value) for name, value in query if value is not None)
        return Request("POST", path, given, [*self._headers, _EMPTY], subject=source, idempotent=overwrite)

    def delete_object(self, key: str) -> Request:
        """DELETE, as a part of a batch. Done twice it says that there is none, which the store knows."""
        path = f"{self._settings.base_path}{self._object_path(self._settings.bucket, key)}"
        return Request("DELETE", path, (), self._headers, subject=key, idempotent=True)

    def delete_batch(self, keys: Sequence[str], boundary: str, body: bytes) -> Request:
        """POST batch. Its authorisation is that of every part."""
        headers = [*self._headers, ("content-type", f"multipart/mixed; boundary={boundary}")]
        subject = shown_keys(keys)
        path = f"{self._settings.base_path}/batch/storage/v1"
        return Request("POST", path, (), headers, body, subject=subject, idempotent=True)
