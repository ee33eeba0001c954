"""Asking a web service with this library's own engine, or with the session that a caller brings.

A session is what `requests` or `aiohttp` calls one. Without one nothing else is needed:
one GET, which follows no redirect, so that who gets a password is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._transfer.fetch import fetch

_RETRIES = 5
"""A busy token service is asked again so often; half of what the reference does, at twice its intervals."""


class Answer(NamedTuple):
    """A reply of a token service. Header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"  # A body like this is a secret.

    @property
    def location(self) -> str | None:
        """Where it sends the client, if it does."""
        return self.headers.get("location") if 300 <= self.status < 400 else None

    def json(self, what: str) -> dict[str, Any]:
        """Read the body.

        Raises:
            UnauthenticatedError: It says no, or is not JSON: a page to log in, most likely.
        """
        try:
            found = json.loads(self.body) if self.status < 400 else None
        except ValueError:
            found = None
        if not isinstance(found, dict):
            said = "" if self.body[:200].lstrip().startswith(b"<") else self.body[:200].decode("utf-8", "replace")
            raise UnauthenticatedError(f"{what} gave no credentials: {self.status} {said}".rstrip(), status=self.status)
        return found


async def ask(session: Any, url: str, headers: Mapping[str, str], auth: tuple[str, str] | None = None) -> Answer:
    """Send a GET, and return the reply whatever it says.

    Raises:
        UnauthenticatedError: There was no reply.
    """
    if session is None:
        return await _ask_engine(url, headers, auth)
    options: dict[str, Any] = {"headers": dict(headers), "allow_redirects": False}
    if auth is not None:
        options["headers"]["Authorization"] = basic(auth)
    reply = session.get(url, **options)
    if not hasattr(reply, "__aenter__"):  # requests
        return Answer(url, reply.status_code, _lower(reply.headers), reply.content)
    async with reply as opened:  # aiohttp
        return Answer(url, opened.status, _lower(opened.headers), await opened.read())


async def _ask_engine(url: str, headers: Mapping[str, str], auth: tuple[str, str] | None) -> Answer:
    sent = [(name.lower(), value) for name, value in headers.items()]
    if auth is not None:
        sent.append(("authorization", basic(auth)))
    try:
        reply = await fetch("GET", url, sent, retries=_RETRIES)
    except TransportError as error:
        address = url.partition("?")[0]
        raise UnauthenticatedError(f"asking {address} for credentials failed: {error}") from error
    return Answer(url, reply.status, reply.headers, reply.body)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def basic(auth: tuple[str, str]) -> str:
    """Write a user and a password as HTTP's basic authentication has them (RFC 7617)."""
    from base64 import b64encode

    return "Basic " + b64encode(":".join(auth).encode()).decode()


class SessionHolder:
    """What the providers that ask a web service have in common: the caller's session, if there is one."""

    _is_closed = False

    def __init__(self, session: Any = None) -> None:
        self._session = session

    @property
    def session(self) -> Any:
        """The session that was passed; None where this library's own engine does the asking.

        >>> from obstore.auth.planetary_computer import PlanetaryComputerCredentialProvider
        >>> provider = PlanetaryComputerCredentialProvider(account_name="account", container_name="container")
        >>> provider.session is None
        True

        Raises:
            ValueError: The provider has been closed.
        """
        if self._is_closed:
            raise ValueError("this credential provider has been closed")
        return self._session


class Closed(SessionHolder):
    """A provider that is closed by a call."""

    def close(self) -> None:
        """Use the provider no more. A session that was passed stays open: it is the caller's.

        >>> from obstore.auth.planetary_computer import PlanetaryComputerCredentialProvider
        >>> provider = PlanetaryComputerCredentialProvider(account_name="account", container_name="container")
        >>> provider.close()
        >>> provider.session
        Traceback (most recent call last):
        ...
        ValueError: this credential provider has been closed
        """
        self._is_closed = True


class ClosedByAwait(SessionHolder):
    """A provider that is closed as sessions of aiohttp are."""

    async def close(self) -> None:
        """Use the provider no more. A session that was passed stays open: it is the caller's.

        >>> import asyncio
        >>> from obstore.auth.planetary_computer import PlanetaryComputerAsyncCredentialProvider
        >>> provider = PlanetaryComputerAsyncCredentialProvider(account_name="account", container_name="container")
        >>> asyncio.run(provider.close())
        >>> provider.session
        Traceback (most recent call last):
        ...
        ValueError: this credential provider has been closed
        """
        self._is_closed = True
