"""Managed identities: a machine or an app asks a service beside it who it is.

On a machine that is the metadata service at a fixed address that no packet ever leaves for
elsewhere; App Service, Functions and Container Apps name an address and a secret header in the
environment. Where there is neither, that must be found out fast: one attempt to
connect, of a second.
"""

from __future__ import annotations

import os

from obstore._azure.credential import BearerToken
from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._http.message import Header
from obstore._transfer.fetch import Reply, fetch
from obstore._transfer.oauth import encode_form, read_json, read_token

IMDS_URL = "http://169.254.169.254/metadata/identity/oauth2/token"
RESOURCE = "https://storage.azure.com"

_API_VERSION = "2019-08-01"
_RETRIES = 4
_TIMEOUT = 10.0  # seconds; a first token takes a second or two


class ManagedIdentity:
    """The identity of this machine or app, or one of them.

    At most one of the three names one: by resource id, by object id, or by client id,
    in this order of precedence.
    """

    name = "managed identity"

    def __init__(
        self,
        url: str | None = None,
        resource_id: str | None = None,
        object_id: str | None = None,
        client_id: str | None = None,
    ) -> None:
        self._url = url or IMDS_URL
        self._is_app = url is not None
        self._resource_id = resource_id
        self._object_id = object_id
        self._client_id = client_id

    def __repr__(self) -> str:
        return f"<ManagedIdentity {self._url}>"

    async def fetch(self) -> BearerToken:
        """Ask for a token."""
        reply = await self._get()
        return BearerToken(*read_token(read_json(reply, self._url, "MicrosoftAzure"), self._url, "MicrosoftAzure"))

    async def _get(self) -> Reply:
        url, headers = f"{self._url}?{encode_form(self._query()).decode()}", _headers()
        try:
            reply = await fetch("GET", url, headers, connect_timeout=1.0, timeout=_TIMEOUT)
            if reply.status in (410, 429) or reply.status >= 500:
                # It is there, and asks for patience ("Retry guidance" of the metadata service).
                reply = await fetch("GET", url, headers, connect_timeout=1.0, retries=_RETRIES)
        except (TransportError, ValueError) as error:
            raise UnauthenticatedError(
                f"no managed identity: nothing answers at {self._url}: {error}", store="MicrosoftAzure"
            ) from error
        return reply

    def _query(self) -> dict[str, str]:
        query = {"api-version": _API_VERSION, "resource": RESOURCE}
        if self._resource_id:
            query["mi_res_id" if self._is_app else "msi_res_id"] = self._resource_id
        elif self._object_id:
            query["object_id"] = self._object_id
        elif self._client_id:
            query["client_id"] = self._client_id
        return query


def _headers() -> list[Header]:
    headers = [("metadata", "true")]
    if secret := os.environ.get("IDENTITY_HEADER"):
        headers.append(("x-identity-header", secret))
    return headers
