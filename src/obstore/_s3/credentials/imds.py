"""Credentials of a machine's role: from the metadata service of EC2 (IMDS).

Most machines are not on EC2, and then this is where the search for credentials ends. So
the first question gets one try and one second. A service that has answered is there:
what it is asked later gets more of both.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from obstore._core.durations import seconds_from
from obstore._core.errors import GenericError
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import SourceError, ask, read_document, read_reply, refused
from obstore._transfer.config import Setting, switch_of, text_of

if TYPE_CHECKING:
    from obstore._http.message import Header
    from obstore._transfer.fetch import Reply

T = TypeVar("T")

ENDPOINT = "http://169.254.169.254"

_ROLES = "/latest/meta-data/iam/security-credentials/"
_TOKEN_LIFE = ("x-aws-ec2-metadata-token-ttl-seconds", "600")
_WITHOUT_TOKENS = frozenset({403, 404, 405})
"""What services answer that know only version 1, or have version 2 switched off (botocore's list)."""

_PATIENT = {"connect_timeout": 2.0, "timeout": 5.0, "retries": 3}

_EXTENSION = 600.0
"""Seconds for which expired credentials are used all the same. In an outage the service goes on handing
out old ones, and S3 goes on accepting them ("static stability" in the SDKs' reference guide)."""


class MetadataSource:
    """Asks the metadata service: a token first, then the role's name, then its credentials."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self._endpoint = (text_of(settings, "metadata_endpoint") or ENDPOINT).rstrip("/")
        self._may_go_without_token = switch_of(settings, "imdsv1_fallback")
        self._limits = _limits(settings)
        self._has_answered = False
        self.description = f"instance metadata at {self._endpoint}"

    def __repr__(self) -> str:
        return f"<MetadataSource: {self.description}>"

    async def fetch(self) -> Credential:
        """Ask the service."""
        headers = await self._authorize()
        role = (await self._get(_ROLES, headers)).decode("utf-8", "replace").strip().partition("\n")[0]
        if not re.fullmatch(r"[\w+=,.@-]+", role, re.ASCII):
            raise SourceError(f"{self.description}: the machine has no role")
        reply = await self._ask("GET", _ROLES + role, headers)
        return _extended(read_reply(self.description, reply, _read))

    async def _authorize(self) -> list[Header]:
        """Return the header with the session's token; none, where version 1 will do."""
        try:
            reply = await self._ask("PUT", "/latest/api/token", [_TOKEN_LIFE])
        except SourceError as error:
            # A container behind a hop too many gets a connection, and no answer to this one question.
            if self._may_go_without_token and "no bytes" in str(error):
                return []
            raise
        if reply.status == 200:
            return [("x-aws-ec2-metadata-token", reply.body.decode("latin-1").strip())]
        if self._may_go_without_token and reply.status in _WITHOUT_TOKENS:
            return []
        hint = "imdsv1_fallback=True asks without a token" if reply.status in _WITHOUT_TOKENS else None
        raise refused(f"{self.description}, asked for a token", reply, hint)

    async def _get(self, path: str, headers: list[Header]) -> bytes:
        reply = await self._ask("GET", path, headers)
        if reply.status == 404:
            raise SourceError(f"{self.description}: the machine has no role")
        if reply.status != 200:
            raise refused(self.description, reply)
        return reply.body

    async def _ask(self, method: str, path: str, headers: list[Header]) -> Reply:
        limits = _PATIENT if self._has_answered else self._limits
        reply = await ask(self.description, method, self._endpoint + path, headers, **limits)  # type: ignore[arg-type]
        self._has_answered = True
        return reply


def _limits(settings: Mapping[str, Setting]) -> dict[str, float]:
    seconds = _read_setting(settings, "metadata_service_timeout", lambda text: seconds_from(text, "the time"), 1.0)
    attempts = _read_setting(settings, "metadata_service_num_attempts", int, 1)
    return {"connect_timeout": seconds, "timeout": seconds, "retries": max(attempts, 1) - 1}


def _read_setting(settings: Mapping[str, Setting], name: str, read: Callable[[str], T], default: T) -> T:
    text = text_of(settings, name)
    try:
        return default if text is None else read(text)
    except ValueError as error:
        raise GenericError(
            f'Generic Config error: "{text}", from {settings[name].source}, is no {name}', store="S3"
        ) from error


def _read(document: dict[str, Any]) -> Credential:
    if document.get("Code", "Success") != "Success":
        raise ValueError(f"{document.get('Code')}: {document.get('Message')}")
    return read_document(document, "Token")


def _extended(credential: Credential) -> Credential:
    now = time.time()
    if credential.expires_at is not None and credential.expires_at <= now:
        return credential._replace(expires_at=now + _EXTENSION)
    return credential
