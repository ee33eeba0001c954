"""Microsoft Fabric: notebooks get their tokens from a service of the workload they run in."""

from __future__ import annotations

import time
from base64 import urlsafe_b64decode
from typing import NamedTuple

from obstore._azure.credential import BearerToken
from obstore._azure.managed_identity import RESOURCE
from obstore._core.errors import TransportError, UnauthenticatedError
from obstore._transfer.fetch import fetch
from obstore._transfer.oauth import encode_form, shown

_MARGIN = 300.0  # seconds of life that the token the notebook started with must still have
_LIFETIME = 3600.0  # seconds, of a token that does not say how long it lives
_RETRIES = 4


class FabricService(NamedTuple):
    """Where the service is, and what it asks to be told."""

    url: str
    workload_host: str
    session_token: str
    cluster_identifier: str

    def __repr__(self) -> str:
        return f"FabricService({self.url!r}, {self.cluster_identifier!r})"


class FabricIdentity:
    """The identity of a notebook. `seed` is the token it started with, used as long as it lives."""

    name = "Fabric token service"

    def __init__(self, service: FabricService, seed: str | None = None) -> None:
        self._service = service
        self._seed = seed

    def __repr__(self) -> str:
        return f"<FabricIdentity {self._service.url}>"

    async def fetch(self) -> BearerToken:
        """Return the seed, or ask for a token."""
        seed, now = self._seed, time.time()
        if seed is not None and (expires_at := read_jwt_expiry(seed)) is not None and expires_at > now + _MARGIN:
            return BearerToken(seed, expires_at)
        token = await self._ask()
        return BearerToken(token, read_jwt_expiry(token) or now + _LIFETIME)

    async def _ask(self) -> str:
        service = self._service
        headers = [
            ("x-ms-partner-token", service.session_token),
            ("x-ms-cluster-identifier", service.cluster_identifier),
            ("x-ms-workload-resource-moniker", service.cluster_identifier),
            ("x-ms-proxy-host", service.workload_host),
        ]
        url = f"{service.url}?{encode_form({'resource': RESOURCE}).decode()}"
        try:
            reply = await fetch("GET", url, headers, retries=_RETRIES)
        except (TransportError, ValueError) as error:
            raise _error(service.url, str(error)) from error
        token = reply.body.decode("utf-8", "replace").strip()
        if reply.status != 200 or not token:
            raise _error(service.url, f"{reply.status} {token[:200] if reply.status != 200 else 'an empty token'}")
        return token


def _error(url: str, why: str) -> UnauthenticatedError:
    return UnauthenticatedError(f"no token from {shown(url)}: {why}", store="MicrosoftAzure")


def read_jwt_expiry(token: str) -> float | None:
    """Return when a token says that it expires, without checking its signature; None if it does not say."""
    import json

    try:
        payload = token.split(".")[1]
        claims = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return None
