"""Where the credentials of a bucket come from: the caller, the environment, or the machine."""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._gcs.account import Account, AnonymousAccount, Signatory, StaticAccount, Token, TokenSource
from obstore._gcs.config import KEYS, uses_emulator
from obstore._gcs.keyfile import read_file, read_text, well_known_path
from obstore._gcs.metadata import MetadataAccount
from obstore._io.runtime import current
from obstore._transfer.config import Setting, is_from_environment, switch_of
from obstore._transfer.provider import asking, expiry_of, text_in, threshold_of

T = TypeVar("T")

_REFRESH_THRESHOLD = timedelta(minutes=4)


def choose_source(settings: Mapping[str, Setting], provider: Callable[[], Any] | None) -> TokenSource:
    """Decide where the credentials come from. Files that are named are read; nothing is asked yet.

    Raises:
        GenericError: A named file cannot be used.
    """
    if provider is not None:
        return TokenSource(ProvidedAccount(provider))
    return TokenSource(_configured_account(settings) or _default_account(settings))


def _configured_account(settings: Mapping[str, Setting]) -> Account | None:
    """Read the account that the settings name; one that was passed counts before the environment's."""
    given = {name: settings[name] for name in _READERS if name in settings and settings[name].value}
    passed = {name: setting for name, setting in given.items() if not is_from_environment(setting)}
    if not passed and switch_of(settings, "skip_signature"):
        return None
    chosen = passed or given
    if {"service_account", "service_account_key"} <= chosen.keys():
        names = " and ".join(f"{name} (from {chosen[name].source})" for name in _READERS if "service" in name)
        raise GenericError(
            "Generic GCS error: Both service account path and key were provided",
            store="GCS",
            hint=f"give one of {names}",
        )
    return next((_READERS[name](setting) for name, setting in chosen.items()), None)


def _read_bearer_token(setting: Setting) -> Account:
    token = setting.value.strip()
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise GenericError(
            f"Generic GCS error: bearer_token, from {setting.source}, has characters that no token has", store="GCS"
        )
    return StaticAccount(token)


# In the order in which they count.
_READERS: dict[str, Callable[[Setting], Account]] = {
    "bearer_token": _read_bearer_token,
    "service_account": lambda setting: read_file(*setting, default_type="service_account"),
    "service_account_key": lambda setting: read_text(
        setting.value, f"service_account_key, from {setting.source},", default_type="service_account"
    ),
    "application_credentials": lambda setting: read_file(*setting),
}


def _default_account(settings: Mapping[str, Setting]) -> Account:
    if switch_of(settings, "skip_signature") or uses_emulator(settings):
        return AnonymousAccount()
    return DefaultAccount()


class ProvidedAccount(Account):
    """Whoever the caller's provider has a token of."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        self._provider = provider
        self.min_ttl = threshold_of(provider, _REFRESH_THRESHOLD)
        self._ask = asking(provider, read_provided, "External GCP credential provider", "GCS")

    @property
    def description(self) -> str:
        return "a credential_provider"

    @property
    def identity(self) -> Hashable:
        return type(self), id(self._provider)

    async def fetch(self) -> Token:
        return await self._ask()


def read_provided(value: Mapping[str, Any]) -> Token:
    """Check what a credential provider returned."""
    return Token(text_in(value, "token"), expiry_of(value))


class DefaultAccount(Account):
    """The person whom `gcloud` has logged in on this machine, else the machine's own service account."""

    min_ttl = 240.0

    def __init__(self) -> None:
        self._machine = MetadataAccount()
        self._found: Account | None = None

    @property
    def description(self) -> str:
        return self._found.description if self._found is not None else "gcloud's login, else those of this machine"

    async def fetch(self) -> Token:
        return await self._do(lambda account: account.fetch())

    async def signatory(self) -> Signatory:
        return await self._do(lambda account: account.signatory())

    async def _do(self, what: Callable[[Account], Awaitable[T]]) -> T:
        if self._found is None:
            path = well_known_path()
            # A file that is there is who we are: to go on without it would be to act as somebody else.
            self._found = await current().call(lambda: _read_if_there(path))
        if self._found is not None:
            return await what(self._found)
        try:
            result = await what(self._machine)
        except UnauthenticatedError as error:
            raise _nothing_found(path, error) from error
        self._found = self._machine
        return result


def _read_if_there(path: str) -> Account | None:
    return read_file(path, "gcloud") if os.path.exists(path) else None


def _nothing_found(path: str, error: UnauthenticatedError) -> UnauthenticatedError:
    variables = ", ".join(KEYS.long_name(name).upper() for name in _READERS)
    return UnauthenticatedError(
        f"no credentials for GCS: no credential_provider; no {', '.join(_READERS)} among the arguments; "
        f"none of {variables} in the environment; no file {path}; {error}",
        store="GCS",
        hint="run 'gcloud auth application-default login', or for a public bucket pass skip_signature=True",
    )
