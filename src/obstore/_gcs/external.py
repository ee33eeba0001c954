"""Workload identity federation: what another provider says of this program becomes a Google token.

A subject token is fetched from where the file says and exchanged for a Google token
(RFC 8693); with that, if the file says so, a service account is impersonated. See
google.aip.dev/auth/4117.
"""

from __future__ import annotations

from collections.abc import Callable

from obstore._core.errors import GenericError
from obstore._gcs.account import SCOPE, Account, Document, Token, TokenSource
from obstore._gcs.iam import ImpersonatedAccount
from obstore._gcs.subject import FileToken, SubjectToken, UrlToken
from obstore._gcs.user import basic_authorization, request_token
from obstore._http.message import Header

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_TOKEN_URL = "https://sts.googleapis.com/v1/token"


class FederatedAccount(Account):
    """An identity of another provider, in a pool of Google's."""

    def __init__(self, document: Document, subject: SubjectToken) -> None:
        self._subject = subject
        self._audience = document.text("audience")
        self._subject_type = document.text("subject_token_type")
        self._token_url = document.maybe_text("token_url") or _TOKEN_URL
        self._headers = _client_authorization(document)
        self._options = _options(document)

    @property
    def description(self) -> str:
        return f"the workload identity {self._audience}"

    async def fetch(self) -> Token:
        fields = {
            "grant_type": _EXCHANGE,
            "audience": self._audience,
            "scope": SCOPE,
            "requested_token_type": _ACCESS_TOKEN,
            "subject_token": await self._subject.fetch(),
            "subject_token_type": self._subject_type,
            "options": self._options,
        }
        return await request_token(self._token_url, fields, self._headers)


def _client_authorization(document: Document) -> list[Header]:
    client_id = document.maybe_text("client_id")
    return [basic_authorization(client_id, document.text("client_secret"))] if client_id else []


def _options(document: Document) -> str | None:
    """Return the project that pays for the exchange; only a client that says who it is needs none."""
    import json

    project = document.maybe_text("workforce_pool_user_project")
    return json.dumps({"userProject": project}) if project and not document.maybe_text("client_id") else None


def read_external_account(document: Document) -> Account:
    """Read an `external_account`: federated, and perhaps a service account beyond that."""
    account = FederatedAccount(document, read_subject(document))
    url = document.maybe_text("service_account_impersonation_url")
    if url is None:
        return account
    return ImpersonatedAccount(url, TokenSource(account), lifetime=_lifetime(document))


def _lifetime(document: Document) -> int:
    if "service_account_impersonation" not in document.fields:
        return 3600
    seconds = document.inner("service_account_impersonation").fields.get("token_lifetime_seconds", 3600)
    if not isinstance(seconds, int):
        raise GenericError(
            f"Generic GCS error: token_lifetime_seconds of {document.source} must be a whole number", store="GCS"
        )
    return seconds


def read_subject(document: Document) -> SubjectToken:
    """Read the `credential_source` of an external account.

    Raises:
        GenericError: It is of no kind that we know.
    """
    source = document.inner("credential_source")
    for field, make in _kinds().items():
        if field in source.fields:
            return make(source, document)
    raise GenericError(
        f"Generic GCS error: {source.source} has none of {', '.join(_kinds())}: where is the token to come from?",
        store="GCS",
    )


def _kinds() -> dict[str, Callable[[Document, Document], SubjectToken]]:
    from obstore._gcs.aws_identity import AwsIdentity
    from obstore._gcs.executable import ExecutableToken

    return {
        # AWS's sources have a "url" too, so its mark is looked for first.
        "environment_id": AwsIdentity,
        "file": lambda source, document: FileToken(source),
        "url": lambda source, document: UrlToken(source),
        "executable": ExecutableToken,
    }
