"""Connection strings: account, key and endpoint in one line, as the portal shows them.

The format is the vendor's ("Configure Azure Storage connection strings"): `Name=value`
pairs with semicolons between them, names in any case. What such a string says belongs
together. One that the environment has is therefore left alone when the caller names another
account: its key would not fit, and its endpoint would lead elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from obstore._core.errors import GenericError
from obstore._transfer.config import Setting, is_from_environment, switch_of

EMULATOR_ACCOUNT = "devstoreaccount1"
"""The account that every emulator has; no real one can be called so."""

_NAMES = {
    "accountname": "account_name",
    "accountkey": "account_key",
    "sharedaccesssignature": "sas_key",
    "blobendpoint": "endpoint",
}


def with_connection_string(settings: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """Put the parts of the connection string, if there is one, among the other settings.

    A setting that was given by itself wins, except that an explicit connection string
    wins over the environment.

    Raises:
        GenericError: It cannot be read, or contradicts the rest. The message does not show it.
    """
    given = settings.get("connection_string")
    if given is None or not given.value.strip():
        return settings
    parts = {name: Setting(value, _source_of(given)) for name, value in read_connection_string(given).items()}
    opposed = [name for name in ("account_name", "use_emulator") if _is_opposed(name, settings, parts)]
    if opposed and is_from_environment(given):
        return settings
    if opposed:
        raise _broken(given, f"{opposed[0]}, from {settings[opposed[0]].source}, contradicts it")
    return {**settings, **{name: part for name, part in parts.items() if _wins(part, settings.get(name))}}


def _source_of(given: Setting) -> str:
    return given.source if is_from_environment(given) else f"connection_string in {given.source}"


def _is_opposed(name: str, settings: Mapping[str, Setting], parts: Mapping[str, Setting]) -> bool:
    part, other = parts.get(name), settings.get(name)
    if part is None or other is None or not other.value or _wins(part, other):
        return False
    if name == "use_emulator":
        return switch_of(settings, name) is not switch_of(parts, name)
    return other.value != part.value


def _wins(part: Setting, other: Setting | None) -> bool:
    if other is None or not other.value:
        return True
    return is_from_environment(other) and not is_from_environment(part)


def read_connection_string(given: Setting) -> dict[str, str]:
    """Return the settings that a connection string stands for.

    >>> read_connection_string(Setting("UseDevelopmentStorage=true", "config="))
    {'account_name': 'devstoreaccount1', 'use_emulator': 'true'}

    Raises:
        GenericError: It has a part without a value, or lacks one that is needed.
    """
    parts = _split(given)
    if parts.get("usedevelopmentstorage", "").lower() == "true":
        return {"account_name": EMULATOR_ACCOUNT, "use_emulator": "true"}
    settings = {name: parts[part] for part, name in _NAMES.items() if part in parts}
    if "account_key" not in settings and "sas_key" not in settings:
        raise _broken(given, "it has neither AccountKey nor SharedAccessSignature")
    if "endpoint" not in settings:
        if "account_name" not in settings:
            raise _broken(given, "it has neither AccountName nor BlobEndpoint")
        settings["endpoint"] = _endpoint(settings["account_name"], parts)
    settings["use_emulator"] = "true" if settings.get("account_name") == EMULATOR_ACCOUNT else "false"
    return settings


def _split(given: Setting) -> dict[str, str]:
    parts = {}
    for part in filter(None, map(str.strip, given.value.split(";"))):
        name, equals, value = part.partition("=")
        if not equals or not value.strip():
            # What stands there may be a piece of the key: it is shown only where it is surely a name.
            shown = f"its part {name!r} has no value" if name.lower() in _NAMES else "a part of it is not Name=value"
            raise _broken(given, shown)
        parts[name.strip().lower()] = value.strip()
    return parts


def _endpoint(account: str, parts: Mapping[str, str]) -> str:
    scheme = parts.get("defaultendpointsprotocol", "https")
    return f"{scheme}://{account}.blob.{parts.get('endpointsuffix', 'core.windows.net')}"


def _broken(given: Setting, why: str) -> GenericError:
    return GenericError(
        f"Generic MicrosoftAzure error: the connection_string, from {given.source}, cannot be used: {why}",
        store="MicrosoftAzure",
        hint="copy it whole from 'Access keys' of the storage account: "
        "DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...;EndpointSuffix=core.windows.net",
    )
