"""What a request to Azure is authorised with: the account's key, a shared access signature, or a token.

`expires_at` is in seconds since the epoch; None is never.
"""

from __future__ import annotations

import functools
from base64 import b64decode
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.times import parse_rfc3339
from obstore._http.message import Query


class AccessKey(NamedTuple):
    """The account's key, decoded. It signs every request, and URLs."""

    key: bytes
    expires_at: float | None = None

    def __repr__(self) -> str:
        return "AccessKey(***)"


class SasToken(NamedTuple):
    """A shared access signature: query parameters that say who may do what until when, signed by the account."""

    pairs: Query
    expires_at: float | None = None

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.pairs if name != "sig")
        return f"SasToken({shown}, sig=***)"

    @property
    def query(self) -> str:
        """The parameters, encoded."""
        return _encoded(self.pairs)


@functools.lru_cache(16)
def _encoded(pairs: Query) -> str:
    from obstore._transfer.canonical import encode_query

    return encode_query(pairs)


class BearerToken(NamedTuple):
    """A token of Microsoft Entra's."""

    token: str
    expires_at: float | None = None

    def __repr__(self) -> str:
        return "BearerToken(***)"


Credential: TypeAlias = AccessKey | SasToken | BearerToken


def parse_access_key(text: str, source: str, expires_at: float | None = None) -> AccessKey:
    """Decode an account's key.

    Raises:
        GenericError: It is not base64.
    """
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise _error(
            f"Invalid Access Key: it is not base64 (account_key, from {source})",
            "copy 'Key' from 'Access keys' of the storage account, to the last '='; a SAS goes to sas_key=",
        ) from error
    return AccessKey(key, expires_at)


def parse_sas(text: str, source: str, expires_at: float | None = None) -> SasToken:
    """Take a shared access signature apart. It may begin with a question mark, and be percent-encoded.

    >>> parse_sas("?sv=2023-11-03&sp=r&sig=C7%2BZ%3D", "config=").pairs
    (('sv', '2023-11-03'), ('sp', 'r'), ('sig', 'C7+Z='))

    Raises:
        GenericError: It is none; the message does not show it.
    """
    pieces = [piece.strip() for piece in decode_percent(text).lstrip("?").split("&")]
    pairs = [piece.partition("=") for piece in pieces if piece]
    if not all(separator for _, separator, _ in pairs):
        raise _error(f"Missing component in SAS query pair (sas_key, from {source})", _SAS_HINT)
    return sas_of_pairs([(name, value) for name, _, value in pairs], source, expires_at)


def sas_of_pairs(pairs: Iterable[tuple[str, str]], source: str, expires_at: float | None = None) -> SasToken:
    """Make a shared access signature of its parameters.

    Raises:
        GenericError: It is not signed.
    """
    sas = SasToken(tuple(pairs), expires_at)
    if not dict(sas.pairs).get("sig"):
        raise _error(f"the SAS has no 'sig' (sas_key, from {source})", _SAS_HINT)
    return sas


_SAS_HINT = "pass the 'SAS token' as the portal shows it, sv=...&sig=..., whole and in quotes: a shell cuts it at '&'"


def sas_expiry(sas: SasToken) -> float | None:
    """Return when a shared access signature itself says that it ends; None if it leaves that to a stored policy."""
    text = dict(sas.pairs).get("se", "")
    try:
        return parse_rfc3339(text if "T" in text else f"{text}T00:00:00Z").timestamp()
    except ValueError:
        return None


def _error(message: str, hint: str) -> GenericError:
    return GenericError(f"Generic MicrosoftAzure error: {message}", store="MicrosoftAzure", hint=hint)
