"""Stores as fsspec file systems, for pandas, dask, xarray, zarr and all else that speaks fsspec.

`AsyncFsspecStore` is the file system of a store that there is, `FsspecStore` that of all
buckets of a service, and `register` makes the latter what fsspec itself uses. Needs
fsspec: `pip install obstore[fsspec]`.

>>> from obstore.store import MemoryStore
>>> fs = AsyncFsspecStore(MemoryStore())
>>> with fs.open("notes/today.txt", "w") as file:
...     _ = file.write("hello")
>>> fs.glob("notes/*.txt")
['notes/today.txt']
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

try:
    import fsspec as _fsspec
except ImportError as error:
    raise ModuleNotFoundError(
        "obstore.fsspec needs fsspec, which is not installed: pip install obstore[fsspec]", name="fsspec"
    ) from error

from obstore._fsspec.file import BufferedFile
from obstore._fsspec.filesystems import SUPPORTED_PROTOCOLS, AsyncFsspecStore, FsspecStore
from obstore._fsspec.registration import maybe_class, register

del _fsspec

SUPPORTED_PROTOCOLS_T: TypeAlias = Literal[
    "abfs", "abfss", "adl", "az", "azure", "file", "gcs", "gs", "http", "https", "memory", "s3", "s3a"
]
"""A protocol that there is a store for."""


def __getattr__(name: str) -> Any:
    # The classes that `register` makes: a pickle knows them by name.
    found = maybe_class(name)
    if found is None:
        raise AttributeError(f"module 'obstore.fsspec' has no attribute {name!r}")
    return found


__all__ = ["SUPPORTED_PROTOCOLS", "AsyncFsspecStore", "BufferedFile", "FsspecStore", "register"]
