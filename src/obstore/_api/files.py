"""Objects as files: `open_reader` and `open_writer`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any

from obstore._api.cursor import Cursor
from obstore._api.draft import Draft
from obstore._api.numbers import count_of
from obstore._api.readers import AsyncReadableFile, ReadableFile
from obstore._api.target import IN_URL, object_of
from obstore._api.writers import AsyncWritableFile, WritableFile
from obstore._api.writing import DEFAULT_CONCURRENCY
from obstore._core.attributes import normalize_attributes, validate_tags
from obstore._core.types import READ_HEAD, Attributes, WriteOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore._transfer.upload import Effort

READER_BUFFER_SIZE = 1024 * 1024
WRITER_BUFFER_SIZE = 10 * 1024 * 1024


def open_reader(
    store: Backend | str, path: str = IN_URL, *, buffer_size: int = READER_BUFFER_SIZE, size: int | None = None
) -> ReadableFile:
    """Open an object for reading, as a binary file.

    One request, for the object's size; none if `size` is given.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello world")
    >>> with open_reader(store, "k") as file:
    ...     file.size, file.seek(6), file.read(3)
    (11, 6, b'wor')

    Args:
        store: Where; or, alone, the URL of the object, such as `"s3://bucket/key"`.
        path: Which object.
        buffer_size: How many bytes a request fetches at least.
        size: The object's size, if it is known. One that is too small cuts the file short,
            one that is too large is an error when the end is read.

    Raises:
        FileNotFoundError: There is no such object. With `size`, the first read raises it.
    """
    return ReadableFile(run_blocking(_open(*_reader_arguments(store, path, buffer_size, size))))


def open_reader_async(
    store: Backend | str, path: str = IN_URL, *, buffer_size: int = READER_BUFFER_SIZE, size: int | None = None
) -> Coroutine[Any, Any, AsyncReadableFile]:
    """Open an object for reading. As `open_reader`, to be awaited; so is what the file does.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> async def read() -> bytes:
    ...     async with await open_reader_async(store, "k") as file:
    ...         return bytes(await file.read(2))
    >>> asyncio.run(read())
    b'he'
    """
    return _open_async(*_reader_arguments(store, path, buffer_size, size))


open = open_reader
"""The older name of `open_reader`."""

open_async = open_reader_async
"""The older name of `open_reader_async`."""

_Reader = tuple[Backend, str, int, int | None]


def _reader_arguments(store: Backend | str, path: str, buffer_size: int, size: int | None) -> _Reader:
    known = None if size is None else count_of(size, "size", 0)
    return *object_of(store, path), count_of(buffer_size, "buffer_size", 0), known


async def _open(store: Backend, path: str, buffer_size: int, size: int | None) -> Cursor:
    if size is not None:
        return Cursor(store, path, size, buffer_size)
    stored = await store.get_object(path, READ_HEAD)
    stored.body.close()
    return Cursor(store, path, stored.meta["size"], buffer_size, stored.meta)


async def _open_async(store: Backend, path: str, buffer_size: int, size: int | None) -> AsyncReadableFile:
    return AsyncReadableFile(await _open(store, path, buffer_size, size))


def open_writer(
    store: Backend | str,
    path: str = IN_URL,
    *,
    attributes: Attributes | None = None,
    buffer_size: int = WRITER_BUFFER_SIZE,
    tags: Mapping[str, str] | None = None,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> WritableFile:
    """Open an object for writing, as a binary file.

    The object appears, whole, when the file is closed. What is smaller than `buffer_size`
    is one request then; the rest is uploaded in parts while it is being written, with
    memory for `max_concurrency + 1` of them.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> with open_writer(store, "k", attributes={"Content-Type": "text/plain"}) as file:
    ...     file.write(b"hello"), file.write(b" world")
    (5, 6)
    >>> store.get("k").bytes()
    Bytes(b"hello world")

    Args:
        store: Where; or, alone, the URL of the object, such as `"s3://bucket/key"`.
        path: Under which path.
        attributes: `Content-Type`, `Cache-Control` and their kind; other names are user metadata.
        buffer_size: Bytes in a part. They are more if the service demands it.
        tags: Tags, on services that have them.
        max_concurrency: Parts in flight at once.

    Raises:
        ValueError, TypeError: An argument is not what it should be.
    """
    return WritableFile(_draft(store, path, attributes, buffer_size, tags, max_concurrency))


def open_writer_async(
    store: Backend | str,
    path: str = IN_URL,
    *,
    attributes: Attributes | None = None,
    buffer_size: int = WRITER_BUFFER_SIZE,
    tags: Mapping[str, str] | None = None,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> AsyncWritableFile:
    """Open an object for writing. As `open_writer`; not to be awaited, but what the file does is.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> async def write() -> None:
    ...     async with open_writer_async(store, "k") as file:
    ...         await file.write(b"hello")
    >>> asyncio.run(write())
    >>> store.head("k")["size"]
    5
    """
    return AsyncWritableFile(_draft(store, path, attributes, buffer_size, tags, max_concurrency))


def _draft(
    store: Backend | str,
    path: str,
    attributes: Attributes | None,
    buffer_size: int,
    tags: Mapping[str, str] | None,
    max_concurrency: int,
) -> Draft:
    backend, path = object_of(store, path)
    options = WriteOptions(normalize_attributes(attributes), validate_tags(tags))
    part_size = count_of(buffer_size, "buffer_size", 1)
    effort = Effort(part_size, count_of(max_concurrency, "max_concurrency", 0))
    return Draft(backend, path, options, effort)
