"""The arguments of s3fs, gcsfs and adlfs, said in the words of our stores.

Who registers our file systems has programs that were written for those. An argument has
one of three fates: it is a setting of ours under another name; it has no meaning here, for
a reason that stands beside it; or it is left as it is, and a wrong one is an error then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Arguments(NamedTuple):
    """What a store is to be made with."""

    config: dict[str, Any]
    client_options: dict[str, Any]


_CACHE = "files and listings are not cached"
_SIZE = "`blocksize` of `open` says it for one file"
_AUTOMATIC = "the library does it by itself"
_BUCKETS = "buckets are neither made nor listed"

IGNORED: Mapping[str, str] = {
    **dict.fromkeys(("cache_regions", "check_connection", "consistency", "assume_container_exists"), _AUTOMATIC),
    **dict.fromkeys(("default_fill_cache", "default_cache_type", "cache_timeout", "cache_type"), _CACHE),
    **dict.fromkeys(("max_concurrency", "fixed_upload_size", "blocksize", "block_size"), _SIZE),
    **dict.fromkeys(("location", "default_location"), _BUCKETS),
    "access": "the credentials say what is allowed",
    "acl": "access control lists are not written; the bucket's policy holds",
    "encoded": "paths are always encoded",
    "get_client": "there is no aiohttp client",
    "loop_factory": "any event loop will do",
    "location_mode": "only the primary location is read",
    "request_session": "there is no azure-core session",
    "same_scheme": "links are not followed",
    "secure_serialize": "credentials are not part of a token",
    "session": "there is no botocore session; pass credential_provider= for its credentials",
    "session_kwargs": "there is no aiohttp session",
    "simple_links": "links are not followed",
    "size_policy": "the server says the size, or the object is read",
    "version_aware": "the current version is read",
}
"""Arguments without a meaning here, and why."""

_S3_CLIENT = {
    "aws_access_key_id": "key",
    "aws_secret_access_key": "secret",
    "aws_session_token": "token",
    "endpoint_url": "endpoint_url",
    "region_name": "region",
    "use_ssl": "use_ssl",
    "verify": "verify",
}
_S3_ENCRYPTION = {"ServerSideEncryption": "server_side_encryption", "SSEKMSKeyId": "sse_kms_key_id"}
_BOTO_CONFIG = {
    "connect_timeout": "connect_timeout",
    "read_timeout": "timeout",
    "max_pool_connections": "max_connections",
    "user_agent": "user_agent",
}


def translate(family: str, options: Mapping[str, Any], client_options: Mapping[str, Any] | None) -> Arguments:
    """Turn keyword arguments of any of these packages into those of a store.

    >>> translate("s3", {"anon": True, "cache_regions": True}, None)
    Arguments(config={'skip_signature': True}, client_options={})

    Args:
        family: Which store: `"s3"`, `"gcs"`, `"azure"`, or another one.
        options: The arguments.
        client_options: What the caller says about the HTTP client, which counts first.
    """
    left = {key: value for key, value in options.items() if value is not None and key not in IGNORED}
    client: dict[str, Any] = {}
    if left.pop("anon", False):
        left["skip_signature"] = True
    _TRANSLATORS.get(family, _translate_other)(left, client)
    return Arguments(left, {**client, **(client_options or {})})


def _rename(options: dict[str, Any], names: Mapping[str, str]) -> None:
    for name, ours in names.items():
        if name in options:
            options[ours] = options.pop(name)


def _allow_http(options: Mapping[str, Any], client: dict[str, Any], *names: str) -> None:
    # An http URL is asked for by its scheme in all these packages, without a second switch.
    if any(str(options.get(name, "")).startswith("http://") for name in names):
        client["allow_http"] = True


def _translate_s3(options: dict[str, Any], client: dict[str, Any]) -> None:
    for name, ours in _S3_CLIENT.items():
        value = _part(options, "client_kwargs").get(name)
        if value is not None:
            options.setdefault(ours, value)
    boto = _part(options, "config_kwargs")
    client.update({ours: boto[name] for name, ours in _BOTO_CONFIG.items() if boto.get(name) is not None})
    if (style := (boto.get("s3") or {}).get("addressing_style")) is not None:
        options["addressing_style"] = style
    encryption = _part(options, "s3_additional_kwargs")
    options.update({ours: encryption[name] for name, ours in _S3_ENCRYPTION.items() if name in encryption})
    for name in ("client_kwargs", "config_kwargs", "s3_additional_kwargs"):
        options.pop(name, None)
    _translate_tls(options, client)
    _rename(options, {"username": "key", "password": "secret"})
    _rename(options, {"key": "access_key_id", "secret": "secret_access_key", "requester_pays": "request_payer"})
    _allow_http(options, client, "endpoint_url")


def _part(options: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return options.get(name) or {}


def _translate_tls(options: dict[str, Any], client: dict[str, Any]) -> None:
    if options.pop("use_ssl", True) is False:
        client["allow_http"] = True
    verify = options.pop("verify", True)
    if verify is False:
        client["allow_invalid_certificates"] = True
    elif isinstance(verify, str):
        with open(verify, "rb") as file:
            client["root_certificate"] = file.read()


def _translate_gcs(options: dict[str, Any], client: dict[str, Any]) -> None:
    _translate_google_token(options)
    project, pays = options.pop("project", None), options.pop("requester_pays", False)
    if pays:
        options["user_project"] = pays if isinstance(pays, str) else project
    _rename(options, {"endpoint_url": "base_url"})
    if "requests_timeout" in options:
        client["timeout"] = options.pop("requests_timeout")


def _translate_google_token(options: dict[str, Any]) -> None:
    """Read `token`, which says where credentials are, or is one: a word, a file, its content, or a token."""
    token = options.pop("token", None)
    if token == "anon":
        options["skip_signature"] = True
    elif isinstance(token, Mapping):
        import json

        options["service_account_key"] = json.dumps(dict(token))
    elif isinstance(token, str) and token not in {"google_default", "cloud", "cache", "browser"}:
        import os

        options["application_credentials" if os.path.exists(token) else "bearer_token"] = token
    elif token is not None and not isinstance(token, str):
        raise TypeError(
            f"token must be a str or a dict, not {type(token).__name__}: pass credential_provider= for an object"
        )


def _translate_azure(options: dict[str, Any], client: dict[str, Any]) -> None:
    credential = options.pop("credential", None)
    if isinstance(credential, str):
        options["account_key"] = credential
    elif credential is not None:
        raise TypeError(
            f"credential must be a str, not {type(credential).__name__}: pass credential_provider= for an object"
        )
    if "account_host" in options:
        options["endpoint"] = f"https://{options.pop('account_host')}"
    if "connection_timeout" in options:
        client["connect_timeout"] = options.pop("connection_timeout")
    if "socket_timeout" in options:
        client["timeout"] = options.pop("socket_timeout")
    if "http://" in str(options.get("connection_string", "")):
        client["allow_http"] = True


def _translate_http(options: dict[str, Any], client: dict[str, Any]) -> None:
    aiohttp = options.pop("client_kwargs", None) or {}
    headers = {**aiohttp.get("headers", {}), **options.pop("headers", {})}
    if headers:
        client["default_headers"] = headers


def _translate_other(options: dict[str, Any], client: dict[str, Any]) -> None:
    """Leave them: these stores take what is their own, and say so."""


_TRANSLATORS: Mapping[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "s3": _translate_s3,
    "gcs": _translate_gcs,
    "azure": _translate_azure,
    "http": _translate_http,
}
