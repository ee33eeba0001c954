"""Signed URLs."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, get_args, overload

from obstore._api.target import backend_of, path_list
from obstore._core.types import HTTP_METHOD
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend

_METHODS = frozenset(get_args(HTTP_METHOD))


@overload
def sign(  # type: ignore[overload-overlap]
    store: Backend, method: HTTP_METHOD, paths: str, expires_in: timedelta
) -> str: ...
@overload
def sign(store: Backend, method: HTTP_METHOD, paths: Sequence[str], expires_in: timedelta) -> list[str]: ...
def sign(store: Backend, method: HTTP_METHOD, paths: str | Sequence[str], expires_in: timedelta) -> str | list[str]:
    """Make URLs that let whoever has them do one thing to one object, for a while.

    With static credentials no request is made.

    >>> from datetime import timedelta
    >>> from obstore.store import S3Store
    >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
    >>> sign(store, "GET", "k", timedelta(hours=1)).partition("?")[0]
    'https://s3.us-east-1.amazonaws.com/bucket/k'

    Args:
        store: An S3, GCS or Azure store, or a wrapper around one.
        method: What the URL is for, such as `"GET"` or `"PUT"`.
        paths: One path, or several for as many URLs.
        expires_in: For how long, in whole seconds.

    Raises:
        ValueError: The method is not HTTP's, or `expires_in` is negative.
    """
    signed: str | list[str] = run_blocking(_sign(*_arguments(store, method, paths, expires_in)))
    return signed


@overload
def sign_async(  # type: ignore[overload-overlap]
    store: Backend, method: HTTP_METHOD, paths: str, expires_in: timedelta
) -> Coroutine[Any, Any, str]: ...
@overload
def sign_async(
    store: Backend, method: HTTP_METHOD, paths: Sequence[str], expires_in: timedelta
) -> Coroutine[Any, Any, list[str]]: ...
def sign_async(
    store: Backend, method: HTTP_METHOD, paths: str | Sequence[str], expires_in: timedelta
) -> Coroutine[Any, Any, Any]:
    """Make signed URLs. As `sign`, to be awaited."""
    return _sign(*_arguments(store, method, paths, expires_in))


def _arguments(
    store: Backend, method: str, paths: str | Sequence[str], expires_in: timedelta
) -> tuple[Backend, str, str | list[str], float]:
    backend = backend_of(store)
    if not isinstance(method, str):
        raise TypeError(f"method must be a str, not {type(method).__name__}")
    if method not in _METHODS:
        raise ValueError(f"Unsupported HTTP method {method}: use upper case, such as 'GET'")
    if not isinstance(expires_in, timedelta):
        raise TypeError(f"expires_in must be a timedelta, not {type(expires_in).__name__}")
    if expires_in < timedelta():
        raise ValueError(f"expires_in must not be negative, not {expires_in}")
    if isinstance(paths, str):
        return backend, method, backend.parse_path(paths), expires_in.total_seconds()
    return backend, method, [backend.parse_path(path) for path in path_list(paths)], expires_in.total_seconds()


async def _sign(store: Backend, method: str, paths: str | list[str], expires_in: float) -> Any:
    if isinstance(paths, str):
        return await store.sign_url(method, paths, expires_in)
    return [await store.sign_url(method, path, expires_in) for path in paths]
