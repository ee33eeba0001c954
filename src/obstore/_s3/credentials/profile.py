"""From what a profile says to a source of credentials: roles first, then SSO, keys and programs.

The order within a profile is botocore's: a role to assume, web identity, SSO, a key pair,
`credential_process`. A `source_profile` that has a key pair is used for that alone,
which is how a profile can be its own source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn

from obstore._core.errors import GenericError
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import Source, StaticCredential
from obstore._s3.profiles import Profiles, Section
from obstore._transfer.config import Setting, text_of

if TYPE_CHECKING:
    from obstore._s3.credentials.sts import Role


def assumes_role(profile: Section) -> bool:
    """Tell whether a profile is a role that other credentials assume."""
    return text_of(profile, "role_arn") is not None and text_of(profile, "web_identity_token_file") is None


def find_source(profiles: Profiles, settings: Mapping[str, Setting]) -> Source | None:
    """Return where the profile in use has its credentials from; None if it has none.

    Raises:
        GenericError: It contradicts itself, goes round in circles, or names what is not there.
    """
    return _Finder(profiles, settings).find(profiles.name, ())


class _Finder:
    def __init__(self, profiles: Profiles, settings: Mapping[str, Setting]) -> None:
        self._profiles = profiles
        self._settings = settings

    def find(self, name: str, path: tuple[str, ...]) -> Source | None:
        """Return the source of one profile. `path` are the profiles whose roles are assumed with it."""
        profile = self._profiles.profiles.get(name, {})
        if path and (static := _key_pair(name, profile)) is not None:
            return static
        if name in path:
            route = " -> ".join([*path[path.index(name) :], name])
            _refuse(
                profile["source_profile"], f"source_profile goes round in circles: {route}", "one needs credentials"
            )
        if assumes_role(profile):
            return self._assume_role(profile, (*path, name))
        return self._web_identity(profile) or self._sso(name, profile) or _key_pair(name, profile) or _process(profile)

    def _assume_role(self, profile: Section, path: tuple[str, ...]) -> Source:
        from obstore._s3.credentials.sts import AssumeRoleSource, find_service

        arn = profile["role_arn"]
        if (serial := profile.get("mfa_serial")) is not None:
            _refuse(
                serial,
                "mfa_serial needs a code, and there is nobody to ask for it",
                "get a session with `aws sts get-session-token`, or pass a credential_provider",
            )
        base = self._base(profile, path)
        if base is None:
            _refuse(arn, "role_arn has nothing to be assumed with", "add source_profile or credential_source")
        return AssumeRoleSource(_role(profile), base, find_service(self._settings))

    def _base(self, profile: Section, path: tuple[str, ...]) -> Source | None:
        named, kind = profile.get("source_profile"), profile.get("credential_source")
        if named is not None and kind is not None:
            _refuse(named, "source_profile and credential_source exclude each other", "remove one")
        if kind is not None:
            return self._well_known(kind)
        if named is None:
            return None
        if named.value not in self._profiles.profiles:
            known = ", ".join(sorted(self._profiles.profiles))
            _refuse(named, f"source_profile is {named.value!r}, and there is no such profile", f"there are: {known}")
        source = self.find(named.value, path)
        if source is None:
            _refuse(named, f"source_profile is {named.value!r}, which has no credentials", "give it some")
        return source

    def _well_known(self, kind: Setting) -> Source:
        from obstore._s3.credentials.chain import container_source, environment_source, metadata_source

        finders = {
            "Environment": environment_source,
            "Ec2InstanceMetadata": metadata_source,
            "EcsContainer": container_source,
        }
        if kind.value not in finders:
            _refuse(kind, f"credential_source is {kind.value!r}", f"it is one of {', '.join(finders)}")
        found = finders[kind.value](self._settings)
        if isinstance(found, str):
            _refuse(kind, f"credential_source is {kind.value!r}, but {found}", "set it, or use another source")
        return found

    def _web_identity(self, profile: Section) -> Source | None:
        token_file = profile.get("web_identity_token_file")
        if token_file is None or text_of(profile, "role_arn") is None:
            return None
        from obstore._s3.credentials.sts import WebIdentitySource, find_service

        return WebIdentitySource(_role(profile), token_file, find_service(self._settings))

    def _sso(self, name: str, profile: Section) -> Source | None:
        if "sso_session" not in profile and "sso_start_url" not in profile:
            return None
        from obstore._s3.credentials.sso import SsoSource, read_login

        login = read_login(name, profile, self._profiles)
        return None if login is None else SsoSource(login, self._settings)


def _role(profile: Section) -> Role:
    from obstore._s3.credentials.sts import Role, parse_duration

    duration = parse_duration(text_of(profile, "duration_seconds"), profile["role_arn"].source)
    session_name = text_of(profile, "role_session_name") or "obstore"
    return Role(profile["role_arn"].value, session_name, text_of(profile, "external_id"), duration)


def _key_pair(name: str, profile: Section) -> Source | None:
    key_id, secret = text_of(profile, "aws_access_key_id"), text_of(profile, "aws_secret_access_key")
    if key_id is None and secret is None:
        return None
    if key_id is None or secret is None:
        given, missing = (_SECRET, _KEY_ID) if key_id is None else (_KEY_ID, _SECRET)
        _refuse(profile[given], f"{given} without {missing}", f"add it to profile {name!r}, or remove both")
    token = text_of(profile, "aws_session_token") or text_of(profile, "aws_security_token")
    return StaticCredential(Credential(key_id, secret, token), profile[_KEY_ID].source)


_KEY_ID, _SECRET = "aws_access_key_id", "aws_secret_access_key"


def _process(profile: Section) -> Source | None:
    if text_of(profile, "credential_process") is None:
        return None
    from obstore._s3.credentials.process import ProcessSource

    return ProcessSource(profile["credential_process"])


def _refuse(setting: Setting, what: str, hint: str) -> NoReturn:
    raise GenericError(f"Generic Config error: {what}, in {setting.source}", store="S3", hint=hint)
