"""Settings of a cloud store: collected from where they may stand, checked, and remembered with their source.

Every cloud has a table of `Key`s. A setting is taken from the first of these that has it:
the caller's arguments, what the URL and the credential provider imply, the environment.
Among the arguments nothing wins: the same setting twice is an error.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from obstore._core.durations import format_duration
from obstore._core.errors import GenericError, UnknownConfigurationKeyError
from obstore._core.url import DEFAULT_PORTS, Url, split_url
from obstore._http.options import CLIENT_KEYS, parse_bool


class Key(NamedTuple):
    """A setting: its short name, every spelling of it, whether it is to be masked, and whether it may be a number."""

    name: str
    spellings: tuple[str, ...]
    is_secret: bool = False
    is_number: bool = False


class Setting(NamedTuple):
    """A setting's value, as text, and where it came from."""

    value: str
    source: str


class Keys:
    """The settings of one cloud. `label` is its name in errors, `prefix` that of its environment variables.

    `variables` names the environment variables without that prefix, and which setting each gives.
    """

    def __init__(
        self, label: str, prefix: str, keys: Iterable[Key], variables: Mapping[str, str] | None = None
    ) -> None:
        self.label = label
        self.prefix = prefix
        self._variables = variables or {}
        self.keys = {key.name: key for key in keys}
        self._names = {spelling: key.name for key in self.keys.values() for spelling in key.spellings}
        self._names.update({key: key for key in CLIENT_KEYS if key not in self._names})
        self._names.update({prefix + key: key for key in CLIENT_KEYS if prefix + key not in self._names})

    def name_of(self, spelling: object) -> str:
        """Return the short name of a setting.

        Raises:
            UnknownConfigurationKeyError: There is no such setting.
        """
        if not isinstance(spelling, str):
            raise TypeError(f"configuration keys are str, not {type(spelling).__name__}")
        name = self._names.get(spelling.lower())
        if name is None:
            from difflib import get_close_matches

            near = get_close_matches(spelling.lower(), self._names, n=1)
            raise UnknownConfigurationKeyError(
                f"Configuration key: '{spelling}' is not valid for store '{self.label}'.",
                store=self.label,
                hint=f"did you mean {near[0]!r}?" if near else None,
            )
        return name

    def long_name(self, name: str) -> str:
        """Return the spelling that errors use: the longest, as the reference does."""
        return self.keys[name].spellings[0] if name in self.keys else name

    def explicit(self, *sources: tuple[str, Mapping[str, Any] | None]) -> dict[str, Setting]:
        """Collect the caller's arguments, each source with its name.

        Raises:
            GenericError: A setting is given twice.
            TypeError: A value is not text, a bool, a timedelta or, where that is meant, a number.
        """
        settings: dict[str, Setting] = {}
        for source, values in sources:
            if values is not None and not isinstance(values, Mapping):
                raise TypeError(f"{source.rstrip('=')} must be a dict, not {type(values).__name__}")
            for spelling, value in (values or {}).items():
                name = self.name_of(spelling)
                if name in settings:
                    raise GenericError(
                        f"Duplicate key {self.long_name(name)} provided",
                        store=self.label,
                        hint=f"it is in {settings[name].source} and in {source}: give it once",
                    )
                is_number = name not in self.keys or self.keys[name].is_number
                settings[name] = Setting(to_text(value, spelling, is_number=is_number), source)
        return settings

    def environment(self) -> dict[str, Setting]:
        """Collect the environment's settings. Variables that are not ours are left alone."""
        start = self.prefix.upper()
        found: dict[str, Setting] = {}
        for variable, value in os.environ.items():
            if variable.startswith(start) and variable.isupper():
                name = self._names.get(variable.lower())
                if name is not None:
                    found.setdefault(name, Setting(value, f"environment variable {variable}"))
        for variable, name in self._variables.items():
            if variable in os.environ:
                found.setdefault(name, Setting(os.environ[variable], f"environment variable {variable}"))
        return found


def to_text(value: object, name: str, *, is_number: bool = False) -> str:
    """Give a setting's value the form in which it is kept and pickled.

    Raises:
        TypeError: It is not of a type that settings have.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return format_duration(value)
    if isinstance(value, str):
        return value
    if is_number and isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, bytes) and name.lower().endswith(("root_certificate", "proxy_ca_certificate")):
        return value.decode()
    raise TypeError(f"configuration value {name!r} must be a str, bool or timedelta, not {type(value).__name__}")


def merge(*layers: Mapping[str, Setting]) -> dict[str, Setting]:
    """Merge settings; what stands in an earlier layer wins."""
    merged: dict[str, Setting] = {}
    for layer in reversed(layers):
        merged.update(layer)
    return merged


def text_of(settings: Mapping[str, Setting], name: str) -> str | None:
    """Return a setting's text; None if it is not given, or empty."""
    setting = settings.get(name)
    return setting.value if setting is not None and setting.value else None


def switch_of(settings: Mapping[str, Setting], name: str) -> bool:
    """Return whether a switch is on.

    Raises:
        GenericError: It is neither on nor off.
    """
    setting = settings.get(name)
    return setting is not None and parse_bool(setting.value, f"{name} (from {setting.source})")


def choice_of(settings: Mapping[str, Setting], name: str, default: str, choices: Collection[str]) -> str:
    """Return which of some words a setting is, in lower case.

    Raises:
        GenericError: It is none of them.
    """
    value = (text_of(settings, name) or default).strip()
    if value.lower() not in choices:
        raise GenericError(
            f'Generic Config error: "{value}" is not a valid {name}, from {settings[name].source}',
            hint=f"use one of {', '.join(sorted(choices))}",
        )
    return value.lower()


def url_of(setting: Setting, what: str, store: str) -> Url:
    """Return the URL of a service's endpoint; `what` is the setting's name.

    Raises:
        GenericError: It is none, or not one of HTTP.
    """
    try:
        url = split_url(setting.value.strip())
    except ValueError as error:
        raise _no_url(setting, what, store, f"a URL: {error}") from error
    if url.scheme not in DEFAULT_PORTS or not url.host:
        raise _no_url(setting, what, store, "an http(s) URL")
    return url


def _no_url(setting: Setting, what: str, store: str, why: str) -> GenericError:
    return GenericError(
        f"Generic {store} error: the {what} {setting.value!r}, from {setting.source}, is not {why}",
        store=store,
        hint=f"write it with its scheme, e.g. https://{setting.value.strip().rpartition('://')[2]}",
    )


def is_from_environment(setting: Setting) -> bool:
    """Tell whether nobody has passed a setting: what has been passed counts before it."""
    return setting.source.startswith("environment")
