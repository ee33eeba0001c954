"""TLS contexts: whom to trust. Verification is on unless the caller turns it off by name.

Making a context reads the system's certificates, which takes 10 to 20 ms, so equal
settings share one. The system's trust store is OpenSSL's, with `SSL_CERT_FILE` and
`SSL_CERT_DIR`; `AWS_CA_BUNDLE`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE` replace it, as
the tools that they are named after do. OpenSSL says nothing of a variable that leads
nowhere, and then trusts nobody: here it is an error.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from obstore._core.errors import GenericError

if TYPE_CHECKING:
    import ssl

_BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

# X509_V_ERR_... of OpenSSL's x509_vfy.h
_OUT_OF_TIME = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")


class TlsSettings(NamedTuple):
    """What decides whether a server is trusted. `context`, the caller's own, overrides the rest."""

    root_certificate: str | None = None
    use_system_certificates: bool = True
    verify: bool = True
    context: ssl.SSLContext | None = None


_contexts: dict[tuple[TlsSettings, str | None, str | None, str | None], ssl.SSLContext] = {}


def tls_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return the context for these settings, made on first use."""
    if settings.context is not None:
        return settings.context
    bundle = _environment_bundle()
    key = (settings, bundle, os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    if key not in _contexts:
        _contexts[key] = _make_context(settings, bundle)
    return _contexts[key]


def _environment_bundle() -> str | None:
    for variable in _BUNDLE_VARIABLES:
        if bundle := os.environ.get(variable):
            return variable + "=" + bundle
    return None


def _make_context(settings: TlsSettings, bundle: str | None) -> ssl.SSLContext:
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if settings.use_system_certificates:
        _load_system_certificates(context, bundle)
    if settings.root_certificate is not None:
        context.load_verify_locations(cadata=settings.root_certificate)
    return context


def _load_system_certificates(context: ssl.SSLContext, bundle: str | None) -> None:
    if bundle is not None:
        variable, _, path = bundle.partition("=")
        _load_authorities(context, variable, path)
        return
    if file := os.environ.get("SSL_CERT_FILE"):
        _load_authorities(context, "SSL_CERT_FILE", file)
    if paths := os.environ.get("SSL_CERT_DIR"):
        _check_directories(paths)
    context.load_default_certs()


def _load_authorities(context: ssl.SSLContext, variable: str, path: str) -> None:
    try:
        if os.path.isdir(path):
            _check_is_hashed(path)
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one.
        raise _unreadable(variable, path, error) from error


def _check_directories(paths: str) -> None:
    """Look that one of the directories is there; systems name more than they have."""
    if not any(os.path.isdir(path) for path in paths.split(os.pathsep)):
        raise _unreadable("SSL_CERT_DIR", paths, "there is no such directory")


def _check_is_hashed(path: str) -> None:
    if not any(_HASHED.fullmatch(name) for name in os.listdir(path)):
        raise OSError("no file in it is named by a certificate's hash, as `openssl rehash` names them")


def _unreadable(variable: str, path: str, why: object) -> GenericError:
    if "NO_CERTIFICATE_OR_CRL_FOUND" in str(why):
        why = "there is no PEM certificate in it"
    return GenericError(
        f"cannot read the certificates that the environment variable {variable} names, {path!r}: {why}",
        hint=f"point {variable} at a PEM file of authorities, or unset it",
    )


def remedy_of(error: ssl.SSLCertVerificationError, *, is_proxy: bool) -> str:
    """Return what helps against a certificate that was refused."""
    if error.verify_code in _OUT_OF_TIME:
        return "the certificate must be renewed by whoever runs the server; or this machine's clock is wrong"
    if error.verify_code in _OTHER_NAME:
        return "use a name that the certificate is for, or have one made for this name"
    key = "proxy_ca_certificate" if is_proxy else "root_certificate"
    return f"give the CA's certificate as client_options={{'{key}': pem}}, or set SSL_CERT_FILE"


def parse_certificates(value: str | bytes, name: str) -> str:
    """Check PEM text with one or more certificates.

    Raises:
        ValueError: There is no certificate in it, or one that cannot be decoded.
    """
    import ssl

    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError(
            f"No certificates found in {name}: it must be the text of a PEM file, with '-----BEGIN CERTIFICATE-----', "
            "and not the file's name"
        )
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise GenericError(
            f"{name} holds a certificate that cannot be decoded: {error}",
            hint="pass the whole text of a PEM file, unchanged",
        ) from error
    return text
