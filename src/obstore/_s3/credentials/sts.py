"""Credentials from AWS's Security Token Service: a role, assumed with other credentials or with a token."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from obstore._core.durations import seconds_from
from obstore._core.errors import GenericError
from obstore._core.xml import find_text, local_name, parse_xml
from obstore._s3.config import DEFAULT_REGION
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import Source, SourceError, ask, read_expiry, read_token_file
from obstore._s3.endpoint import find_endpoint
from obstore._transfer.config import Setting, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from obstore._http.message import Header
    from obstore._transfer.fetch import Reply

_VERSION = ("Version", "2011-06-15")
_FORM = ("content-type", "application/x-www-form-urlencoded; charset=utf-8")
_DURATION = 3600


class Service(NamedTuple):
    """Where the service is. Its regional endpoints answer on when the global one does not."""

    url: str
    region: str


class Role(NamedTuple):
    """A role, and how to assume it."""

    arn: str
    session_name: str
    external_id: str | None = None
    duration: int = _DURATION

    def form(self, action: str) -> list[tuple[str, str]]:
        """Return the parameters of a request for it."""
        fields = [("Action", action), _VERSION, ("RoleArn", self.arn), ("RoleSessionName", self.session_name)]
        fields.append(("DurationSeconds", str(self.duration)))
        if self.external_id is not None:
            fields.append(("ExternalId", self.external_id))
        return fields


def find_service(settings: Mapping[str, Setting]) -> Service:
    """Say where STS is for a store's region."""
    region = text_of(settings, "region") or text_of(settings, "default_region") or DEFAULT_REGION
    endpoint = find_endpoint(settings, "endpoint_url_sts")
    if endpoint is not None:
        return Service(endpoint.value.rstrip("/"), region)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return Service(f"https://sts.{region}.{domain}", region)


def parse_duration(text: str | None, source: str) -> int:
    """Read how long a role is wanted for, in seconds.

    Raises:
        GenericError: It is not a duration that AWS knows.
    """
    if text is None:
        return _DURATION
    try:
        seconds = int(seconds_from(text, "the duration"))
    except ValueError as error:
        raise GenericError(f"Generic Config error: {error}, from {source}", store="S3") from error
    # "DurationSeconds: minimum 900, maximum 43200", AssumeRole in the STS API reference.
    if not 900 <= seconds <= 43200:
        raise GenericError(
            f"Generic Config error: a role can be assumed for 15 minutes to 12 hours, not for {text!r}, from {source}",
            store="S3",
        )
    return seconds


class AssumeRoleSource:
    """A role, assumed with the credentials of another source."""

    def __init__(self, role: Role, base: Source, service: Service) -> None:
        self._role = role
        self._base = base
        self._service = service
        self.description = f"role {role.arn}, assumed with {base.description}"

    def __repr__(self) -> str:
        return f"<AssumeRoleSource: {self.description}>"

    async def fetch(self) -> Credential:
        """Assume the role."""
        body = _encode(self._role.form("AssumeRole"))
        headers = _sign(self._service, body, await self._base.fetch())
        what = f"AssumeRole {self._role.arn} at {self._service.url}"
        return _read(what, await ask(what, "POST", self._service.url, headers, body))


class WebIdentitySource:
    """A role, assumed with a token that the platform keeps in a file, as in Kubernetes."""

    def __init__(self, role: Role, token_file: Setting, service: Service) -> None:
        self._role = role
        self._token_file = token_file
        self._service = service
        self.description = f"web identity of role {role.arn}, from {token_file.source}"

    def __repr__(self) -> str:
        return f"<WebIdentitySource: {self.description}>"

    async def fetch(self) -> Credential:
        """Read the file, and assume the role."""
        token = await read_token_file(self._token_file.value, self._token_file.source)
        # In the body: a URL would carry the token into every proxy's log.
        body = _encode([*self._role.form("AssumeRoleWithWebIdentity"), ("WebIdentityToken", token)])
        what = f"AssumeRoleWithWebIdentity {self._role.arn} at {self._service.url}"
        return _read(what, await ask(what, "POST", self._service.url, [_FORM], body))


def _encode(fields: list[tuple[str, str]]) -> bytes:
    from obstore._core.path import encode_query_value

    return "&".join([f"{name}={encode_query_value(value)}" for name, value in fields]).encode()


def _sign(service: Service, body: bytes, credential: Credential) -> list[Header]:
    from obstore._http.message import Request
    from obstore._s3.sigv4 import Signer
    from obstore._transfer.fetch import locate

    try:
        origin, target = locate(service.url)
    except ValueError as error:
        raise SourceError(f"the endpoint of STS is {service.url!r}: {error}", "look at endpoint_url_sts") from error
    request = Request("POST", target, (), [_FORM], body)
    _, headers = Signer(service.region, "sts").sign(request, credential, origin.authority, time.time())
    return [(name, value) for name, value in headers if name != "host"]


def _read(what: str, reply: Reply) -> Credential:
    try:
        root = parse_xml(reply.body)
        if reply.status != 200:
            raise SourceError(f"{what}: {reply.status} {_refusal(root)}")
        return _credential_of(_find(root, "Credentials"))
    except ValueError as error:
        # The parser's error quotes the document.
        why = str(error).partition(": ")[0]
        raise SourceError(f"{what}: {reply.status}, and a reply that cannot be read ({why})") from None


def _credential_of(element: Element) -> Credential:
    key_id, secret, token, expiration = (
        find_text(element, name) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    )
    if not key_id or not secret:
        raise ValueError("no key pair in it")
    return Credential(key_id, secret, token, read_expiry(expiration))


def _find(root: Element, name: str) -> Element:
    for element in root.iter():
        if local_name(element) == name:
            return element
    raise ValueError(f"no {name} in it")


def _refusal(root: Element) -> str:
    try:
        error = _find(root, "Error")
    except ValueError:
        return ""
    return ": ".join(filter(None, [find_text(error, "Code"), find_text(error, "Message")]))
