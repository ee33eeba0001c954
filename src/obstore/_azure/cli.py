"""The Azure CLI and the Azure Developer CLI: whoever has logged in with one of them has a token."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from obstore._azure.credential import BearerToken
from obstore._azure.entra import SCOPE
from obstore._core.errors import UnauthenticatedError
from obstore._core.times import parse_rfc3339
from obstore._io.runtime import current

# They start in a second or two, and ask Entra if they must.
_TIMEOUT = 60.0


class CommandLine:
    """The person who is logged in with a program. `read` makes a token of the document that it prints."""

    def __init__(
        self, name: str, program: str, arguments: list[str], login: str, read: Callable[[dict[str, Any]], BearerToken]
    ) -> None:
        self.name = name
        self._program = program
        self._arguments = arguments
        self._login = login
        self._read = read

    def __repr__(self) -> str:
        return f"<CommandLine {self._program}>"

    async def fetch(self) -> BearerToken:
        """Ask for a token.

        Raises:
            UnauthenticatedError: The program is not installed, fails, or prints something else.
        """
        output: str = await current().call(self._run)
        try:
            return self._read(_parse(output))
        except (ValueError, KeyError, TypeError) as error:
            raise self._error(f"printed what cannot be read: {type(error).__name__}: {error}") from error

    def _run(self) -> str:
        import shutil
        import subprocess

        program = shutil.which(self._program)
        if program is None:
            raise self._error(f"is not installed: there is no {self._program!r} on the PATH")
        command = [program, *self._arguments, "--output", "json", "--scope", SCOPE]
        if sys.platform == "win32":
            command = ["cmd", "/C", *command]
        try:
            done = subprocess.run(  # noqa: S603 - the arguments are ours
                command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._error(f"cannot be run: {error}") from error
        if done.returncode:
            said = done.stderr.strip()[-500:]
            raise self._error(f"failed with status {done.returncode}: {said}", hint=f"run {self._login!r}")
        return done.stdout

    def _error(self, problem: str, hint: str | None = None) -> UnauthenticatedError:
        return UnauthenticatedError(f"the {self.name} {problem}", store="MicrosoftAzure", hint=hint)


def azure_cli() -> CommandLine:
    """Return whoever has said `az login` on this machine."""
    return CommandLine("Azure CLI", "az", ["account", "get-access-token"], "az login", _read_az)


def azure_developer_cli() -> CommandLine:
    """Return whoever has said `azd auth login` on this machine."""
    return CommandLine("Azure Developer CLI", "azd", ["auth", "token"], "azd auth login", _read_azd)


def _read_az(document: dict[str, Any]) -> BearerToken:
    token, kind = str(document["accessToken"]), str(document["tokenType"])
    if kind.lower() != "bearer":
        raise ValueError(f"a token of type {kind!r}, not of type 'Bearer'")
    return BearerToken(token, _read_expiry(document))


def _read_azd(document: dict[str, Any]) -> BearerToken:
    return BearerToken(str(document["token"]), parse_rfc3339(document["expiresOn"]).timestamp())


def _parse(output: str) -> dict[str, Any]:
    import json

    try:
        document: dict[str, Any] = json.loads(output)
    except ValueError:
        raise ValueError("it is not JSON") from None  # The parser's error keeps the text, tokens and all.
    return document


def _read_expiry(document: dict[str, Any]) -> float:
    # Since 2.54 there are seconds since the epoch beside the local time, which is ambiguous for
    # one hour of the year.
    if "expires_on" in document:
        return float(document["expires_on"])
    return datetime.strptime(document["expiresOn"], "%Y-%m-%d %H:%M:%S.%f").astimezone().timestamp()
