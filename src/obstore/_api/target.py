"""The first arguments of every operation: a store and a path, or the URL of an object.

A call with a store pays one look at its type for it, as it did when there were no URLs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

from obstore._core.key import Key
from obstore._core.url import shown_url
from obstore._transfer.backend import Backend

_REFERENCE_NAMES = {"AzureStore", "GCSStore", "HTTPStore", "LocalStore", "MemoryStore", "S3Store"}

IN_URL: Any = None
"""In the place of a path: it is in the URL that takes the place of the store."""


def backend_of(store: Backend) -> Backend:
    """Return the store, having made sure that it is one.

    Raises:
        ValueError: It is something else.
    """
    if _is_store(store):
        return store
    raise _no_store(store)


def object_of(store: Backend | str, path: str | None) -> tuple[Backend, str]:
    """Return a store and the path of an object in it.

    Raises:
        ValueError: It is neither a store nor a URL, or there is a path beside a URL.
        InvalidPathError: The path is none.
    """
    if _is_store(store):
        return store, store.parse_path(path)  # type: ignore[arg-type] # it says what is wrong with None
    return _resolve(store, path)


def directory_of(store: Backend | str, prefix: str | None) -> tuple[Backend, str | None]:
    """Return a store, and the prefix of a listing as the caller wrote it, or as it is in the URL.

    Raises:
        ValueError: It is neither a store nor a URL, or there is a prefix beside a URL.
    """
    if _is_store(store):
        return store, prefix
    return _resolve(store, prefix, is_directory=True)


def content_of(store: Backend | str, path: Any, content: Any) -> tuple[Backend, str, Any]:
    """Return a store, a path and what is to be there; with a URL, the content stands in the place of the path.

    Raises:
        ValueError: It is neither a store nor a URL, or there is a path beside a URL.
        InvalidPathError: The path is none.
    """
    if _is_store(store):
        return store, store.parse_path(path), content
    if content is None:
        path, content = None, path
    return *_resolve(store, path), content


def objects_of(store: Backend | str, paths: str | Sequence[str] | None) -> tuple[Backend, list[str]]:
    """Return a store and the paths of one or several objects in it.

    Raises:
        TypeError: They are neither: not everything that can be iterated is meant to be paths.
        ValueError: It is neither a store nor a URL, or there are paths beside a URL.
        InvalidPathError: A path is none.
    """
    if _is_store(store):
        return store, [store.parse_path(path) for path in path_list(paths)]
    backend, path = _resolve(store, paths)
    return backend, [path]


def pair_of(store: Backend | str, from_: str, to: str | None) -> tuple[Backend, str, Backend, str]:
    """Return two stores, each with a path: of a store and two paths in it, or of two URLs.

    Raises:
        ValueError: It is neither a store nor a URL, or there is a path beside the URLs.
        InvalidPathError: A path is none.
    """
    if _is_store(store):
        return store, store.parse_path(from_), store, store.parse_path(to)  # type: ignore[arg-type]
    return *_resolve(store, to), *_resolve(from_, None)


def _is_store(value: object) -> TypeGuard[Backend]:
    # Not `isinstance` alone: an abstract base takes as long to ask as all the rest of these functions.
    return Backend in type(value).__mro__ or isinstance(value, Backend)


def _resolve(url: Any, beside: object, *, is_directory: bool = False) -> tuple[Backend, str]:
    if not isinstance(url, str) or ":" not in url:
        raise _no_store(url)
    if beside is not None:
        raise ValueError(
            f"Expected an object store instance beside {beside!r}, got the URL {shown_url(url)!r}, "
            "which takes the place of both: pass the whole URL of the object alone, or a store and a path"
        )
    from obstore._api.registry import registry

    return registry.resolve(url, is_directory=is_directory)


def _no_store(store: object) -> ValueError:
    if type(store).__name__ in _REFERENCE_NAMES:
        return ValueError(
            "You must use an object store instance exported from **the same library** as this function: "
            f"{store!r} is a {type(store).__module__}.{type(store).__name__}"
        )
    return ValueError(
        f"Expected an object store instance, got {store!r}: make one with obstore.store, "
        "subclass obstore.store.BaseStore, or pass a URL such as s3://bucket/key"
    )


def path_list(paths: str | Sequence[str] | None) -> Sequence[str]:
    """Return one path or several as several.

    Raises:
        TypeError: It is neither: not everything that can be iterated is meant to be paths.
    """
    if isinstance(paths, str):
        return [paths]
    if isinstance(paths, Sequence) and all(isinstance(path, str) for path in paths):
        return paths
    raise TypeError(f"Expected string path or sequence of string paths. Got {type(paths).__name__}: pass list(paths)")


def prefix_of(store: Backend, prefix: str | None) -> str:
    """Return a directory as a path of the store's; None and `"/"` are the root.

    Raises:
        TypeError: It is not a `str`.
        InvalidPathError: It is not a path.
    """
    if prefix is not None and not isinstance(prefix, str):
        raise TypeError(f"prefix must be a str, not {type(prefix).__name__}")
    is_root = not prefix or (prefix == "/" and not isinstance(prefix, Key))
    return "" if prefix is None or is_root else store.parse_path(prefix)
