"""The files `~/.aws/config` and `~/.aws/credentials`, as all of AWS's tools share them.

The format is that of "Shared config and credentials files" in the AWS SDKs and Tools
Reference Guide: sections in brackets, `name = value`, and below a name without value
its indented parts (`s3 =` and then `addressing_style = path`), which are called
`s3.addressing_style` here. A profile may stand in both files; what the credentials
file says of it wins. Errors name file and line, never the text: it may be a secret.

Not `configparser`, which knows neither indented parts nor the lines they were on, and takes
1.1 ms to import against 0.3 for this; regular expressions would have added 0.1.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from obstore._core.errors import GenericError
from obstore._transfer.config import Setting, is_from_environment, text_of

Section: TypeAlias = dict[str, Setting]
"""What a section says, each value with its source."""

# Names in a profile, and the store's settings that they are.
_SETTINGS = {
    "region": "region",
    "endpoint_url": "endpoint",
    "s3.addressing_style": "addressing_style",
    "ignore_configured_endpoint_urls": "ignore_configured_endpoint_urls",
    "ec2_metadata_service_endpoint": "metadata_endpoint",
    "metadata_service_timeout": "metadata_service_timeout",
    "metadata_service_num_attempts": "metadata_service_num_attempts",
}
_SERVICES = {
    "s3.endpoint_url": "endpoint_url_s3",
    "sts.endpoint_url": "endpoint_url_sts",
    "sso.endpoint_url": "endpoint_url_sso",
    "sso_oidc.endpoint_url": "endpoint_url_sso_oidc",
}
# A setting that says the same in other words, and so takes the place of the profile's.
_INSTEAD = {"region": "default_region", "addressing_style": "virtual_hosted_style_request"}


class Profiles(NamedTuple):
    """What the two files say, and the profile in use."""

    name: str
    files: tuple[str, str]
    """As they are shown: `~` for the home directory."""

    profiles: dict[str, Section]
    sso_sessions: dict[str, Section]
    services: dict[str, Section]

    @property
    def current(self) -> Section:
        """The profile in use; empty if it is nowhere."""
        return self.profiles.get(self.name, {})

    def settings(self, given: Mapping[str, Setting]) -> Section:
        """Return the store's settings that the profile in use has, where those `given` leave them open."""
        profile = self.current
        found = _renamed(self._services_of(profile), _SERVICES) | _renamed(profile, _SETTINGS)
        for name, instead in _INSTEAD.items():
            if text_of(given, instead) is not None:
                found.pop(name, None)
        return found

    def _services_of(self, profile: Section) -> Section:
        named = profile.get("services")
        if named is None:
            return {}
        if named.value not in self.services:
            raise GenericError(
                f"Generic Config error: there is no [services {named.value}] for {named.source}",
                store="S3",
                hint=f"add that section to {self.files[0]}",
            )
        return self.services[named.value]

    def __str__(self) -> str:
        return f"profile {self.name!r} in {self.files[0]} or {self.files[1]}"


def _renamed(section: Section, names: Mapping[str, str]) -> Section:
    return {names[name]: setting for name, setting in section.items() if name in names and setting.value}


def load(given: Mapping[str, Setting], files: tuple[str, str]) -> Profiles:
    """Read the two files and pick the profile that the settings name, or `default`.

    Raises:
        GenericError: A file is malformed or cannot be read, or has no such profile.
    """
    config, credentials = _sections(files[0], is_config=True), _sections(files[1], is_config=False)
    profiles = {name: {**section} for (kind, name), section in config.items() if kind == "profile"}
    for (_, name), section in credentials.items():
        profiles.setdefault(name, {}).update(section)
    named = _named(given)
    shown = (_shown(files[0]), _shown(files[1]))
    if named is not None and named.value not in profiles and not _is_optional(named, given):
        raise _unknown_profile(named, shown, profiles)
    sessions, services = (
        {name: section for (kind, name), section in config.items() if kind == want} for want in _OTHER_KINDS
    )
    return Profiles(named.value if named else "default", shown, profiles, sessions, services)


_OTHER_KINDS = ("sso-session", "services")


def _named(given: Mapping[str, Setting]) -> Setting | None:
    # `AWS_PROFILE` is the documented one; botocore and Go also know the older `AWS_DEFAULT_PROFILE`.
    return next((given[name] for name in ("profile", "default_profile") if text_of(given, name)), None)


def _is_optional(named: Setting, given: Mapping[str, Setting]) -> bool:
    """Tell whether a profile may be missing: the usual one, and a variable's where there is a key pair already."""
    has_pair = all(text_of(given, name) for name in ("access_key_id", "secret_access_key"))
    return named.value == "default" or (has_pair and is_from_environment(named))


def _unknown_profile(named: Setting, files: tuple[str, str], profiles: Mapping[str, Section]) -> GenericError:
    known = ", ".join(sorted(profiles))
    return GenericError(
        f"Generic Config error: there is no profile {named.value!r}, which {named.source} names,"
        f" in {files[0]} or {files[1]}",
        store="S3",
        hint=f"they have: {known}" if known else "neither has any profile: `aws configure sso` or `aws configure`",
    )


def _shown(path: str) -> str:
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path


def _sections(path: str, *, is_config: bool) -> dict[tuple[str, str], Section]:
    """Return a file's sections by kind and name. Kinds of which we know nothing are left out."""
    file = _shown(path)
    found: dict[tuple[str, str], Section] = {}
    for title, values in parse(_read(path), file).items():
        key = _key_of(title) if is_config else ("profile", title)
        if key is not None:
            source = f"{'services' if key[0] == 'services' else key[0]} {key[1]!r} in {file}"
            section = {name: Setting(value, source) for name, value in values.items()}
            found.setdefault(key, {}).update(section)
    return found


def _key_of(title: str) -> tuple[str, str] | None:
    if title == "default":
        return "profile", title
    kind, _, name = title.replace("\t", " ").partition(" ")
    return (kind, name.strip().strip("\"'")) if kind in {"profile", *_OTHER_KINDS} and name else None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            return file.read()
    except OSError as error:
        if not os.path.isfile(path):
            return ""
        raise GenericError(
            f"Generic Config error: {_shown(path)} cannot be read: {error.strerror}",
            store="S3",
            hint="AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name other files",
        ) from error


def parse(text: str, file: str) -> dict[str, dict[str, str]]:
    r"""Read a file's text: its sections by title, each with its values.

    >>> parse("[default]\nregion = x\ns3 =\n  addressing_style = path\n", "config")
    {'default': {'region': 'x', 's3': '', 's3.addressing_style': 'path'}}

    Raises:
        GenericError: A line is none of such a file.
    """
    parser = _Parser(file)
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and line.lstrip()[0] not in "#;":
            parser.read_line(number, line)
    return parser.sections


def _without_comment(value: str) -> str:
    """Cut off a comment: a sign with white space before it. Without that, it is part of the value."""
    for sign in ("#", ";"):
        start = value.find(sign)
        while start >= 0:
            if start == 0 or value[start - 1] in " \t":
                value = value[:start]
            start = value.find(sign, start + 1)
    return value.strip()


class _Parser:
    """Reads line by line. `parent` is the name whose parts or further lines may follow, indented deeper."""

    def __init__(self, file: str) -> None:
        self.sections: dict[str, dict[str, str]] = {}
        self._file = file
        self._section: dict[str, str] | None = None
        self._parent = ""
        self._indent = 0

    def read_line(self, number: int, line: str) -> None:
        stripped = line.strip()
        indent = len(line) - len(line.lstrip())
        if stripped.startswith("["):
            self._open_section(number, stripped)
        elif self._section is None:
            raise self._malformed(number, "a value before the first section", "[default]")
        elif self._parent and indent > self._indent:
            self._read_part(number, stripped, self._section)
        else:
            self._parent, self._indent = self._read_value(number, stripped, self._section), indent

    def _open_section(self, number: int, line: str) -> None:
        title, bracket, rest = line[1:].partition("]")
        if not bracket or not title.strip() or rest.strip()[:1] not in {"", "#", ";"}:
            raise self._malformed(number, "a section's title that is not closed, or empty", "[profile name]")
        self._section = self.sections.setdefault(title.strip(), {})
        self._parent = ""

    def _read_value(self, number: int, line: str, section: dict[str, str], prefix: str = "") -> str:
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise self._malformed(number, "neither a section's title nor a value", "name = value")
        key = prefix + name.strip().lower()
        section[key] = _without_comment(value)
        return key

    def _read_part(self, number: int, line: str, section: dict[str, str]) -> None:
        if section[self._parent]:
            section[self._parent] += "\n" + line
        else:
            self._read_value(number, line, section, f"{self._parent}.")

    def _malformed(self, number: int, what: str, example: str) -> GenericError:
        return GenericError(
            f"Generic Config error: {self._file}, line {number}: {what}", store="S3", hint=f"write it as {example}"
        )
