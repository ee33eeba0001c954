"""The URLs that name a bucket of S3, or of a service that speaks its protocol."""

from __future__ import annotations

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import Url, split_url, url_path_to_prefix

_R2 = "r2.cloudflarestorage.com"


def read_url(url: str) -> tuple[dict[str, str], str | None]:
    """Return the settings that a URL implies, and the prefix in it.

    Raises:
        GenericError: It names no bucket that we know how to find.
    """
    parts = split_url(url)
    if parts.scheme in {"s3", "s3a"} and parts.host:
        return {"bucket": parts.host}, url_path_to_prefix(parts.path) or None
    if parts.scheme != "https":
        raise _unknown(url, f"unknown url scheme {parts.scheme!r}")
    settings, path = _read_host(url, parts)
    return settings, url_path_to_prefix(path) or None


def _read_host(url: str, parts: Url) -> tuple[dict[str, str], str]:
    labels = parts.host.split(".")
    if parts.host.endswith("." + _R2) and len(labels) in {4, 5}:
        endpoint = {"region": "auto", "endpoint": f"https://{parts.host}"}
        return _with_first_segment(url, endpoint, parts.path)
    match labels:
        case ["s3", region, "amazonaws", "com"]:
            return _with_first_segment(url, {"region": region}, parts.path)
        case ["s3", "dualstack", region, "amazonaws", "com"]:
            return _with_first_segment(url, {"region": region, "endpoint": f"https://{parts.host}"}, parts.path)
        case [bucket, "s3", "amazonaws", "com"]:
            return {"bucket": bucket, "virtual_hosted_style_request": "true"}, parts.path
        case [bucket, "s3", region, "amazonaws", "com"]:
            return {"bucket": bucket, "region": region, "virtual_hosted_style_request": "true"}, parts.path
        case [bucket, "s3", "dualstack", region, "amazonaws", "com"]:
            located = {"bucket": bucket, "region": region, "virtual_hosted_style_request": "true"}
            return {**located, "endpoint": f"https://{parts.host}"}, parts.path
    raise _unknown(url, "URL did not match any known pattern for scheme https")


def _with_first_segment(url: str, settings: dict[str, str], path: str) -> tuple[dict[str, str], str]:
    bucket, _, rest = path.removeprefix("/").partition("/")
    if not bucket:
        raise _unknown(url, "the URL names no bucket")
    return {**settings, "bucket": decode_percent(bucket)}, f"/{rest}"


def _unknown(url: str, why: str) -> GenericError:
    return GenericError(
        f"Generic S3 error: {why}: {url!r}",
        store="S3",
        hint="use s3://bucket/prefix, with endpoint= for services other than AWS",
    )
