"""What all stores behind HTTP have in common: settings of the client, and how they are remade.

A store is made in `__new__`, so that a subclass may have any `__init__`, as in the
reference, and so that unpickling needs nothing else. What the caller passed is kept as
it was, for equality and pickles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from obstore._api.methods import ObjectStoreMethods
from obstore._core.retry import RetryPolicy, policy_from_config, policy_to_config


class NetworkStore(ObjectStoreMethods):
    """A store with an HTTP client. `_keep` is called first in making one, `_seal` last."""

    _client_options: dict[str, Any] | None
    _policy: RetryPolicy | None
    _made_of: frozenset[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: `__new__` has made the store, and a subclass need not call this."""

    def _keep(self, client_options: Mapping[str, Any] | None, retry_config: Mapping[str, Any] | None) -> None:
        if client_options is not None and not isinstance(client_options, Mapping):
            raise TypeError(f"client_options must be a dict, not {type(client_options).__name__}")
        self._client_options = None if client_options is None else dict(client_options)
        self._policy = None if retry_config is None else policy_from_config(retry_config)

    def _seal(self) -> None:
        self._made_of = frozenset(self.__dict__) | {"_made_of"}

    @property
    def client_options(self) -> dict[str, Any] | None:
        """The settings of the HTTP client that were passed.

        >>> from obstore.store import HTTPStore
        >>> HTTPStore("https://example.com", client_options={"timeout": "10s"}).client_options
        {'timeout': '10s'}
        """
        return None if self._client_options is None else _shown_client_options(self._client_options)

    @property
    def retry_config(self) -> dict[str, Any] | None:
        """How requests are repeated, if it was said, with what was not said filled in.

        >>> from obstore.store import HTTPStore
        >>> HTTPStore("https://example.com", retry_config={"max_retries": 2}).retry_config["max_retries"]
        2
        """
        return None if self._policy is None else policy_to_config(self._policy)

    def __getstate__(self) -> dict[str, Any] | None:
        """Return what a caller or a subclass has set on the store; the rest is made anew."""
        added = {name: value for name, value in self.__dict__.items() if name not in self._made_of}
        return added or None


def _shown_client_options(options: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(options)
    headers = shown.get("default_headers")
    if headers is not None:
        shown["default_headers"] = {
            name.lower(): value if isinstance(value, bytes) else value.encode() for name, value in headers.items()
        }
    for name in ("root_certificate", "proxy_ca_certificate"):
        if isinstance(shown.get(name), str):
            shown[name] = shown[name].encode()
    return shown
