"""Stores: where objects are kept, and how to get there.

A store is cheap to make, does nothing until it is used, and may be shared by threads, event
loops and sync code. `from_url` makes one from a URL of any kind.

The cloud stores are loaded when they are first named: a program that uses one of them does
not pay for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from obstore._api.methods import ObjectStoreMethods
from obstore._api.plain_stores import BaseStore, LocalStore, MemoryStore, PrefixStore
from obstore._core.errors import BaseError
from obstore._core.types import ListOptions, ListPage, ReadOptions, WriteOptions
from obstore._core.url import parse_scheme
from obstore._transfer.backend import MultipartUpload, StoredObject
from obstore._transfer.select import select

if TYPE_CHECKING:
    from obstore._api.azure_config import (
        AzureAccessKey,
        AzureBearerToken,
        AzureConfig,
        AzureCredential,
        AzureCredentialProvider,
        AzureSASToken,
    )
    from obstore._api.azure_store import AzureStore
    from obstore._api.config import (
        BackoffConfig,
        ClientConfig,
        RetryConfig,
        S3Config,
        S3Credential,
        S3CredentialProvider,
    )
    from obstore._api.gcs_config import GCSConfig, GCSCredential, GCSCredentialProvider
    from obstore._api.gcs_store import GCSStore
    from obstore._api.http_store import HTTPStore
    from obstore._api.registry import StoreRegistry, registry
    from obstore._api.s3_store import S3Store
    from obstore._api.wrapper_stores import (
        CacheStats,
        CachingStore,
        Fault,
        FaultStore,
        LimitStore,
        ReadOnlyStore,
        RecordStore,
        ReplayStore,
        RetryStore,
        ThrottleStore,
    )
    from obstore._s3.posting import PresignedPost
    from obstore._s3.uploads import PendingUpload
    from obstore._s3.versions import ObjectVersion
    from obstore._transfer.explain import Explanation


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
        _refuse("MemoryStore", config, kwargs)
        return MemoryStore()
    if scheme == "local":
        if credential_provider is not None:
            raise BaseError("LocalStore does not accept a credential provider")
        known = {name: kwargs[name] for name in ("automatic_cleanup", "mkdir", "fsync") if name in kwargs}
        return LocalStore.from_url(url, **known)
    if scheme == "http":
        own = {name: kwargs.pop(name) for name in _OF_HTTP if name in kwargs}
        _refuse("HTTPStore", config or credential_provider, kwargs)
        from obstore._api.http_store import HTTPStore

        return HTTPStore.from_url(url, client_options=client_options, retry_config=retry_config, **own)
    from obstore._api.clouds import cloud_store

    return cloud_store(scheme).from_url(
        url,
        config=config,
        client_options=client_options,
        retry_config=retry_config,
        credential_provider=credential_provider,
        **kwargs,
    )


def _refuse(name: str, config: object, kwargs: Mapping[str, Any]) -> None:
    if config or kwargs:
        raise BaseError(f"{name} does not accept any configuration")


_OF_HTTP = ("username", "password", "bearer_token", "listing")

_LATE = {
    "AzureStore": "_api.azure_store",
    "GCSStore": "_api.gcs_store",
    "HTTPStore": "_api.http_store",
    "S3Store": "_api.s3_store",
    **dict.fromkeys(("CacheStats", "CachingStore", "Fault", "FaultStore", "LimitStore"), "_api.wrapper_stores"),
    **dict.fromkeys(("ReadOnlyStore", "RecordStore", "ReplayStore", "RetryStore"), "_api.wrapper_stores"),
    "ThrottleStore": "_api.wrapper_stores",
    **dict.fromkeys(("StoreRegistry", "registry"), "_api.registry"),
    **dict.fromkeys(("BackoffConfig", "ClientConfig", "RetryConfig"), "_api.config"),
    **dict.fromkeys(("S3Config", "S3Credential", "S3CredentialProvider"), "_api.config"),
    **dict.fromkeys(("GCSConfig", "GCSCredential", "GCSCredentialProvider"), "_api.gcs_config"),
    **dict.fromkeys(("AzureAccessKey", "AzureBearerToken", "AzureConfig"), "_api.azure_config"),
    **dict.fromkeys(("AzureCredential", "AzureCredentialProvider", "AzureSASToken"), "_api.azure_config"),
    "ObjectVersion": "_s3.versions",
    "PendingUpload": "_s3.uploads",
    "PresignedPost": "_s3.posting",
    "Explanation": "_transfer.explain",
}
"""Names that are loaded when somebody asks for them, and the modules that they are in."""


def _load(name: str) -> Any:
    value = globals()[name] = getattr(import_module(f"obstore.{_LATE[name]}"), name)
    return value


if TYPE_CHECKING:
    ObjectStore: TypeAlias = (
        AzureStore
        | BaseStore
        | CachingStore
        | FaultStore
        | GCSStore
        | HTTPStore
        | LimitStore
        | LocalStore
        | MemoryStore
        | PrefixStore
        | ReadOnlyStore
        | RecordStore
        | ReplayStore
        | RetryStore
        | S3Store
        | ThrottleStore
    )
    """Any store."""
else:

    def __getattr__(name: str) -> Any:
        if name == "ObjectStore":
            value: Any = BaseStore | LocalStore | MemoryStore | PrefixStore
            for late in _LATE:
                if late.endswith("Store"):
                    value |= _load(late)
            globals()[name] = value
            return value
        if name not in _LATE:
            raise AttributeError(f"module 'obstore.store' has no attribute {name!r}")
        return _load(name)


def __dir__() -> list[str]:
    return __all__


__all__ = [
    "AzureAccessKey",
    "AzureBearerToken",
    "AzureConfig",
    "AzureCredential",
    "AzureCredentialProvider",
    "AzureSASToken",
    "AzureStore",
    "BackoffConfig",
    "BaseStore",
    "CacheStats",
    "CachingStore",
    "ClientConfig",
    "Explanation",
    "Fault",
    "FaultStore",
    "GCSConfig",
    "GCSCredential",
    "GCSCredentialProvider",
    "GCSStore",
    "HTTPStore",
    "LimitStore",
    "ListOptions",
    "ListPage",
    "LocalStore",
    "MemoryStore",
    "MultipartUpload",
    "ObjectStore",
    "ObjectStoreMethods",
    "ObjectVersion",
    "PendingUpload",
    "PrefixStore",
    "PresignedPost",
    "ReadOnlyStore",
    "ReadOptions",
    "RecordStore",
    "ReplayStore",
    "RetryConfig",
    "RetryStore",
    "S3Config",
    "S3Credential",
    "S3CredentialProvider",
    "S3Store",
    "StoreRegistry",
    "StoredObject",
    "ThrottleStore",
    "WriteOptions",
    "from_url",
    "registry",
    "select",
]
