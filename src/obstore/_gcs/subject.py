"""Subject tokens: what an identity provider outside of Google says of this program.

The `credential_source` of an external account's file names a file, a URL, a program, or AWS.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._gcs.account import Document
from obstore._io.runtime import current
from obstore._transfer.fetch import fetch


class SubjectToken(ABC):
    """Where subject tokens come from. They are asked for anew at each exchange, and not kept."""

    @abstractmethod
    async def fetch(self) -> str:
        """Return a token.

        Raises:
            UnauthenticatedError: There is none to be had.
        """


class _Format:
    """How a source writes the token: as it is, or in a field of a JSON object."""

    def __init__(self, source: Document) -> None:
        described = source.inner("format") if source.fields.get("format") else Document({}, source.source)
        self._field = described.text("subject_token_field_name") if described.fields.get("type") == "json" else None

    def read(self, data: bytes, where: str) -> str:
        """Return the token in what a source says.

        Raises:
            UnauthenticatedError: There is none.
        """
        import json

        try:
            token = data.decode().strip() if self._field is None else json.loads(data)[self._field]
        except (ValueError, KeyError, TypeError) as error:
            raise _no_token(where, f"{type(error).__name__} in reading it") from error
        if not isinstance(token, str) or not token:
            raise _no_token(where, "it is empty")
        return token


def _no_token(where: str, why: str) -> UnauthenticatedError:
    return UnauthenticatedError(f"no subject token in {where}: {why}", store="GCS")


class FileToken(SubjectToken):
    """A token in a file that somebody keeps fresh, as Kubernetes does."""

    def __init__(self, source: Document) -> None:
        self._path = source.text("file")
        self._format = _Format(source)

    async def fetch(self) -> str:
        return self._format.read(await current().call(self._read), self._path)

    def _read(self) -> bytes:
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except OSError as error:
            raise _no_token(self._path, str(error)) from error


class UrlToken(SubjectToken):
    """A token from a server nearby, as Azure's and GitHub's are."""

    def __init__(self, source: Document) -> None:
        self._url = source.text("url")
        headers = source.inner("headers") if source.fields.get("headers") else Document({}, source.source)
        self._headers = [(name.lower(), headers.text(name)) for name in headers.fields]
        self._format = _Format(source)

    async def fetch(self) -> str:
        where = self._url.partition("?")[0]
        try:
            reply = await fetch("GET", self._url, self._headers, retries=3)
        except (TransportError, ValueError) as error:
            raise _no_token(where, str(error)) from error
        if reply.status != 200:
            raise _no_token(where, f"{reply.status} {reply.body[:200].decode('utf-8', 'replace').strip()}")
        return self._format.read(reply.body, where)
