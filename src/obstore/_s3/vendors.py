"""Services that speak S3's protocol, and what each wants said differently.

One row per service: the hosts of its endpoints, settings that fill what nobody has said,
and what it refuses. A row is chosen by the endpoint's host, or by `vendor=` for what people
run themselves. The settings go below all others, so that whatever was passed, or stands in the
environment or a profile, counts before them; `explain` shows them with their source.

What is not a rule here: equal part sizes, which every upload has, and the digest that
DeleteObjects wants, which every such request carries (`Content-MD5`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._core.url import split_url
from obstore._s3.endpoint import ENDPOINTS, find_endpoint
from obstore._transfer.config import Setting, text_of


class Vendor(NamedTuple):
    """A service. Its endpoints are below one of `domains`; `hosts` is a pattern of what stands before that."""

    title: str
    domains: tuple[str, ...] = ()
    hosts: str = ""
    """A group in it may name the region."""

    settings: tuple[tuple[str, str], ...] = ()
    takes_tags: bool = True
    takes_checksums: bool = True
    """Whether it takes `x-amz-checksum-...`. Some refuse the whole request for such a header."""

    writes_any_key: bool = True
    """Whether it can list a key that XML cannot carry without being asked to encode it."""


_REGION = r"(?P<region>[a-z0-9-]+)"

VENDORS = {
    # https://docs.aws.amazon.com/general/latest/gr/s3.html
    "aws": Vendor(
        "Amazon S3",
        ("amazonaws.com", "amazonaws.com.cn"),
        rf"s3(?:-fips)?(?:[.-](?:dualstack\.)?(?!accelerate|external-1|website){_REGION})?(?:\.vpce)?",
    ),
    # "The region for an R2 bucket is auto"; x-amz-tagging is not implemented (501).
    # https://developers.cloudflare.com/r2/api/s3/api/
    "r2": Vendor(
        "Cloudflare R2",
        ("r2.cloudflarestorage.com",),
        r"[a-z0-9]+(?:\.[a-z]+)?",
        (("region", "auto"),),
        takes_tags=False,
    ),
    # "s3.<region>.backblazeb2.com"; 400 "Unsupported header" for x-amz-tagging and x-amz-checksum-...
    # https://www.backblaze.com/docs/cloud-storage-s3-compatible-api, https://github.com/iterate-ch/cyberduck/issues/16107
    # Conditional writes are 501: https://github.com/hashicorp/terraform/issues/37143
    "b2": Vendor(
        "Backblaze B2",
        ("backblazeb2.com",),
        rf"s3\.{_REGION}",
        (("conditional_put", "disabled"),),
        takes_tags=False,
        takes_checksums=False,
    ),
    # There is no DeleteObjects, and objects have no tags.
    # https://cloud.google.com/storage/docs/migrating, https://github.com/googleapis/java-storage/issues/1387
    "gcs": Vendor(
        "Google Cloud Storage, S3 interoperability",
        ("storage.googleapis.com",),
        settings=(("region", "auto"), ("disable_bulk_delete", "true")),
        takes_tags=False,
    ),
    # https://docs.wasabi.com/docs/what-are-the-service-urls-for-wasabis-different-storage-regions
    "wasabi": Vendor("Wasabi", ("wasabisys.com",), rf"s3(?:\.{_REGION})?"),
    # "Region: auto". https://www.tigrisdata.com/docs/sdks/s3/
    "tigris": Vendor("Tigris", ("t3.storage.dev", "fly.storage.tigris.dev"), settings=(("region", "auto"),)),
    # "Path-style addressing is not supported."
    # https://docs.coreweave.com/docs/products/storage/object-storage/buckets/configure-endpoints
    "coreweave": Vendor(
        "CoreWeave AI Object Storage", ("cwobject.com", "cwlota.com"), settings=(("addressing_style", "virtual"),)
    ),
    # The scope names the region's slug. https://docs.digitalocean.com/reference/api/spaces/
    "spaces": Vendor("DigitalOcean Spaces", ("digitaloceanspaces.com",), _REGION),
    # "Conditional object PUTs are not supported" (501). https://github.com/ovh/public-cloud-roadmap/issues/671
    "ovh": Vendor(
        "OVHcloud",
        ("cloud.ovh.net", "cloud.ovh.us"),
        rf"s3\.{_REGION}\.(?:io|perf)",
        (("conditional_put", "disabled"),),
    ),
    # The rest is found by name only: anybody may run them, anywhere. Buckets are in host names only where
    # somebody has set up the names. https://min.io/docs/minio/linux/reference/minio-server/settings/core.html
    "minio": Vendor("MinIO", settings=(("addressing_style", "path"),)),
    # https://docs.ceph.com/en/latest/radosgw/s3/commons/
    "ceph": Vendor("Ceph Object Gateway", settings=(("addressing_style", "path"),)),
    # Object tagging is 501, and a listing with such a key 500, as our own tests find.
    # https://docs.openstack.org/swift/latest/s3_compat.html
    "swift": Vendor(
        "OpenStack Swift", settings=(("addressing_style", "path"),), takes_tags=False, writes_any_key=False
    ),
}

OTHER = Vendor("another service")

# A setting that says the same in other words, and so takes the place of the vendor's.
_INSTEAD = {"region": "default_region", "addressing_style": "virtual_hosted_style_request"}


def vendor_of(settings: Mapping[str, Setting]) -> Vendor:
    """Return the row of the vendor that the settings name."""
    return VENDORS.get((text_of(settings, "vendor") or "aws").strip().lower(), OTHER)


def vendor_settings(settings: Mapping[str, Setting]) -> dict[str, Setting]:
    """Return what the vendor's row adds to the settings, its name included.

    Raises:
        GenericError: `vendor` names none that is known.
    """
    recognised, region = _recognise(settings)
    name = _checked(settings["vendor"]) if text_of(settings, "vendor") is not None else recognised
    found = dict(VENDORS.get(name, OTHER).settings)
    if region is not None and name == recognised:
        found["region"] = region
    added = {
        key: Setting(value, f"vendor {name}")
        for key, value in found.items()
        if key not in _INSTEAD or text_of(settings, _INSTEAD[key]) is None
    }
    return added | {"vendor": Setting(name, "follows from the endpoint")}


def _checked(named: Setting) -> str:
    name = named.value.strip().lower()
    if name in VENDORS or name == "other":
        return name
    raise GenericError(
        f'Generic Config error: "{named.value}" is not a known vendor, from {named.source}',
        store="S3",
        hint=f"use one of {', '.join(VENDORS)}; or other, for a service without rules of its own",
    )


def _recognise(settings: Mapping[str, Setting]) -> tuple[str, str | None]:
    """Return the name of the vendor at the endpoint, and the region in the endpoint's host."""
    endpoint = find_endpoint(settings, *ENDPOINTS)
    return ("aws", None) if endpoint is None else recognise_host(_host_of(endpoint))


def _host_of(endpoint: Setting) -> str:
    try:
        return split_url(endpoint.value.strip()).host
    except ValueError:
        return ""  # Whoever uses the endpoint will say so.


def recognise_host(host: str) -> tuple[str, str | None]:
    """Return the vendor whose endpoint a host is, and the region that it names.

    What stands before may be the bucket.

    >>> recognise_host("s3.us-west-004.backblazeb2.com"), recognise_host("localhost")
    (('b2', 'us-west-004'), ('other', None))
    """
    for name, vendor, before in _below(host):
        found = re.fullmatch(rf"(?:.+\.)?{vendor.hosts}", before)
        if found is not None or not vendor.hosts:
            return name, found.groupdict().get("region") if found else None
    return "other", None


def is_service(host: str) -> bool:
    """Tell whether a host is a service's own, with no bucket before it."""
    return any(re.fullmatch(vendor.hosts, before) for _, vendor, before in _below(host))


def _below(host: str) -> Iterator[tuple[str, Vendor, str]]:
    """Return the vendors in whose domain a host is, and what stands before that domain."""
    for name, vendor in VENDORS.items():
        for domain in vendor.domains:
            if f".{host}".endswith(f".{domain}"):
                yield name, vendor, host[: -len(domain)].removesuffix(".")
