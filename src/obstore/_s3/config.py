"""S3's settings: their names, and what they say about where a bucket is.

The names and their spellings are the reference's; each `aws_...` spelling is also an
environment variable in upper case. An explicit setting always wins over the
environment, also where they differ in spelling (`endpoint=` over `AWS_ENDPOINT_URL_S3`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from obstore._core.errors import GenericError
from obstore._http.message import Origin
from obstore._s3.endpoint import ENDPOINTS, find_endpoint, is_express, locate, regional_place
from obstore._s3.vendors import vendor_of
from obstore._transfer.config import Key, Keys, Setting, choice_of, switch_of, text_of

DEFAULT_REGION = "us-east-1"

DEFAULTS = {
    "region": DEFAULT_REGION,
    "virtual_hosted_style_request": "false",
    "skip_signature": "false",
    "unsigned_payload": "false",
    "response_checksum_validation": "when_supported",
    "conditional_put": "etag",
    "disable_tagging": "false",
    "disable_bulk_delete": "false",
    "request_payer": "false",
    "s3_express": "by the bucket's name",
}
"""What holds where nothing is said, for `explain`."""


def _key(name: str, *more: str, is_secret: bool = False, is_number: bool = False) -> Key:
    return Key(name, (f"aws_{name}", name, *more), is_secret, is_number)


KEYS = Keys(
    "S3",
    "aws_",
    [
        _key("access_key_id"),
        _key("secret_access_key", is_secret=True),
        _key("session_token", "aws_token", "token", is_secret=True),
        _key("region"),
        _key("default_region"),
        _key("bucket", "aws_bucket_name", "bucket_name"),
        _key("endpoint", "aws_endpoint_url", "endpoint_url"),
        _key("endpoint_url_s3"),
        _key("endpoint_url_sts"),
        _key("endpoint_url_sso"),
        _key("endpoint_url_sso_oidc"),
        _key("ignore_configured_endpoint_urls"),
        _key("vendor"),
        _key("addressing_style"),
        _key("virtual_hosted_style_request"),
        _key("s3_express"),
        _key("unsigned_payload"),
        _key("skip_signature"),
        _key("checksum_algorithm"),
        _key("response_checksum_validation"),
        _key("copy_if_not_exists"),
        _key("multipart_copy_threshold", is_number=True),
        _key("conditional_put"),
        _key("disable_tagging"),
        _key("disable_bulk_delete"),
        _key("request_payer"),
        _key("metadata_endpoint", "aws_ec2_metadata_service_endpoint"),
        _key("imdsv1_fallback"),
        _key("metadata_service_timeout", is_number=True),
        _key("metadata_service_num_attempts", is_number=True),
        _key("ec2_metadata_disabled"),
        _key("container_credentials_relative_uri"),
        _key("container_credentials_full_uri"),
        _key("container_authorization_token", is_secret=True),
        _key("container_authorization_token_file"),
        _key("web_identity_token_file"),
        _key("role_arn"),
        _key("role_session_name"),
        _key("role_duration_seconds", is_number=True),
        _key("external_id"),
        _key("profile"),
        _key("default_profile"),
        _key("config_file"),
        _key("credentials_file", "aws_shared_credentials_file", "shared_credentials_file"),
        _key("server_side_encryption"),
        _key("sse_kms_key_id"),
        _key("sse_bucket_key_enabled"),
        _key("sse_customer_key_base64", is_secret=True),
    ],
)


class CopyCondition(NamedTuple):
    """How a copy that must not replace anything is asked for. See `copy_if_not_exists`."""

    mode: str
    header: tuple[str, str] | None = None
    status: int = 412


class S3Settings(NamedTuple):
    """A bucket and how to talk to it, read from the settings."""

    bucket: str
    region: str
    region_source: str
    endpoint_source: str | None
    """Who named the endpoint; None where it follows from the region."""

    origin: Origin
    base_path: str
    """What stands before the key in a URL's path: `/bucket` in path style, else nothing."""

    has_regional_host: bool
    """Whether the host was made from the region, and so follows it."""

    has_sessions: bool
    """Whether it is a directory bucket of S3 Express, whose requests are signed with a session's credentials."""

    signs: bool
    signs_payload: bool
    may_put_conditionally: bool
    why_no_conditions: str | None
    copy_condition: CopyCondition | None
    copy_threshold: int | None
    """Objects of more bytes are copied in parts; None: those for which the service refuses anything else."""

    sends_tags: bool
    no_tags_at: str | None
    """The service that refuses tags, where nobody said what to do about it."""

    checks_deletions: bool
    """Whether DeleteObjects carries a checksum besides its MD5."""

    encodes_listings: bool
    deletes_in_bulk: bool
    pays: bool
    checksum: str | None
    """The algorithm of the checksums that go with uploads."""

    verifies: bool
    """Whether objects that are read whole are compared with the checksums that the service has of them."""

    write_headers: tuple[tuple[str, str], ...]
    """Encryption headers of requests that create an object."""

    read_headers: tuple[tuple[str, str], ...]
    """Encryption headers of all other requests for an object: the customer's key, if there is one."""

    def in_region(self, region: str) -> S3Settings:
        """Return them for a bucket that turned out to be in another region of Amazon's."""
        place = regional_place(self.bucket, region, is_virtual=not self.base_path)
        return self._replace(region=region, region_source="discovered", origin=place.origin)

    @property
    def hashes_payload(self) -> bool:
        """Whether a signature says what is in the body, all of which is read for it."""
        return self.signs and self.signs_payload

    @property
    def service(self) -> str:
        """The service's name in signatures."""
        return "s3express" if self.has_sessions else "s3"


def read_settings(settings: Mapping[str, Setting]) -> S3Settings:
    """Check the settings of a store.

    Raises:
        GenericError: One is missing or cannot be read; the message names it.
    """
    bucket = _bucket(settings)
    region, region_source = _region(settings)
    origin, base_path, has_regional_host = locate(bucket, region, settings)
    endpoint = find_endpoint(settings, *ENDPOINTS)
    vendor = vendor_of(settings)
    write_headers, read_headers = _encryption_headers(settings)
    return S3Settings(
        bucket,
        region,
        region_source,
        endpoint and endpoint.source,
        origin,
        base_path,
        has_regional_host,
        has_sessions=is_express(bucket, settings),
        signs=not switch_of(settings, "skip_signature"),
        signs_payload=not switch_of(settings, "unsigned_payload"),
        may_put_conditionally=choice_of(settings, "conditional_put", "etag", {"etag", "disabled"}) == "etag",
        why_no_conditions=_why_no_conditions(settings),
        copy_condition=_copy_condition(settings),
        copy_threshold=_size(settings, "multipart_copy_threshold"),
        sends_tags=not switch_of(settings, "disable_tagging"),
        no_tags_at=None if vendor.takes_tags or "disable_tagging" in settings else vendor.title,
        checks_deletions=vendor.takes_checksums,
        encodes_listings=not vendor.writes_any_key,
        deletes_in_bulk=not switch_of(settings, "disable_bulk_delete"),
        pays=_pays(settings),
        checksum=_checksum(settings),
        verifies=choice_of(settings, "response_checksum_validation", "when_supported", _VALIDATION) == "when_supported",
        write_headers=write_headers,
        read_headers=read_headers,
    )


def _region(settings: Mapping[str, Setting]) -> tuple[str, str]:
    for name in ("region", "default_region"):
        if (region := text_of(settings, name)) is not None:
            return region, settings[name].source
    return DEFAULT_REGION, "default"


def _bucket(settings: Mapping[str, Setting]) -> str:
    bucket = text_of(settings, "bucket")
    if bucket is None:
        raise GenericError("Generic S3 error: Missing bucket name", hint="S3Store('my-bucket', ...)")
    if "/" in bucket or ":" in bucket:
        raise GenericError(
            f"Generic S3 error: {bucket!r}, from {settings['bucket'].source}, is not a bucket's name",
            store="S3",
            hint="a URL goes to S3Store.from_url, and a folder within the bucket to prefix=",
        )
    return bucket


def _why_no_conditions(settings: Mapping[str, Setting]) -> str | None:
    setting = settings.get("conditional_put")
    if setting is None:
        return None
    how = f"conditional_put is {setting.value!r}, by {setting.source}"
    return f"{how}; conditional_put='etag' asks the service all the same"


def _pays(settings: Mapping[str, Setting]) -> bool:
    value = text_of(settings, "request_payer")
    return value is not None and (value.lower() == "requester" or switch_of(settings, "request_payer"))


# boto3's name and values; there `when_required` means that each call asks for it.
_VALIDATION = {"when_supported", "when_required"}
_CHECKSUMS = ("sha256", "sha1", "crc32", "crc32c", "crc64nvme")


def _checksum(settings: Mapping[str, Setting]) -> str | None:
    value = text_of(settings, "checksum_algorithm")
    if value is not None and value.lower() not in _CHECKSUMS:
        raise GenericError(
            f'Generic Config error: "{value}" is not a valid checksum algorithm, '
            f"from {settings['checksum_algorithm'].source}",
            hint=f"use one of {', '.join(_CHECKSUMS)}",
        )
    return value and value.lower()


def _size(settings: Mapping[str, Setting], name: str) -> int | None:
    value = text_of(settings, name)
    if value is not None and not (value.isascii() and value.isdigit() and int(value)):
        raise GenericError(
            f'Generic Config error: "{value}" is not a valid {name}, from {settings[name].source}',
            hint="give a number of bytes",
        )
    return int(value) if value is not None else None


def _copy_condition(settings: Mapping[str, Setting]) -> CopyCondition | None:
    value = text_of(settings, "copy_if_not_exists")
    if value is None:
        return None
    mode, *fields = [field.strip() for field in value.split(":")]
    if mode == "multipart" and not fields:
        return CopyCondition("multipart")
    if mode == "header" and len(fields) >= 2:
        name, text = value.split(":", 2)[1:]
        return CopyCondition("header", (name.strip().lower(), text.strip()))
    if mode == "header-with-status" and len(fields) == 3 and fields[2].isdigit():
        return CopyCondition("header", (fields[0].lower(), fields[1]), int(fields[2]))
    raise GenericError(
        f'Generic Config error: Failed to parse "{value}" as S3CopyIfNotExists, '
        f"from {settings['copy_if_not_exists'].source}",
        hint="use multipart, header:<name>:<value> or header-with-status:<name>:<value>:<status>",
    )


def _encryption_headers(
    settings: Mapping[str, Setting],
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    kind = text_of(settings, "server_side_encryption")
    if kind is None:
        return (), ()
    if kind == "sse-c":
        headers = customer_key_headers(text_of(settings, "sse_customer_key_base64"))
        return headers, headers
    if kind not in {"AES256", "aws:kms", "aws:kms:dsse"}:
        raise GenericError(
            f'Generic Config error: "{kind}" is not a valid server_side_encryption, '
            f"from {settings['server_side_encryption'].source}",
            hint="use AES256, aws:kms, aws:kms:dsse or sse-c",
        )
    chosen = [("x-amz-server-side-encryption", kind)]
    if key_id := text_of(settings, "sse_kms_key_id"):
        chosen.append(("x-amz-server-side-encryption-aws-kms-key-id", key_id))
    if "sse_bucket_key_enabled" in settings:
        enabled = str(switch_of(settings, "sse_bucket_key_enabled")).lower()
        chosen.append(("x-amz-server-side-encryption-bucket-key-enabled", enabled))
    return tuple(chosen), ()


def customer_key_headers(key_base64: str | None) -> tuple[tuple[str, str], ...]:
    """Return the headers that carry a customer's key (SSE-C)."""
    from base64 import b64decode, b64encode
    from hashlib import md5

    try:
        key = b64decode(key_base64 or "", validate=True)
    except ValueError as error:
        raise GenericError("Generic S3 error: sse_customer_key_base64 is not base64") from error
    if len(key) != 32:
        raise GenericError("Generic S3 error: sse-c needs sse_customer_key_base64, a key of 32 bytes in base64")
    digest = b64encode(md5(key, usedforsecurity=False).digest()).decode()
    start = "x-amz-server-side-encryption-customer-"
    return (
        (start + "algorithm", "AES256"),
        (start + "key", key_base64 or ""),
        (start + "key-md5", digest),
    )
