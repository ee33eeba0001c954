"""The URLs that name a bucket of Google Cloud Storage."""

from __future__ import annotations

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import GCS_HOST, GCS_PATH_STYLE_HOSTS, Url, shown_url, split_url, url_path_to_prefix


def read_url(url: str) -> tuple[dict[str, str], str | None]:
    """Return the settings that a URL implies, and the prefix in it.

    Raises:
        GenericError: It names no bucket.
    """
    parts = split_url(url)
    if parts.scheme in {"gs", "gcs"} and parts.host:
        return {"bucket": parts.host}, url_path_to_prefix(parts.path) or None
    bucket, path = _read_https(url, parts)
    return {"bucket": decode_percent(bucket)}, url_path_to_prefix(path) or None


def _read_https(url: str, parts: Url) -> tuple[str, str]:
    if parts.scheme != "https":
        raise _unknown(url, f"unknown url scheme {parts.scheme!r}")
    if parts.host in GCS_PATH_STYLE_HOSTS:
        bucket, _, rest = parts.path.removeprefix("/").partition("/")
        if bucket:
            return bucket, f"/{rest}"
    if parts.host.endswith("." + GCS_HOST):
        return parts.host.removesuffix("." + GCS_HOST), parts.path
    raise _unknown(url, "the URL names no bucket")


def _unknown(url: str, why: str) -> GenericError:
    return GenericError(f"Generic GCS error: {why}: {shown_url(url)!r}", store="GCS", hint="use gs://bucket/prefix")
