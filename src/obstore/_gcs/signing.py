"""Signed URLs, version 4: GOOG4-RSA-SHA256, with the signature in the query.

See cloud.google.com/storage/docs/authentication/signatures. Only the RSA signature itself
is made elsewhere, since the key may be Google's to keep.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._http.message import Header, Query
from obstore._transfer.canonical import canonical_query, canonical_request, encode_query, merge_headers

MAX_EXPIRY = 604_800
"""Seconds, seven days: "The longest expiration value is 604800 seconds"."""

_ALGORITHM = "GOOG4-RSA-SHA256"
_PAYLOAD = "UNSIGNED-PAYLOAD"


class Unsigned(NamedTuple):
    """A URL that lacks its signature: path and query, and the text to sign."""

    target: str
    string_to_sign: str

    def with_signature(self, signature: bytes) -> str:
        """Return path and query with the signature."""
        return f"{self.target}&X-Goog-Signature={signature.hex()}"


def check_expiry(expires_in: float) -> int:
    """Return for how many whole seconds a URL is to be valid.

    Raises:
        GenericError: It is longer than the service allows.
    """
    if expires_in > MAX_EXPIRY:
        raise GenericError(
            f"Generic GCS error: Expiration Time can't be longer than {MAX_EXPIRY} seconds (7 days).", store="GCS"
        )
    return int(expires_in)


def prepare(
    method: str,
    path: str,
    authority: str,
    email: str,
    expires_in: int,
    now: float,
    query: Query = (),
    headers: Sequence[Header] = (),
) -> Unsigned:
    """Write a URL and the text whose signature makes it valid. `path` is percent-encoded."""
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    scope = f"{date[:8]}/auto/storage/goog4_request"
    signed = merge_headers([("host", authority), *headers])
    names = ";".join([name for name, _ in signed])
    parameters = (
        *query,
        ("X-Goog-Algorithm", _ALGORITHM),
        ("X-Goog-Credential", f"{email}/{scope}"),
        ("X-Goog-Date", date),
        ("X-Goog-Expires", str(expires_in)),
        ("X-Goog-SignedHeaders", names),
    )
    canonical = canonical_request(method, path, canonical_query(parameters), signed, names, _PAYLOAD)
    digest = sha256(canonical.encode()).hexdigest()
    return Unsigned(f"{path}?{encode_query(parameters)}", f"{_ALGORITHM}\n{date}\n{scope}\n{digest}")
