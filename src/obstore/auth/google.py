"""Credentials from google-auth.

Stores find Google's application default credentials by themselves. These providers are
for programs that have credentials already, or kinds that only google-auth knows.
"""

from __future__ import annotations

import inspect
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obstore.auth._sdk import load_sdk

google_auth = load_sdk("google.auth", "google")

if TYPE_CHECKING:
    from obstore.store import GCSCredential

DEFAULT_SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
"""What the tokens of default credentials are for, where they need to be told."""

# google-auth calls a token stale 3 min 45 s before it expires; the store must not ask before that.
_THRESHOLD = timedelta(minutes=3, seconds=45)


class GoogleCredentialProvider:
    """The tokens of google-auth's credentials.

    >>> from google.auth.credentials import AnonymousCredentials
    >>> from obstore.store import GCSStore
    >>> provider = GoogleCredentialProvider(AnonymousCredentials())
    >>> GCSStore("bucket", credential_provider=provider)
    GCSStore(bucket="bucket")

    Args:
        credentials: By default what `google.auth.default()` finds.
        request: The transport that refreshes them: by default google-auth's own over requests.
        refresh_threshold: The life that a token must still have.

    Raises:
        google.auth.exceptions.DefaultCredentialsError: There are no default credentials.
    """

    def __init__(
        self, credentials: Any = None, *, request: Any = None, refresh_threshold: timedelta = _THRESHOLD
    ) -> None:
        self.credentials = credentials if credentials is not None else google_auth.default(scopes=DEFAULT_SCOPES)[0]
        self.request = request
        self.refresh_threshold = refresh_threshold

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {type(self.credentials).__name__}>"

    def __call__(self) -> GCSCredential:
        """Refresh the credentials, and return their token."""
        if self.request is None:
            self.request = load_sdk("google.auth.transport.requests", "google").Request()
        self.credentials.refresh(self.request)
        return _token_of(self.credentials)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "request": None}


class GoogleAsyncCredentialProvider(GoogleCredentialProvider):
    """The tokens of google-auth's credentials, without blocking the loop.

    Works in sync calls too. google-auth's own asynchronous credentials are deprecated and
    do not know most sources, so the ordinary ones are refreshed in a thread.

    >>> from google.auth.credentials import AnonymousCredentials
    >>> from obstore.store import GCSStore
    >>> provider = GoogleAsyncCredentialProvider(AnonymousCredentials())
    >>> GCSStore("bucket", credential_provider=provider)
    GCSStore(bucket="bucket")

    Args:
        credentials: By default what `google.auth.default()` finds. Those with an asynchronous `refresh`,
            as google-auth's `_service_account_async` has, are awaited.
        request: The transport that refreshes them.
        refresh_threshold: The life that a token must still have.
    """

    async def __call__(self) -> GCSCredential:  # type: ignore[override]
        """Refresh the credentials, and return their token."""
        if inspect.iscoroutinefunction(self.credentials.refresh):
            if self.request is None:
                self.request = load_sdk("google.auth.transport._aiohttp_requests", "google").Request()
            await self.credentials.refresh(self.request)
            return _token_of(self.credentials)
        from obstore._io.runtime import current

        token: GCSCredential = await current().call(super().__call__)
        return token


def _token_of(credentials: Any) -> GCSCredential:
    expiry: datetime | None = credentials.expiry
    # google-auth writes UTC without saying so.
    expires_at = expiry.replace(tzinfo=UTC) if expiry is not None and expiry.tzinfo is None else expiry
    return {"token": credentials.token, "expires_at": expires_at}
