"""Signed URLs: a shared access signature for one object, one method and a while.

"Create a service SAS" signs with the account's key, "Create a user delegation SAS" with a
key that the service hands out to whoever has a token. Both reduce the permission to a text
of fixed lines, in the order of the version in `sv`; what is left out is an empty line.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from obstore._azure.shared_key import sign
from obstore._core.errors import NotSupportedError
from obstore._core.path import decode_percent
from obstore._http.message import Query

VERSION = "2023-11-03"

# "w" creates as well as it replaces. The reference signs HEAD for nothing, which no service accepts.
_PERMISSIONS = {"GET": "r", "HEAD": "r", "PUT": "w", "DELETE": "d"}


class DelegationKey(NamedTuple):
    """A key to sign with on behalf of the one who asked for it. `value` is the key itself, decoded."""

    object_id: str
    tenant_id: str
    start: str
    expiry: str
    service: str
    version: str
    value: bytes
    expires_at: float

    def __repr__(self) -> str:
        return f"DelegationKey({self.object_id!r}, {self.expiry!r}, ***)"


class Grant(NamedTuple):
    """What is permitted: `permission` on one object, from `start` to `expiry`."""

    permission: str
    start: str
    expiry: str
    resource: str


def grant(method: str, resource: str, start: float, expires_in: float) -> Grant:
    """Permit a method on a resource.

    Raises:
        NotSupportedError: A shared access signature has no permission for the method.
    """
    permission = _PERMISSIONS.get(method)
    if permission is None:
        raise NotSupportedError(
            f"Operation not supported: Azure has no signed URLs for {method}",
            store="MicrosoftAzure",
            hint=f"it has them for {', '.join(_PERMISSIONS)}",
        )
    return Grant(permission, format_time(start), format_time(start + int(expires_in)), resource)


def canonical_resource(account: str, host: str, path: str) -> str:
    """Return the name of an object in a signature: its account and its path, decoded.

    >>> canonical_resource("acct", "acct.blob.core.windows.net", "/c/a%20b")
    '/blob/acct/c/a b'
    >>> canonical_resource("acct", "127.0.0.1", "/acct/c/k")
    '/blob/acct/c/k'
    """
    decoded = decode_percent(path)
    names_account = not host.startswith(f"{account}.") and decoded.startswith(f"/{account}/")
    return f"/blob{decoded}" if names_account else f"/blob/{account}{decoded}"


def service_sas(granted: Grant, key: bytes) -> Query:
    """Sign with the account's key."""
    permission, start, expiry, resource = granted
    identifier = ip = protocol = snapshot = scope = ""
    lines = [permission, start, expiry, resource, identifier, ip, protocol, VERSION, "b", snapshot, scope]
    return (*_parameters(granted), ("sig", sign(key, "\n".join(lines + _NO_OVERRIDES))))


def delegation_sas(granted: Grant, key: DelegationKey) -> Query:
    """Sign with a delegation key."""
    permission, start, expiry, resource = granted
    signer = (key.object_id, key.tenant_id, key.start, key.expiry, key.service, key.version)
    authorized = unauthorized = correlation = ip = protocol = snapshot = scope = ""
    lines = [permission, start, expiry, resource, *signer, authorized, unauthorized, correlation]
    lines += [ip, protocol, VERSION, "b", snapshot, scope, *_NO_OVERRIDES]
    named = zip(("skoid", "sktid", "skt", "ske", "sks", "skv"), signer, strict=True)
    return (*_parameters(granted), *named, ("sig", sign(key.value, "\n".join(lines))))


# Cache-Control, Content-Disposition, -Encoding, -Language and -Type of the reply stay what they are.
_NO_OVERRIDES = [""] * 5


def _parameters(granted: Grant) -> Query:
    permission, start, expiry, _ = granted
    return ("sv", VERSION), ("sp", permission), ("st", start), ("se", expiry), ("sr", "b")


def format_time(seconds: float) -> str:
    """Write a time as in a signature.

    >>> format_time(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
