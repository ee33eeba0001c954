"""Credentials through IAM Identity Center (SSO), after `aws sso login`.

The login leaves a token in `~/.aws/sso/cache`, in a file named by the SHA-1 of the
session's name (`sso_session`), or of the start URL where a profile has the older form.
Only the newer form can be refreshed: with OIDC's CreateToken, whose answer goes back
into the file, since the refresh token that was used is no longer good. With the token,
GetRoleCredentials gives an hour's credentials for the profile's account and role.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from obstore._core.errors import GenericError
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import (
    SourceError,
    ask,
    in_worker,
    parse_object,
    read_expiry,
    read_reply,
)
from obstore._s3.endpoint import find_endpoint
from obstore._s3.profiles import Profiles, Section
from obstore._transfer.config import Setting

_REFRESH_BEFORE = 300.0
"""Seconds before its end from which a token is refreshed: AWS's SDKs say five minutes."""

_CACHE = os.path.join("~", ".aws", "sso", "cache")


class Login(NamedTuple):
    """What to log in to, as a profile says it."""

    profile: str
    start_url: str
    region: str
    account_id: str
    role_name: str
    session: str | None
    source: str

    @property
    def cache_file(self) -> str:
        """Where the token is."""
        from hashlib import sha1

        digest = sha1((self.session or self.start_url).encode(), usedforsecurity=False).hexdigest()
        return os.path.join(os.path.expanduser(_CACHE), f"{digest}.json")

    @property
    def hint(self) -> str:
        """What gets a new token."""
        return f"aws sso login --profile {self.profile}"


def read_login(name: str, profile: Section, profiles: Profiles) -> Login | None:
    """Read what a profile says of SSO; None if it says nothing.

    Raises:
        GenericError: It says only half of it, or names a session that is nowhere.
    """
    session = profile.get("sso_session")
    if session is None and "sso_start_url" not in profile:
        return None
    if session is not None and session.value not in profiles.sso_sessions:
        raise _unknown_session(session, profiles)
    both = {**profile, **(profiles.sso_sessions[session.value] if session is not None else {})}
    texts = {key: both[key].value for key in _NEEDED if key in both and both[key].value}
    missing = [key for key in _NEEDED if key not in texts]
    source = (session or profile["sso_start_url"]).source
    if missing:
        raise GenericError(
            f"Generic Config error: SSO needs {', '.join(missing)} too, in {source}",
            store="S3",
            hint=f"aws configure sso --profile {name}",
        )
    start_url, region, account_id, role_name = (texts[key] for key in _NEEDED)
    named = session.value if session is not None else None
    return Login(name, start_url, region, account_id, role_name, named, source)


_NEEDED = ("sso_start_url", "sso_region", "sso_account_id", "sso_role_name")


def _unknown_session(session: Setting, profiles: Profiles) -> GenericError:
    known = ", ".join(sorted(profiles.sso_sessions)) or "none"
    return GenericError(
        f"Generic Config error: there is no [sso-session {session.value}], which {session.source} names",
        store="S3",
        hint=f"{profiles.files[0]} has: {known}",
    )


class SsoSource:
    """Credentials of one account's role."""

    def __init__(self, login: Login, settings: Mapping[str, Setting]) -> None:
        self._login = login
        self._oidc = _service(settings, "endpoint_url_sso_oidc", "oidc", login.region)
        self._portal = _service(settings, "endpoint_url_sso", "portal.sso", login.region)
        what = f"session {login.session!r}" if login.session else login.start_url
        self.description = f"SSO {what} of {login.source}"

    def __repr__(self) -> str:
        return f"<SsoSource: {self.description}>"

    async def fetch(self) -> Credential:
        """Get the role's credentials, with a token that is good."""
        login = self._login
        token = await self._token()
        query = f"role_name={_quote(login.role_name)}&account_id={_quote(login.account_id)}"
        what = f"{self.description}, role {login.role_name} of account {login.account_id}"
        headers = [("x-amz-sso_bearer_token", token), ("accept", "application/json")]
        reply = await ask(what, "GET", f"{self._portal}/federation/credentials?{query}", headers)
        if reply.status == 401:
            raise SourceError(f"{what}: the session has ended", login.hint)
        return read_reply(what, reply, _read_role)

    async def _token(self) -> str:
        cached = await in_worker(self._read_cache)
        expires_at = _expiry_of(cached, "expiresAt")
        now = time.time()
        if expires_at - now > _REFRESH_BEFORE:
            return str(cached["accessToken"])
        try:
            return await self._refresh(cached)
        except SourceError as error:
            if expires_at > now:
                return str(cached["accessToken"])
            raise SourceError(f"{self.description}: the session has expired ({error})", self._login.hint) from error

    async def _refresh(self, cached: dict[str, Any]) -> str:
        if not all(isinstance(cached.get(name), str) for name in ("clientId", "clientSecret", "refreshToken")):
            raise SourceError("its token cannot be refreshed")
        if _expiry_of(cached, "registrationExpiresAt") <= time.time():
            raise SourceError("its client's registration has expired")
        fields = {name: cached[name] for name in ("clientId", "clientSecret", "refreshToken")}
        body = _to_json({**fields, "grantType": "refresh_token"})
        reply = await ask("its refresh", "POST", f"{self._oidc}/token", [("content-type", "application/json")], body)
        renewed = _read_token(reply.status, reply.body)
        await in_worker(lambda: self._write_cache({**cached, **renewed}))
        return str(renewed["accessToken"])

    def _read_cache(self) -> dict[str, Any]:
        path = self._login.cache_file
        try:
            with open(path, "rb") as file:
                cached = parse_object(file.read())
        except OSError as error:
            raise SourceError(f"{self.description}: nobody has logged in (no {path})", self._login.hint) from error
        except ValueError as error:
            raise SourceError(f"{self.description}: {path} cannot be read: {error}", self._login.hint) from error
        if not isinstance(cached.get("accessToken"), str):
            raise SourceError(f"{self.description}: there is no token in {path}", self._login.hint)
        return cached

    def _write_cache(self, token: dict[str, Any]) -> None:
        """Replace the file, whole: AWS's own tools read it at any time."""
        path = self._login.cache_file
        temporary = f"{path}.{os.getpid()}"
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_to_json(token))
            os.replace(temporary, path)
        except OSError:
            pass  # A read-only home: the token is good for this process all the same.


def _read_token(status: int, body: bytes) -> dict[str, str]:
    try:
        document = parse_object(body)
        if status != 200:
            raise SourceError(f"its refresh: {status} {document.get('error', '')}".rstrip())
        renewed = {"accessToken": document["accessToken"], "expiresAt": _date(time.time() + int(document["expiresIn"]))}
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"its refresh: {status}, and a reply that cannot be read") from error
    if isinstance(document.get("refreshToken"), str):
        renewed["refreshToken"] = document["refreshToken"]
    return renewed


def _read_role(document: dict[str, Any]) -> Credential:
    found = document.get("roleCredentials")
    if not isinstance(found, dict):
        raise ValueError("no roleCredentials in it")
    names = ("accessKeyId", "secretAccessKey", "sessionToken")
    if not all(isinstance(found.get(name), str) for name in names) or not isinstance(found.get("expiration"), int):
        raise ValueError("its roleCredentials are incomplete")
    key_id, secret, token = (found[name] for name in names)
    return Credential(key_id, secret, token, found["expiration"] / 1000)


def _expiry_of(cached: Mapping[str, Any], name: str) -> float:
    try:
        return read_expiry(cached.get(name)) or 0.0
    except (ValueError, AttributeError, TypeError):
        return 0.0


def _service(settings: Mapping[str, Setting], name: str, host: str, region: str) -> str:
    endpoint = find_endpoint(settings, name)
    if endpoint is not None:
        return endpoint.value.rstrip("/")
    return f"https://{host}.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _quote(text: str) -> str:
    from obstore._core.path import encode_query_value

    return encode_query_value(text)


def _to_json(document: Mapping[str, Any]) -> bytes:
    import json

    return json.dumps(document).encode()
