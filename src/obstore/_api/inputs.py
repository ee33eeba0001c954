"""What `put` accepts, told apart.

The order of the questions is the reference's: a `str` is a path, never content; a file
is what can be read and sought; only then come iterables. Of buffers only bytes are content: what 8-byte floats
mean depends on who wrote them. An array that is iterated as bytes, row by row or string by string, is its pieces.
"""

from __future__ import annotations

import io
import os
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from obstore._api.results import BytesStream, GetResult
from obstore._core.bytes import as_view, has_bytes
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
_TEXT = "a str is the path of a local file: text that is to be stored goes as text.encode()"
_DICT = "the keys of a dict are its pieces: pass json.dumps(file).encode()"


def open_source(file: PutInput, *, is_async: bool) -> Source:
    """Make a source of what the caller passed to `put`.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: A local file cannot be read.
        BufferError: It is a buffer of something else than unsigned bytes.
        ValueError: It is nothing that can be uploaded, or an async iterator in a sync call; or a buffer with gaps.
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
    try:
        file = open(path, "rb", buffering=0)  # noqa: SIM115 - the source closes it
    except OSError as error:
        if not isinstance(path, str):
            raise
        raise OSError(error.errno, f"{error.strerror} ({_TEXT})", error.filename) from error
    except ValueError as error:
        raise ValueError(f"file cannot be opened: {error} ({_TEXT})") from error
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


def _maybe_view(file: Any) -> memoryview | None:
    """Return the bytes of a buffer; None if it is none, or is made of pieces."""
    try:
        view = memoryview(file)
    except TypeError:
        return None
    except (ValueError, BufferError) as error:  # numpy's dates, or a view that was released
        remedy = ": take file.tobytes()" if hasattr(file, "dtype") else ""
        raise type(error)(f"file, of type {type(file).__name__}: {error}{remedy}") from error
    if has_bytes(view) and view.c_contiguous:
        return view.cast("B") if view.nbytes else memoryview(b"")  # A shape with a zero in it has no cast.
    if view.ndim and not isinstance(file, memoryview) and isinstance(file, Iterable) and _begins_with_bytes(file):
        return None
    try:
        return as_view(view)
    except (ValueError, BufferError) as error:
        raise type(error)(f"file, of type {type(file).__name__}: {error}") from None


def _begins_with_bytes(array: Iterable[Any]) -> bool:
    try:
        as_view(next(iter(array), None))
    except (TypeError, ValueError, BufferError):
        return False
    return True


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
        remedy = _DICT if isinstance(file, Mapping) else ""
        return _checked(file if hasattr(file, "__next__") else iter(file), remedy)
    wanted = "awaited first" if isinstance(file, Awaitable) else "bytes, an open file, a path or an iterable of bytes"
    raise ValueError(f"Unexpected input for PutInput: {type(file).__name__}. file must be {wanted}")


def _checked(pieces: Any, remedy: str) -> Iterator[Buffer]:
    end: Any = object()  # not None: a None among the pieces is a mistake, and must not end the object there
    while (piece := next(pieces, end)) is not end:
        yield _view_of(piece, remedy)


async def _checked_async(pieces: Any) -> AsyncIterator[Buffer]:
    async for piece in pieces if hasattr(pieces, "__aiter__") else _Once(pieces):
        yield _view_of(piece)


_REMEDIES = {
    str: "pass (piece.encode() for piece in file)",
    int: "pass bytes(file)",
    type(None): "leave it out",
}


def _view_of(piece: object, remedy: str = "") -> memoryview:
    try:
        return as_view(piece)
    except (TypeError, ValueError, BufferError) as error:
        remedy = remedy or _REMEDIES.get(type(piece), "")
        raise type(error)(f"a piece of file: {error}{remedy and f': {remedy}'}") from None


class _Once:
    """Makes an async iterable of what has only `__anext__`."""

    def __init__(self, pieces: Any) -> None:
        self._pieces = pieces

    def __aiter__(self) -> Any:
        return self

    def __anext__(self) -> Any:
        return self._pieces.__anext__()
