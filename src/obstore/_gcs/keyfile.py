"""Credentials files: JSON documents whose `type` says what kind of account they describe.

`google.auth` calls them "application default credentials", wherever they are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from difflib import get_close_matches

from obstore._core.errors import GenericError
from obstore._gcs.account import Account, AnonymousAccount, Document, TokenSource

_WELL_KNOWN = os.path.join("gcloud", "application_default_credentials.json")


def well_known_path() -> str:
    """Return where `gcloud auth application-default login` leaves its file."""
    directory = os.environ.get("CLOUDSDK_CONFIG")
    if directory:
        return os.path.join(directory, os.path.basename(_WELL_KNOWN))
    if sys.platform == "win32":
        return os.path.join(os.environ.get("APPDATA", ""), _WELL_KNOWN)
    return os.path.join(os.path.expanduser("~"), ".config", _WELL_KNOWN)


def read_file(path: str, source: str, *, default_type: str | None = None) -> Account:
    """Read the account in a credentials file; `source` says who named it.

    Raises:
        GenericError: It cannot be read, or describes no account that we know.
    """
    try:
        with open(os.path.expanduser(path), "rb") as file:
            text = file.read()
    except OSError as error:
        # The words in brackets are the reference's, which tests and searches match on.
        raise GenericError(
            f"Generic GCS error: cannot open the credentials file {path!r}, from {source}"
            f" (source: OpenCredentials): {error}",
            store="GCS",
            hint="pass the path of a JSON file; the JSON itself goes to service_account_key",
        ) from error
    return read_text(text, f"the credentials file {path!r}", default_type=default_type)


def read_text(text: str | bytes, source: str, *, default_type: str | None = None) -> Account:
    """Read the account in the text of a credentials file.

    Raises:
        GenericError: It is not JSON, or describes no account that we know.
    """
    import json

    try:
        fields = json.loads(text)
    except ValueError as error:
        # Nothing of the text is shown: it may be a key.
        raise GenericError(
            f"Generic GCS error: {source} is not JSON (source: DecodeCredentials): {_position(error)}",
            store="GCS",
            hint="a service account's key is the JSON file that Google gave out, not the PEM text within it",
        ) from error
    if not isinstance(fields, dict):
        raise GenericError(f"Generic GCS error: {source} is not a JSON object", store="GCS")
    return read_account(Document(fields, source), default_type)


def _position(error: ValueError) -> str:
    return f"{getattr(error, 'msg', type(error).__name__)} at position {getattr(error, 'pos', 0)}"


def read_account(document: Document, default_type: str | None = None) -> Account:
    """Read the account that a document describes.

    Raises:
        GenericError: Its type is unknown, or something in it is missing.
    """
    kind = document.maybe_text("type") or default_type
    if kind is None:
        raise GenericError(f"Generic GCS error: {document.source} has no 'type'", store="GCS")
    make = _TYPES.get(kind)
    if make is None:
        near = get_close_matches(kind, _TYPES, n=1)
        raise GenericError(
            f"Generic GCS error: {document.source} is of the unknown type {kind!r}",
            store="GCS",
            hint=f"did you mean {near[0]!r}?" if near else f"the known types are {', '.join(_TYPES)}",
        )
    return make(document)


def _service_account(document: Document) -> Account:
    from obstore._gcs.service_account import ServiceAccount

    # Emulators are configured by a key file that says where they are and that they ask for nothing.
    if document.fields.get("disable_oauth") is True:
        return AnonymousAccount(document.maybe_text("gcs_base_url"))
    return ServiceAccount(document)


def _authorized_user(document: Document) -> Account:
    from obstore._gcs.user import AuthorizedUser

    return AuthorizedUser(document)


def _external_user(document: Document) -> Account:
    from obstore._gcs.user import ExternalUser

    return ExternalUser(document)


def _external_account(document: Document) -> Account:
    from obstore._gcs.external import read_external_account

    return read_external_account(document)


def _impersonated(document: Document) -> Account:
    from obstore._gcs.iam import ImpersonatedAccount, read_delegates

    caller = TokenSource(read_account(document.inner("source_credentials")))
    url = document.text("service_account_impersonation_url")
    return ImpersonatedAccount(url, caller, read_delegates(document))


_TYPES: dict[str, Callable[[Document], Account]] = {
    "service_account": _service_account,
    "authorized_user": _authorized_user,
    "external_account": _external_account,
    "external_account_authorized_user": _external_user,
    "impersonated_service_account": _impersonated,
}
