"""S3 Express One Zone: sessions, in place of a look at the caller's rights at every request.

A session of a directory bucket ("CreateSession" in the API reference) lives five minutes and has a key
pair and a token of its own, which goes in a header of its own. Copies, and the request for a session,
are signed with the store's credentials instead. Whatever signs, the scope of the signature calls the
service "s3express"; that, and which operations go without a session, is as in the service's published
model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from obstore._core.errors import GenericError
from obstore._core.types import Buffer
from obstore._http.client import Authorized
from obstore._http.message import Request
from obstore._s3.credential import Credential
from obstore._s3.credentials.source import read_expiry
from obstore._s3.sigv4 import Signer
from obstore._transfer.credentials import CredentialCache
from obstore._transfer.xml_replies import read_texts

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend

# Of five minutes, a session that has less than one left is renewed: the reference's numbers.
_MIN_LIFE = 60.0

_NAMES = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")


class Sessions:
    """The session of one store, and what signs with it."""

    def __init__(self, store: S3Backend, signer: Callable[[], Signer]) -> None:
        settings = store._settings
        self._store = store
        self._base_signer = signer
        self._signer = Signer(
            settings.region, settings.service, signs_payload=settings.signs_payload, pays=settings.pays
        )
        self._signer.token_header = "x-amz-s3session-token"
        self._current: CredentialCache[Credential] = CredentialCache(
            self._create, _MIN_LIFE, description=f"a session of {settings.bucket}"
        )

    def __repr__(self) -> str:
        return f"<Sessions {self._current!r}>"

    async def sign(self, request: Request, authority: str) -> Authorized:
        """Sign a request with whatever it has to be signed with."""
        if _goes_without_session(request):
            credential = await self._store._credentials.get()
            return self._base_signer().sign(request, credential, authority, self._store.now())
        session = self._current.peek() or await self._current.get()
        return self._signer.sign(request, session, authority, self._store.now())

    def renew(self) -> bool:
        """Have the session made anew, since the service has refused it; tell whether it is worth asking again."""
        return self._current.renew()

    async def _create(self) -> Credential:
        _, body = await self._store._send_and_read(self._store._requests.create_session())
        return _read_session(body)


def _goes_without_session(request: Request) -> bool:
    is_copy = any(name == "x-amz-copy-source" for name, _ in request.headers)
    return is_copy or request.query == (("session", ""),)


def _read_session(body: Buffer) -> Credential:
    key_id, secret, token, expiration = read_texts(body, "Credentials", _NAMES, "S3")
    if not (key_id and secret and token):
        raise GenericError("Generic S3 error: the reply to CreateSession has no credentials", store="S3")
    try:
        return Credential(key_id, secret, token, read_expiry(expiration))
    except ValueError:
        raise GenericError("Generic S3 error: the session's Expiration is no date", store="S3") from None
