"""The first argument of every operation: is it a store?"""

from __future__ import annotations

from collections.abc import Sequence

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
