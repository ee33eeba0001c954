"""Which source of credentials a store has: what was passed, the environment, the profile, the platform.

The first source that is configured is the one. If it fails, the next is not tried: a
login that has expired must not turn into another identity. Only the machine's metadata
service need not be configured, so it is what remains when nothing else is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._core.log import debug
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import Source, SourceError, StaticCredential
from obstore._transfer.config import Setting, is_from_environment, switch_of, text_of
from obstore._transfer.credentials import CredentialCache

if TYPE_CHECKING:
    from obstore._s3.credentials.sts import Role
    from obstore._s3.profiles import Profiles

Settings: TypeAlias = Mapping[str, Setting]

_PAUSE = 10.0
"""Seconds between refreshes where the source still hands out what is about to expire, as IMDS does for a while."""

_PUBLIC = "for a public bucket pass skip_signature=True"


class CredentialSource(Protocol):
    """What the store asks for credentials."""

    description: str

    @property
    def identity(self) -> object: ...
    def peek(self) -> Credential | None: ...
    async def get(self) -> Credential: ...
    def renew(self) -> bool: ...


def choose_source(
    settings: Settings, provider: Callable[[], Any] | None, profiles: Profiles | None = None
) -> CredentialSource:
    """Decide where the credentials come from.

    Raises:
        GenericError: There is half a key pair, or the profile cannot be right.
    """
    if provider is not None:
        from obstore._s3.credentials.provider import ask_provider

        return ask_provider(provider)
    if switch_of(settings, "skip_signature"):
        return _anonymous(settings)
    source, passed_over = _choose(settings, profiles)
    debug("credentials", "S3: %s; passed over: %s", source.description, "; ".join(passed_over) or "nothing")
    if _has_role_to_assume(settings):
        source = _assume_role(settings, source)
    if isinstance(source, StaticCredential):
        return source
    asked, where = _Asked(source, passed_over), source.description
    return CredentialCache(asked.fetch, pause=_PAUSE, description=where, identity=where)


class _Asked:
    """A source, and why those before it were not asked: both belong in the error when it fails."""

    def __init__(self, source: Source, passed_over: list[str]) -> None:
        self._source = source
        self._passed_over = passed_over

    async def fetch(self) -> Credential:
        try:
            return await self._source.fetch()
        except SourceError as error:
            tried = "; ".join([*self._passed_over, str(error)])
            hint = f"{error.hint}; or {_PUBLIC}" if error.hint else _PUBLIC
            raise UnauthenticatedError(f"no credentials for S3: {tried}", store="S3", hint=hint) from error


def _anonymous(settings: Settings) -> CredentialSource:
    """Return what signs URLs if somebody asks for one all the same. Half a key pair is no harm here."""
    if text_of(settings, "access_key_id") and text_of(settings, "secret_access_key"):
        return _static_source(settings)
    return CredentialCache(_refuse_anonymous, description="none: requests are not signed (skip_signature)")


async def _refuse_anonymous() -> Credential:
    raise UnauthenticatedError(
        "the store has no credentials: skip_signature is set", store="S3", hint="leave skip_signature out"
    )


def static_credential(settings: Settings) -> Credential | None:
    """Return the key pair in the settings, if there is one.

    Raises:
        GenericError: There is only half of it.
    """
    key_id, secret = text_of(settings, "access_key_id"), text_of(settings, "secret_access_key")
    if key_id is None and secret is None:
        return None
    if key_id is None or secret is None:
        missing, given = (
            ("AccessKeyId", "secret_access_key") if key_id is None else ("SecretAccessKey", "access_key_id")
        )
        raise GenericError(
            f"Generic S3 error: Missing {missing}",
            store="S3",
            hint=f"{given} comes from {settings[given].source}: give both, or neither",
        )
    token = text_of(settings, "session_token")
    if token is not None and is_from_environment(settings["session_token"]) and _is_passed(settings, "access_key_id"):
        token = None  # It belongs to the environment's key pair.
    return Credential(key_id, secret, token)


def _is_passed(settings: Settings, name: str) -> bool:
    return text_of(settings, name) is not None and not is_from_environment(settings[name])


def _static_source(settings: Settings) -> StaticCredential:
    credential = static_credential(settings)
    assert credential is not None
    return StaticCredential(credential, settings["access_key_id"].source)


# Finders: each returns its source, or why there is none.


def environment_source(settings: Settings) -> Source | str:
    """Return the key pair among the settings."""
    if static_credential(settings) is None:
        return "access_key_id and secret_access_key are neither passed nor in the environment"
    return _static_source(settings)


def web_identity_source(settings: Settings) -> Source | str:
    """Return the role that a token in a file stands for."""
    missing = [name for name in ("web_identity_token_file", "role_arn") if text_of(settings, name) is None]
    if missing:
        return f"web identity: no {' and no '.join(missing)}"
    from obstore._s3.credentials.sts import WebIdentitySource, find_service

    role = _role(settings, "WebIdentitySession")
    return WebIdentitySource(role, settings["web_identity_token_file"], find_service(settings))


def container_source(settings: Settings) -> Source | str:
    """Return the agent of the container that this runs in."""
    names = ("container_credentials_relative_uri", "container_credentials_full_uri")
    if not any(text_of(settings, name) for name in names):
        return "container: no AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI"
    from obstore._s3.credentials.container import ContainerSource, container_url

    return ContainerSource(container_url(settings) or "", settings)


def metadata_source(settings: Settings) -> Source | str:
    """Return the metadata service of the machine that this runs on."""
    if switch_of(settings, "ec2_metadata_disabled"):
        return f"instance metadata: disabled by {settings['ec2_metadata_disabled'].source}"
    from obstore._s3.credentials.imds import MetadataSource

    return MetadataSource(settings)


def _profile_source(settings: Settings, profiles: Profiles | None) -> Source | str:
    if profiles is None:
        return f"profile: there is neither {' nor '.join(_files(settings))}"
    from obstore._s3.credentials.profile import find_source

    return find_source(profiles, settings) or f"{profiles}: no credentials"


def _choose(settings: Settings, profiles: Profiles | None) -> tuple[Source, list[str]]:
    passed_over: list[str] = []
    for find in _in_order(settings, profiles):
        found = find(settings)
        if not isinstance(found, str):
            return found, passed_over
        passed_over.append(found)
    return _Nothing(), passed_over


def _in_order(settings: Settings, profiles: Profiles | None) -> list[Callable[[Settings], Source | str]]:
    """Return the finders: those first for which something was passed, then environment, profile and platform."""

    def find_profile(settings: Settings) -> Source | str:
        return _profile_source(settings, profiles)

    ranked = [
        (_rank(10, settings, "access_key_id", "secret_access_key"), environment_source),
        (_rank(20, settings, "web_identity_token_file"), web_identity_source),
        (_rank(15 if _profile_assumes_role(profiles) else 30, settings, "profile"), find_profile),
        (_rank(40, settings, "container_credentials_relative_uri", "container_credentials_full_uri"), container_source),
        (50, metadata_source),
    ]
    return [find for _, find in sorted(ranked, key=lambda pair: pair[0])]


def _rank(usual: int, settings: Settings, *names: str) -> int:
    return usual - 100 if any(_is_passed(settings, name) for name in names) else usual


def _profile_assumes_role(profiles: Profiles | None) -> bool:
    # As in botocore. In Kubernetes the variables of web identity are always there; a profile
    # with a role, which may well be assumed with them, is what somebody has chosen.
    if profiles is None:
        return False
    from obstore._s3.credentials.profile import assumes_role

    return assumes_role(profiles.current)


class _Nothing:
    """The source when not even the metadata service may be asked."""

    description = "none"

    async def fetch(self) -> Credential:
        raise SourceError("nothing else is left")


def _has_role_to_assume(settings: Settings) -> bool:
    """Tell whether a role was passed that no token stands for. The variable alone is for web identity."""
    return _is_passed(settings, "role_arn") and text_of(settings, "web_identity_token_file") is None


def _assume_role(settings: Settings, base: Source) -> Source:
    from obstore._s3.credentials.sts import AssumeRoleSource, find_service

    return AssumeRoleSource(_role(settings, "obstore"), base, find_service(settings))


def _role(settings: Settings, default_name: str) -> Role:
    from obstore._s3.credentials.sts import Role, parse_duration

    duration = settings.get("role_duration_seconds")
    return Role(
        settings["role_arn"].value,
        text_of(settings, "role_session_name") or default_name,
        text_of(settings, "external_id"),
        parse_duration(text_of(settings, "role_duration_seconds"), duration.source if duration else ""),
    )


def find_profiles(settings: Settings, provider: object) -> Profiles | None:
    """Read the shared files, where they are there and have a say.

    A store whose credentials were passed, or that needs none, never looks at them, unless a
    profile was passed too.

    Raises:
        GenericError: A file is malformed, or the profile named is in neither.
    """
    if not _is_passed(settings, "profile"):
        has_pair = all(_is_passed(settings, name) for name in ("access_key_id", "secret_access_key"))
        if has_pair or provider is not None or switch_of(settings, "skip_signature"):
            return None
    config, credentials = map(os.path.expanduser, _files(settings))
    is_named = any(text_of(settings, name) for name in ("profile", "default_profile"))
    if not is_named and not os.path.isfile(config) and not os.path.isfile(credentials):
        return None
    from obstore._s3.profiles import load

    return load(settings, (config, credentials))


def _files(settings: Settings) -> tuple[str, str]:
    return (
        text_of(settings, "config_file") or "~/.aws/config",
        text_of(settings, "credentials_file") or "~/.aws/credentials",
    )
