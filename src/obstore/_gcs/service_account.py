"""Service accounts by their key: a token signed by oneself is a token (google.aip.dev/auth/4111).

No token endpoint is asked: Google's services take such a JWT as bearer as it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from obstore._core.errors import GenericError
from obstore._gcs.account import SCOPE, Account, Document, Signatory, Token

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_LIFETIME = 3600


class ServiceAccount(Account):
    """A service account with its private key."""

    def __init__(self, document: Document) -> None:
        self._key_id = document.text("private_key_id")
        self._signatory = KeySignatory(document.text("client_email"), load_key(document))
        self.base_url = document.maybe_text("gcs_base_url")

    @property
    def description(self) -> str:
        return f"the key of the service account {self._signatory.email}"

    async def fetch(self) -> Token:
        now = int(time.time())
        return Token(self._signed_claims(now), now + _LIFETIME)

    def _signed_claims(self, now: int) -> str:
        email = self._signatory.email
        header = {"typ": "JWT", "alg": "RS256", "kid": self._key_id}
        claims = {"iss": email, "sub": email, "scope": SCOPE, "iat": now, "exp": now + _LIFETIME}
        signed = f"{_segment(header)}.{_segment(claims)}"
        return f"{signed}.{_base64url(self._signatory.sign_now(signed.encode()))}"

    async def signatory(self) -> Signatory:
        return self._signatory


class KeySignatory(Signatory):
    """Signs with a key at hand."""

    def __init__(self, email: str, key: RSAPrivateKey) -> None:
        self.email = email
        self._key = key

    def __repr__(self) -> str:
        return f"<KeySignatory {self.email}>"

    def sign_now(self, data: bytes) -> bytes:
        """Return the signature of `data`; it takes about a millisecond."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return self._key.sign(data, PKCS1v15(), SHA256())

    async def sign(self, data: bytes) -> bytes:
        return self.sign_now(data)


def load_key(document: Document) -> RSAPrivateKey:
    """Return the private key in a service account's document.

    Raises:
        GenericError: There is none, it is not RSA's, or the library for it is not installed.
    """
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise GenericError(
            "Generic GCS error: signing with a service account's key needs the package cryptography",
            store="GCS",
            hint="pip install 'obstore[gcs]'",
        ) from error
    pem = document.text("private_key")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # Their message may quote the key.
        raise GenericError(
            f"Generic GCS error: the private_key of {document.source} is not an unencrypted key in PEM format",
            store="GCS",
        ) from error
    if not isinstance(key, RSAPrivateKey):
        kind = type(key).__name__
        raise GenericError(
            f"Generic GCS error: the private_key of {document.source} is not an RSA key but a {kind}", store="GCS"
        )
    return key


def _segment(value: Mapping[str, object]) -> str:
    import json

    return _base64url(json.dumps(value, separators=(",", ":")).encode())


def _base64url(data: bytes) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(data).rstrip(b"=").decode()
