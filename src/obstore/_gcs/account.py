"""Accounts: who a store is to Google, and what proves it.

An account fetches access tokens, and if it can, signs with its key or has Google do so.
`TokenSource` is what a store asks; it keeps the token of one account.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import NamedTuple

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._transfer.credentials import CredentialCache

SCOPE = "https://www.googleapis.com/auth/cloud-platform"


class Token(NamedTuple):
    """An access token. An empty one is not sent. `expires_at` is in seconds since the epoch; None is never."""

    value: str
    expires_at: float | None = None

    def __repr__(self) -> str:
        return f"Token(***, expires_at={self.expires_at})"


class Signatory(ABC):
    """An account that can sign with its RSA key, which it may leave with Google."""

    email: str

    @abstractmethod
    async def sign(self, data: bytes) -> bytes:
        """Return the signature of `data`: RSASSA-PKCS1-v1_5 with SHA-256."""


class Account(ABC):
    """One identity."""

    min_ttl = 300.0
    """Seconds of life that a token must still have, else it is fetched anew."""

    base_url: str | None = None
    """Where the account's buckets are, if its file says so: an emulator's, by convention."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.description}>"

    @property
    @abstractmethod
    def description(self) -> str:
        """Who it is and how it is proved, for people to read. There is no secret in it."""

    @abstractmethod
    async def fetch(self) -> Token:
        """Fetch a new token.

        Raises:
            UnauthenticatedError: There is none to be had.
        """

    @property
    def identity(self) -> Hashable:
        """What is equal for two accounts only if they are the same. It may be a secret: it is compared, never shown."""
        return type(self), self.description

    async def signatory(self) -> Signatory:
        """Return what signs URLs in the account's name.

        Raises:
            UnauthenticatedError: Nothing does.
        """
        raise UnauthenticatedError(
            f"URLs cannot be signed with {self.description}: that takes a service account",
            store="GCS",
            hint="use a service account's key file, impersonate one, or run as one on Google Cloud",
        )


class AnonymousAccount(Account):
    """Nobody. Requests carry no token."""

    def __init__(self, base_url: str | None = None) -> None:
        self.base_url = base_url

    @property
    def description(self) -> str:
        return "no credentials"

    async def fetch(self) -> Token:
        return Token("")


class StaticAccount(Account):
    """A token from the caller."""

    def __init__(self, value: str) -> None:
        self._token = Token(value)

    @property
    def description(self) -> str:
        return "a bearer_token"

    @property
    def identity(self) -> Hashable:
        return type(self), self._token

    async def fetch(self) -> Token:
        return self._token


class TokenSource:
    """An account and its current token. Threads and loops may share it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._cache = CredentialCache(account.fetch, account.min_ttl)
        self.peek = self._cache.peek
        self.get = self._cache.get

    def __repr__(self) -> str:
        return f"<TokenSource {self.account!r}>"

    @property
    def base_url(self) -> str | None:
        """Where the account's buckets are, if it knows."""
        return self.account.base_url

    @property
    def description(self) -> str:
        """Whose token it is."""
        return self.account.description

    @property
    def identity(self) -> Hashable:
        """What is equal for two sources of one account's tokens."""
        return self.account.identity

    async def signatory(self) -> Signatory:
        """Return what signs URLs in the account's name."""
        return await self.account.signatory()


class Document(NamedTuple):
    """A JSON object that describes an account, and where it was found."""

    fields: dict[str, object]
    source: str

    def __repr__(self) -> str:
        return f"Document({sorted(self.fields)}, {self.source!r})"

    def text(self, name: str) -> str:
        """Return the text of a field.

        Raises:
            GenericError: It is missing, or no text.
        """
        value = self.fields.get(name)
        if not isinstance(value, str):
            problem = "has no" if value is None else "has something other than text as"
            raise GenericError(f"Generic GCS error: {self.source} {problem} {name!r}", store="GCS")
        return value

    def maybe_text(self, name: str) -> str | None:
        """Return the text of a field that may be missing, or empty."""
        return self.text(name) or None if self.fields.get(name) is not None else None

    def inner(self, name: str) -> Document:
        """Return an object within this one.

        Raises:
            GenericError: It is missing, or no object.
        """
        value = self.fields.get(name)
        if not isinstance(value, dict):
            raise GenericError(f"Generic GCS error: {self.source} has no object {name!r}", store="GCS")
        return Document(value, f"{name!r} of {self.source}")
