"""What makes a request to Azure an authorised one: date and version, and the credential's part. Pure.

The same is done to the parts of a batch, each of which is authorised by itself.
"""

from __future__ import annotations

from datetime import UTC, datetime

from obstore._azure.credential import AccessKey, Credential, SasToken
from obstore._azure.sas import VERSION
from obstore._azure.shared_key import sign, string_to_sign
from obstore._core.times import format_http_date
from obstore._http.client import Authorized
from obstore._http.message import BODILESS_METHODS, Header, Request
from obstore._transfer.canonical import encode_query

_VERSION = ("x-ms-version", VERSION)


class Authorizer:
    """Authorises requests to one account. Safe to use from several threads: what it caches it replaces whole."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._moment = (0, "")

    def authorize(self, request: Request, credential: Credential | None, now: float) -> Authorized:
        """Return a request's target and headers. Without a credential it says nothing of who asks."""
        headers = [*request.headers, ("date", self._date(now))]
        if not any(name == "x-ms-version" for name, _ in headers):
            headers.append(_VERSION)
        query = encode_query(request.query)
        if isinstance(credential, SasToken):
            query = f"{query}&{credential.query}" if query else credential.query
        elif isinstance(credential, AccessKey):
            headers.append(("authorization", self._shared_key(request, credential, headers)))
        elif credential is not None:
            headers.append(("authorization", f"Bearer {credential.token}"))
        return f"{request.path}?{query}" if query else request.path, headers

    def _shared_key(self, request: Request, credential: AccessKey, headers: list[Header]) -> str:
        length = request.content_length if request.method not in BODILESS_METHODS else 0
        signed = [*headers, ("content-length", str(length))] if length else headers
        text = string_to_sign(request.method, self._account, request.path, request.query, signed)
        return f"SharedKey {self._account}:{sign(credential.key, text)}"

    def _date(self, now: float) -> str:
        second, text = self._moment
        if second != int(now):
            text = format_http_date(datetime.fromtimestamp(int(now), UTC))
            self._moment = (int(now), text)
        return text
