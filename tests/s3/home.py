"""A home directory with AWS's files, and what the tests of credentials share."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal, TypeAlias, TypeVar

from obstore._io.runtime import run_blocking
from obstore._s3.credential import Credential
from obstore.store import S3Store

T = TypeVar("T")

Colour: TypeAlias = Literal["sync", "async"]
COLOURS: tuple[Colour, ...] = ("sync", "async")

SECRET = "s3cr3t/NeverShown"
STATIC = Credential("AKIDBASE", SECRET)


@dataclass(frozen=True)
class Home:
    """The directory, and the files in it."""

    path: Path

    def write(self, name: str, text: str) -> Path:
        """Write a file below the directory."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text))
        return file

    def config(self, text: str) -> Path:
        """Write `~/.aws/config`."""
        return self.write(".aws/config", text)

    def credentials(self, text: str) -> Path:
        """Write `~/.aws/credentials`."""
        return self.write(".aws/credentials", text)

    def sso_token(self, key: str, **fields: object) -> Path:
        """Write what `aws sso login` leaves, for a session's name or a start URL."""
        return self.write(f".aws/sso/cache/{sha1(key.encode()).hexdigest()}.json", json.dumps(fields))


def drive(colour: Colour, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine of the engine's to its end, blocking this thread or in an event loop."""
    return run_blocking(function()) if colour == "sync" else asyncio.run(function())


def credential_of(colour: Colour, store: S3Store) -> Credential:
    """Return what the store would sign its next request with."""
    credential: Credential = drive(colour, store._credentials.get)
    return credential


def in_future(**span: float) -> str:
    """Write a date as AWS does, `span` from now."""
    return (datetime.now(UTC) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def document(key_id: str = "AKIDNEW", **changes: object) -> bytes:
    """Write credentials as containers and instances do."""
    fields = {"AccessKeyId": key_id, "SecretAccessKey": SECRET, "Token": "token", "Expiration": in_future(hours=1)}
    return json.dumps(fields | changes).encode()


def sts_document(action: str = "AssumeRole", key_id: str = "AKIDROLE") -> bytes:
    """Write credentials as STS does."""
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        f"<AccessKeyId>{key_id}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
        f"<SessionToken>token</SessionToken><Expiration>{in_future(hours=1)}</Expiration>"
        f"</Credentials></{action}Result></{action}Response>"
    ).encode()
