"""Where a bucket is: which host its requests go to, and what stands before each key.

Without an endpoint it is Amazon's for the region, and the bucket stands in the path, as in the
reference. The bucket stands in the host name where that was asked for, and can: a
certificate covers one label, so over TLS a name with a dot stays in the path
(botocore decides alike), and so does any name before an IP address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._core.path import encode_path
from obstore._core.url import Url
from obstore._http.message import Origin, origin_of
from obstore._transfer.config import Setting, choice_of, switch_of, text_of, url_of

ENDPOINTS = ("endpoint_url_s3", "endpoint")
"""The settings that name the endpoint."""

STYLES = {"auto", "path", "virtual", "bucket_endpoint"}

_LABEL = re.compile(r"[a-z0-9][a-z0-9-]*")
# Endpoints that stand for one bucket under a name of their own.
_ACCESS_POINT = re.compile(r"\.s3-(?:accesspoint|object-lambda)\b")


class Place(NamedTuple):
    """Where a bucket's requests go."""

    origin: Origin
    base_path: str
    """What stands before the key in a URL's path: `/bucket` in path style, else nothing."""

    has_regional_host: bool = False
    """Whether the host was made from the region, and so follows it."""


def locate(bucket: str, region: str, settings: Mapping[str, Setting]) -> Place:
    """Return where a bucket is.

    Raises:
        GenericError: The endpoint, or the region, is none.
    """
    endpoint = find_endpoint(settings, *ENDPOINTS)
    style = choice_of(settings, "addressing_style", "auto", STYLES)
    is_virtual = switch_of(settings, "virtual_hosted_style_request")
    if endpoint is not None:
        return _locate_at(url_of(endpoint, "endpoint", "S3"), bucket, style, is_virtual=is_virtual)
    _check_region(region, settings)
    if is_express(bucket, settings):
        host = f"{bucket}.s3express-{zone_of(bucket)}.{region}.amazonaws.com"
        return Place(Origin("https", host, 443), "")
    return regional_place(bucket, region, is_virtual=is_virtual or style == "virtual")


def regional_place(bucket: str, region: str, *, is_virtual: bool) -> Place:
    """Return where a bucket is at Amazon's own endpoint of a region."""
    origin = Origin("https", f"s3.{region}.{domain_of(region)}", 443)
    place = _in_host(origin, "", bucket) if is_virtual else None
    return Place(*(place or _in_path(origin, "", bucket)), has_regional_host=True)


def domain_of(region: str) -> str:
    """Return the domain that a region's endpoints are in.

    >>> domain_of("eu-west-1"), domain_of("cn-north-1")
    ('amazonaws.com', 'amazonaws.com.cn')
    """
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def _check_region(region: str, settings: Mapping[str, Setting]) -> None:
    if re.fullmatch(r"[A-Za-z0-9-]+", region):
        return
    setting = next(settings[name] for name in ("region", "default_region") if text_of(settings, name))
    raise GenericError(
        f"Generic S3 error: {region!r}, from {setting.source}, is not the name of a region",
        store="S3",
        hint="it looks like eu-west-1; or leave it out: the bucket's own is then found",
    )


def _locate_at(url: Url, bucket: str, style: str, *, is_virtual: bool) -> Place:
    """Locate a bucket at an endpoint.

    `virtual_hosted_style_request` means, by the reference, that the endpoint names the bucket. Where it does
    not, the reference's requests go nowhere (developmentseed/obstore#754): here it is put in.
    """
    origin, path = origin_of(url), url.path.rstrip("/")
    if style == "bucket_endpoint" or (is_virtual and _names(origin.host, path, bucket)):
        return Place(origin, path)
    if _is_bucket_of_service(origin.host, bucket):
        return Place(origin, path)
    found = _in_host(origin, path, bucket) if is_virtual or style == "virtual" else None
    return Place(*(found or _in_path(origin, path, bucket)))


def _names(host: str, path: str, bucket: str) -> bool:
    return (
        host == bucket
        or host.startswith(f"{bucket}.")
        or path.endswith(f"/{encode_path(bucket)}")
        or _ACCESS_POINT.search(host) is not None
    )


def _is_bucket_of_service(host: str, bucket: str) -> bool:
    """Tell whether a host is the bucket's at a service that we know.

    Elsewhere `minio.example.com` may well have a bucket called `minio`.
    """
    if not host.startswith(f"{bucket}."):
        return False
    from obstore._s3.vendors import is_service

    return is_service(host[len(bucket) + 1 :])


def _in_host(origin: Origin, path: str, bucket: str) -> tuple[Origin, str] | None:
    labels = bucket.split(".") if origin.scheme == "http" else [bucket]
    is_address = ":" in origin.host or re.fullmatch(r"[0-9.]+", origin.host)
    if is_address or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return origin._replace(host=f"{bucket}.{origin.host}"), path


def _in_path(origin: Origin, path: str, bucket: str) -> tuple[Origin, str]:
    return origin, f"{path}/{encode_path(bucket)}"


def find_endpoint(settings: Mapping[str, Setting], *names: str) -> Setting | None:
    """Return the endpoint that counts: what was passed, then the environment's, then the profile's.

    Within each of them the first of `names` wins.
    """
    found = [settings[name] for name in names if text_of(settings, name)]
    found.sort(key=_configured_rank)
    if switch_of(settings, "ignore_configured_endpoint_urls"):
        found = [setting for setting in found if not _configured_rank(setting)]
    return found[0] if found else None


def _configured_rank(setting: Setting) -> int:
    kind = setting.source.partition(" ")[0]
    return {"environment": 1, "profile": 2, "services": 2}.get(kind, 0)


_EXPRESS_SUFFIXES = ("--x-s3", "--xa-s3")


def is_express(bucket: str, settings: Mapping[str, Setting]) -> bool:
    """Tell whether a bucket is a directory bucket. On AWS its name does: no other bucket's may end like that."""
    if "s3_express" in settings:
        return switch_of(settings, "s3_express")
    return bucket.endswith(_EXPRESS_SUFFIXES) and find_endpoint(settings, *ENDPOINTS) is None


def zone_of(bucket: str) -> str:
    """Return the availability zone in the name of an S3 Express bucket.

    Raises:
        GenericError: There is none.
    """
    for suffix in _EXPRESS_SUFFIXES:
        if bucket.endswith(suffix):
            name, separator, zone = bucket.removesuffix(suffix).rpartition("--")
            if name and separator and zone:
                return zone
    raise GenericError(
        f"Generic S3 error: Invalid Zone suffix for bucket '{bucket}'",
        hint="an S3 Express bucket ends in --<zone>--x-s3",
    )
