"""AWS Signature Version 4, for S3.

A request is reduced to a canonical text; a hash of it, the time and the scope (day,
region, service) make the string to sign; a key derived from the secret for that day
signs it. See "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference.

What is cached, since a process signs thousands of times a second: the texts of the
current second, those of requests with equal headers among them, and the signing key of the day.

S3 differs from other services in one point: the path is encoded once, not twice.
"""

from __future__ import annotations

import time
from hashlib import sha256
from typing import NamedTuple, TypeAlias

from obstore._core.mac import Mac
from obstore._core.memo import remember
from obstore._core.types import Buffer
from obstore._http.client import Authorized
from obstore._http.message import FilePiece, Header, Query, Request
from obstore._s3.credential import Credential
from obstore._transfer.canonical import (
    canonical_headers,
    canonical_query,
    canonical_request,
    derive_key,
    encode_query,
    merge_headers,
)

EMPTY_SHA256 = sha256(b"").hexdigest()
_HASHED_AT_ONCE = 256 * 1024
"""Bytes of a file. They stay in the processor's cache between being read and being hashed."""
UNSIGNED = "UNSIGNED-PAYLOAD"
_PAYLOAD_HASH = "x-amz-content-sha256"

_ALGORITHM = "AWS4-HMAC-SHA256"

_MAX_FRAMES = 256
"""Kinds of headers that are remembered for a second. With a condition or a range of its own each request is a kind."""


class _Frame(NamedTuple):
    """What the signed requests of one second with equal headers have in common.

    `before` and `after` are what the canonical request has around the payload's hash; `authorization`
    is that header up to the signature.
    """

    headers: tuple[Header, ...]
    before: str
    after: str
    authorization: str
    key: _SigningKey


_Kind: TypeAlias = tuple[str, Credential, tuple[Header, ...]]
"""Authority, credential and headers: requests of one kind share a frame."""


class _Moment(NamedTuple):
    """One second: the texts that signatures made in it have in common."""

    second: int
    date: str
    day: str
    scope: str
    to_sign: str
    """The string to sign, up to the hash of the canonical request."""

    frames: dict[_Kind, _Frame]


class _SigningKey(NamedTuple):
    """The key of a day, and the secret and day that it was made of."""

    made_of: tuple[str, str]
    mac: Mac

    def __repr__(self) -> str:
        return f"<SigningKey of {self.made_of[1]}>"

    def sign(self, text: str) -> str:
        """Return the code of a text, in hexadecimal."""
        return self.mac.digest(text.encode()).hex()


class Signer:
    """Signs requests for one region. Threads may share it: what it caches is never changed, only replaced."""

    def __init__(self, region: str, service: str = "s3", *, signs_payload: bool = True, pays: bool = False) -> None:
        self.region = region
        self.service = service
        self.token_header = "x-amz-security-token"
        self._signs_payload = signs_payload
        self._pays = pays
        self._moment = _Moment(0, "", "", "", "", {})
        self._key: _SigningKey | None = None

    def sign(self, request: Request, credential: Credential, authority: str, now: float) -> Authorized:
        """Add the signature's headers to a request. All header names in it are lower-case."""
        moment = self._at(now)
        payload_hash = request.payload_hash or self.payload_hash(request)
        kind = (authority, credential, tuple(request.headers))
        headers, before, after, authorization, key = moment.frames.get(kind) or self._make_frame(moment, kind)
        query = canonical_query(request.query) if request.query else ""
        canonical = f"{request.method}\n{request.path}\n{query}\n{before}{payload_hash}{after}{payload_hash}"
        signature = key.sign(f"{moment.to_sign}{sha256(canonical.encode()).hexdigest()}")
        own = (_PAYLOAD_HASH, payload_hash), ("authorization", authorization + signature)
        return f"{request.path}?{query}" if query else request.path, [*headers, *own]

    def _make_frame(self, moment: _Moment, kind: _Kind) -> _Frame:
        authority, credential, headers = kind
        signed = [("host", authority), *headers, (_PAYLOAD_HASH, ""), ("x-amz-date", moment.date)]
        if credential.token is not None:
            signed.append((self.token_header, credential.token))
        if self._pays:
            signed.append(("x-amz-request-payer", "requester"))
        signed.sort()
        names = ";".join([name for name, _ in signed])
        mark = f"\n{_PAYLOAD_HASH}:"
        before, _, after = canonical_headers(signed).partition(f"{mark}\n")
        scope = f"{credential.access_key_id}/{moment.scope}"
        frame = _Frame(
            tuple([header for header in signed if header[0] != _PAYLOAD_HASH]),
            f"{before}{mark}",
            f"\n{after}\n\n{names}\n",
            f"{_ALGORITHM} Credential={scope}, SignedHeaders={names}, Signature=",
            self._signing_key(credential, moment.day),
        )
        return remember(moment.frames, kind, frame, _MAX_FRAMES)

    def leave_unsigned(self, request: Request, authority: str) -> Authorized:
        """Write a request that carries no signature, for buckets that are open to all."""
        query = canonical_query(request.query) if request.query else ""
        target = f"{request.path}?{query}" if query else request.path
        return target, [("host", authority), *request.headers]

    def presign(
        self,
        method: str,
        path: str,
        credential: Credential,
        authority: str,
        expires_in: int,
        now: float,
        query: Query = (),
        headers: tuple[Header, ...] = (),
    ) -> str:
        """Return path and query of a URL that carries its own signature, valid for `expires_in` seconds."""
        moment = self._at(now)
        signed = merge_headers([("host", authority), *headers])
        names = ";".join([name for name, _ in signed])
        parameters = [
            *query,
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", f"{credential.access_key_id}/{moment.scope}"),
            ("X-Amz-Date", moment.date),
            ("X-Amz-Expires", str(expires_in)),
            ("X-Amz-SignedHeaders", names),
        ]
        if self._pays:
            parameters.append(("x-amz-request-payer", "requester"))
        if credential.token is not None:
            parameters.append(("X-Amz-Security-Token", credential.token))
        canonical = canonical_request(method, path, canonical_query(tuple(parameters)), signed, names, UNSIGNED)
        parameters.append(("X-Amz-Signature", self._signature(canonical, credential, moment)))
        return f"{path}?{encode_query(tuple(parameters))}"

    def policy_fields(self, credential: Credential, now: float) -> dict[str, str]:
        """Return what a form says of its signature."""
        moment = self._at(now)
        fields = {
            "x-amz-algorithm": _ALGORITHM,
            "x-amz-credential": f"{credential.access_key_id}/{moment.scope}",
            "x-amz-date": moment.date,
        }
        if credential.token is not None:
            fields["x-amz-security-token"] = credential.token
        return fields

    def sign_policy(self, policy: str, credential: Credential, now: float) -> str:
        """Sign the policy of a form, in base64: it is the string to sign itself."""
        return self._signing_key(credential, self._at(now).day).sign(policy)

    def _signature(self, canonical: str, credential: Credential, moment: _Moment) -> str:
        digest = sha256(canonical.encode()).hexdigest()
        return self._signing_key(credential, moment.day).sign(f"{moment.to_sign}{digest}")

    def _at(self, now: float) -> _Moment:
        second = int(now)
        if self._moment.second != second:
            date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
            scope = f"{date[:8]}/{self.region}/{self.service}/aws4_request"
            self._moment = _Moment(second, date, date[:8], scope, f"{_ALGORITHM}\n{date}\n{scope}\n", {})
        return self._moment

    def _signing_key(self, credential: Credential, day: str) -> _SigningKey:
        key, wanted = self._key, (credential.secret_access_key, day)
        if key is None or key.made_of != wanted:
            derived = derive_key(credential.secret_access_key, day, self.region, self.service)
            key = self._key = _SigningKey(wanted, Mac(derived))
        return key

    def payload_hash(self, request: Request) -> str:
        """Return what the signature says of the body, and remember it for the next attempt."""
        if request.payload_hash is None:
            request.payload_hash = hash_payload(request.body) if self._signs_payload else UNSIGNED
        return request.payload_hash


def hash_payload(body: Buffer | FilePiece) -> str:
    """Return the SHA-256 of a body, in hexadecimal. One in a file is read for it, a piece at a time."""
    if isinstance(body, FilePiece):
        digest = sha256()
        for piece in body.pieces(_HASHED_AT_ONCE):
            digest.update(piece)
        return digest.hexdigest()
    return sha256(body).hexdigest() if body else EMPTY_SHA256
