"""The shapes of the stores' settings, for type checkers and readers.

At run time the settings are checked against the tables of each store, which also know
their other spellings; these are the names to write.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NotRequired, TypeAlias, TypedDict

if TYPE_CHECKING:
    import ssl


class BackoffConfig(TypedDict, total=False):
    """How long to wait before a request is sent again: drawn from a range that grows by `base`.

    >>> from datetime import timedelta
    >>> backoff: BackoffConfig = {"init_backoff": timedelta(seconds=1), "max_backoff": timedelta(seconds=30)}
    >>> S3Store("bucket", retry_config={"backoff": backoff}).retry_config["backoff"]["base"]
    2.0
    """

    init_backoff: timedelta
    max_backoff: timedelta
    base: float


class RetryConfig(TypedDict, total=False):
    """How often, and for how long, a request is sent again.

    >>> from datetime import timedelta
    >>> retry: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
    >>> S3Store("bucket", retry_config=retry).retry_config["max_retries"]
    3
    """

    backoff: BackoffConfig
    max_retries: int
    retry_timeout: timedelta


class ClientConfig(TypedDict, total=False):
    """Settings of the HTTP client.

    Times are `timedelta`, or text such as `"30s"`. `timeout` bounds the wait for a reply
    and each silence within it, never the whole of a transfer that is moving. The `http2_*` settings are
    accepted for compatibility and have no effect: the client speaks HTTP/1.1.

    >>> options: ClientConfig = {"timeout": "60s", "max_connections": 20, "proxy_url": "http://proxy:3128"}
    >>> S3Store("bucket", client_options=options).client_options["timeout"]
    '60s'
    """

    adaptive_throttling: bool
    allow_http: bool
    allow_invalid_certificates: bool
    connect_timeout: str | timedelta
    default_content_type: str
    default_headers: dict[str, str] | dict[str, bytes]
    disable_system_certificates: bool
    expect_continue: bool | int
    http1_only: bool
    http2_keep_alive_interval: str | timedelta
    http2_keep_alive_timeout: str | timedelta
    http2_keep_alive_while_idle: str | bool
    http2_max_frame_size: str
    http2_only: bool
    max_connections: int
    pool_idle_timeout: str | timedelta
    pool_max_idle_per_host: str | int
    proxy_ca_certificate: str | bytes
    proxy_excludes: str
    proxy_url: str
    randomize_addresses: bool
    read_timeout: str | timedelta
    retry_budget: int
    root_certificate: str | bytes
    ssl_context: ssl.SSLContext
    timeout: str | timedelta
    user_agent: str


S3ChecksumAlgorithm: TypeAlias = Literal[
    "sha256", "SHA256", "sha1", "SHA1", "crc32", "CRC32", "crc32c", "CRC32C", "crc64nvme", "CRC64NVME"
]
S3EncryptionAlgorithm: TypeAlias = Literal["AES256", "aws:kms", "aws:kms:dsse", "sse-c"]


class S3Config(TypedDict, total=False):
    """Settings of an `S3Store`. Each is also read from the environment, as `AWS_` and its name.

    >>> config: S3Config = {"region": "eu-west-1", "skip_signature": True}
    >>> S3Store("bucket", config=config)
    S3Store(bucket="bucket")
    """

    access_key_id: str
    addressing_style: Literal["auto", "path", "virtual", "bucket_endpoint"]
    bucket: str
    checksum_algorithm: S3ChecksumAlgorithm
    conditional_put: str
    config_file: str
    container_authorization_token: str
    container_authorization_token_file: str
    container_credentials_full_uri: str
    container_credentials_relative_uri: str
    copy_if_not_exists: Literal["multipart"] | str  # noqa: PYI051 - the one to write, and the rest
    credentials_file: str
    default_profile: str
    default_region: str
    disable_bulk_delete: bool
    disable_tagging: bool
    ec2_metadata_disabled: bool
    endpoint: str
    endpoint_url_s3: str
    endpoint_url_sso: str
    endpoint_url_sso_oidc: str
    endpoint_url_sts: str
    external_id: str
    ignore_configured_endpoint_urls: bool
    imdsv1_fallback: bool
    metadata_endpoint: str
    metadata_service_num_attempts: str | int
    metadata_service_timeout: str | float | timedelta
    profile: str
    multipart_copy_threshold: int
    region: str
    request_payer: bool
    response_checksum_validation: Literal["when_supported", "when_required"]
    role_arn: str
    role_duration_seconds: str | int | timedelta
    role_session_name: str
    s3_express: bool
    secret_access_key: str
    server_side_encryption: S3EncryptionAlgorithm
    session_token: str
    skip_signature: bool
    sse_bucket_key_enabled: bool
    sse_customer_key_base64: str
    sse_kms_key_id: str
    unsigned_payload: bool
    vendor: str
    virtual_hosted_style_request: bool
    web_identity_token_file: str


class S3Credential(TypedDict):
    """What a credential provider returns for S3. `expires_at` has a time zone; None is never.

    >>> from datetime import UTC, datetime, timedelta
    >>> def provide() -> S3Credential:
    ...     expiry = datetime.now(UTC) + timedelta(hours=1)
    ...     return {"access_key_id": "AK", "secret_access_key": "SK", "token": None, "expires_at": expiry}
    >>> S3Store("bucket", credential_provider=provide)
    S3Store(bucket="bucket")
    """

    access_key_id: str
    secret_access_key: str
    token: NotRequired[str | None]
    expires_at: datetime | None


S3CredentialProvider: TypeAlias = "Callable[[], S3Credential | Awaitable[S3Credential]]"
"""What `credential_provider=` takes: called when credentials are needed, and again before they expire."""
