"""Google's metadata server: the service account of the machine this runs on.

Elsewhere there is no such server, and to find that out must not take long: one
connection attempt of a second to each of its two addresses. On a machine that is
Google's by its firmware the server is there, if perhaps not yet, so patience pays:
in a fresh pod of GKE it starts some seconds after the program.
"""

from __future__ import annotations

import os
from typing import Any

from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._gcs.account import Account, Signatory, Token
from obstore._gcs.iam import IamSignatory, sign_blob_url
from obstore._transfer.fetch import Reply, fetch
from obstore._transfer.oauth import read_json, read_token

_ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"
_SERVER = "the metadata server"
# The audience matters to no server we know; the reference sends it.
_TOKEN = _ACCOUNT + "token?audience=https%3A%2F%2Fwww.googleapis.com%2Foauth2%2Fv4%2Ftoken"

# "Metadata-Flavor: Google" is required both ways: it shows that neither side is there by accident.
_HEADERS = [("metadata-flavor", "Google")]


def hosts() -> list[str]:
    """Return where the server may be, in the order to try."""
    named = os.environ.get("GCE_METADATA_HOST") or os.environ.get("GCE_METADATA_ROOT")
    address = os.environ.get("GCE_METADATA_IP")
    if named:
        return [named, address] if address else [named]
    return ["metadata.google.internal", address or "169.254.169.254"]


def is_disabled() -> bool:
    """Tell whether the environment says that there is no such server, as Google's own clients understand it."""
    return os.environ.get("NO_GCE_CHECK", "").lower() in {"1", "true"}


def is_on_google(product_file: str = "/sys/class/dmi/id/product_name") -> bool:
    """Tell whether the firmware says that this machine is Google's."""
    try:
        with open(product_file, encoding="utf-8") as file:
            return file.read().strip().startswith("Google")
    except OSError:
        return False


class MetadataAccount(Account):
    """The service account of this machine."""

    # The server hands out the same token until five minutes before its end: asking earlier is in vain.
    min_ttl = 240.0

    def __init__(self) -> None:
        self._email: str | None = None
        self._is_there = is_on_google()

    @property
    def description(self) -> str:
        return "the service account of this machine"

    async def fetch(self) -> Token:
        reply = await self._get(_TOKEN)
        return Token(*read_token(read_json(reply, _SERVER, "GCS"), _SERVER, "GCS"))

    async def get(self) -> Token:
        """Return a token for a call in the account's own name. Not kept: the server keeps them."""
        return await self.fetch()

    async def signatory(self) -> Signatory:
        if self._email is None:
            reply = await self._get(_ACCOUNT + "email")
            self._email = reply.body.decode().strip()
        return IamSignatory(self._email, sign_blob_url(self._email), self)

    async def _get(self, path: str) -> Reply:
        if is_disabled():
            raise UnauthenticatedError("no metadata server, by NO_GCE_CHECK", store="GCS")
        failures = []
        for host in hosts():
            try:
                reply = await self._get_from(host, path)
            except (TransportError, ValueError) as error:
                failures.append(f"{host}: {error}")
                continue
            if problem := _problem_of(reply):
                failures.append(f"{host}: {problem}")
                continue
            self._is_there = True
            return reply
        raise UnauthenticatedError(f"no metadata server ({'; '.join(failures)})", store="GCS")

    async def _get_from(self, host: str, path: str) -> Reply:
        patience: dict[str, Any] = (
            {"connect_timeout": 5.0, "timeout": 30.0, "retries": 5}
            if self._is_there
            else {"connect_timeout": 1.0, "timeout": 3.0, "retries": 0}
        )
        return await fetch("GET", f"http://{host}{path}", _HEADERS, **patience)


def _problem_of(reply: Reply) -> str | None:
    if reply.headers.get("metadata-flavor") != "Google":
        return f"what answers there is not a metadata server ({reply.status})"
    if reply.status == 404:
        return "the machine has no service account"
    return None if reply.status == 200 else f"{reply.status}"
