"""People, by their refresh tokens, and how any token is asked for: with a form (RFC 6749, sections 4 to 6)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from obstore._gcs.account import Account, Document, Token
from obstore._http.message import Header
from obstore._transfer.oauth import encode_form, read_token, request_json

GOOGLE_TOKEN_URL = "https://oauth2.googleapis.com/token"

_FORM = ("content-type", "application/x-www-form-urlencoded")


async def request_token(url: str, fields: Mapping[str, str | None], headers: Sequence[Header] = ()) -> Token:
    """Ask a token endpoint for a token. Fields that are None are left out.

    Raises:
        UnauthenticatedError: It gives none.
    """
    form = encode_form({name: value for name, value in fields.items() if value is not None})
    reply = await request_json("POST", url, [_FORM, *headers], form, store="GCS")
    return Token(*read_token(reply, url, "GCS"))


class AuthorizedUser(Account):
    """A person, by the refresh token that `gcloud auth application-default login` leaves behind."""

    min_ttl = 240.0

    def __init__(self, document: Document) -> None:
        self._fields = {name: document.text(name) for name in ("client_id", "client_secret", "refresh_token")}
        self._token_url = document.maybe_text("token_uri") or GOOGLE_TOKEN_URL

    @property
    def description(self) -> str:
        return f"a person's login through the client {self._fields['client_id']}"

    @property
    def identity(self) -> Hashable:
        return type(self), self._fields["refresh_token"]

    async def fetch(self) -> Token:
        return await request_token(self._token_url, {"grant_type": "refresh_token", **self._fields})


class ExternalUser(Account):
    """A person of a workforce pool, logged in through another provider: the same with another endpoint."""

    def __init__(self, document: Document) -> None:
        self._refresh_token = document.text("refresh_token")
        self._token_url = document.maybe_text("token_url") or "https://sts.googleapis.com/v1/oauthtoken"
        self._headers = [basic_authorization(document.text("client_id"), document.text("client_secret"))]

    @property
    def description(self) -> str:
        return "a person's login through a workforce pool"

    @property
    def identity(self) -> Hashable:
        return type(self), self._refresh_token

    async def fetch(self) -> Token:
        fields = {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
        return await request_token(self._token_url, fields, self._headers)


def basic_authorization(client_id: str, client_secret: str) -> Header:
    """Return the header by which a client says who it is (RFC 6749, section 2.3.1)."""
    from base64 import b64encode

    return ("authorization", f"Basic {b64encode(f'{client_id}:{client_secret}'.encode()).decode()}")
