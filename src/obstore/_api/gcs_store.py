"""`GCSStore`: how it is made from its settings."""

from __future__ import annotations

from collections.abc import Mapping

from obstore._api.cloud import CloudStore
from obstore._core.retry import RetryPolicy
from obstore._gcs.config import DEFAULTS, IMPLIED, KEYS, read_settings
from obstore._gcs.credentials import choose_source
from obstore._gcs.store import GCSBackend
from obstore._gcs.url import read_url
from obstore._http.options import ClientOptions
from obstore._transfer.config import Setting


class GCSStore(CloudStore, GCSBackend):
    """A bucket of Google Cloud Storage.

    >>> GCSStore("bucket", skip_signature=True)
    GCSStore(bucket="bucket")

    Args:
        bucket: The bucket's name.
        prefix: What all paths are below.
        config: Settings (`GCSConfig`), by any of their spellings. The same may be given as keywords.
        client_options: Settings of the HTTP client (`ClientConfig`).
        retry_config: How often and how long to repeat requests (`RetryConfig`).
        credential_provider: A callable that returns a `GCSCredential`, sync or async.

    Raises:
        UnknownConfigurationKeyError: There is no such setting.
        GenericError: A setting is missing, given twice, or cannot be read; so is a credentials file.
    """

    __module__ = "obstore.store"

    _keys = KEYS
    _defaults = DEFAULTS

    @classmethod
    def _read_url(cls, url: str) -> tuple[dict[str, str], str | None]:
        return read_url(url)

    def _discovered(self, given: Mapping[str, Setting]) -> dict[str, Setting]:
        return IMPLIED

    def _open(self, settings: Mapping[str, Setting], prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        source = choose_source(settings, self._provider)
        GCSBackend.__init__(self, read_settings(settings, source.base_url), source, prefix, options, policy)
