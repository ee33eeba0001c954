"""The IAM Credentials API: tokens and signatures of a service account whose key stays with Google.

See cloud.google.com/iam/docs/reference/credentials/rest.
"""

from __future__ import annotations

from typing import Any, Protocol

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._core.times import parse_rfc3339
from obstore._gcs.account import SCOPE, Account, Document, Signatory, Token
from obstore._transfer.oauth import request_json

_SERVICE_ACCOUNTS = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"
_GENERATE = ":generateAccessToken"


class Caller(Protocol):
    """What proves to the API who is asking."""

    @property
    def description(self) -> str: ...
    async def get(self) -> Token: ...


def sign_blob_url(email: str) -> str:
    """Return where a service account's signatures are asked for."""
    return f"{_SERVICE_ACCOUNTS}{email}:signBlob"


async def _call(url: str, caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    import json

    token = await caller.get()
    headers = [("authorization", f"Bearer {token.value}"), ("content-type", "application/json")]
    return await request_json("POST", url, headers, json.dumps(body).encode(), store="GCS")


class IamSignatory(Signatory):
    """Has Google sign. The caller needs the role "Service Account Token Creator" on the account."""

    def __init__(self, email: str, url: str, caller: Caller, delegates: list[str] | None = None) -> None:
        self.email = email
        self._url = url
        self._caller = caller
        self._delegates = delegates or []

    def __repr__(self) -> str:
        return f"<IamSignatory {self.email}>"

    async def sign(self, data: bytes) -> bytes:
        from base64 import b64decode, b64encode

        body = {"payload": b64encode(data).decode(), **_with_delegates(self._delegates)}
        reply = await _call(self._url, self._caller, body)
        try:
            return b64decode(reply["signedBlob"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(f"no signature from {self._url}: bad signedBlob", store="GCS") from error


class ImpersonatedAccount(Account):
    """A service account, through another account that may act as it."""

    def __init__(self, url: str, caller: Caller, delegates: list[str] | None = None, lifetime: int = 3600) -> None:
        self._url = url
        self._caller = caller
        self._delegates = delegates or []
        self._lifetime = lifetime
        self.email = email_in(url)

    @property
    def description(self) -> str:
        return f"the service account {self.email}, impersonated with {self._caller.description}"

    async def fetch(self) -> Token:
        body = {"scope": [SCOPE], "lifetime": f"{self._lifetime}s", **_with_delegates(self._delegates)}
        reply = await _call(self._url, self._caller, body)
        try:
            return Token(reply["accessToken"], parse_rfc3339(reply["expireTime"]).timestamp())
        except (KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(
                f"no token from {self._url}: the reply has no accessToken with its expireTime", store="GCS"
            ) from error

    async def signatory(self) -> Signatory:
        url = self._url.removesuffix(_GENERATE) + ":signBlob"
        return IamSignatory(self.email, url, self._caller, self._delegates)


def _with_delegates(delegates: list[str]) -> dict[str, Any]:
    prefix = "projects/-/serviceAccounts/"
    names = [each if each.startswith("projects/") else prefix + each for each in delegates]
    return {"delegates": names} if names else {}


def email_in(url: str) -> str:
    """Return the service account that an impersonation URL names.

    Raises:
        GenericError: It is not such a URL.
    """
    from obstore._core.path import decode_percent

    _, found, rest = url.partition("/serviceAccounts/")
    if not found or not rest.endswith(_GENERATE):
        raise GenericError(
            f"Generic GCS error: {url!r} is not a service_account_impersonation_url",
            store="GCS",
            hint=f"{_SERVICE_ACCOUNTS}NAME@PROJECT.iam.gserviceaccount.com{_GENERATE}",
        )
    return decode_percent(rest.removesuffix(_GENERATE))


def read_delegates(document: Document) -> list[str]:
    """Return the accounts through which an impersonation passes."""
    delegates = document.fields.get("delegates") or []
    if not isinstance(delegates, list) or not all(isinstance(each, str) for each in delegates):
        raise GenericError(f"Generic GCS error: delegates of {document.source} must be a list of text", store="GCS")
    return delegates
