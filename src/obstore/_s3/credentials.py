"""Where S3's credentials come from: the caller, a provider, the environment, or nowhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._io.runtime import resolve
from obstore._s3.credential import Credential
from obstore._transfer.config import Setting
from obstore._transfer.credentials import CredentialCache


class CredentialSource(Protocol):
    """What the store asks for credentials."""

    def peek(self) -> Credential | None: ...
    async def get(self) -> Credential: ...


class StaticCredential:
    """A credential that does not change."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def __repr__(self) -> str:
        return f"<StaticCredential {self._credential.access_key_id}>"

    def peek(self) -> Credential:
        """Return it."""
        return self._credential

    async def get(self) -> Credential:
        """Return it."""
        return self._credential


def choose_source(settings: Mapping[str, Setting], provider: Callable[[], Any] | None) -> CredentialSource:
    """Decide where the credentials come from.

    Raises:
        GenericError: There is half a key pair.
    """
    if provider is not None:
        return CredentialCache(_asking(provider), _threshold(provider))
    static = static_credential(settings)
    if static is not None:
        return StaticCredential(static)
    return CredentialCache(_no_credentials)


def static_credential(settings: Mapping[str, Setting]) -> Credential | None:
    """Return the key pair in the settings, if there is one."""
    texts = {name: settings[name].value for name in _STATIC if name in settings and settings[name].value}
    key_id, secret = texts.get("access_key_id"), texts.get("secret_access_key")
    if key_id is None and secret is None:
        return None
    if key_id is None or secret is None:
        missing, given = (
            ("AccessKeyId", "secret_access_key") if key_id is None else ("SecretAccessKey", "access_key_id")
        )
        raise GenericError(
            f"Generic S3 error: Missing {missing}",
            store="S3",
            hint=f"{given} comes from {settings[given].source}: give both, or neither",
        )
    return Credential(key_id, secret, texts.get("session_token"))


_STATIC = ("access_key_id", "secret_access_key", "session_token")


async def _no_credentials() -> Credential:
    raise UnauthenticatedError(
        "no credentials for S3: neither arguments nor the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)"
        " have a key pair, and there is no credential_provider",
        store="S3",
        hint="for a public bucket pass skip_signature=True",
    )


def _threshold(provider: object) -> float:
    threshold = getattr(provider, "refresh_threshold", timedelta(minutes=5))
    if not isinstance(threshold, timedelta):
        raise TypeError(f"refresh_threshold of the credential_provider must be a timedelta, not {threshold!r}")
    return threshold.total_seconds()


def _asking(provider: Callable[[], Any]) -> Callable[[], Awaitable[Credential]]:
    async def fetch() -> Credential:
        try:
            return read_provided(await resolve(provider()))
        except Exception as error:
            raise UnauthenticatedError(
                "The operation lacked valid authentication credentials for path External AWS credential provider: "
                f"{type(error).__name__}: {error}",
                store="S3",
            ) from error

    return fetch


def read_provided(value: Mapping[str, Any]) -> Credential:
    """Check what a credential provider returned."""
    return Credential(
        _provided_text(value, "access_key_id"),
        _provided_text(value, "secret_access_key"),
        value.get("token"),
        expiry_of(value),
    )


def _provided_text(value: Mapping[str, Any], name: str) -> str:
    text = value[name]
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    return text


def expiry_of(value: Mapping[str, Any]) -> float | None:
    """Return when a provider's credential expires, in seconds since the epoch."""
    expires_at = value["expires_at"]
    if expires_at is None:
        return None
    if not isinstance(expires_at, datetime) or expires_at.tzinfo is None:
        raise TypeError(f"expires_at must be None or a datetime with a time zone, not {expires_at!r}")
    return expires_at.timestamp()
