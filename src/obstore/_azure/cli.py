"""The Azure CLI: whoever has said `az login` on this machine has a token."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any

from obstore._azure.credential import BearerToken
from obstore._azure.entra import SCOPE
from obstore._core.errors import UnauthenticatedError
from obstore._io.runtime import current

# It is a Python program that starts in a second or two, and asks Entra if it must.
_TIMEOUT = 60.0


class AzureCli:
    """The person who is logged in."""

    name = "Azure CLI"

    def __repr__(self) -> str:
        return "<AzureCli>"

    async def fetch(self) -> BearerToken:
        """Ask for a token."""
        output: str = await current().call(run_cli)
        return read_output(output)


def run_cli() -> str:
    """Run `az account get-access-token` and return what it prints.

    Raises:
        UnauthenticatedError: It is not installed, or fails.
    """
    import shutil
    import subprocess

    program = shutil.which("az")
    if program is None:
        raise _error("the Azure CLI is not installed: there is no 'az' on the PATH")
    command = [program, "account", "get-access-token", "--output", "json", "--scope", SCOPE]
    if sys.platform == "win32":
        command = ["cmd", "/C", *command]
    try:
        done = subprocess.run(  # noqa: S603 - the arguments are ours
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _error(f"the Azure CLI cannot be run: {error}") from error
    if done.returncode:
        said = done.stderr.strip()[-500:]
        raise _error(f"the Azure CLI failed with status {done.returncode}: {said}", hint="run 'az login'")
    return done.stdout


def read_output(output: str) -> BearerToken:
    """Read what `az account get-access-token` prints.

    Raises:
        UnauthenticatedError: It has no token, or not one for bearers.
    """
    try:
        document = _parse(output)
        token, kind = str(document["accessToken"]), str(document["tokenType"])
        expires_at = _read_expiry(document)
    except (ValueError, KeyError, TypeError) as error:
        raise _error(f"what the Azure CLI printed cannot be read: {type(error).__name__}: {error}") from error
    if kind.lower() != "bearer":
        raise _error(f"the Azure CLI printed a token of type {kind!r}, not of type 'Bearer'")
    return BearerToken(token, expires_at)


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


def _error(message: str, hint: str | None = None) -> UnauthenticatedError:
    return UnauthenticatedError(message, store="MicrosoftAzure", hint=hint)
