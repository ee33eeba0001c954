"""Subject tokens from a program (google.aip.dev/auth/4117, "Executable-sourced credentials").

Running what a credentials file names is running code from a file, so the person who
runs this must have allowed it, in the environment.
"""

from __future__ import annotations

import os
import time
from typing import Any

from obstore._core.errors import GenericError, UnauthenticatedError
from obstore._gcs.account import Document
from obstore._gcs.iam import email_in
from obstore._gcs.subject import SubjectToken
from obstore._io.runtime import current

ALLOWANCE = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"

_TOKEN_FIELDS = {
    "urn:ietf:params:oauth:token-type:jwt": "id_token",
    "urn:ietf:params:oauth:token-type:id_token": "id_token",
    "urn:ietf:params:oauth:token-type:saml2": "saml_response",
}
_TIMEOUT_MILLIS = 30_000


class ExecutableToken(SubjectToken):
    """A token that a program prints. One that it has left in its output file is used while it lasts."""

    def __init__(self, source: Document, document: Document) -> None:
        described = source.inner("executable")
        self._command = described.text("command")
        self._output_file = described.maybe_text("output_file")
        self._timeout = _seconds(described)
        self._environment = _environment(document, self._output_file)

    async def fetch(self) -> str:
        token: str = await current().call(self._fetch)
        return token

    def _fetch(self) -> str:
        if os.environ.get(ALLOWANCE) != "1":
            raise UnauthenticatedError(
                "the credentials file wants a program to be run", store="GCS", hint=f"set {ALLOWANCE}=1 to allow it"
            )
        kept = self._read_output_file()
        return _token_in(kept if kept is not None else self._run())

    def _read_output_file(self) -> dict[str, Any] | None:
        import json

        if self._output_file is None or not os.path.exists(self._output_file):
            return None
        try:
            with open(self._output_file, "rb") as file:
                document = json.load(file)
        except (OSError, ValueError):
            return None  # The program will write it anew.
        is_usable = isinstance(document, dict) and document.get("success") and _lives_until(document) > time.time()
        return document if is_usable else None

    def _run(self) -> dict[str, Any]:
        import json
        import shlex
        import subprocess

        try:
            done = subprocess.run(  # noqa: S603 - allowed above, and never through a shell
                shlex.split(self._command),
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._timeout,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            raise _failed(f"{type(error).__name__}: {error}") from error
        try:
            document = json.loads(done.stdout)
        except ValueError as error:
            said = done.stderr[-200:].decode("utf-8", "replace").strip()
            raise _failed(f"it printed no JSON and ended with status {done.returncode}: {said}") from error
        if not isinstance(document, dict):
            raise _failed("it printed no JSON object")
        return document


def _failed(why: str) -> UnauthenticatedError:
    return UnauthenticatedError(f"no subject token from the credentials file's program: {why}", store="GCS")


def _lives_until(document: dict[str, Any]) -> float:
    expires_at = document.get("expiration_time")
    return float(expires_at) if isinstance(expires_at, int | float) else float("inf")


def _token_in(document: dict[str, Any]) -> str:
    if not document.get("success"):
        raise _failed(f"{document.get('code')}: {document.get('message')}")
    if document.get("version") != 1:
        raise _failed(f"it speaks version {document.get('version')} of the protocol; version 1 is known")
    field = _TOKEN_FIELDS.get(str(document.get("token_type")))
    token = document.get(field) if field is not None else None
    if not isinstance(token, str) or not token:
        raise _failed(f"there is none of type {document.get('token_type')!r}")
    if _lives_until(document) <= time.time():
        raise _failed("it has expired")
    return token


def _seconds(described: Document) -> float:
    millis = described.fields.get("timeout_millis", _TIMEOUT_MILLIS)
    if not isinstance(millis, int):
        raise GenericError(f"Generic GCS error: timeout_millis of {described.source} must be a number", store="GCS")
    return millis / 1000


def _environment(document: Document, output_file: str | None) -> dict[str, str]:
    """Return what the program is told through its environment."""
    told = {
        "AUDIENCE": document.text("audience"),
        "TOKEN_TYPE": document.text("subject_token_type"),
        "INTERACTIVE": "0",
    }
    if url := document.maybe_text("service_account_impersonation_url"):
        told["IMPERSONATED_EMAIL"] = email_in(url)
    if output_file is not None:
        told["OUTPUT_FILE"] = output_file
    return {f"GOOGLE_EXTERNAL_ACCOUNT_{name}": value for name, value in told.items()}
