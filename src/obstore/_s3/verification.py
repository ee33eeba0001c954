"""Comparing what is read with the checksum that S3 has of it ("Checking object integrity" in the user guide)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore._transfer.backend import StoredObject

# The fastest first; an object has one of them, seldom more.
_HEADERS = {f"x-amz-checksum-{name}": name for name in ("crc32", "crc64nvme", "crc32c", "sha1", "sha256")}
CHECKSUM_HEADERS = frozenset(_HEADERS)


def verify(stored: StoredObject, headers: Mapping[str, str], chosen: str | None, path: str) -> None:
    """Have an object's body compared with a checksum among the reply's headers, if there is one that will do.

    One that would slow the read down, as those without a library in C do, is only used if it
    is the one that was `chosen` for uploads.
    """
    for header, name in _HEADERS.items():
        if header in headers and (name == chosen or _is_fast(name)):
            from obstore._transfer.verified import verify_body

            verify_body(stored, name, headers[header], "S3", path)
            return


def _is_fast(name: str) -> bool:
    from obstore._core.checksums import is_fast

    return is_fast(name)
