"""Uploads: from a source of bytes to one object, in one request or in parts.

The parts are all of one size but the last, which some services insist on. The source is
read no further ahead than there are parts in flight, so memory is bounded by
`part_size * (max_concurrency + 1)`. Whatever goes wrong, Ctrl-C included, the upload
is aborted, and what was there before stays.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from obstore._core.errors import BaseError
from obstore._core.parts import plan_part_size
from obstore._core.types import Buffer, PutResult, WriteOptions
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, MultipartUpload
from obstore._transfer.source import Source

_ANY_PARTS = (1, 1 << 62, 1 << 62)


class Effort(NamedTuple):
    """How an upload is to be carried out."""

    part_size: int
    max_concurrency: int
    use_multipart: bool | None = None


async def upload(store: Backend, path: str, source: Source, options: WriteOptions, effort: Effort) -> PutResult:
    """Store what a source yields, at once or in parts."""
    if _is_one_request(source, options, effort):
        return await store.put_object(path, await source.read_all(), options)
    return await upload_in_parts(store, path, source, options, effort)


def _is_one_request(source: Source, options: WriteOptions, effort: Effort) -> bool:
    if options.mode != "overwrite":
        return True  # The condition holds for the one request that publishes.
    if effort.use_multipart is not None:
        return not effort.use_multipart
    return source.size is not None and source.size <= effort.part_size


async def upload_in_parts(
    store: Backend, path: str, source: Source, options: WriteOptions, effort: Effort
) -> PutResult:
    """Store what a source yields, in parts."""
    started = await store.create_multipart_upload(path, options)
    workers = current().workers(effort.max_concurrency)
    try:
        part_size = plan_part_size(source.size, effort.part_size, started.part_limits or _ANY_PARTS)
        index = 0
        while len(part := await source.read(part_size)) or index == 0:
            await workers.submit(_putting(started, index, part))
            index += 1
        await workers.join()
        return await started.complete()
    except BaseException as error:
        await workers.abandon()
        await abort(started, error)
        raise


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
