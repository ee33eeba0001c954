"""What a source of credentials is, and what all of them read alike.

A source is asked when the credentials in the cache are about to expire. One that cannot
give any says why with `SourceError`; the chain turns that into the error for the caller.
No message has a secret: what a source was told, or replied with, is never quoted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from obstore._core.errors import TransportError
from obstore._core.times import parse_rfc3339
from obstore._io.runtime import current
from obstore._s3.credential import Credential

if TYPE_CHECKING:
    from obstore._http.message import Header
    from obstore._transfer.fetch import Reply

T = TypeVar("T")


class SourceError(Exception):
    """Why a source has no credentials, and what to do about it."""

    def __init__(self, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.hint = hint


class Source(Protocol):
    """Where credentials come from."""

    @property
    def description(self) -> str:
        """The source, for errors and `explain`."""

    async def fetch(self) -> Credential:
        """Get credentials, new ones where they expire.

        Raises:
            SourceError: There are none.
        """


class StaticCredential:
    """A credential that does not change. It is its own cache."""

    def __init__(self, credential: Credential, where: str = "") -> None:
        self._credential = credential
        self.description = f"key pair {credential.access_key_id}, from {where}" if where else "key pair"

    @property
    def identity(self) -> object:
        """What is equal for equal credentials."""
        return self._credential

    def __repr__(self) -> str:
        return f"<StaticCredential {self._credential.access_key_id}>"

    def peek(self) -> Credential:
        """Return it."""
        return self._credential

    async def get(self) -> Credential:
        """Return it."""
        return self._credential

    def renew(self) -> bool:
        """Do nothing: there is no other."""
        return False

    async def fetch(self) -> Credential:
        """Return it."""
        return self._credential


async def ask(
    what: str,
    method: str,
    url: str,
    headers: Sequence[Header] = (),
    body: bytes = b"",
    *,
    connect_timeout: float = 5.0,
    timeout: float = 10.0,
    retries: int = 3,
) -> Reply:
    """Send one request to a service of credentials; `what` is its name in errors.

    Raises:
        SourceError: There is no reply.
    """
    from obstore._transfer.fetch import fetch

    limits: dict[str, Any] = {"connect_timeout": connect_timeout, "timeout": timeout, "retries": retries}
    try:
        return await fetch(method, url, headers, body, **limits)
    except TransportError as error:
        raise SourceError(f"{what}: {error}", error.hint) from error
    except ValueError as error:
        raise SourceError(f"{what}: {url!r} is not a URL to ask: {error}") from error


def refused(what: str, reply: Reply, hint: str | None = None) -> SourceError:
    """Make the error for a reply that says no."""
    said = _message_of(reply.body)
    return SourceError(f"{what}: {reply.status}{f' {said}' if said else ''}", hint)


def _message_of(body: bytes) -> str:
    try:
        document = parse_object(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace").strip()
    words = [document.get(name) for name in ("code", "Code", "error", "message", "Message", "error_description")]
    return ": ".join(word for word in words if isinstance(word, str))


def parse_object(body: bytes | str) -> dict[str, Any]:
    """Parse a JSON object.

    Raises:
        ValueError: It is not one. The message says nothing of what it is: there may be secrets in it.
    """
    import json

    try:
        document = json.loads(body)
    except ValueError:
        raise ValueError("not JSON") from None  # The parser's error keeps the whole text.
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")
    return document


def read_document(document: Mapping[str, Any], token: str) -> Credential:
    """Read credentials the way containers, instances and processes write them; `token` is that member's name.

    Raises:
        ValueError: Something is missing, or not what it should be.
    """
    texts = {}
    for name in ("AccessKeyId", "SecretAccessKey", token, "Expiration"):
        value = document.get(name)
        if value is None and name in {"AccessKeyId", "SecretAccessKey"}:
            raise ValueError(f"no {name} in it")
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} is not a text")
        texts[name] = value
    return Credential(
        texts["AccessKeyId"] or "", texts["SecretAccessKey"] or "", texts[token], read_expiry(texts["Expiration"])
    )


def read_expiry(text: str | None) -> float | None:
    """Return a date as seconds since the epoch."""
    # Version 1 of AWS's command line wrote "UTC" where everything else writes "Z".
    return parse_rfc3339(text.replace("UTC", "Z")).timestamp() if text else None


def read_reply(what: str, reply: Reply, read: Callable[[dict[str, Any]], Credential]) -> Credential:
    """Read credentials from a reply.

    Raises:
        SourceError: It says no, or something else.
    """
    if reply.status != 200:
        raise refused(what, reply)
    try:
        return read(parse_object(reply.body))
    except ValueError as error:
        raise SourceError(f"{what}: the reply cannot be read: {error}") from error


async def read_token_file(path: str, setting: str) -> str:
    """Read a token that someone else renews: anew each time, and without the newline at its end.

    Raises:
        SourceError: It cannot be read; `setting` says who named it.
    """
    return await in_worker(lambda: _read_token(path, setting))


def _read_token(path: str, setting: str) -> str:
    try:
        with open(os.path.expanduser(path), encoding="utf-8") as file:
            token = file.read().strip()
    except OSError as error:
        raise SourceError(f"the token file {path} cannot be read: {error.strerror}", f"{setting} names it") from error
    except ValueError as error:
        raise SourceError(f"the token file {path} is not text", f"{setting} names it") from error
    if not token:
        raise SourceError(f"the token file {path} is empty", f"{setting} names it")
    return token


async def in_worker(function: Callable[[], T]) -> T:
    """Run a function that blocks."""
    result: T = await current().call(function)
    return result
