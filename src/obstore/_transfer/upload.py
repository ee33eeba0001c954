"""Uploads: from a source of bytes to one object, in one request or in parts.

The parts are all of one size but the last, which some services insist on. The source is
read no further ahead than there are parts in flight, so memory is bounded by
`part_size * (max_concurrency + 1)`, and by a third of that where the link is fast. Parts of a
buffer of the caller's, or of a file that is sent from where it is, take no memory at all. Whatever
goes wrong, Ctrl-C included, the upload is aborted, and what was there before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, cast

from obstore._core.errors import BaseError
from obstore._core.parts import plan_part_size
from obstore._core.types import Buffer, PutResult, WriteOptions
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, MultipartUpload
from obstore._transfer.source import Source

_EAGER = 3
"""Parts in memory on a link that is faster than the processors: one is hashed, one sent, one about to begin.

Where parts take no memory all are in flight, which is faster by a tenth.
"""

_ANY_PARTS = (1, 1 << 62, 1 << 62)


class Effort(NamedTuple):
    """How an upload is to be carried out."""

    part_size: int
    max_concurrency: int
    use_multipart: bool | None = None


async def upload(store: Backend, path: str, source: Source, options: WriteOptions, effort: Effort) -> PutResult:
    """Store what a source yields, at once or in parts."""
    if _is_one_request(store, source, options, effort):
        return await store.put_object(path, await _take(source, None, may_be_file=store.sends_files), options)
    return await upload_in_parts(store, path, source, options, effort)


def _is_one_request(store: Backend, source: Source, options: WriteOptions, effort: Effort) -> bool:
    if options.mode != "overwrite" and not store.has_conditional_uploads:
        return True  # The condition holds for the one request that publishes.
    if effort.use_multipart is not None:
        return not effort.use_multipart
    return source.size is not None and source.size <= effort.part_size


async def _take(source: Source, size: int | None, *, may_be_file: bool) -> Buffer:
    """Return the next bytes of a source. To what sends files, a piece of one passes for a buffer."""
    if may_be_file and (piece := source.take_piece(size)) is not None:
        return cast("Buffer", piece)
    return await source.read_all() if size is None else await source.read(size)


async def upload_in_parts(
    store: Backend, path: str, source: Source, options: WriteOptions, effort: Effort
) -> PutResult:
    """Store what a source yields, in parts."""
    eager = None if source.is_in_memory or (store.sends_files and source.is_in_file) else _EAGER
    parts = await begin_parts(store, path, options, effort, source.size, eager)
    # What is sent one after the other is cut anew, and so is read first.
    may_be_file = store.sends_files and not parts.is_sequential
    try:
        while len(part := await _take(source, parts.part_size, may_be_file=may_be_file)) or not parts.count:
            await parts.submit(part)
        return await parts.finish()
    except BaseException as error:
        await parts.abort(error)
        raise


async def begin_parts(
    store: Backend,
    path: str,
    options: WriteOptions,
    effort: Effort,
    total_bytes: int | None = None,
    eager: int | None = _EAGER,
) -> PartsUpload:
    """Begin an upload in parts of `effort.part_size`, or larger ones where the service demands it."""
    started = await store.create_multipart_upload(path, options)
    limits = started.part_limits or _ANY_PARTS
    try:
        part_size = plan_part_size(total_bytes, effort.part_size, limits)
    except ValueError as error:
        await abort(started, error)
        raise
    started.part_size = part_size
    return PartsUpload(started, part_size, limits[2], 1 if started.is_sequential else effort.max_concurrency, eager)


class PartsUpload:
    """An upload with a bounded number of parts in flight. It is used by callers of one colour only.

    Whatever `submit` or `finish` raises, the caller then calls `abort`.
    """

    __slots__ = ("_max_parts", "_upload", "_workers", "count", "is_sequential", "part_size")

    def __init__(
        self, upload: MultipartUpload, part_size: int, max_parts: int, max_concurrency: int, eager: int | None
    ) -> None:
        self._upload = upload
        self._max_parts = max_parts
        self._workers = current().workers(max_concurrency, eager)
        self.is_sequential = upload.is_sequential
        self.part_size = part_size
        self.count = 0

    async def submit(self, part: Buffer) -> None:
        """Send the next part as soon as there is a free place; `part` must not change any more.

        Raises:
            ValueError: There are more parts than the service takes.
        """
        if self.count >= self._max_parts:
            raise ValueError(
                f"the object has more than {self._max_parts} parts of {self.part_size} bytes, "
                "which is all that the service takes: pass a larger chunk_size (or buffer_size)"
            )
        index, self.count = self.count, self.count + 1
        await self._workers.submit(_putting(self._upload, index, part))

    async def finish(self) -> PutResult:
        """Wait for all parts, then publish them as one object."""
        await self._workers.join()
        return await self._upload.complete()

    async def abort(self, cause: BaseException) -> None:
        """Stop the parts in flight and forget the upload because of `cause`."""
        await self._workers.abandon()
        await abort(self._upload, cause)

    async def drop(self) -> None:
        """Do the same for a finalizer, in a thread that may be blocked."""
        await self._workers.dismiss()
        await self._upload.abort()


def _putting(upload: MultipartUpload, index: int, part: Buffer) -> Callable[[], Coroutine[Any, Any, None]]:
    async def put() -> None:
        await upload.put_part(index, part)

    return put


async def abort(upload: MultipartUpload, cause: BaseException) -> None:
    """Abort an upload because of `cause`, which stays the error even if that fails too."""
    try:
        await upload.abort()
    except BaseError as error:
        cause.add_note(f"the upload could not be aborted either, and its parts may still be stored: {error}")
