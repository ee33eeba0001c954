"""The arguments of adlfs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from obstore._core.errors import NotSupportedError
from obstore._fsspec.foreign.fates import ANONYMOUS, Fate, Ignored, Made, OfFileSystem, Option, Read, Setting


def _credential(name: str, value: Any, made: Made) -> None:
    """Read `credential`, which may be all that Azure's own package takes."""
    if isinstance(value, str):
        # A signature has parameters, an account's key is base64, which has neither & nor a = before its end.
        made.config.setdefault("sas_token" if "sig=" in value else "account_key", value)
    elif hasattr(value, "signature"):  # AzureSasCredential
        made.config.setdefault("sas_token", value.signature)
    elif hasattr(value, "named_key"):  # AzureNamedKeyCredential
        made.config.setdefault("account_key", value.named_key.key)
    elif hasattr(value, "get_token"):
        from obstore.auth import azure

        waits = inspect.iscoroutinefunction(value.get_token)
        provider = azure.AzureAsyncCredentialProvider if waits else azure.AzureCredentialProvider
        made.credential_provider = provider(value)
    else:
        raise TypeError(
            f"{name} must be a str or a credential of Azure's, not {type(value).__name__}: "
            "pass credential_provider= for another object"
        )


def _connection_string(_: str, value: str, made: Made) -> None:
    made.config.setdefault("connection_string", value)
    if "http://" in value or "DefaultEndpointsProtocol=http;" in value:
        made.client_options["allow_http"] = True


def _account_host(_: str, value: str, made: Made) -> None:
    made.config.setdefault("endpoint", f"https://{value}")


def _location_mode(name: str, value: str, _: Made) -> None:
    if value != "primary":
        raise NotSupportedError(
            f"{name}={value!r} is not supported", hint="account_host= takes the host of the secondary location"
        )


ARGUMENTS: Mapping[str, Fate] = {
    "account_host": Read(_account_host, "`endpoint`"),
    "account_key": Setting("account_key"),
    "account_name": Setting("account_name"),
    "anon": ANONYMOUS,
    "assume_container_exists": Ignored("it always is"),
    "blocksize": OfFileSystem("default_block_size"),
    "client_id": Setting("client_id"),
    "client_secret": Setting("client_secret"),
    "connection_string": Read(_connection_string, "`connection_string`"),
    "connection_timeout": Option("connect_timeout"),
    "credential": Read(_credential, "`account_key` or `sas_token`; an object becomes a `credential_provider`"),
    "default_cache_type": Ignored("files are read ahead, and not cached"),
    "default_fill_cache": Ignored("files are read ahead, and not cached"),
    "location_mode": Read(_location_mode, "must be `primary`"),
    "max_concurrency": Ignored("`put` and `pipe` take it"),
    "read_timeout": Option("timeout"),
    "request_session": Ignored("the HTTP client is another one"),
    "sas_token": Setting("sas_token"),
    "socket_timeout": Ignored("adlfs does not use it; `read_timeout` is what it means"),
    "tenant_id": Setting("tenant_id"),
    "timeout": Ignored("the service has a limit of its own; `read_timeout` is that of the client"),
    "version_aware": Ignored("the current version is read"),
}
"""What `AzureBlobFileSystem` takes."""
