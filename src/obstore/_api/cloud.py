"""What the cloud stores have in common: how they are made, compared, shown and pickled.

A store is made in `__new__`, so that a subclass may have any `__init__`, as in the
reference, and so that unpickling needs nothing else. What the caller passed is kept as
it was, for `config`, equality and pickles; what it means is worked out once.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from obstore._api.network import NetworkStore
from obstore._core.errors import GenericError
from obstore._core.log import debug
from obstore._core.path import parse_prefix
from obstore._core.retry import RetryPolicy
from obstore._http.options import ClientOptions, parse_client_options
from obstore._transfer.config import Keys, Setting, merge
from obstore._transfer.fetch import going_by

if TYPE_CHECKING:
    from typing import Self

    from obstore._transfer.explain import Explanation


class CloudStore(NetworkStore):
    """A store with settings from arguments, URL, credential provider and environment."""

    _keys: ClassVar[Keys]
    _container_key: ClassVar[str] = "bucket"
    _defaults: ClassVar[Mapping[str, str]] = {}
    """What holds where nothing is said, for `explain`."""

    _explicit: dict[str, Setting]
    _settings_by_name: dict[str, Setting]
    _provider: Callable[[], Any] | None
    _credentials: Any

    prefix: str | None
    """What all paths of this store are below, as it was given."""

    def __new__(
        cls,
        bucket: str | None = None,
        *,
        prefix: str | None = None,
        config: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        credential_provider: Callable[[], Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        named = {cls._container_key: bucket} if bucket is not None else None
        explicit = cls._keys.explicit((cls._container_key, named), ("config=", config), ("keyword arguments", kwargs))
        return cls._make(explicit, {}, prefix, client_options, retry_config, credential_provider)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        config: Mapping[str, Any] | None = None,
        client_options: Mapping[str, Any] | None = None,
        retry_config: Mapping[str, Any] | None = None,
        credential_provider: Callable[[], Any] | None = None,
        **kwargs: Any,
    ) -> Self:
        """Make a store from a URL. Its path becomes the store's prefix.

        What the URL says fills what `config` does not.

        >>> from obstore.store import S3Store
        >>> S3Store.from_url("s3://bucket/some/prefix", region="eu-west-1")
        S3Store(bucket="bucket", prefix="some/prefix")

        Raises:
            GenericError: It is not a URL of this kind of store, or a keyword repeats what it says.
        """
        implied, prefix = cls._read_url(url)
        explicit = cls._keys.explicit(("the URL", implied if kwargs else None), ("keyword arguments", kwargs))
        explicit = merge(cls._keys.explicit(("config=", config)), explicit, cls._keys.explicit(("the URL", implied)))
        return cls._make(explicit, {}, prefix, client_options, retry_config, credential_provider)

    @classmethod
    def _of_url(cls, settings: dict[str, str]) -> Self:
        """Make the store for what `_read_url` returned, without a prefix."""
        return cls._make(cls._keys.explicit(("the URL", settings)), {}, None, None, None, None)

    @classmethod
    @abstractmethod
    def _read_url(cls, url: str) -> tuple[dict[str, str], str | None]:
        """Return the settings that a URL implies, and its prefix."""

    @abstractmethod
    def _open(self, settings: Mapping[str, Setting], prefix: str, options: ClientOptions, policy: RetryPolicy) -> None:
        """Set up the store from all its settings."""

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
        if provider is not None and not callable(provider):
            raise TypeError("Expected callable object for credential_provider.")
        provided = cls._keys.explicit(("the credential provider", getattr(provider, "config", None)))
        self = object.__new__(cls)
        self._explicit = merge(explicit, implied, provided)
        self._keep(client_options, retry_config)
        self._provider = provider
        self.prefix = prefix
        given = merge(self._explicit, cls._keys.environment())
        self._settings_by_name = merge(given, self._discovered(given))
        options = self._read_client_options()
        with going_by(options):
            self._open(self._settings_by_name, parse_prefix(prefix or None), options, self._policy or RetryPolicy())
        self._seal()
        debug("credentials", "%r has credentials from: %s", self, self._credentials.description)
        return self

    def _discovered(self, given: Mapping[str, Setting]) -> dict[str, Setting]:
        """Return the settings found where only this cloud looks. Those given count before them."""
        return {}

    def _read_client_options(self) -> ClientOptions:
        """Read the settings of the HTTP engine: `client_options` count, then what stands among the others."""
        found = {name: setting for name, setting in self._settings_by_name.items() if name not in self._keys.keys}
        among = {name: setting.value for name, setting in found.items()}
        explicit = {name for name in among if name in self._explicit}
        given = {str(name).lower(): value for name, value in (self._client_options or {}).items()}
        if twice := explicit & given.keys():
            raise GenericError(f"Duplicate key {min(twice)} provided", hint="it is in client_options too: give it once")
        sources = {name: setting.source for name, setting in found.items() if name not in given}
        return parse_client_options({**among, **given}, sources)

    @property
    def config(self) -> dict[str, str]:
        """What was passed when the store was made, under the settings' short names; all values are text.

        >>> from obstore.store import S3Store
        >>> S3Store("bucket", region="eu-west-1", skip_signature=True).config
        {'bucket': 'bucket', 'region': 'eu-west-1', 'skip_signature': 'true'}
        """
        return {name: setting.value for name, setting in self._explicit.items()}

    @property
    def credential_provider(self) -> Callable[[], Any] | None:
        """The callable that was passed for credentials.

        >>> from obstore.store import S3Store
        >>> S3Store("bucket", skip_signature=True).credential_provider is None
        True
        """
        return self._provider

    def explain(self) -> Explanation:
        """Tell every setting of the store, and where it came from: argument, variable, profile or default.

        Nothing is sent to anyone to find out. Secrets are masked.

        >>> from obstore.store import S3Store
        >>> S3Store("bucket", region="eu-west-1", skip_signature=True).explain()["region"]
        Fact(name='region', value='eu-west-1', source='keyword arguments')
        """
        from obstore._transfer.explain import explain_store

        return explain_store(self, self._keys, self._in_force(), self._defaults)

    def _in_force(self) -> Mapping[str, Setting]:
        """Return the settings, and what has turned out since the store was made."""
        return self._settings_by_name

    def _identity(self) -> tuple[Any, ...]:
        return self.prefix, self.config, self.client_options, self._policy, self._provider

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CloudStore) or other._keys is not self._keys:
            return NotImplemented
        return self._identity() == other._identity()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = [(name, self._shown(name)) for name in self._shown_keys()]
        if self.prefix:
            shown.append(("prefix", self.prefix))
        arguments = ", ".join(f'{name}="{value}"' for name, value in shown if value is not None)
        return f"{self._class_name()}({arguments})"

    def _shown(self, name: str) -> str | None:
        setting = self._settings_by_name.get(name)
        return setting.value if setting is not None else None

    def _shown_keys(self) -> tuple[str, ...]:
        return (self._container_key,)

    @classmethod
    def _class_name(cls) -> str:
        """Return the name of the library's own class: subclasses are shown under it."""
        return next(base.__name__ for base in cls.__mro__ if base.__module__ == "obstore.store")

    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]:
        arguments = {
            "prefix": self.prefix,
            "config": self.config,
            "client_options": self.client_options,
            "retry_config": self.retry_config,
            "credential_provider": self.credential_provider,
        }
        return (), {name: value for name, value in arguments.items() if value is not None}
