"""`AzureStore`: how it is made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from obstore._api.cloud import CloudStore
from obstore._azure.config import DEFAULTS, KEYS, read_settings
from obstore._azure.credentials import choose_source
from obstore._azure.store import AzureBackend
from obstore._azure.url import read_url
from obstore._core.retry import RetryPolicy
from obstore._http.options import ClientOptions
from obstore._transfer.config import Setting

if TYPE_CHECKING:
    from typing import Self


class AzureStore(CloudStore, AzureBackend):
    """A container of Azure Blob Storage.

    >>> AzureStore("container", account_name="account", skip_signature=True)
    AzureStore(container_name="container", account_name="account")

    Args:
        container_name: The container's name.
        prefix: What all paths are below.
        config: Settings (`AzureConfig`), by any of their spellings. The same may be given as keywords.
        client_options: Settings of the HTTP client (`ClientConfig`).
        retry_config: How often and how long to repeat requests (`RetryConfig`).
        credential_provider: A callable that returns an `AzureCredential`, sync or async.

    Raises:
        UnknownConfigurationKeyError: There is no such setting.
        GenericError: A setting is missing, given twice, or cannot be read.
    """

    __module__ = "obstore.store"

    _keys = KEYS
    _defaults = DEFAULTS
    _container_key = "container_name"

    @classmethod
    def _read_url(cls, url: str) -> tuple[dict[str, str], str | None]:
        return read_url(url)

    @classmethod
    def _make(
        cls,
        explicit: dict[str, Setting],
        implied: dict[str, Setting],
        prefix: str | None,
        client_options: Mapping[str, Any] | None,
        retry_config: Mapping[str, Any] | None,
        provider: Callable[[], Any] | None,
    ) -> Self:
        # A provider for one place in a container (the Planetary Computer's) knows the prefix as well.
        if prefix is None:
            prefix = getattr(provider, "prefix", None)
        return super()._make(explicit, implied, prefix, client_options, retry_config, provider)

    def _shown_keys(self) -> tuple[str, ...]:
        return "container_name", "account_name"

    def _open(self, settings: Mapping[str, Setting], prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        source = choose_source(settings, self._provider)
        AzureBackend.__init__(self, read_settings(settings), source, prefix, options, policy)
