"""Uploads in parts, whose parts have checksums and may be copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from obstore._core.types import WriteOptions
from obstore._http.message import Header
from obstore._transfer.xml_multipart import XmlUpload
from obstore._transfer.xml_replies import maybe_read_text, read_text

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend


async def begin(store: S3Backend, key: str, options: WriteOptions) -> S3Upload:
    """Begin an upload of the object `key`."""
    _, body = await store._send_and_read(store._requests.create_multipart_upload(key, options))
    return S3Upload(store, key, read_text(body, "UploadId", store.label), options)


class S3Upload(XmlUpload):
    """An upload in parts, of which some may be copied by the service."""

    _store: S3Backend

    def _checksum_of(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        algorithm = self._store._settings.checksum
        return _named(algorithm, headers.get(f"x-amz-checksum-{algorithm}"))

    async def put_part_copy(self, index: int, source: Sequence[Header]) -> None:
        """Make part `index` a copy of what `source` names: an object, or a range of it."""
        store = self._store
        request = store._requests.upload_part_copy(self._key, self._upload_id, index + 1, source)
        _, body = await store._send_checked(request)
        part = {"ETag": read_text(body, "ETag", store.label)}
        for name in _named(store._settings.checksum, ""):
            part.update(_named(store._settings.checksum, maybe_read_text(body, name)))
        self._parts[index] = part


def _named(algorithm: str | None, value: str | None) -> Mapping[str, str]:
    """Return a checksum under the name that it has in XML."""
    return {f"Checksum{algorithm.upper()}": value} if algorithm is not None and value is not None else {}
