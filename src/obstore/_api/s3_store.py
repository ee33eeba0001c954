"""`S3Store`: how it is made from its settings."""

from __future__ import annotations

from collections.abc import Mapping

from obstore._api.cloud import CloudStore
from obstore._api.s3_methods import S3Methods
from obstore._core.retry import RetryPolicy
from obstore._http.options import ClientOptions
from obstore._s3.config import DEFAULTS, KEYS, read_settings
from obstore._s3.credentials import choose_source, find_profiles
from obstore._s3.store import S3Backend
from obstore._s3.url import read_url
from obstore._s3.vendors import vendor_settings
from obstore._transfer.config import Setting, merge


class S3Store(CloudStore, S3Methods, S3Backend):
    """A bucket of Amazon S3, or of a service that speaks its protocol.

    >>> S3Store("bucket", region="eu-west-1", skip_signature=True)
    S3Store(bucket="bucket")

    Args:
        bucket: The bucket's name.
        prefix: What all paths are below.
        config: Settings (`S3Config`), by any of their spellings. The same may be given as keywords.
        client_options: Settings of the HTTP client (`ClientConfig`).
        retry_config: How often and how long to repeat requests (`RetryConfig`).
        credential_provider: A callable that returns an `S3Credential`, sync or async.

    Raises:
        UnknownConfigurationKeyError: There is no such setting.
        GenericError: A setting is missing, given twice, or cannot be read.
    """

    __module__ = "obstore.store"

    _keys = KEYS
    _defaults = DEFAULTS

    @classmethod
    def _read_url(cls, url: str) -> tuple[dict[str, str], str | None]:
        return read_url(url)

    def _discovered(self, given: Mapping[str, Setting]) -> dict[str, Setting]:
        self._profiles = find_profiles(given, self._provider)
        found = self._profiles.settings(given) if self._profiles is not None else {}
        return merge(found, vendor_settings(merge(given, found)))

    def _in_force(self) -> Mapping[str, Setting]:
        if self._moved is None:
            return self._settings_by_name
        said = self._settings
        source = "discovered" + (
            "" if said.region_source == "default" else f", in place of {said.region!r} from {said.region_source}"
        )
        return {**self._settings_by_name, "region": Setting(self._moved._settings.region, source)}

    def _open(self, settings: Mapping[str, Setting], prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        source = choose_source(settings, self._provider, self._profiles)
        S3Backend.__init__(self, read_settings(settings), source, prefix, options, policy)
