"""What makes a request to Azure an authorised one: date and version, and the credential's part. Pure.

The same is done to the parts of a batch, each of which is authorised by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

from obstore._azure.credential import AccessKey, Credential, SasToken
from obstore._azure.sas import VERSION
from obstore._azure.shared_key import resource, sign, signed_headers
from obstore._core.memo import remember
from obstore._core.times import format_http_date
from obstore._http.client import Authorized
from obstore._http.message import BODILESS_METHODS, Header, Request
from obstore._transfer.canonical import encode_query

_VERSION = ("x-ms-version", VERSION)

_MAX_FRAMES = 256
"""Kinds of headers that are remembered for a second. With a condition or a length of its own each request is a kind."""

_Kind: TypeAlias = tuple[str, tuple[Header, ...], int]
"""Method, headers and length of the body: requests of one kind share a frame."""


class _Frame(NamedTuple):
    """What the requests of one second and kind have in common: the headers sent, and the signed text up to the path."""

    headers: tuple[Header, ...]
    signed: str


class _Moment(NamedTuple):
    """One second: the texts that requests made in it have in common."""

    second: int
    date: str
    frames: dict[_Kind, _Frame]


class Authorizer:
    """Authorises requests to one account. Threads may share it: what it caches is never changed, only replaced."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._moment = _Moment(0, "", {})

    def authorize(self, request: Request, credential: Credential | None, now: float) -> Authorized:
        """Return a request's target and headers. Without a credential it says nothing of who asks."""
        moment, method = self._moment, request.method
        if moment.second != int(now):
            moment = self._moment = _moment_of(int(now))
        kind = (method, tuple(request.headers), 0 if method in BODILESS_METHODS else request.content_length)
        frame = moment.frames.get(kind) or _make_frame(moment, kind)
        common, signed = frame
        headers = [*common]
        query = encode_query(request.query) if request.query else ""
        if isinstance(credential, AccessKey):
            text = f"{signed}\n{resource(self._account, request.path, request.query)}"
            headers.append(("authorization", f"SharedKey {self._account}:{sign(credential.key, text)}"))
        elif isinstance(credential, SasToken):
            query = f"{query}&{credential.query}" if query else credential.query
        elif credential is not None:
            headers.append(("authorization", f"Bearer {credential.token}"))
        return f"{request.path}?{query}" if query else request.path, headers


def _moment_of(second: int) -> _Moment:
    return _Moment(second, format_http_date(datetime.fromtimestamp(second, UTC)), {})


def _make_frame(moment: _Moment, kind: _Kind) -> _Frame:
    method, given, length = kind
    headers = [*given, ("date", moment.date)]
    if not any(name == "x-ms-version" for name, _ in headers):
        headers.append(_VERSION)
    signed = [*headers, ("content-length", str(length))] if length else headers
    return remember(moment.frames, kind, _Frame(tuple(headers), signed_headers(method, signed)), _MAX_FRAMES)
