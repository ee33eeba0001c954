"""Signed URLs of a container: with the account's key at once, with a token through a delegation key."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from obstore._azure.config import AzureSettings
from obstore._azure.credential import AccessKey, BearerToken, Credential
from obstore._azure.replies import read_delegation_key
from obstore._azure.sas import (
    DelegationKey,
    canonical_resource,
    delegation_sas,
    format_time,
    grant,
    service_sas,
)
from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._http.message import Query, Request, Response
from obstore._transfer.canonical import encode_query
from obstore._transfer.credentials import CredentialCache

# A key that is kept lives 12 hours, and signs URLs of up to 2 hours as long as it outlives them: the
# reference's numbers. The service allows 7 days.
_KEPT_LIFETIME = 12 * 3600.0
_KEPT_FOR = 2 * 3600.0


class UrlSigner:
    """Makes signed URLs. `request_key` and `send` get a delegation key."""

    def __init__(
        self,
        settings: AzureSettings,
        request_key: Callable[[str, str], Request],
        send: Callable[[Request], Awaitable[tuple[Response, Buffer]]],
    ) -> None:
        self._settings = settings
        self._request_key = request_key
        self._send = send
        self._kept: CredentialCache[DelegationKey] = CredentialCache(self._get_long_key, _KEPT_FOR)

    async def sign(
        self, credential: Credential | None, method: str, path: str, expires_in: float, query: Query = ()
    ) -> str:
        """Return a URL that permits `method` on the object at `path`, which is percent-encoded.

        Raises:
            NotSupportedError: There is no permission for the method.
            GenericError: The credential cannot sign.
        """
        account, origin, now = self._settings.account, self._settings.origin, time.time()
        granted = grant(method, canonical_resource(account, origin.host, path), now, expires_in, query)
        if isinstance(credential, AccessKey):
            query = service_sas(granted, credential.key)
        elif isinstance(credential, BearerToken):
            query = delegation_sas(granted, await self._delegation_key(now, expires_in))
        else:
            raise _cannot_sign(credential)
        return f"{origin}{path}?{encode_query(query)}"

    async def _delegation_key(self, now: float, expires_in: float) -> DelegationKey:
        if expires_in <= _KEPT_FOR:
            return self._kept.peek() or await self._kept.get()
        return await self._get_key(now, now + int(expires_in))

    async def _get_long_key(self) -> DelegationKey:
        now = time.time()
        return await self._get_key(now, now + _KEPT_LIFETIME)

    async def _get_key(self, start: float, expiry: float) -> DelegationKey:
        _, body = await self._send(self._request_key(format_time(start), format_time(expiry)))
        return read_delegation_key(body, expiry)


def _cannot_sign(credential: Credential | None) -> GenericError:
    what = "without a credential" if credential is None else "with a SAS"
    return GenericError(
        f"Generic MicrosoftAzure error: URLs cannot be signed {what}",
        store="MicrosoftAzure",
        hint="signing takes the account's key, or a token of Microsoft Entra's",
    )
