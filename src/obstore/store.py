"""Stores: where objects are kept, and how to get there.

A store is cheap to make, does nothing until it is used, and may be shared by threads, event loops and
sync code. `from_url` makes one from a URL of any kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from obstore._api.cloud import CloudStore
from obstore._api.config import (
    BackoffConfig,
    ClientConfig,
    RetryConfig,
    S3Config,
    S3Credential,
    S3CredentialProvider,
)
from obstore._api.methods import ObjectStoreMethods
from obstore._core.errors import BaseError
from obstore._core.retry import RetryPolicy
from obstore._core.url import parse_scheme
from obstore._http.options import ClientOptions
from obstore._local import LocalBackend, path_from_url
from obstore._memory import MemoryBackend
from obstore._prefix import PrefixBackend
from obstore._s3.config import DEFAULTS as S3_DEFAULTS
from obstore._s3.config import KEYS as S3_KEYS
from obstore._s3.config import read_settings as read_s3_settings
from obstore._s3.credentials import choose_source as choose_s3_source
from obstore._s3.credentials import find_profiles as find_s3_profiles
from obstore._s3.store import S3Backend
from obstore._s3.url import read_url as read_s3_url
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject
from obstore._transfer.config import Setting
from obstore._transfer.select import select

if TYPE_CHECKING:
    from typing import Self


class BaseStore(ObjectStoreMethods, Backend):
    """A store of your own: subclass it and write its primitives.

    Four are needed: `get_object`, `put_object`, `delete_objects` and `list_objects`. They
    may be `def` or `async def`; see the guide "Writing a store". Every function, wrapper
    and file object accepts the result.
    """


class S3Store(CloudStore, S3Backend):
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

    _keys = S3_KEYS
    _defaults = S3_DEFAULTS

    @classmethod
    def _read_url(cls, url: str) -> tuple[dict[str, str], str | None]:
        return read_s3_url(url)

    def _discovered(self, given: Mapping[str, Setting]) -> dict[str, Setting]:
        self._profiles = find_s3_profiles(given, self._provider)
        return self._profiles.settings(given) if self._profiles is not None else {}

    def _open(self, settings: Mapping[str, Setting], prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        source = choose_s3_source(settings, self._provider, self._profiles)
        S3Backend.__init__(self, read_s3_settings(settings), source, prefix, options, policy)


class LocalStore(ObjectStoreMethods, LocalBackend):
    """A directory of the local file system.

    >>> import tempfile
    >>> store = LocalStore(tempfile.mkdtemp())
    >>> _ = store.put("a/b.txt", b"hello")
    >>> store.get("a/b.txt").bytes()
    Bytes(b"hello")

    Args:
        prefix: The directory. Without one, paths are absolute.
        automatic_cleanup: Whether a deletion also removes the directories that it leaves empty.
        mkdir: Whether to make the directory if it is not there.
        fsync: Whether `put` returns only when the bytes are on the disk.

    Raises:
        GenericError: The directory is not there.
    """

    @classmethod
    def from_url(cls, url: str, *, automatic_cleanup: bool = False, mkdir: bool = False, fsync: bool = False) -> Self:
        """Make a store from a `file://` URL."""
        return cls(path_from_url(url), automatic_cleanup=automatic_cleanup, mkdir=mkdir, fsync=fsync)


class MemoryStore(ObjectStoreMethods, MemoryBackend):
    """Objects in this process's memory, gone when the store is.

    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k").bytes()
    Bytes(b"hello")
    """


class PrefixStore(ObjectStoreMethods, PrefixBackend):
    """Another store, seen from one of its directories.

    >>> store = MemoryStore()
    >>> inner = PrefixStore(store, "a")
    >>> _ = inner.put("b", b"")
    >>> [meta["path"] for meta in store.list().collect()]
    ['a/b']

    Args:
        store: Any store.
        prefix: What is put before every path, and taken off every result.
    """


def from_url(
    url: str,
    *,
    config: Mapping[str, Any] | None = None,
    client_options: Mapping[str, Any] | None = None,
    retry_config: Mapping[str, Any] | None = None,
    credential_provider: Callable[[], Any] | None = None,
    **kwargs: Any,
) -> ObjectStore:
    """Make the store that a URL names. The URL's path becomes its prefix.

    >>> from_url("s3://bucket/some/prefix")
    S3Store(bucket="bucket", prefix="some/prefix")

    Raises:
        GenericError: No store has URLs like this.
        ValueError: It is not a URL.
    """
    scheme = parse_scheme(url)
    if scheme == "memory":
        if config or kwargs:
            raise BaseError("MemoryStore does not accept any configuration")
        return MemoryStore()
    if scheme == "local":
        if credential_provider is not None:
            raise BaseError("LocalStore does not accept a credential provider")
        known = {name: kwargs[name] for name in ("automatic_cleanup", "mkdir", "fsync") if name in kwargs}
        return LocalStore.from_url(url, **known)
    return _CLOUDS[scheme].from_url(
        url,
        config=config,
        client_options=client_options,
        retry_config=retry_config,
        credential_provider=credential_provider,
        **kwargs,
    )


_CLOUDS: dict[str, Any] = {"s3": S3Store}

ObjectStore: TypeAlias = S3Store | LocalStore | MemoryStore | PrefixStore | BaseStore
"""Any store."""


__all__ = [
    "BackoffConfig",
    "BaseStore",
    "ClientConfig",
    "LocalStore",
    "MemoryStore",
    "MultipartUpload",
    "ObjectStore",
    "ObjectStoreMethods",
    "PrefixStore",
    "RetryConfig",
    "S3Config",
    "S3Credential",
    "S3CredentialProvider",
    "S3Store",
    "StoredObject",
    "from_url",
    "select",
]
