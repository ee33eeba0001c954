"""The file systems: of one store that there is, and of all buckets of one service."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from fsspec.utils import stringify_path

from obstore._api.target import backend_of
from obstore._core.errors import GenericError
from obstore._fsspec.core import StoreFileSystem
from obstore._fsspec.foreign import translate
from obstore._fsspec.local_paths import absolute_path, split_drive, without_scheme
from obstore._fsspec.serializing import arguments_of_file_system, describe_store, read_back, store_from
from obstore._transfer.backend import Backend
from obstore.store import LocalStore, from_url

_FAMILIES = {
    **dict.fromkeys(("s3", "s3a"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("az", "azure", "adl", "abfs", "abfss"), "azure"),
    **dict.fromkeys(("http", "https"), "http"),
    "file": "local",
    "memory": "memory",
}
"""What is behind a protocol. Those with the same behind them may stand for each other in paths."""

SUPPORTED_PROTOCOLS = frozenset(_FAMILIES)
"""The protocols that there is a store for."""

_WITHOUT_BUCKETS = ("file", "memory")
# What fsspec itself takes, for every file system.
_FSSPEC_OPTIONS = ("use_listings_cache", "listings_expiry_time", "max_paths")


class AsyncFsspecStore(StoreFileSystem):
    """The fsspec file system of a store: any store, wrappers and your own among them.

    Its paths are the store's. A URL before them may have the protocol `obstore`.

    >>> from obstore.store import MemoryStore
    >>> fs = AsyncFsspecStore(MemoryStore())
    >>> _ = fs.pipe_file("a/b.txt", b"hello")
    >>> fs.find(""), fs.cat_file("a/b.txt", start=-2)
    (['a/b.txt'], b'lo')

    Args:
        store: The store, or what `to_dict` says of it.
        use_listings_cache: Whether `ls`, `info` and `walk` may answer from listings made before.
            `listings_expiry_time` says for how many seconds; `invalidate_cache()` forgets them.
        asynchronous: Whether it is for use by `await`: its methods with an underscore, in any loop.
        loop: The loop that does the work of the methods without one; fsspec's by default.
        batch_size: How many operations of a bulk run at once; fsspec's choice by default.
    """

    protocol = "obstore"
    # fsspec tells arguments apart by their repr, which two stores may share.
    cachable = False

    def __init__(
        self, store: Any, *, asynchronous: bool = False, loop: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> None:
        self.store = store_from(store) if isinstance(store, Mapping) else backend_of(store)
        super().__init__(asynchronous=asynchronous, loop=loop, batch_size=batch_size, **kwargs)
        self._keeps_listings = kwargs.get("use_listings_cache") is True

    def __repr__(self) -> str:
        return f"<AsyncFsspecStore {self.store!r}>"

    def to_dict(self, *, include_password: bool = True) -> dict[str, Any]:
        """Describe it for `from_dict` and `from_json`: the store's class, and its arguments.

        >>> import tempfile
        >>> from obstore.store import LocalStore
        >>> fs = AsyncFsspecStore(LocalStore(tempfile.mkdtemp()))
        >>> AsyncFsspecStore.from_dict(fs.to_dict()) == fs
        True

        Args:
            include_password: Whether secrets are included.

        Raises:
            TypeError: The store cannot be made again: what is in memory is only there.
        """
        given = {name: value for name, value in self.storage_options.items() if name != "store"}
        return {
            **_origin(self),
            "store": describe_store(self.store, with_secrets=include_password),
            **arguments_of_file_system(given, with_secrets=include_password),
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AsyncFsspecStore) and bool(self.store == other.store)

    def __hash__(self) -> int:
        return hash(repr(self.store))

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        stripped = super()._strip_protocol(path)
        return stripped if isinstance(stripped, list) else stripped.removeprefix("/")

    def _split_path(self, path: str) -> tuple[str, str]:
        return "", self._strip_protocol(path)

    def _store_of(self, bucket: str) -> Backend:
        return self.store


class FsspecStore(StoreFileSystem):
    """The fsspec file system of a service: `bucket/key` are its paths.

    There is a store for each bucket, made when it is first named.

    >>> fs = FsspecStore("s3", region="eu-west-1", skip_signature=True)
    >>> fs._split_path("s3://bucket/some/key")
    ('bucket', 'some/key')

    Args:
        protocol: `"s3"`, `"gs"`, `"abfs"`, `"https"`, `"file"`, ...
        args: For fsspec.
        config: Settings of the stores. The same may be given as keywords, also by the names
            that s3fs, gcsfs and adlfs have for them.
        client_options: Settings of the HTTP client (`ClientConfig`).
        retry_config: How often and how long to repeat requests (`RetryConfig`).
        credential_provider: A callable that returns credentials, sync or async.
        asynchronous: Whether it is for use by `await`: its methods with an underscore, in any loop.
        max_cache_size: How many stores are kept.
        use_listings_cache: Whether `ls`, `info` and `walk` may answer from listings made before.
            `listings_expiry_time` says for how many seconds; `invalidate_cache()` forgets them.
        loop: The loop that does the work of the methods without an underscore; fsspec's by default.
        batch_size: How many operations of a bulk run at once; fsspec's choice by default.
        kwargs: Settings. They are checked when a store is first made.
    """

    # As in the reference: until `register` has given it one, the class has no protocol.
    protocol = "abstract"
    asynchronous = False
    cachable = True

    def __init__(
        self,
        protocol: str | None = None,
        *args: Any,
        config: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        credential_provider: Callable[[], Any] | None = None,
        asynchronous: bool = False,
        max_cache_size: int = 10,
        loop: Any = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> None:
        own = protocol or type(self).protocol
        if own not in SUPPORTED_PROTOCOLS:
            warnings.warn(f"Unknown protocol: {own}; requests may fail.", stacklevel=2)
        self.protocol = own
        general = {name: kwargs.pop(name) for name in _FSSPEC_OPTIONS if name in kwargs}
        made = translate(_FAMILIES.get(own, own), read_back(kwargs))
        general = {**{name: made.file_system[name] for name in _FSSPEC_OPTIONS if name in made.file_system}, **general}
        self.default_block_size = made.file_system.get("default_block_size", kwargs.get("default_block_size"))
        self.attributes = made.attributes
        self._keeps_listings = general.get("use_listings_cache") is True
        self._config, self._settings = _join_settings(own, read_back(config), made.config)
        self._client_options = {**made.client_options, **read_back(client_options or {})} or None
        self._retry_config = read_back(retry_config if retry_config is not None else made.retry_config) or None
        self._credential_provider = credential_provider or made.credential_provider
        # Of this instance, so that a bucket is not mixed up with that of other settings.
        self._construct_store = lru_cache(maxsize=max_cache_size)(self._construct_store)  # type: ignore[method-assign]
        asynchronous = asynchronous or type(self).asynchronous
        super().__init__(*args, asynchronous=asynchronous, loop=loop, batch_size=batch_size, **general)
        # fsspec has it as a method of the class, which does not know the protocol of an instance.
        self._strip_protocol = self._strip

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.protocol}>"

    def to_dict(self, *, include_password: bool = True) -> dict[str, Any]:
        """Describe it for `from_dict` and `from_json`.

        >>> fs = FsspecStore("s3", region="eu-west-1", skip_signature=True)
        >>> fs.to_dict()["protocol"]
        's3'

        Args:
            include_password: Whether secrets are included.

        Raises:
            TypeError: It has an argument that only exists here, such as a `credential_provider`.
        """
        given = {"protocol": self.storage_args[0]} if self.storage_args else {}
        written = arguments_of_file_system({**given, **self.storage_options}, with_secrets=include_password)
        # fsspec keeps `protocol` to itself: ours goes in by its place.
        own = written.pop("protocol", None)
        return {**_origin(self), "args": [own] if own else [], **written}

    def _construct_store(self, bucket: str) -> Any:
        if not bucket and self.protocol not in _WITHOUT_BUCKETS:
            raise ValueError(f"the path has no bucket: {self.protocol}://BUCKET/KEY is one that has")
        if self.protocol == "file":
            return LocalStore(f"{bucket}/" if bucket else None, **self._settings)
        return from_url(
            f"{self.protocol}://{bucket}",
            config=self._config,
            client_options=self._client_options,
            retry_config=self._retry_config,
            credential_provider=self._credential_provider,
            **self._settings,
        )

    def _store_of(self, bucket: str) -> Backend:
        return backend_of(self._construct_store(bucket))

    def _strip(self, path: Any) -> Any:
        if isinstance(path, list):
            return [self._strip(each) for each in path]
        text: str = stringify_path(path)
        if self.protocol == "file":
            return self._strip_local(text)
        scheme, mark, rest = text.partition("://")
        if mark and _FAMILIES.get(scheme, scheme) == _FAMILIES.get(self.protocol, self.protocol):
            text = rest
        elif mark and "/" not in scheme:
            return text  # of another service: to be refused by name
        return text.strip("/")

    def _strip_local(self, text: str) -> str:
        text = without_scheme(text)
        if re.match(r"[a-z][a-z0-9+.-]+://", text):
            return text  # of another service: to be refused by name
        if text.startswith("~"):
            text = os.path.expanduser(text)
        return absolute_path(text, os.getcwd(), windows=os.name == "nt")

    def _split_path(self, path: str) -> tuple[str, str]:
        text = self._strip(path)
        scheme, mark, _ = text.partition("://")
        if mark and "/" not in scheme:
            raise ValueError(f"Expected protocol to be {self.protocol}. Got {scheme}")
        if self.protocol == "file":
            return split_drive(text)
        if self.protocol in _WITHOUT_BUCKETS:
            return "", text
        bucket, _, key = text.partition("/")
        return bucket, key

    def _name_of(self, bucket: str, key: str) -> str:
        if self.protocol == "file":
            return f"{bucket}/{key.removeprefix('/')}"
        return super()._name_of(bucket, key)


def _origin(fs: StoreFileSystem) -> dict[str, Any]:
    """Say, as fsspec does, which class is to be made."""
    return {"cls": f"obstore.fsspec:{type(fs).__name__}", "protocol": fs.protocol, "args": []}


def _join_settings(
    protocol: str, config: Mapping[str, Any] | None, keywords: dict[str, Any]
) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    """Return the `config` and the keywords for `from_url`.

    There a keyword must not repeat what the URL says, but `config` may; and a URL such as
    `abfs://container@account.dfs.core.windows.net` comes with an `account_name` more often than not.
    """
    if protocol == "file":
        return config, keywords
    for name in keywords.keys() & (config or {}).keys():
        raise GenericError(f"Duplicate key {name} provided", hint="it is in config= and in keyword arguments")
    return {**(config or {}), **keywords}, {}
