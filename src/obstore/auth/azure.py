"""Credentials from azure-identity.

Stores know client secrets and certificates, workload and managed identities, and the
Azure CLI by themselves. These providers are for programs that have a credential object
already, or kinds that only azure-identity knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from obstore.auth._sdk import load_sdk

if TYPE_CHECKING:
    from obstore.store import AzureCredential

load_sdk("azure.identity", "azure")

DEFAULT_SCOPES: Sequence[str] = ("https://storage.azure.com/.default",)
"""What tokens are asked for: the storage service of any account."""


class _Provider:
    _module: str

    def __init__(
        self, credential: Any = None, *, scopes: Sequence[str] = DEFAULT_SCOPES, tenant_id: str | None = None
    ) -> None:
        self._is_given = credential is not None
        self.credential = credential if self._is_given else self._make_default()
        self.scopes = tuple(scopes)
        self.tenant_id = tenant_id

    def _make_default(self) -> Any:
        return load_sdk(self._module, "azure").DefaultAzureCredential()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {type(self.credential).__name__}>"

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the default credential: it holds locks, and finds the same things anew."""
        return {name: value for name, value in self.__dict__.items() if name != "credential" or self._is_given}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if not self._is_given:
            self.credential = self._make_default()


class AzureCredentialProvider(_Provider):
    """The tokens of a credential of azure-identity.

    >>> from azure.core.credentials import AccessToken
    >>> class Fixed:  # any object with a `get_token` will do
    ...     def get_token(self, *scopes, tenant_id=None):
    ...         return AccessToken("a token", 2_000_000_000)
    >>> AzureCredentialProvider(Fixed())()["token"]
    'a token'

    Args:
        credential: By default a `DefaultAzureCredential()`.
        scopes: What the tokens are for.
        tenant_id: Whose tokens they are to be, if not the credential's own tenant's.
    """

    _module = "azure.identity"

    def __call__(self) -> AzureCredential:
        """Return a token that is valid now."""
        return _credential_of(self.credential.get_token(*self.scopes, tenant_id=self.tenant_id))


class AzureAsyncCredentialProvider(_Provider):
    """The tokens of an asynchronous credential of azure-identity, for the `_async` operations.

    >>> import asyncio
    >>> from azure.core.credentials import AccessToken
    >>> class Fixed:  # any object with an asynchronous `get_token` will do
    ...     async def get_token(self, *scopes, tenant_id=None):
    ...         return AccessToken("a token", 2_000_000_000)
    >>> asyncio.run(AzureAsyncCredentialProvider(Fixed())())["token"]
    'a token'

    Args:
        credential: By default an `azure.identity.aio.DefaultAzureCredential()`, which needs aiohttp.
        scopes: What the tokens are for.
        tenant_id: Whose tokens they are to be, if not the credential's own tenant's.
    """

    _module = "azure.identity.aio"

    async def __call__(self) -> AzureCredential:
        """Return a token that is valid now."""
        return _credential_of(await self.credential.get_token(*self.scopes, tenant_id=self.tenant_id))


def _credential_of(token: Any) -> AzureCredential:
    return {"token": token.token, "expires_at": datetime.fromtimestamp(token.expires_on, UTC)}
