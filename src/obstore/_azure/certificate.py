"""Applications that have a certificate: they sign a statement about themselves with its key (RFC 7523)."""

from __future__ import annotations

import json
import time
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any

from obstore._azure.credential import BearerToken
from obstore._azure.entra import Application, assertion_fields
from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._io.runtime import current

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_LIFETIME = 600  # seconds; "a short lifetime, 5-10 minutes after nbf at most" by the vendor's documentation


class ClientCertificate:
    """An application that has a certificate, as PEM with its key, or as PKCS 12."""

    name = "client certificate"

    def __init__(self, application: Application, path: str, password: str | None = None) -> None:
        self._application = application
        self._path = path
        self._password = password

    def __repr__(self) -> str:
        return f"<ClientCertificate {self._application.client_id} {self._path}>"

    async def fetch(self) -> BearerToken:
        """Ask for a token."""
        assertion: str = await current().call(self._sign)
        return await self._application.request_token(assertion_fields(assertion))

    def _sign(self) -> str:
        key, certificate = load_certificate(self._path, self._password)
        return make_assertion(self._application, key, certificate, time.time())


def load_certificate(path: str, password: str | None) -> tuple[RSAPrivateKey, Certificate]:
    """Read a certificate and its key.

    Raises:
        UnauthenticatedError: The file cannot be read, or one of the two is not in it.
    """
    secret = password.encode() if password else None
    try:
        with open(path, "rb") as file:
            data = file.read()
        key, certificate = (_load_pem if b"-----BEGIN" in data else _load_pkcs12)(data, secret)
    except (OSError, ValueError, TypeError) as error:
        raise UnauthenticatedError(
            f"the certificate of client_certificate_path, {path}, cannot be used: {error}",
            store="MicrosoftAzure",
            hint="it must be a PEM file with the certificate and its RSA key, or a .pfx; "
            "the password goes to client_certificate_password",
        ) from error
    return key, certificate


def _load_pem(data: bytes, password: bytes | None) -> tuple[Any, Any]:
    serialization, x509 = _cryptography()
    return serialization.load_pem_private_key(data, password), x509.load_pem_x509_certificate(data)


def _load_pkcs12(data: bytes, password: bytes | None) -> tuple[Any, Any]:
    serialization, _ = _cryptography()
    key, certificate, _ = serialization.pkcs12.load_key_and_certificates(data, password)
    if key is None or certificate is None:
        raise ValueError("it has no key, or no certificate")
    return key, certificate


def _cryptography() -> tuple[Any, Any]:
    from importlib import import_module

    package = "cryptography.hazmat.primitives.serialization"
    try:
        import_module(f"{package}.pkcs12")
        return import_module(package), import_module("cryptography.x509")
    except ImportError as error:
        raise GenericError(
            "Generic MicrosoftAzure error: client_certificate_path needs the package 'cryptography'",
            store="MicrosoftAzure",
            hint="pip install 'obstore[azure]'",
        ) from error


def make_assertion(application: Application, key: RSAPrivateKey, certificate: Certificate, now: float) -> str:
    """Sign a statement that this is the application."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    thumbprint = _base64(certificate.fingerprint(hashes.SHA256()))
    claims = {
        "aud": application.token_url,
        "iss": application.client_id,
        "sub": application.client_id,
        "jti": str(uuid.uuid4()),
        "nbf": int(now),
        "exp": int(now) + _LIFETIME,
    }
    parts = [{"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}, claims]
    message = ".".join([_base64(json.dumps(part).encode()) for part in parts])
    padded = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    return f"{message}.{_base64(key.sign(message.encode(), padded, hashes.SHA256()))}"


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
