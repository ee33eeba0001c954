"""TLS contexts: whom to trust. Verification is on unless the caller turns it off by name.

Making a context reads the system's certificates, which takes 10 to 20 ms, so equal
settings share one. The system's trust store is OpenSSL's, with `SSL_CERT_FILE` and
`SSL_CERT_DIR`; `AWS_CA_BUNDLE`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE` replace it, as
the tools that they are named after do.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from obstore._core.errors import GenericError

if TYPE_CHECKING:
    import ssl

_BUNDLE_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


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
    if bundle is None:
        context.load_default_certs()
        return
    variable, _, path = bundle.partition("=")
    try:
        if os.path.isdir(path):
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except OSError as error:  # ssl.SSLError is one.
        raise GenericError(
            f"cannot read the certificates that the environment variable {variable} names, {path!r}: {error}",
            hint=f"point {variable} at a PEM file, or unset it",
        ) from error


def parse_certificates(value: str | bytes, name: str) -> str:
    """Check PEM text with one or more certificates.

    Raises:
        ValueError: There is no certificate in it, or one that cannot be decoded.
    """
    import ssl

    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise ValueError(f"No certificates found in {name}: it must be PEM text, with '-----BEGIN CERTIFICATE-----'")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise GenericError(f"{name} holds a certificate that cannot be decoded: {error}") from error
    return text
