"""SAS tokens for the containers of Microsoft's Planetary Computer.

Its data are open, and read with a token that anyone is given. With a subscription key
tokens live longer, and more of them are given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from obstore._core.times import parse_rfc3339
from obstore._core.url import split_url
from obstore._io.runtime import run_blocking
from obstore._transfer.cloud import USER_AGENT
from obstore.auth._session import Closed, ClosedByAwait, SessionHolder, ask

if TYPE_CHECKING:
    from typing import Self

    from obstore.store import AzureConfig, AzureCredential

DEFAULT_SAS_URL = "https://planetarycomputer.microsoft.com/api/sas/v1/token"
"""Who gives the tokens."""

_SETTINGS_FILE = "~/.planetarycomputer/settings.env"
_BLOB_HOST = ".blob.core.windows.net"


class _Place(NamedTuple):
    account_name: str
    container_name: str
    prefix: str | None = None


class _Provider(SessionHolder):
    """Asks for the token of one container."""

    def __init__(
        self,
        url: str | None = None,
        *,
        account_name: str | None = None,
        container_name: str | None = None,
        session: Any = None,
        subscription_key: str | None = None,
        sas_url: str | None = None,
    ) -> None:
        super().__init__(session)
        place = _place_of(url, account_name, container_name)
        self._place = place
        self.prefix = place.prefix
        self.config: AzureConfig = {"account_name": place.account_name, "container_name": place.container_name}
        settings = _settings_of_file()
        self._subscription_key = subscription_key or _setting("PC_SDK_SUBSCRIPTION_KEY", settings)
        self._sas_url = (sas_url or _setting("PC_SDK_SAS_URL", settings) or DEFAULT_SAS_URL).rstrip("/")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._place.account_name}/{self._place.container_name}>"

    @classmethod
    def from_asset(
        cls, asset: Any, *, session: Any = None, subscription_key: str | None = None, sas_url: str | None = None
    ) -> Self:
        """Make the provider for an asset of a STAC item: a `pystac.Asset`, or its fields as a dict.

        >>> asset = {"href": "https://account.blob.core.windows.net/container/a/b.tif"}
        >>> PlanetaryComputerCredentialProvider.from_asset(asset)
        <PlanetaryComputerCredentialProvider account/container>

        Raises:
            ValueError: The asset's `href` is of another scheme, or it does not say its account.
        """
        fields: Mapping[str, Any] = asset if isinstance(asset, Mapping) else asset.__dict__
        return cls(
            fields["href"],
            account_name=_account_of(fields),
            session=session,
            subscription_key=subscription_key,
            sas_url=sas_url,
        )

    async def _fetch(self) -> AzureCredential:
        headers = {"User-Agent": USER_AGENT}
        if self._subscription_key:
            headers["Ocp-Apim-Subscription-Key"] = self._subscription_key
        url = f"{self._sas_url}/{self._place.account_name}/{self._place.container_name}"
        found = (await ask(self.session, url, headers)).json(url)
        return {"sas_token": found["token"], "expires_at": parse_rfc3339(found["msft:expiry"])}


class PlanetaryComputerCredentialProvider(_Provider, Closed):
    """SAS tokens for a container of the Planetary Computer.

    >>> from obstore.store import AzureStore
    >>> url = "https://daymeteuwest.blob.core.windows.net/daymet-zarr/daily/hi.zarr"
    >>> store = AzureStore(credential_provider=PlanetaryComputerCredentialProvider(url))
    >>> store.config["account_name"], store.prefix
    ('daymeteuwest', 'daily/hi.zarr')

    Args:
        url: `https://ACCOUNT.blob.core.windows.net/CONTAINER/prefix`, or `abfs://CONTAINER/prefix`, which needs
            an `account_name`. The store is given all of it.
        account_name: The storage account, where the URL does not say it.
        container_name: The container, where there is no URL.
        session: A `requests.Session` to ask with. By default this library asks.
        subscription_key: By default `PC_SDK_SUBSCRIPTION_KEY`, from the environment or
            `~/.planetarycomputer/settings.env`.
        sas_url: Who gives the tokens: by default `PC_SDK_SAS_URL`, else the Planetary Computer.

    Raises:
        ValueError: It is not said which container, or said twice.
    """

    def __call__(self) -> AzureCredential:
        """Ask for a token.

        Raises:
            UnauthenticatedError: The service did not give one.
        """
        return run_blocking(self._fetch())


class PlanetaryComputerAsyncCredentialProvider(_Provider, ClosedByAwait):
    """SAS tokens for a container of the Planetary Computer, without blocking the loop.

    The arguments are those of `PlanetaryComputerCredentialProvider`; `session` is an
    `aiohttp.ClientSession`. Without one it works in sync calls too.

    >>> from obstore.store import AzureStore
    >>> url = "https://daymeteuwest.blob.core.windows.net/daymet-zarr/daily/hi.zarr"
    >>> AzureStore(credential_provider=PlanetaryComputerAsyncCredentialProvider(url)).prefix
    'daily/hi.zarr'
    """

    async def __call__(self) -> AzureCredential:
        """Ask for a token.

        Raises:
            UnauthenticatedError: The service did not give one.
        """
        return await self._fetch()


def _place_of(url: str | None, account_name: str | None, container_name: str | None) -> _Place:
    if url is None:
        if account_name is None or container_name is None:
            raise ValueError("account_name and container_name must both be given where there is no url")
        return _Place(account_name, container_name)
    if container_name is not None:
        raise ValueError("Cannot pass container_name with url: it is in the url")
    parts = split_url(url)
    if parts.scheme == "abfs":
        if account_name is None:
            raise ValueError(f"account_name is required for {url!r}: an abfs URL does not say it")
        return _Place(account_name, parts.host, parts.path.strip("/") or None)
    if parts.scheme != "https" or not parts.host.endswith(_BLOB_HOST):
        raise ValueError(f"{url!r} is neither https://ACCOUNT{_BLOB_HOST}/CONTAINER/... nor abfs://CONTAINER/...")
    if account_name is not None:
        raise ValueError("Cannot pass account_name with an https url: it is in the url")
    container, _, prefix = parts.path.strip("/").partition("/")
    return _Place(parts.host.removesuffix(_BLOB_HOST), container, prefix or None)


def _account_of(fields: Mapping[str, Any]) -> str | None:
    """Find the account in the fields by which xarray and geopandas are told of it. An https `href` says it itself."""
    if not str(fields["href"]).startswith("abfs"):
        return None
    extra = fields.get("extra_fields") or fields
    for name in ("xarray:storage_options", "table:storage_options"):
        if account := (extra.get(name) or {}).get("account_name"):
            return str(account)
    return None


def _setting(name: str, settings: Mapping[str, str]) -> str | None:
    return os.environ.get(name) or settings.get(name)


def _settings_of_file() -> dict[str, str]:
    """Read the file that the planetary-computer package writes: a line for each setting, as a shell has them."""
    try:
        text = Path(_SETTINGS_FILE).expanduser().read_text(encoding="utf-8")
    except OSError:
        return {}
    lines = (line.strip().removeprefix("export ") for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("'\"") for name, _, value in pairs}
