"""Credential providers: what callers pass as `credential_provider`, for any cloud."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from obstore._core.errors import UnauthenticatedError
from obstore._io.runtime import resolve
from obstore._transfer.credentials import CredentialCache, Expiring

C = TypeVar("C", bound=Expiring)


def provided(
    provider: Callable[[], Any], read: Callable[[Mapping[str, Any]], C], what: str, store: str
) -> CredentialCache[C]:
    """Make a source of a provider whose answers `read` understands; `what` is its name in errors.

    Raises:
        TypeError: Its `refresh_threshold` is no duration.
    """
    name = getattr(provider, "__qualname__", None) or type(provider).__qualname__
    return CredentialCache(
        asking(provider, read, what, store),
        threshold_of(provider, timedelta(minutes=5)),
        description=f"credential_provider {name}",
        identity=provider,
    )


def threshold_of(provider: object, default: timedelta) -> float:
    """Return the life, in seconds, that a provider's credentials must still have.

    Raises:
        TypeError: The provider says something else than a `timedelta`.
    """
    threshold = getattr(provider, "refresh_threshold", default)
    if not isinstance(threshold, timedelta):
        raise TypeError(f"refresh_threshold of the credential_provider must be a timedelta, not {threshold!r}")
    return threshold.total_seconds()


def asking(
    provider: Callable[[], Any], read: Callable[[Mapping[str, Any]], C], what: str, store: str
) -> Callable[[], Awaitable[C]]:
    """Make a function that asks a provider and reads its answer; `what` is its name in errors."""

    async def fetch() -> C:
        try:
            return read(await resolve(provider()))
        except Exception as error:
            raise UnauthenticatedError(
                f"The operation lacked valid authentication credentials for path {what}: "
                f"{type(error).__name__}: {error}",
                store=store,
            ) from error

    return fetch


def text_in(value: Mapping[str, Any], name: str) -> str:
    """Return a text that a provider must give.

    Raises:
        KeyError: It is not there.
        TypeError: It is no text.
    """
    text = value[name]
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    return text


def expiry_of(value: Mapping[str, Any]) -> float | None:
    """Return when a provider's credential expires, in seconds since the epoch; None is never.

    Raises:
        KeyError: It does not say.
        TypeError: It is neither None nor a time in some zone.
        ValueError: It has expired already.
    """
    expires_at = value["expires_at"]
    if expires_at is None:
        return None
    if not isinstance(expires_at, datetime) or expires_at.tzinfo is None:
        raise TypeError(f"expires_at must be None or a datetime with a time zone, not {expires_at!r}")
    if expires_at.timestamp() <= time.time():
        raise ValueError(f"the credential expired at {expires_at}: the provider must return a new one")
    return expires_at.timestamp()
