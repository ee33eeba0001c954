"""File systems as JSON, which fsspec writes and reads: what they are made of, and which of it is secret.

fsspec writes the arguments of a file system, and secrets among them unless it is told not
to (`include_password=False`). A store is written as its class and its arguments.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from importlib import import_module
from typing import Any

from obstore._transfer.backend import Backend

_CLOUDS = ("obstore._s3.config", "obstore._gcs.config", "obstore._azure.config")
_FOREIGN_SECRETS = {
    "aws_secret_access_key",
    "aws_session_token",
    "credential",
    "password",
    "secret",
    "ssecustomerkey",
    "token",
}
# The other half of a key pair, which is no use, and an error, without the secret one.
_HALVES = {"access_key_id", "aws_access_key_id", "key", "username"}
# Of `default_headers`, and what fsspec's HTTP file system takes. Names of a service's own are not known.
_SECRET_HEADERS = {"authorization", "cookie", "proxy-authorization", "x-api-key", "x-auth-token"}
_WORDS = {"anon", "cloud", "google_default"}  # what gcsfs takes for a token, and is none

# JSON has no word for these. No header, and no setting, has a name with parentheses.
_SECONDS, _BYTES = "timedelta()", "bytes()"

_WITHOUT_MEANING = {"loop"}


def arguments_of_file_system(options: Mapping[str, Any], *, with_secrets: bool) -> dict[str, Any]:
    """Write the arguments of a file system.

    Raises:
        TypeError: One of them is an object that only exists here.
    """
    given = {name: value for name, value in options.items() if name not in _WITHOUT_MEANING}
    written: dict[str, Any] = _written(given if with_secrets else _public(given), "")
    return written


def describe_store(store: Backend, *, with_secrets: bool) -> dict[str, Any]:
    """Write what a store is made of.

    >>> from obstore.store import LocalStore
    >>> describe_store(LocalStore("/"), with_secrets=False)["class"]
    'LocalStore'

    Raises:
        TypeError: It cannot be made again from its arguments.
    """
    name = type(store).__name__
    if type(store) is not _public_class(name):
        raise TypeError(f"{store!r} cannot be written as JSON: it is a {type(store).__qualname__}, of your own making")
    arguments = _ARGUMENTS.get(name)
    if arguments is None:
        raise TypeError(f"{store!r} cannot be written as JSON: what is in it exists in this process only")
    return {"class": name, **_store_arguments(store, arguments, with_secrets)}


def _store_arguments(store: Any, arguments: Callable[[Any], dict[str, Any]], with_secrets: bool) -> dict[str, Any]:
    given = arguments(store)
    inner = given.pop("store", None)
    written = arguments_of_file_system(given, with_secrets=with_secrets)
    if inner is not None:
        written["store"] = describe_store(inner, with_secrets=with_secrets)
    return written


def store_from(description: Mapping[str, Any]) -> Backend:
    """Make a store from its description.

    Raises:
        ValueError: It describes no store of this library.
    """
    arguments = dict(read_back(description))
    name = arguments.pop("class", None)
    found = _public_class(name) if name in _ARGUMENTS else None
    if found is None:
        raise ValueError(f"{name!r} is not the class of a store that JSON can describe: {', '.join(_ARGUMENTS)} are")
    if "store" in arguments:
        arguments["store"] = store_from(arguments["store"])
    made: Backend = found(**arguments)
    return made


def _public_class(name: str) -> Any:
    return getattr(import_module("obstore.store"), name, None)


def _keywords(store: Any) -> dict[str, Any]:
    return dict(store.__getnewargs_ex__()[1])


def _http(store: Any) -> dict[str, Any]:
    (url,), keywords = store.__getnewargs_ex__()
    return {"url": url, **keywords}


def _local(store: Any) -> dict[str, Any]:
    (prefix,), keywords = store.__getnewargs_ex__()
    return {"prefix": None if prefix is None else os.fspath(prefix), **keywords}


def _wrapper(store: Any) -> dict[str, Any]:
    return {"store": store._inner, **store._options()}


_ARGUMENTS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "AzureStore": _keywords,
    "CachingStore": _wrapper,
    "GCSStore": _keywords,
    "HTTPStore": _http,
    "LimitStore": _wrapper,
    "LocalStore": _local,
    "PrefixStore": _wrapper,
    "ReadOnlyStore": _wrapper,
    "RetryStore": _wrapper,
    "S3Store": _keywords,
    "ThrottleStore": _wrapper,
}
"""The stores that can be made again elsewhere, and the keyword arguments that do it."""


def _written(value: Any, name: str) -> Any:
    """Give a value the form that JSON has for it, and our stores read."""
    if isinstance(value, Mapping):
        return {key: _written(each, key) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [_written(each, name) for each in value]
    if isinstance(value, timedelta):
        return {_SECONDS: value.total_seconds()}
    if isinstance(value, bytes):
        return {_BYTES: value.decode("latin-1")}
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, (str, int, float)):
        return value
    raise TypeError(f"{name}= cannot be written as JSON: {value!r} exists in this process only")


def read_back(value: Any) -> Any:
    """Make values again of what JSON has for them."""
    if isinstance(value, Mapping):
        match list(value.items()):
            case [(name, float(seconds))] if name == _SECONDS:
                return timedelta(seconds=seconds)
            case [(name, str(text))] if name == _BYTES:
                return text.encode("latin-1")
        return {key: read_back(each) for key, each in value.items()}
    return value


def _public(options: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is secret, at any depth."""
    secret = _secret_names()
    return {
        name: _public(value) if isinstance(value, Mapping) else _without_password(value)
        for name, value in options.items()
        if name.lower() not in secret or (isinstance(value, str) and value in _WORDS)
    }


def _secret_names() -> set[str]:
    names = _FOREIGN_SECRETS | _HALVES | _SECRET_HEADERS
    for module in _CLOUDS:
        for key in import_module(module).KEYS.keys.values():
            if key.is_secret:
                names.update({key.name, *key.spellings})
    return names


def _without_password(value: Any) -> Any:
    if not isinstance(value, str) or "@" not in value or "://" not in value:
        return value
    scheme, _, rest = value.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
