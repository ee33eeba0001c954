"""The URLs that name a bucket of Google Cloud Storage."""

from __future__ import annotations

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import Url, split_url, url_path_to_prefix

_HOST = "storage.googleapis.com"

# https://cloud.google.com/storage/docs/request-endpoints: the API, and what the console shows for downloads.
_PATH_STYLE_HOSTS = frozenset({_HOST, "storage.cloud.google.com"})


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
    if parts.host in _PATH_STYLE_HOSTS:
        bucket, _, rest = parts.path.removeprefix("/").partition("/")
        if bucket:
            return bucket, f"/{rest}"
    if parts.host.endswith("." + _HOST):
        return parts.host.removesuffix("." + _HOST), parts.path
    raise _unknown(url, "the URL names no bucket")


def _unknown(url: str, why: str) -> GenericError:
    shown = url.partition("?")[0]
    return GenericError(f"Generic GCS error: {why}: {shown!r}", store="GCS", hint="use gs://bucket/prefix")
