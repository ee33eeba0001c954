"""Customer-provided keys: the service encrypts with a key that it gets with each request and does not keep."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256

from obstore._core.errors import GenericError
from obstore._http.message import Header

_PREFIX = "x-ms-encryption-"
_SOURCE_PREFIX = "x-ms-source-encryption-"
KEY_LENGTH = 32


def encryption_headers(key_base64: str, source: str) -> tuple[Header, ...]:
    """Return the headers that carry a key.

    >>> [name for name, _ in encryption_headers("MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE=", "config=")]
    ['x-ms-encryption-key', 'x-ms-encryption-key-sha256', 'x-ms-encryption-algorithm']

    Raises:
        GenericError: It is not base64, or not 32 bytes long.
    """
    try:
        key = b64decode(key_base64, validate=True)
    except ValueError as error:
        raise _invalid("it is not base64", source) from error
    if len(key) != KEY_LENGTH:
        found = f"Azure customer-provided encryption key must decode to {KEY_LENGTH} bytes, got {len(key)}"
        raise _invalid(found, source)
    return (
        (_PREFIX + "key", key_base64),
        (_PREFIX + "key-sha256", b64encode(sha256(key).digest()).decode()),
        (_PREFIX + "algorithm", "AES256"),
    )


def _invalid(why: str, source: str) -> GenericError:
    return GenericError(
        f"Generic MicrosoftAzure error: Invalid encryption key: {why} (encryption_key, from {source})",
        store="MicrosoftAzure",
        hint="pass the AES-256 key itself in base64: base64.b64encode(secrets.token_bytes(32)).decode()",
    )


def source_headers(headers: Sequence[Header]) -> list[Header]:
    """Return the same key as the one that the source of a copy is encrypted with."""
    return [(name.replace(_PREFIX, _SOURCE_PREFIX), value) for name, value in headers]
