"""Credentials from a program, as `credential_process` in a profile names one."""

from __future__ import annotations

import os
from typing import Any

from obstore._s3.credential import Credential
from obstore._s3.credentials.source import SourceError, in_worker, parse_object, read_document
from obstore._transfer.config import Setting

_TIMEOUT = 60.0
"""Seconds, as in AWS's Go SDK: some programs open a browser, and one that hangs must not hang everything."""

_STDERR_LIMIT = 500


class ProcessSource:
    """Runs the program, and reads what it prints. Not through a shell."""

    def __init__(self, command: Setting) -> None:
        self._command = command.value
        # Only the program's name: its arguments may be secrets.
        program = os.path.basename(command.value.strip().partition(" ")[0].strip("\"'"))
        self.description = f"credential_process {program} of {command.source}"

    def __repr__(self) -> str:
        return f"<ProcessSource: {self.description}>"

    async def fetch(self) -> Credential:
        """Run the program."""
        return await in_worker(self._run)

    def _run(self) -> Credential:
        import subprocess

        try:
            done = subprocess.run(  # noqa: S603 - the profile's owner says what to run
                self._words(), capture_output=True, timeout=_TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            raise SourceError(f"{self.description} took more than {_TIMEOUT:g} s") from None  # It has the output.
        except (OSError, ValueError) as error:
            raise SourceError(f"{self.description} cannot be run: {_reason(error)}") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-_STDERR_LIMIT:]
            raise SourceError(f"{self.description} ended with status {done.returncode}{said and f': {said}'}")
        return self._read(done.stdout)

    def _words(self) -> str | list[str]:
        if os.name == "nt":
            return self._command  # Windows hands a program one text, and it splits that by itself.
        import shlex

        return [os.path.expanduser(word) for word in shlex.split(self._command)]

    def _read(self, output: bytes) -> Credential:
        try:
            return read_document(_checked(parse_object(output)), "SessionToken")
        except ValueError as error:
            raise SourceError(
                f"{self.description} printed something else than credentials: {error}",
                'it prints {"Version": 1, "AccessKeyId": ..., "SecretAccessKey": ...}',
            ) from error


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    if document.get("Version") != 1:
        raise ValueError("Version is not 1")
    return document


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
