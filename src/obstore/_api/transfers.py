"""Whole objects to and from local files: `download` and `upload`."""

from __future__ import annotations

import os
from collections.abc import Coroutine
from typing import Any, TypeAlias

from obstore._api.target import backend_of
from obstore._bulk.summary import Summary
from obstore._core.attributes import normalize_attributes
from obstore._core.types import Attributes, WriteOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend

LocalPath: TypeAlias = "str | os.PathLike[str]"

CHUNK_SIZE = 5 * 1024 * 1024
"""Bytes in a piece: the smallest part that S3 takes."""

CONCURRENCY = 16
"""Requests in flight. Together with `CHUNK_SIZE` it bounds the memory: 80 MiB."""


def download(
    store: Backend,
    path: str,
    local: LocalPath,
    *,
    overwrite: bool = True,
    resume: bool = True,
    checksum: str | None = None,
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Summary:
    """Fetch an object into a local file, in ranges side by side.

    The bytes go to a file beside the target, which is given its whole length first and takes
    the target's name at the end, all at once. A download that was interrupted, by a `kill -9` too, goes
    on where it stopped when it is called again; if the object has changed meanwhile, it
    starts over. The file gets the object's time of modification.

    >>> import tempfile
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/k", b"hello")
    >>> download(store, "a/k", tempfile.mkdtemp()).bytes
    5

    Args:
        store: Where the object is.
        path: Which object.
        local: The file; or a directory that is there, for a file of the object's name in it.
            Directories that are missing are made.
        overwrite: Whether a file that is there already may be replaced.
        resume: Whether to go on with what an interrupted call left, and to leave it in turn.
        checksum: What the content must hash to: `"sha256:<hex>"`, or another algorithm of `hashlib`.
        chunk_size: Bytes fetched in one request.
        max_concurrency: Requests in flight. Memory is about `chunk_size * max_concurrency`.
        progress: A callable that takes a `Progress`, a tqdm bar, a rich `Progress` or an fsspec
            callback. It is called in the caller's thread.

    Raises:
        FileNotFoundError: There is no such object.
        AlreadyExistsError: There is a file, and `overwrite` is false.
        GenericError: The disk is full, or the checksum differs: the file is not there then.
    """
    return run_blocking(
        download_async(
            store,
            path,
            local,
            overwrite=overwrite,
            resume=resume,
            checksum=checksum,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
            progress=progress,
        )
    )


def download_async(
    store: Backend,
    path: str,
    local: LocalPath,
    *,
    overwrite: bool = True,
    resume: bool = True,
    checksum: str | None = None,
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Coroutine[Any, Any, Summary]:
    """Fetch an object into a local file. As `download`, to be awaited.

    >>> import asyncio
    >>> import pathlib, tempfile
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> file = pathlib.Path(tempfile.mkdtemp(), "file")
    >>> asyncio.run(download_async(store, "k", file)).bytes, file.read_bytes()
    (5, b'hello')
    """
    from obstore._bulk.checksum import parse_checksum
    from obstore._bulk.pace import pace_of
    from obstore._bulk.single import download_object
    from obstore._bulk.writers import FileOptions

    backend = backend_of(store)
    pace = pace_of(chunk_size, max_concurrency, progress)
    options = FileOptions(overwrite, resume, parse_checksum(checksum))
    return download_object(backend, backend.parse_path(path), os.fspath(local), options, pace)


def upload(
    store: Backend,
    local: LocalPath,
    path: str,
    *,
    attributes: Attributes | None = None,
    overwrite: bool = True,
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Summary:
    """Store a local file as an object, in parts side by side where it is large.

    The object appears whole or not at all. A file that changes while it is being read is an
    error, and nothing of it is published.

    >>> import pathlib, tempfile
    >>> from obstore.store import MemoryStore
    >>> file = pathlib.Path(tempfile.mkdtemp(), "file")
    >>> _ = file.write_bytes(b"hello")
    >>> upload(MemoryStore(), file, "k").bytes
    5

    Args:
        store: Where the object goes.
        local: The file.
        path: Under which path.
        attributes: `Content-Type`, `Cache-Control` and their kind; other names are user metadata.
        overwrite: Whether an object that is there already may be replaced. If not, all goes in one request.
        chunk_size: Bytes in a part. Parts grow if the object would need more than the service allows.
        max_concurrency: Parts in flight. Memory is about `chunk_size * max_concurrency`.
        progress: As for `download`.

    Raises:
        FileNotFoundError: There is no such file.
        AlreadyExistsError: There is an object, and `overwrite` is false.
        GenericError: The file changed while it was read.
    """
    return run_blocking(
        upload_async(
            store,
            local,
            path,
            attributes=attributes,
            overwrite=overwrite,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
            progress=progress,
        )
    )


def upload_async(
    store: Backend,
    local: LocalPath,
    path: str,
    *,
    attributes: Attributes | None = None,
    overwrite: bool = True,
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    progress: Any = None,
) -> Coroutine[Any, Any, Summary]:
    """Store a local file as an object. As `upload`, to be awaited.

    >>> import asyncio
    >>> import pathlib, tempfile
    >>> from obstore.store import MemoryStore
    >>> file = pathlib.Path(tempfile.mkdtemp(), "file")
    >>> _ = file.write_bytes(b"hello")
    >>> asyncio.run(upload_async(MemoryStore(), file, "k")).bytes
    5
    """
    from obstore._bulk.pace import pace_of
    from obstore._bulk.single import upload_file

    backend = backend_of(store)
    options = WriteOptions(normalize_attributes(attributes), {}, "overwrite" if overwrite else "create")
    pace = pace_of(chunk_size, max_concurrency, progress)
    return upload_file(backend, os.fspath(local), backend.parse_path(path), options, pace)
