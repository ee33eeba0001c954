"""Credentials from the caller's own function, sync or async."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from obstore._azure.credential import BearerToken, Credential, parse_access_key, parse_sas, sas_of_pairs
from obstore._transfer.credentials import CredentialCache
from obstore._transfer.provider import expiry_of, provided, text_in


def ask_provider(provider: Callable[[], Any]) -> CredentialCache[Credential]:
    """Make a source of a `credential_provider`.

    Raises:
        TypeError: Its `refresh_threshold` is no duration.
    """
    return provided(provider, read_provided, "External Azure credential provider", "MicrosoftAzure")


def read_provided(value: Mapping[str, Any]) -> Credential:
    """Check what a credential provider returned."""
    expires_at, source = expiry_of(value), "the credential provider"
    if "access_key" in value:
        return parse_access_key(text_in(value, "access_key"), source, expires_at)
    if "sas_token" in value:
        if isinstance(value["sas_token"], str):
            return parse_sas(value["sas_token"], source, expires_at)
        return sas_of_pairs([(str(name), str(text)) for name, text in value["sas_token"]], source, expires_at)
    if "token" in value:
        return BearerToken(text_in(value, "token"), expires_at)
    raise KeyError("one of access_key, sas_token and token")
