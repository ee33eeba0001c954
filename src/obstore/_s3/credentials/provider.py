"""Credentials from the caller's own function, sync or async."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from obstore._s3.credential import Credential
from obstore._transfer.credentials import CredentialCache
from obstore._transfer.provider import expiry_of, provided, text_in


def ask_provider(provider: Callable[[], Any]) -> CredentialCache[Credential]:
    """Make a source of a `credential_provider`.

    Raises:
        TypeError: Its `refresh_threshold` is no duration.
    """
    return provided(provider, read_provided, "External AWS credential provider", "S3")


def read_provided(value: Mapping[str, Any]) -> Credential:
    """Check what a credential provider returned."""
    key_id, secret = text_in(value, "access_key_id"), text_in(value, "secret_access_key")
    return Credential(key_id, secret, value.get("token"), expiry_of(value))
