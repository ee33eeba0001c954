"""Writing: `put`."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import Any, overload

from obstore._api.inputs import PutInput, open_source
from obstore._api.numbers import count_of
from obstore._api.target import IN_URL, content_of
from obstore._core.attributes import normalize_attributes, validate_tags
from obstore._core.conditions import update_version
from obstore._core.types import OVERWRITE, Attributes, PutMode, PutResult, WriteOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore._transfer.source import Source
from obstore._transfer.upload import Effort, upload

DEFAULT_CHUNK_SIZE = 5 * 1024 * 1024
DEFAULT_CONCURRENCY = 12


@overload
def put(
    store: Backend,
    path: str,
    file: PutInput,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> PutResult: ...
@overload
def put(
    url: str,
    content: PutInput,
    /,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> PutResult: ...
def put(
    store: Backend | str,
    path: Any = IN_URL,
    file: Any = IN_URL,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> PutResult:
    """Store an object.

    It appears whole when the call returns, or not at all: after a failure what was there
    before is still there. What is larger than `chunk_size` is uploaded in parts, side by
    side, with memory for `max_concurrency + 1` of them.

    >>> from obstore.store import MemoryStore
    >>> put(MemoryStore(), "k", b"hello")
    {'e_tag': '"0"', 'version': None}

    Args:
        store: Where; or the URL of the object, such as `"s3://bucket/key"`, followed by its content.
        path: Under which path.
        file: A buffer of bytes, an open file, the *path* of a local file (a `str` is one, never
            content), an iterable or async iterable of buffers, or what `get` returned. Of an array of numbers
            `memoryview(x).cast("B")` is a buffer of bytes.
        attributes: `Content-Type`, `Cache-Control` and their kind; other names are user metadata.
        tags: Tags, on services that have them.
        mode: `"overwrite"`; `"create"`, to fail if there is an object; or the
            `{"e_tag": ..., "version": ...}` of the one that may be replaced.
        use_multipart: Whether to upload in parts; by default what is large, or of unknown size.
        chunk_size: Bytes in a part. Parts grow if the object would need more than the service allows.
        max_concurrency: Parts in flight at once.

    Raises:
        AlreadyExistsError: The mode is `"create"`, and there is an object.
        PreconditionError: The mode names a version, and it is not the current one.
        ValueError, TypeError, BufferError: An argument is not what it should be.
    """
    backend, path, content, options, effort = _plan(
        store, path, file, attributes, tags, mode, use_multipart, chunk_size, max_concurrency
    )
    if type(content) is bytes and len(content) <= chunk_size and not use_multipart:
        return run_blocking(backend.put_object(path, content, options))
    return run_blocking(_put(backend, path, open_source(content, is_async=False), options, effort))


@overload
def put_async(
    store: Backend,
    path: str,
    file: PutInput,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> Coroutine[Any, Any, PutResult]: ...
@overload
def put_async(
    url: str,
    content: PutInput,
    /,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> Coroutine[Any, Any, PutResult]: ...
def put_async(
    store: Backend | str,
    path: Any = IN_URL,
    file: Any = IN_URL,
    *,
    attributes: Attributes | None = None,
    tags: Mapping[str, str] | None = None,
    mode: PutMode | None = None,
    use_multipart: bool | None = None,
    chunk_size: int = DEFAULT_CHUNK_SIZE,
    max_concurrency: int = DEFAULT_CONCURRENCY,
) -> Coroutine[Any, Any, PutResult]:
    """Store an object. As `put`, to be awaited; `file` may be an async iterable too, or an async file.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> async def pieces():
    ...     yield b"hello "
    ...     yield b"world"
    >>> _ = asyncio.run(put_async(store, "k", pieces()))
    >>> store.get("k").bytes()
    Bytes(b"hello world")
    """
    plan = _plan(store, path, file, attributes, tags, mode, use_multipart, chunk_size, max_concurrency)
    return _put_from(*plan)


_Plan = tuple[Backend, str, PutInput, WriteOptions, Effort]


def _plan(
    store: Backend | str,
    path: Any,
    file: Any,
    attributes: Attributes | None,
    tags: Mapping[str, str] | None,
    mode: PutMode | None,
    use_multipart: bool | None,
    chunk_size: int,
    max_concurrency: int,
) -> _Plan:
    backend, path, content = content_of(store, path, file)
    if attributes is None and tags is None and mode is None:
        options = OVERWRITE
    else:
        options = WriteOptions(normalize_attributes(attributes), validate_tags(tags), update_version(mode))
    if use_multipart is not None and not isinstance(use_multipart, bool):
        raise TypeError(f"use_multipart must be True, False or None, not {use_multipart!r}")
    effort = Effort(
        count_of(chunk_size, "chunk_size", 1), count_of(max_concurrency, "max_concurrency", 0), use_multipart
    )
    return backend, path, content, options, effort


async def _put_from(store: Backend, path: str, content: PutInput, options: WriteOptions, effort: Effort) -> PutResult:
    if type(content) is bytes and len(content) <= effort.part_size and not effort.use_multipart:
        return await store.put_object(path, content, options)
    return await _put(store, path, open_source(content, is_async=True), options, effort)


async def _put(store: Backend, path: str, source: Source, options: WriteOptions, effort: Effort) -> PutResult:
    try:
        return await upload(store, path, source, options, effort)
    finally:
        source.close()
