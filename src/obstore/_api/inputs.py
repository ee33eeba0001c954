"""What `put` accepts, told apart.

The order of the questions is the reference's: a `str` is a path, never content; a file
is what can be read and sought; only then come iterables.
"""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from obstore._api.results import BytesStream, GetResult
from obstore._core.bytes import as_view
from obstore._core.types import Buffer
from obstore._transfer.source import AsyncFileSource, BodySource, BufferSource, FileSource, IteratorSource, Source

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Piece: TypeAlias = "ReadableBuffer"
"""Anything that holds bytes, as type checkers know it."""

PutInput: TypeAlias = (
    "Piece | str | os.PathLike[str] | IO[Any] | GetResult | BytesStream | Iterable[Piece] | AsyncIterable[Piece]"
)
"""Content for `put`: a buffer, the path of a local file, an open file, pieces, or what `get` returned."""

ASYNC_INPUT = "Async input not allowed in 'put'. Use 'put_async'."


def open_source(file: PutInput, *, is_async: bool) -> Source:
    """Make a source of what the caller passed to `put`.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: A local file cannot be read.
        ValueError: It is nothing that can be uploaded, or an async iterator in a sync call.
    """
    if isinstance(file, bytes | bytearray):
        return BufferSource(file)
    if isinstance(file, str | os.PathLike):
        return _open_path(file)
    if (view := _maybe_view(file)) is not None:
        return BufferSource(view)
    if isinstance(file, GetResult):
        start, stop = file.range
        return BodySource(file._take(), stop - start)
    if isinstance(file, BytesStream):
        return IteratorSource(iter(file) if not is_async else aiter(file))
    if hasattr(file, "read") and hasattr(file, "seek"):
        return _open_file(file, is_async=is_async)
    return IteratorSource(_pieces_of(file, is_async=is_async))


def _open_path(path: str | os.PathLike[str]) -> Source:
    # A directory opens, and fails only when it is read: ask it for its size first.
    file = open(path, "rb", buffering=0)  # noqa: SIM115 - the source closes it
    return FileSource(file, os.fstat(file.fileno()).st_size, is_ours=True)


def _open_file(file: Any, *, is_async: bool) -> Source:
    if isinstance(file, io.IOBase) or not _is_async(file):
        return FileSource(file, _size_of(file), is_ours=False)
    if not is_async:
        raise ValueError(ASYNC_INPUT)
    return AsyncFileSource(file)


def _is_async(file: Any) -> bool:
    from inspect import iscoroutinefunction  # It takes 5 ms to import, which real files do not need.

    return iscoroutinefunction(file.read)


def _maybe_view(file: object) -> memoryview | None:
    try:
        view = as_view(file)
    except (TypeError, ValueError, BufferError):
        return None
    return view.cast("B") if view.format == "B" and view.ndim == 1 else view.cast("B", [view.nbytes])


def _size_of(file: Any) -> int | None:
    """Return how many bytes are left to read. A text file's are not its characters."""
    try:
        here = file.seek(0, os.SEEK_CUR)
        end = file.seek(0, os.SEEK_END)
        file.seek(here)
    except io.UnsupportedOperation as error:
        raise OSError(f"UnsupportedOperation: seek: {error}; pass iter(file.read, b'') instead of {file!r}") from error
    return None if isinstance(file, io.TextIOBase) else max(end - here, 0)


def _pieces_of(file: Any, *, is_async: bool) -> Iterator[Buffer] | AsyncIterator[Buffer]:
    if isinstance(file, AsyncIterable) or hasattr(file, "__anext__"):
        if not is_async:
            raise ValueError(ASYNC_INPUT)
        return _checked_async(file)
    if isinstance(file, Iterable) or hasattr(file, "__next__"):
        return _checked(file if hasattr(file, "__next__") else iter(file))
    raise ValueError(
        f"Unexpected input for PutInput: {type(file).__name__}. Pass bytes, a file, a path or pieces of bytes"
    )


def _checked(pieces: Any) -> Iterator[Buffer]:
    end: Any = object()  # not None: a None among the pieces is a mistake, and must not end the object there
    while (piece := next(pieces, end)) is not end:
        yield as_view(piece)


async def _checked_async(pieces: Any) -> AsyncIterator[Buffer]:
    async for piece in pieces if hasattr(pieces, "__aiter__") else _Once(pieces):
        yield as_view(piece)


class _Once:
    """Makes an async iterable of what has only `__anext__`."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces

    def __aiter__(self) -> Any:
        return self

    def __anext__(self) -> Any:
        return self._pieces.__anext__()
