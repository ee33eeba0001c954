"""What the V4 signatures of Amazon and of Google have in common: the text that is signed, and a key for a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from obstore._core.path import encode_query_value
from obstore._http.message import Header, Query


def canonical_request(
    method: str, path: str, query: str, headers: Sequence[Header], names: str, payload_hash: str
) -> str:
    """Reduce a request to the text that is signed. `headers` are sorted, `query` is canonical."""
    return f"{method}\n{path}\n{query}\n{canonical_headers(headers)}\n\n{names}\n{payload_hash}"


def canonical_headers(headers: Sequence[Header]) -> str:
    """Write sorted headers as they are signed."""
    lines = "\n".join([f"{name}:{value}" for name, value in headers])
    if "  " in lines:  # Looked for once, since hardly ever found.
        lines = "\n".join([f"{name}:{' '.join(value.split())}" for name, value in headers])
    return lines


def merge_headers(headers: Sequence[Header]) -> list[Header]:
    """Sort headers, and join the values of those that repeat. Names get lower-case."""
    merged: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in headers):
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return sorted(merged.items())


def refuse_own_names(query: Query, prefix: str, store: str) -> None:
    """Check the names that a caller wants in a signed URL.

    Raises:
        ValueError: One could be a part of the signature, which begin with `prefix`.
    """
    for name, _ in query:
        if name.lower().startswith(prefix):
            raise ValueError(f"query must not have {name!r}: {store} takes names that begin with {prefix} for its own")


def encode_query(query: Query) -> str:
    """Write a query, strictly encoded, in the order given."""
    return "&".join([f"{encode_query_value(name)}={encode_query_value(value)}" for name, value in query])


def canonical_query(query: Query) -> str:
    """Write a query in canonical form: strictly encoded, then sorted."""
    pairs = sorted((encode_query_value(name), encode_query_value(value)) for name, value in query)
    return "&".join([f"{name}={value}" for name, value in pairs])


def derive_key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key that Amazon's signatures of one day are made with."""
    import hmac

    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
