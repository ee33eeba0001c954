"""Compressed files, which fsspec puts around ours."""

from __future__ import annotations

from typing import Any

from fsspec.compression import compr
from fsspec.core import get_compression


def compressed(inner: Any, path: str, mode: str, compression: str) -> Any:
    """Put compression around a file, so that closing the whole closes the file too.

    Most compressors leave what they write to open. fsspec trusts that it is closed when it
    is dropped, which for us would mean to publish what somebody has given up.
    """
    kind = get_compression(path, compression)
    if kind is None:
        return inner
    file = compr[kind](inner, mode=mode[0])
    close = file.close

    def close_both() -> None:
        close()
        inner.close()

    try:
        file.close = close_both
    except AttributeError:
        pass  # written in C, as zstandard's, which closes it
    return file
