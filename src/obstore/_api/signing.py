"""Signed URLs."""

from __future__ import annotations

import re
from collections.abc import Coroutine, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeAlias, get_args, overload

from obstore._api.target import IN_URL, content_of, path_list
from obstore._core.types import HTTP_METHOD, Pairs
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend, sign_with

_METHODS = frozenset(get_args(HTTP_METHOD))


Named: TypeAlias = "Mapping[str, str] | Sequence[tuple[str, str]]"

# The client computes or replaces these, so a signature that has them fits nothing.
_CLIENTS_OWN = frozenset({"host", "authorization", "content-length", "user-agent"})


@overload
def sign(  # type: ignore[overload-overlap]
    store: Backend,
    method: HTTP_METHOD,
    paths: str,
    expires_in: timedelta,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> str: ...
@overload
def sign(
    store: Backend,
    method: HTTP_METHOD,
    paths: Sequence[str],
    expires_in: timedelta,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> list[str]: ...
@overload
def sign(
    store: str,
    method: HTTP_METHOD,
    *,
    expires_in: timedelta,
    query: Named | None = None,
    headers: Named | None = None,
) -> str: ...
def sign(
    store: Backend | str,
    method: HTTP_METHOD,
    paths: Any = IN_URL,
    expires_in: Any = IN_URL,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> str | list[str]:
    """Make URLs that let whoever has them do one thing to one object, for a while.

    With static credentials no request is made.

    >>> from datetime import timedelta
    >>> from obstore.store import S3Store
    >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
    >>> sign(store, "GET", "k", timedelta(hours=1)).partition("?")[0]
    'https://s3.us-east-1.amazonaws.com/bucket/k'

    Args:
        store: An S3, GCS or Azure store, or a wrapper around one; or the URL of an object, followed by `method` and
            `expires_in`.
        method: What the URL is for, such as `"GET"` or `"PUT"`.
        paths: One path, or several for as many URLs.
        expires_in: For how long, in whole seconds. S3 and GCS allow seven days.
        query: What else stands in the URL, and is signed: `{"response-content-disposition": "attachment"}`
            (Azure calls it `"rscd"`), or `partNumber` and `uploadId` to have someone upload a part.
        headers: What the request must carry, exactly so, such as `{"content-type": "text/csv"}`. Not on Azure.

    Raises:
        ValueError: The method is not HTTP's, or `expires_in` is negative, or a name in `query` or
            `headers` cannot be signed.
        NotSupportedError: The store signs no URLs with `query` or `headers`.
    """
    arguments = _arguments(store, method, paths, expires_in, query, headers)
    signed: str | list[str] = run_blocking(_sign(*arguments))
    return signed


@overload
def sign_async(  # type: ignore[overload-overlap]
    store: Backend,
    method: HTTP_METHOD,
    paths: str,
    expires_in: timedelta,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> Coroutine[Any, Any, str]: ...
@overload
def sign_async(
    store: Backend,
    method: HTTP_METHOD,
    paths: Sequence[str],
    expires_in: timedelta,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> Coroutine[Any, Any, list[str]]: ...
@overload
def sign_async(
    store: str,
    method: HTTP_METHOD,
    *,
    expires_in: timedelta,
    query: Named | None = None,
    headers: Named | None = None,
) -> Coroutine[Any, Any, str]: ...
def sign_async(
    store: Backend | str,
    method: HTTP_METHOD,
    paths: Any = IN_URL,
    expires_in: Any = IN_URL,
    *,
    query: Named | None = None,
    headers: Named | None = None,
) -> Coroutine[Any, Any, Any]:
    """Make signed URLs. As `sign`, to be awaited.

    >>> import asyncio
    >>> from datetime import timedelta
    >>> from obstore.store import S3Store
    >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
    >>> url = asyncio.run(sign_async(store, "GET", "k", timedelta(hours=1)))
    >>> url.partition("?")[0]
    'https://s3.us-east-1.amazonaws.com/bucket/k'
    """
    return _sign(*_arguments(store, method, paths, expires_in, query, headers))


def _arguments(
    store: Backend | str,
    method: str,
    paths: Any,
    expires_in: Any,
    query: Named | None,
    headers: Named | None,
) -> tuple[Backend, str, str | list[str], float, Pairs, Pairs]:
    backend, paths, expires_in = _targets(store, paths, expires_in)
    if not isinstance(method, str):
        raise TypeError(f"method must be a str, not {type(method).__name__}")
    if method not in _METHODS:
        raise ValueError(f"Unsupported HTTP method {method}: use upper case, such as 'GET'")
    seconds = lifetime(expires_in)
    extras = _pairs("query", query), _headers(_pairs("headers", headers))
    return backend, method, paths, seconds, *extras


def _targets(store: Backend | str, paths: Any, expires_in: Any) -> tuple[Backend, str | list[str], Any]:
    if not isinstance(store, Backend) or isinstance(paths, str):
        return content_of(store, paths, expires_in)
    return store, [store.parse_path(path) for path in path_list(paths)], expires_in


def lifetime(expires_in: timedelta) -> float:
    """Return how long a signature is to be valid, in seconds.

    Raises:
        TypeError, ValueError: It is not a time, or before now.
    """
    if not isinstance(expires_in, timedelta):
        raise TypeError(f"expires_in must be a timedelta, not {type(expires_in).__name__}")
    if expires_in < timedelta():
        raise ValueError(f"expires_in must not be negative, not {expires_in}")
    return expires_in.total_seconds()


def _pairs(argument: str, given: Named | None) -> Pairs:
    items = tuple((given.items() if isinstance(given, Mapping) else given) or ())
    for item in items:
        if not isinstance(item, tuple) or len(item) != 2 or not all(isinstance(text, str) for text in item):
            raise TypeError(f"{argument} must have names and values of type str, not {item!r}")
        if not item[0]:
            raise ValueError(f"{argument} has an empty name, for the value {item[1]!r}")
    return items


def _headers(pairs: Pairs) -> Pairs:
    for name, value in pairs:
        if name.lower() in _CLIENTS_OWN:
            raise ValueError(f"the header {name!r} cannot be signed: clients set their own")
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise ValueError(f"{name!r} is not a header's name")
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]", value):
            raise ValueError(f"the value of the header {name!r} has characters that no header can carry: {value!r}")
    return tuple((name.lower(), value) for name, value in pairs)


async def _sign(
    store: Backend, method: str, paths: str | list[str], expires_in: float, query: Pairs, headers: Pairs
) -> Any:
    if isinstance(paths, str):
        return await sign_with(store, method, paths, expires_in, query, headers)
    return [await sign_with(store, method, path, expires_in, query, headers) for path in paths]
