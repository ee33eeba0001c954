"""Credentials of a container's role: from the agent of ECS, or of EKS Pod Identity."""

from __future__ import annotations

from collections.abc import Mapping

from obstore._core.url import split_url
from obstore._http.message import Header
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import SourceError, ask, read_document, read_reply, read_token_file
from obstore._transfer.config import Setting, text_of

_ECS = "http://169.254.170.2"

# The agents of ECS and of EKS, by the SDKs' "Container credential provider" page: to nobody else
# is the token sent without encryption.
_AGENTS = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost", "::1"})

_TIMEOUT = 2.0  # seconds, with three more tries: botocore's
_TOKEN_FILE = "container_authorization_token_file"


class ContainerSource:
    """Asks the agent whose address the platform has put into the environment."""

    def __init__(self, url: str, settings: Mapping[str, Setting]) -> None:
        self._url = url
        self._token_file = settings.get(_TOKEN_FILE) if text_of(settings, _TOKEN_FILE) else None
        self._token = text_of(settings, "container_authorization_token")
        self.description = f"container credentials at {url.partition('?')[0]}"

    def __repr__(self) -> str:
        return f"<ContainerSource: {self.description}>"

    async def fetch(self) -> Credential:
        """Ask the agent."""
        _check_agent(self._url)
        reply = await ask(
            self.description, "GET", self._url, await self._headers(), connect_timeout=_TIMEOUT, timeout=_TIMEOUT
        )
        return read_reply(self.description, reply, lambda document: read_document(document, "Token"))

    async def _headers(self) -> list[Header]:
        headers = [("accept", "application/json")]
        token = self._token
        if self._token_file is not None:
            token = await read_token_file(self._token_file.value, self._token_file.source)
        if token is not None:
            headers.append(("authorization", _checked(token.strip())))
        return headers


def container_url(settings: Mapping[str, Setting]) -> str | None:
    """Return where the container's agent is, if the settings say."""
    relative = text_of(settings, "container_credentials_relative_uri")
    if relative is not None:
        return f"{_ECS}/{relative.removeprefix('/')}"
    return text_of(settings, "container_credentials_full_uri")


def _check_agent(url: str) -> None:
    try:
        parts = split_url(url)
    except ValueError as error:
        raise SourceError(f"container_credentials_full_uri is {url!r}, which is not a URL: {error}") from error
    host = parts.host.strip("[]")
    if parts.scheme == "http" and host not in _AGENTS and not host.startswith("127."):
        raise SourceError(
            f"the container's token is not sent to {host} without encryption",
            "container_credentials_full_uri must be https, or on this machine",
        )


def _checked(token: str) -> str:
    if "\n" in token or "\r" in token:
        raise SourceError("the container's token has a line break in it", f"look at {_TOKEN_FILE}")
    return token
