"""The arguments of s3fs, and those of botocore that s3fs passes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from obstore._core.errors import NotSupportedError
from obstore._fsspec.foreign.fates import (
    ANONYMOUS,
    Attribute,
    Fate,
    Ignored,
    Made,
    OfFileSystem,
    Option,
    Read,
    Refused,
    Setting,
    Within,
)

_URL = "give the URL of that endpoint as endpoint_url="
_BY_ITSELF = "it is done without being asked for"
_HTTP = "the HTTP client is another one"


def _endpoint(_: str, value: Any, made: Made) -> None:
    made.config.setdefault("endpoint_url", value)
    # An http URL is asked for by its scheme in all these packages, without a second switch.
    if str(made.config["endpoint_url"]).startswith("http://"):
        made.client_options["allow_http"] = True


def _use_ssl(_: str, value: Any, made: Made) -> None:
    if not value:
        made.client_options["allow_http"] = True


def _verify(_: str, value: Any, made: Made) -> None:
    if value is False:
        made.client_options["allow_invalid_certificates"] = True
    elif isinstance(value, str):
        with open(value, "rb") as file:
            made.client_options["root_certificate"] = file.read()


def _signature(name: str, value: Any, made: Made) -> None:
    if type(value).__name__ == "UNSIGNED":  # botocore's constant, an instance of a class of that name
        made.config["skip_signature"] = True
    elif value not in {"s3v4", "v4"}:
        raise NotSupportedError(f"{name}={value!r} is not supported", hint="signatures are of version 4; leave it out")


def _proxies(name: str, value: Mapping[str, str], made: Made) -> None:
    urls = {url for url in value.values() if url}
    if len(urls) > 1:
        raise NotSupportedError(
            f"{name} has several proxies", hint="a store has one: client_options={'proxy_url': ...}"
        )
    if urls:
        made.client_options.setdefault("proxy_url", urls.pop())


def _max_attempts(_: str, value: int, made: Made) -> None:
    made.retry_config.setdefault("max_retries", max(value - 1, 0))


def _max_retries(_: str, value: int, made: Made) -> None:
    made.retry_config.setdefault("max_retries", value)


def _sign_payload(_: str, value: Any, made: Made) -> None:
    if not value:
        made.config["unsigned_payload"] = True


def _requester(_: str, value: Any, made: Made) -> None:
    made.config.setdefault("request_payer", bool(value))


def _customer_key(_: str, value: str | bytes, made: Made) -> None:
    from base64 import b64encode

    # boto3 takes the key itself, and encodes it.
    key = value.encode() if isinstance(value, str) else value
    made.config |= {"server_side_encryption": "sse-c", "sse_customer_key_base64": b64encode(key).decode()}


def _metadata(_: str, value: Mapping[str, str], made: Made) -> None:
    made.attributes.update(value)


METADATA = Read(_metadata, "metadata of what is written")

CLIENT: Mapping[str, Fate] = {
    "aws_access_key_id": Setting("access_key_id"),
    "aws_secret_access_key": Setting("secret_access_key"),
    "aws_session_token": Setting("session_token"),
    "aws_account_id": Ignored("it is not part of an endpoint"),
    "api_version": Ignored("S3 has one"),
    "config": Refused("its contents go to config_kwargs="),
    "endpoint_url": Read(_endpoint, "`endpoint`, and `allow_http` if it is such a URL"),
    "region_name": Setting("region"),
    "use_ssl": Read(_use_ssl, "`allow_http`, if it is off"),
    "verify": Read(_verify, "`allow_invalid_certificates`, if it is off; `root_certificate`, if it is a file"),
}
"""`client_kwargs`: what botocore's `create_client` takes."""

_S3: Mapping[str, Fate] = {
    "addressing_style": Setting("addressing_style"),
    "payload_signing_enabled": Read(_sign_payload, "`unsigned_payload`, if it is off"),
    "us_east_1_regional_endpoint": Ignored("endpoints are regional"),
    "use_accelerate_endpoint": Refused(_URL),
    "use_arn_region": Ignored("the region is the store's"),
    "use_dualstack_endpoint": Refused(_URL),
}

_RETRIES: Mapping[str, Fate] = {
    "total_max_attempts": Read(_max_attempts, "`max_retries`, one less"),
    "max_attempts": Read(_max_retries, "`max_retries`"),
    "mode": Ignored("there is one way to retry"),
}

CONFIG: Mapping[str, Fate] = {
    "account_id_endpoint_mode": Ignored("it is not part of an endpoint"),
    "auth_scheme_preference": Ignored("signatures are of version 4"),
    "client_cert": Refused("client_options={'ssl_context': ...} takes a context that has the certificate"),
    "client_context_params": Refused("their settings have names of their own: see the page on configuration"),
    "connect_timeout": Option("connect_timeout"),
    "connector_args": Ignored(_HTTP),
    "defaults_mode": Ignored("there is one set of defaults"),
    "disable_request_compression": Ignored("requests are not compressed"),
    "endpoint_discovery_enabled": Ignored("S3 has none"),
    "http_session_cls": Ignored(_HTTP),
    "ignore_configured_endpoint_urls": Setting("ignore_configured_endpoint_urls"),
    "inject_host_prefix": Ignored("no operation has a host of its own"),
    "max_pool_connections": Option("max_connections"),
    "parameter_validation": Ignored("arguments are always checked"),
    "proxies": Read(_proxies, "`client_options`: `proxy_url`"),
    "proxies_config": Refused("client_options={'proxy_ca_certificate': ...} says whom to trust"),
    "read_timeout": Option("timeout"),
    "region_name": Setting("region"),
    "request_checksum_calculation": Ignored("`checksum_algorithm` says it"),
    "request_min_compression_size_bytes": Ignored("requests are not compressed"),
    "response_checksum_validation": Ignored("what a length and an ETag can show is always checked"),
    "retries": Within(_RETRIES, "`retry_config`: `max_retries`"),
    "s3": Within(_S3, "`addressing_style`, `unsigned_payload`"),
    "s3_disable_express_session_auth": Ignored("`s3_express` says it"),
    "sigv4a_signing_region_set": Refused("signatures are for one region: region="),
    "signature_version": Read(_signature, "`skip_signature`, if it is `UNSIGNED`; else it must be version 4"),
    "tcp_keepalive": Ignored("a connection that is dead is found when it is next used"),
    "use_dualstack_endpoint": Refused(_URL),
    "use_fips_endpoint": Refused(_URL),
    "user_agent": Option("user_agent"),
    "user_agent_appid": Ignored("`user_agent` says it"),
    "user_agent_extra": Ignored("`user_agent` says it"),
    "warm_up_loader_caches": Ignored("there are none"),
}
"""`config_kwargs`: what botocore's `Config` takes, and aiobotocore's."""

WRITING: Mapping[str, Fate] = {
    "CacheControl": Attribute("Cache-Control"),
    "ContentDisposition": Attribute("Content-Disposition"),
    "ContentEncoding": Attribute("Content-Encoding"),
    "ContentLanguage": Attribute("Content-Language"),
    "ContentType": Attribute("Content-Type"),
    "Metadata": METADATA,
    "StorageClass": Attribute("Storage-Class"),
}
"""What is said of an object in the arguments of a request that writes it."""

ADDITIONAL: Mapping[str, Fate] = {
    **WRITING,
    "ACL": Refused("access is granted by the bucket's policy"),
    "BucketKeyEnabled": Setting("sse_bucket_key_enabled"),
    "ChecksumAlgorithm": Setting("checksum_algorithm"),
    "ExpectedBucketOwner": Refused("client_options={'default_headers': {'x-amz-expected-bucket-owner': ...}}"),
    "RequestPayer": Read(_requester, "`request_payer`"),
    "SSECustomerAlgorithm": Ignored("it is AES256"),
    "SSECustomerKey": Read(_customer_key, "`sse_customer_key_base64`, with `server_side_encryption` `sse-c`"),
    "SSECustomerKeyMD5": Ignored("it is computed"),
    "SSEKMSKeyId": Setting("sse_kms_key_id"),
    "ServerSideEncryption": Setting("server_side_encryption"),
    "Tagging": Refused("pass tags= to open, pipe and put"),
}
"""`s3_additional_kwargs`: arguments of the requests themselves."""

ARGUMENTS: Mapping[str, Fate] = {
    "anon": ANONYMOUS,
    "cache_regions": Ignored("the region of a bucket is found out when it is another"),
    "default_block_size": OfFileSystem("default_block_size"),
    "default_cache_type": Ignored("files are read ahead, and not cached"),
    "default_fill_cache": Ignored("files are read ahead, and not cached"),
    "endpoint_url": Read(_endpoint, "`endpoint`, and `allow_http` if it is such a URL"),
    "event_hooks": Refused("the library's own log shows every request: the logger is `obstore`"),
    "fixed_upload_size": Ignored("the parts of an upload always have one size"),
    "include_builtin_handlers": Ignored("there is no botocore session"),
    "key": Setting("access_key_id"),
    "local_expiry_check": Ignored("a file that changes while it is read is always an error"),
    "max_concurrency": Ignored("`put` and `pipe` take it"),
    "password": Setting("secret_access_key"),
    "profile": Setting("profile"),
    "requester_pays": Read(_requester, "`request_payer`"),
    "secret": Setting("secret_access_key"),
    "session": Refused("credential_provider= takes credentials: obstore.auth.boto3 has those of a session"),
    "session_vars": Refused("their settings have names of their own: see the page on configuration"),
    "token": Setting("session_token"),
    "use_ssl": Read(_use_ssl, "`allow_http`, if it is off"),
    "username": Setting("access_key_id"),
    "version_aware": Ignored("the current version is read"),
    "client_kwargs": Within(CLIENT, "each by its own name: `region_name`, `endpoint_url`, `verify`, ..."),
    "config_kwargs": Within(CONFIG, "each by its own name: `connect_timeout`, `retries`, `proxies`, ..."),
    "s3_additional_kwargs": Within(ADDITIONAL, "encryption, checksums, `ContentType`, `StorageClass`, ..."),
}
"""What `S3FileSystem` takes. The dicts come last: what stands beside them counts before what is in them."""
