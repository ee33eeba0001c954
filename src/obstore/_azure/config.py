"""Azure's settings: their names, and what they say about where a container is.

The names and their spellings are the reference's; each `azure_...` spelling is also an
environment variable in upper case. `connection_string` is ours: its parts count as if
they had been given in its place. So are `client_certificate_path` and its password.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from obstore._azure.connection_string import EMULATOR_ACCOUNT, with_connection_string
from obstore._core.errors import GenericError
from obstore._core.path import encode_path
from obstore._core.url import Url
from obstore._http.message import Header, Origin, origin_of
from obstore._transfer.config import Key, Keys, Setting, is_from_environment, switch_of, text_of, url_of

LABEL = "MicrosoftAzure"

EMULATOR_URL = "http://127.0.0.1:10000"


def _key(name: str, *more: str, is_secret: bool = False) -> Key:
    return Key(name, (f"azure_{name}", name, *more), is_secret)


def _storage_key(name: str, *more: str, is_secret: bool = False) -> Key:
    return Key(name, (f"azure_storage_{name}", name, *more), is_secret)


KEYS = Keys(
    LABEL,
    "azure_",
    [
        _storage_key("account_name"),
        _storage_key(
            "account_key",
            "azure_storage_access_key",
            "azure_storage_master_key",
            "master_key",
            "access_key",
            is_secret=True,
        ),
        _storage_key("client_id", "azure_client_id"),
        _storage_key("client_secret", "azure_client_secret", is_secret=True),
        _storage_key(
            "tenant_id", "azure_storage_authority_id", "azure_tenant_id", "azure_authority_id", "authority_id"
        ),
        _storage_key("authority_host", "azure_authority_host"),
        _storage_key("sas_key", "azure_storage_sas_token", "sas_token", is_secret=True),
        _storage_key("token", "bearer_token", is_secret=True),
        # The reference documents the last two, and does not know them.
        _storage_key("use_emulator", "azure_use_emulator", "object_store_use_emulator"),
        _storage_key("endpoint", "azure_endpoint"),
        _storage_key("connection_string", "azure_connection_string", is_secret=True),
        _storage_key("encryption_key", "azure_encryption_key", is_secret=True),
        _key("use_fabric_endpoint"),
        _key("msi_endpoint", "azure_identity_endpoint", "identity_endpoint"),
        _key("object_id"),
        _key("msi_resource_id"),
        _key("federated_token_file"),
        _key("client_certificate_path"),
        _key("client_certificate_password", is_secret=True),
        _key("use_azure_cli"),
        _key("skip_signature"),
        _key("container_name"),
        _key("disable_tagging"),
        _key("fabric_token_service_url"),
        _key("fabric_workload_host"),
        _key("fabric_session_token", is_secret=True),
        _key("fabric_cluster_identifier"),
        _key("credential_type"),
    ],
    # App Service, Functions and Azure Arc say with this one where their identities are handed out.
    {"IDENTITY_ENDPOINT": "msi_endpoint"},
)


DEFAULTS = {"credential_type": "auto"}


class AzureSettings(NamedTuple):
    """A container and how to talk to it, read from the settings."""

    account: str
    container: str
    origin: Origin
    service_path: str
    """What stands before the container in a URL's path: `/account` for an emulator, else mostly nothing."""

    is_emulator: bool
    signs: bool
    sends_tags: bool
    encryption_headers: tuple[Header, ...] = ()
    """The customer's own key, if there is one, for every request that reads or writes content."""

    @property
    def base_path(self) -> str:
        """What stands before the key in a URL's path."""
        return f"{self.service_path}/{encode_path(self.container)}"


def read_settings(given: Mapping[str, Setting]) -> AzureSettings:
    """Check the settings of a store.

    Raises:
        GenericError: One is missing or cannot be read; the message names it.
    """
    settings = with_connection_string(given)
    container = _container(settings)
    is_emulator = switch_of(settings, "use_emulator")
    account, origin, service_path = _locate_emulator(settings) if is_emulator else _locate(settings)
    return AzureSettings(
        account,
        container,
        origin,
        service_path,
        is_emulator,
        signs=not switch_of(settings, "skip_signature"),
        sends_tags=not switch_of(settings, "disable_tagging"),
        encryption_headers=_encryption_headers(settings),
    )


def _container(settings: Mapping[str, Setting]) -> str:
    container = text_of(settings, "container_name")
    if container is None:
        raise _error("Container name must be specified", hint="AzureStore('my-container', account_name=...)")
    # A workspace of Fabric takes the container's place, and its name may have a dot.
    may_have_dot = switch_of(settings, "use_fabric_endpoint")
    if "/" in container or ":" in container or ("." in container and not may_have_dot):
        raise _error(
            f"{container!r}, from {settings['container_name'].source}, is not a container's name",
            hint="a URL goes to AzureStore.from_url, a folder within the container to prefix=",
        )
    return container


def _locate_emulator(settings: Mapping[str, Setting]) -> tuple[str, Origin, str]:
    account = text_of(settings, "account_name") or EMULATOR_ACCOUNT
    endpoint = settings["endpoint"] if _is_for_emulator(settings) else _emulator_url()
    url = url_of(endpoint, "endpoint", LABEL)
    path = url.path.rstrip("/")
    return account, origin_of(url), path if path.endswith(f"/{account}") else f"{path}/{encode_path(account)}"


def _is_for_emulator(settings: Mapping[str, Setting]) -> bool:
    """Whether the endpoint is meant for the emulator: not one that the environment has for the real service."""
    endpoint, switch = settings.get("endpoint"), settings["use_emulator"]
    if endpoint is None or not endpoint.value:
        return False
    return is_from_environment(switch) or not is_from_environment(endpoint)


def _emulator_url() -> Setting:
    variable = "AZURITE_BLOB_STORAGE_URL"
    return Setting(os.environ.get(variable) or EMULATOR_URL, f"environment variable {variable}")


def _locate(settings: Mapping[str, Setting]) -> tuple[str, Origin, str]:
    account = text_of(settings, "account_name")
    if text_of(settings, "endpoint") is not None:
        url = url_of(settings["endpoint"], "endpoint", LABEL)
        account = account or _account_in(url)
    elif account is not None:
        domain = "fabric.microsoft.com" if switch_of(settings, "use_fabric_endpoint") else "core.windows.net"
        url = url_of(Setting(f"https://{account}.blob.{domain}", settings["account_name"].source), "endpoint", LABEL)
    if account is None:
        raise _error("Account must be specified", hint="pass account_name=, or set AZURE_STORAGE_ACCOUNT_NAME")
    return account, origin_of(url), url.path.rstrip("/")


def _account_in(url: Url) -> str | None:
    """Find the account in an endpoint: its first label, or with an address the first segment of the path."""
    label, _, domain = url.host.partition(".")
    if domain.startswith("blob."):
        return label
    return url.path.strip("/").partition("/")[0] or None


def _encryption_headers(settings: Mapping[str, Setting]) -> tuple[Header, ...]:
    key = text_of(settings, "encryption_key")
    if key is None:
        return ()
    from obstore._azure.encryption import encryption_headers

    return encryption_headers(key, settings["encryption_key"].source)


def _error(message: str, hint: str | None = None) -> GenericError:
    return GenericError(f"Generic {LABEL} error: {message}", store=LABEL, hint=hint)
