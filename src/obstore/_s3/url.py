"""The URLs that name a bucket of S3, or of a service that speaks its protocol."""

from __future__ import annotations

import re

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import Url, shown_url, split_url, url_path_to_prefix

_R2 = "r2.cloudflarestorage.com"
_ACCELERATE = "s3-accelerate"
# The hosts of https://docs.aws.amazon.com/general/latest/gr/s3.html, China's among them, and those from before there
# was a dot between "s3" and the region.
_HOST = re.compile(
    r"(?:(?P<bucket>.+)\.)?(?P<service>s3(?:-fips|-accelerate)?)(?P<dualstack>\.dualstack)?"
    r"(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.(?P<domain>com(?:\.cn)?)"
)


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
    if parts.host.endswith("." + _R2) and len(parts.host.split(".")) in {4, 5}:
        endpoint = {"region": "auto", "endpoint": f"https://{parts.host}"}
        return _with_first_segment(url, endpoint, parts.path)
    found = _HOST.fullmatch(parts.host)
    if found is None or (found["service"] == _ACCELERATE and found["bucket"] is None):
        raise _unknown(url, "URL did not match any known pattern for scheme https")
    located = {"region": found["region"]} if found["region"] else {}
    bucket, host = found["bucket"], parts.host
    if bucket is None:
        return _with_first_segment(url, {**located, **_endpoint(found, host)}, parts.path)
    if "." in bucket and found["service"] != _ACCELERATE:
        # The certificate of the host with such a bucket in it is valid for one label only.
        return {"bucket": bucket, **located, **_endpoint(found, host.removeprefix(f"{bucket}."))}, parts.path
    located = {"bucket": bucket, **located, "virtual_hosted_style_request": "true"}
    return {**located, **_endpoint(found, host)}, parts.path


def _endpoint(found: re.Match[str], host: str) -> dict[str, str]:
    """Return the endpoint, where it is not the one that a region has by default."""
    is_usual = found["service"] == "s3" and not found["dualstack"] and found["domain"] == "com"
    return {} if is_usual else {"endpoint": f"https://{host}"}


def _with_first_segment(url: str, settings: dict[str, str], path: str) -> tuple[dict[str, str], str]:
    bucket, _, rest = path.removeprefix("/").partition("/")
    if not bucket:
        raise _unknown(url, "the URL names no bucket")
    return {**settings, "bucket": decode_percent(bucket)}, f"/{rest}"


def _unknown(url: str, why: str) -> GenericError:
    return GenericError(
        f"Generic S3 error: {why}: {shown_url(url)!r}",
        store="S3",
        hint="use s3://bucket/prefix, with endpoint= for services other than AWS",
    )
