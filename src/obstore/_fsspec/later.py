"""Objects that appear when a transaction ends."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from obstore._fsspec.file import BufferedFile

_PIECE = 1 << 20


def write_later(fs: Any, path: str, value: Any, mode: str, options: Mapping[str, Any]) -> None:
    """Write an object, and leave it to the transaction of the file system to publish it.

    The transaction may be over by then: one of several objects has failed, and fsspec does not wait for the others.
    """
    transaction = fs.transaction
    chosen = {name: options[name] for name in ("attributes", "tags") if name in options}
    file = BufferedFile(fs, path, mode, buffer_size=options.get("chunk_size"), autocommit=False, **chosen)
    try:
        for piece in _pieces(value):
            file.write(piece)
    except BaseException:
        file.discard()
        raise
    finally:
        file.close()
    transaction.files.append(file)
    if fs._transaction is not transaction:
        file.discard()


def _pieces(value: Any) -> Iterator[Any]:
    if isinstance(value, (str, os.PathLike)):
        with open(value, "rb") as file:
            yield from iter(lambda: file.read(_PIECE), b"")
    elif hasattr(value, "read"):
        yield from iter(lambda: value.read(_PIECE), b"")
    elif isinstance(value, Iterable) and not isinstance(value, (bytes, bytearray, memoryview)):
        yield from value
    else:
        yield value
