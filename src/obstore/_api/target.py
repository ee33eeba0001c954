"""The first argument of every operation: is it a store?"""

from __future__ import annotations

from collections.abc import Sequence

from obstore._core.key import Key
from obstore._transfer.backend import Backend

_REFERENCE_NAMES = {"AzureStore", "GCSStore", "HTTPStore", "LocalStore", "MemoryStore", "S3Store"}


def backend_of(store: Backend) -> Backend:
    """Return the store, having made sure that it is one.

    Raises:
        ValueError: It is something else.
    """
    if isinstance(store, Backend):
        return store
    if type(store).__name__ in _REFERENCE_NAMES:
        raise ValueError(
            "You must use an object store instance exported from **the same library** as this function: "
            f"{store!r} is a {type(store).__module__}.{type(store).__name__}"
        )
    raise ValueError(
        f"Expected an object store instance, got {store!r}: make one with obstore.store, "
        "or subclass obstore.store.BaseStore"
    )


def path_list(paths: str | Sequence[str]) -> Sequence[str]:
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
