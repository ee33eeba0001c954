"""Comparing what is read with the CRC32C that every object of Google Cloud Storage has (docs/data-validation)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from obstore._transfer.backend import StoredObject

_CRC32C = re.compile(r"\bcrc32c=([A-Za-z0-9+/]{6}==)")
# The checksum is that of what is stored. This names what was done to it on its way, such as "gunzipped".
_TRANSFORMED = "x-guploader-response-body-transformations"


def verify(stored: StoredObject, headers: Mapping[str, str], path: str) -> None:
    """Have an object's body compared with its checksum, if C computes that: else it would slow the read down."""
    if "x-goog-hash" not in headers:
        return
    from obstore._core.checksums import is_fast

    if not is_fast("crc32c") or _TRANSFORMED in headers:
        return
    found = _CRC32C.search(headers["x-goog-hash"])
    if found is not None:
        from obstore._transfer.verified import verify_body

        verify_body(stored, "crc32c", found[1], "GCS", path)
