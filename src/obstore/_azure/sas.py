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
    """What is permitted: `permission` on one object, from `start` to `expiry`.

    `overrides` change headers of the reply; `unsigned` only stands in the URL.
    """

    permission: str
    start: str
    expiry: str
    resource: str
    overrides: Query = ()
    unsigned: Query = ()


def grant(method: str, resource: str, start: float, expires_in: float, query: Query = ()) -> Grant:
    """Permit a method on a resource.

    Raises:
        NotSupportedError: A shared access signature has no permission for the method, or no place for the query.
    """
    permission = _PERMISSIONS.get(method)
    if permission is None:
        raise NotSupportedError(
            f"Operation not supported: Azure has no signed URLs for {method}",
            store="MicrosoftAzure",
            hint=f"it has them for {', '.join(_PERMISSIONS)}",
        )
    overrides, unsigned = _sort_out(query)
    return Grant(permission, format_time(start), format_time(start + int(expires_in)), resource, overrides, unsigned)


# In the order in which they are signed. S3's and Google's names for the same will do as well.
_OVERRIDES = {
    "rscc": "response-cache-control",
    "rscd": "response-content-disposition",
    "rsce": "response-content-encoding",
    "rscl": "response-content-language",
    "rsct": "response-content-type",
}
_OVERRIDES_ELSEWHERE = {elsewhere: name for name, elsewhere in _OVERRIDES.items()}
_OPERATION = frozenset({"comp", "blockid"})


def _sort_out(query: Query) -> tuple[Query, Query]:
    """Return the overrides of the reply's headers, which are signed, and what merely stands in the URL."""
    named = [(_OVERRIDES_ELSEWHERE.get(name, name), value) for name, value in query]
    for name, _ in named:
        if name not in _OVERRIDES and name not in _OPERATION:
            raise NotSupportedError(
                f"Operation not supported: Azure has no {name!r} in signed URLs",
                store="MicrosoftAzure",
                hint=f"it has {', '.join([*_OVERRIDES, *sorted(_OPERATION)])}",
            )
    return tuple(pair for pair in named if pair[0] in _OVERRIDES), tuple(
        pair for pair in named if pair[0] in _OPERATION
    )


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
    permission, start, expiry, resource, *_ = granted
    identifier = ip = protocol = snapshot = scope = ""
    lines = [permission, start, expiry, resource, identifier, ip, protocol, VERSION, "b", snapshot, scope]
    return (*_parameters(granted), ("sig", sign(key, "\n".join(lines + _overrides(granted)))))


def delegation_sas(granted: Grant, key: DelegationKey) -> Query:
    """Sign with a delegation key."""
    permission, start, expiry, resource, *_ = granted
    signer = (key.object_id, key.tenant_id, key.start, key.expiry, key.service, key.version)
    authorized = unauthorized = correlation = ip = protocol = snapshot = scope = ""
    lines = [permission, start, expiry, resource, *signer, authorized, unauthorized, correlation]
    lines += [ip, protocol, VERSION, "b", snapshot, scope, *_overrides(granted)]
    named = zip(("skoid", "sktid", "skt", "ske", "sks", "skv"), signer, strict=True)
    return (*_parameters(granted), *named, ("sig", sign(key.value, "\n".join(lines))))


def _overrides(granted: Grant) -> list[str]:
    given = dict(granted.overrides)
    return [given.get(name, "") for name in _OVERRIDES]


def _parameters(granted: Grant) -> Query:
    permission, start, expiry, *_ = granted
    fixed = ("sv", VERSION), ("sp", permission), ("st", start), ("se", expiry), ("sr", "b")
    return (*granted.unsigned, *fixed, *granted.overrides)


def format_time(seconds: float) -> str:
    """Write a time as in a signature.

    >>> format_time(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))
