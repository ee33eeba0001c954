"""Credentials for the buckets of NASA's Earthdata, from the endpoint of one of its archives.

Each archive has an address that gives S3 credentials for an hour to whoever has an
Earthdata login, in the region of the buckets only: they are of use on machines in
us-west-2. See https://data.ornldaac.earthdata.nasa.gov/s3credentialsREADME for one.

With a token, the address answers at once. With a user and a password it sends the
client to the login server, which sends it back; the password goes to that server alone.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from obstore._core.errors import UnauthenticatedError
from obstore._core.times import parse_rfc3339
from obstore._io.runtime import run_blocking
from obstore.auth._session import Answer, Closed, ClosedByAwait, SessionHolder, ask

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Credential

DEFAULT_EARTHDATA_HOST = "urs.earthdata.nasa.gov"
"""The login server."""

Auth: TypeAlias = str | tuple[str, str]
"""A token, or a user and a password."""

_MAX_STEPS = 10

_HINT = (
    "pass auth=, or set EARTHDATA_TOKEN, or EARTHDATA_USERNAME and EARTHDATA_PASSWORD, or put the login into ~/.netrc"
)


class _Provider(SessionHolder):
    """Asks one address. Safe to share: what it learns is in the answer."""

    def __init__(
        self, credentials_url: str, *, host: str | None = None, auth: Auth | None = None, session: Any = None
    ) -> None:
        super().__init__(session)
        self.config: S3Config = {"region": "us-west-2"}
        self._url = credentials_url
        self._host = host or os.environ.get("EARTHDATA_HOST") or DEFAULT_EARTHDATA_HOST
        self._auth = auth or _auth_from_environment() or _auth_from_netrc(self._host)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._url}>"

    async def _fetch(self) -> S3Credential:
        if self._auth is None:
            raise UnauthenticatedError(f"there is no Earthdata login for {self._host}", hint=_HINT)
        if isinstance(self._auth, str):
            answer = await self._ask_with_token(self._auth)
        else:
            answer = await self._ask_with_password(self._auth)
        return _credential_of(answer.json(self._url))

    async def _ask_with_token(self, token: str) -> Answer:
        answer = await ask(self.session, self._url, {"Authorization": f"Bearer {token}"})
        if answer.location is not None:
            raise UnauthenticatedError(f"{self._url} does not accept the token", status=401, hint=_HINT)
        return answer

    async def _ask_with_password(self, login: tuple[str, str]) -> Answer:
        """Go where the address and the login server send the client, and return where that ends."""
        jar: dict[str, dict[str, str]] = {}
        url = self._url
        for _ in range(_MAX_STEPS):
            answer = await ask(self.session, url, self._cookies(jar, url), login if self._is_login(url) else None)
            self._keep_cookies(jar, answer)
            if answer.location is None:
                return answer
            url = urljoin(url, answer.location)
        raise UnauthenticatedError(f"{self._url} sends the client in circles", hint=_HINT)

    def _is_login(self, url: str) -> bool:
        # The default port may be written out; a login server on another one is another server.
        return url != self._url and self._host in {urlsplit(url).netloc, urlsplit(url).hostname}

    def _cookies(self, jar: dict[str, dict[str, str]], url: str) -> dict[str, str]:
        # A session has a jar of its own.
        mine = jar.get(urlsplit(url).netloc) if self._session is None else None
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in mine.items())} if mine else {}

    def _keep_cookies(self, jar: dict[str, dict[str, str]], answer: Answer) -> None:
        given = answer.headers.get("set-cookie")
        if self._session is None and given is not None:
            from http.cookies import SimpleCookie

            cookies = SimpleCookie(given)
            mine = jar.setdefault(urlsplit(answer.url).netloc, {})
            mine.update({name: morsel.value for name, morsel in cookies.items()})


class NasaEarthdataCredentialProvider(_Provider, Closed):
    """S3 credentials of an Earthdata archive.

    >>> from obstore.store import S3Store
    >>> url = "https://data.ornldaac.earthdata.nasa.gov/s3credentials"
    >>> provider = NasaEarthdataCredentialProvider(url, auth="a token of yours")
    >>> S3Store("ornl-cumulus-prod-protected", credential_provider=provider).config["region"]
    'us-west-2'

    Args:
        credentials_url: The archive's address for S3 credentials.
        host: The login server: by default `EARTHDATA_HOST`, else that of production.
        auth: A token, or user and password: by default `EARTHDATA_TOKEN`, else `EARTHDATA_USERNAME` and
            `EARTHDATA_PASSWORD`, else the entry of `~/.netrc` (or `NETRC`) for the login server.
        session: A `requests.Session` to ask with. By default this library asks.
    """

    def __call__(self) -> S3Credential:
        """Ask for credentials.

        Raises:
            UnauthenticatedError: There is no login, or it is not accepted.
        """
        return run_blocking(self._fetch())


class NasaEarthdataAsyncCredentialProvider(_Provider, ClosedByAwait):
    """S3 credentials of an Earthdata archive, without blocking the loop.

    Without a session it works in sync calls too.

    >>> from obstore.store import S3Store
    >>> url = "https://data.ornldaac.earthdata.nasa.gov/s3credentials"
    >>> provider = NasaEarthdataAsyncCredentialProvider(url, auth="a token of yours")
    >>> S3Store("ornl-cumulus-prod-protected", credential_provider=provider).config["region"]
    'us-west-2'

    Args:
        credentials_url: The archive's address for S3 credentials.
        host: The login server: by default `EARTHDATA_HOST`, else that of production.
        auth: A token, or user and password; found as in `NasaEarthdataCredentialProvider`.
        session: An `aiohttp.ClientSession` to ask with. By default this library asks.
    """

    async def __call__(self) -> S3Credential:
        """Ask for credentials.

        Raises:
            UnauthenticatedError: There is no login, or it is not accepted.
        """
        return await self._fetch()


def _auth_from_environment() -> Auth | None:
    if token := os.environ.get("EARTHDATA_TOKEN"):
        return token
    user, password = os.environ.get("EARTHDATA_USERNAME"), os.environ.get("EARTHDATA_PASSWORD")
    return (user, password) if user and password else None


def _auth_from_netrc(host: str) -> Auth | None:
    import netrc

    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        raise ValueError(f"the login for {host} could not be read: {error}") from error
    return None if found is None else (found[0], found[2] or "")


def _credential_of(found: dict[str, Any]) -> S3Credential:
    return {
        "access_key_id": found["accessKeyId"],
        "secret_access_key": found["secretAccessKey"],
        "token": found["sessionToken"],
        "expires_at": parse_rfc3339(found["expiration"]),
    }
