"""Microsoft Entra: applications that prove who they are get a token (OAuth 2.0, client credentials).

The proof is a secret, a statement signed with a certificate, or a token that a cluster
has put into a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from obstore._azure.credential import BearerToken
from obstore._core.errors import UnauthenticatedError
from obstore._io.runtime import current
from obstore._transfer.oauth import encode_form, read_token, request_json

PUBLIC_AUTHORITY = "https://login.microsoftonline.com"
SCOPE = "https://storage.azure.com/.default"

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_HEADERS = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")]


class Application(NamedTuple):
    """An application in a tenant."""

    client_id: str
    tenant_id: str
    authority_host: str | None = None

    @property
    def token_url(self) -> str:
        """Where its tokens come from. The host may lack its scheme, and have a slash at its end."""
        host = (self.authority_host or PUBLIC_AUTHORITY).rstrip("/")
        host = host if "://" in host else f"https://{host}"
        return f"{host}/{self.tenant_id}/oauth2/v2.0/token"

    async def request_token(self, proof: Mapping[str, str]) -> BearerToken:
        """Ask for a token.

        Raises:
            UnauthenticatedError: There is none, and why.
        """
        fields = {"client_id": self.client_id, **proof, "scope": SCOPE, "grant_type": "client_credentials"}
        url = self.token_url
        document = await request_json("POST", url, _HEADERS, encode_form(fields), store="MicrosoftAzure")
        return BearerToken(*read_token(document, url, "MicrosoftAzure"))


class ClientSecret:
    """An application that knows a secret."""

    name = "client secret"

    def __init__(self, application: Application, secret: str) -> None:
        self._application = application
        self._secret = secret

    def __repr__(self) -> str:
        return f"<ClientSecret {self._application.client_id}>"

    async def fetch(self) -> BearerToken:
        """Ask for a token."""
        return await self._application.request_token({"client_secret": self._secret})


class WorkloadIdentity:
    """An application that trusts a cluster's tokens. The file is read each time: the cluster replaces it."""

    name = "workload identity"

    def __init__(self, application: Application, token_file: str) -> None:
        self._application = application
        self._token_file = token_file

    def __repr__(self) -> str:
        return f"<WorkloadIdentity {self._application.client_id} {self._token_file}>"

    async def fetch(self) -> BearerToken:
        """Ask for a token."""
        assertion: str = await current().call(self._read_file)
        return await self._application.request_token(assertion_fields(assertion))

    def _read_file(self) -> str:
        try:
            with open(self._token_file, encoding="utf-8") as file:
                return file.read().strip()
        except (OSError, ValueError) as error:
            raise UnauthenticatedError(
                f"the file of federated_token_file (AZURE_FEDERATED_TOKEN_FILE) cannot be read: {error}",
                store="MicrosoftAzure",
            ) from error


def assertion_fields(assertion: str) -> dict[str, str]:
    """Return the fields that prove an application's identity by a signed statement (RFC 7523)."""
    return {"client_assertion_type": _ASSERTION, "client_assertion": assertion}
