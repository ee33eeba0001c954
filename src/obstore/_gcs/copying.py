"""Copies that the service makes itself: within a bucket, and between buckets of one account.

The XML API copies with one request. Where that is not enough, because the data has to move to another place or class
of storage, the service says so, and the JSON API's rewrite goes on for as many requests as it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from obstore._core.errors import AlreadyExistsError, BaseError
from obstore._gcs.replies import is_too_large_to_copy, read_rewrite
from obstore._http.client import Failure, read_words
from obstore._transfer.cloud import as_its_status

if TYPE_CHECKING:
    from obstore._gcs.store import GCSBackend

_CREATE = {412: AlreadyExistsError}


def are_neighbours(one: GCSBackend, other: GCSBackend) -> bool:
    """Tell whether two buckets are at one service, and asked for by one account."""
    return one._origin == other._origin and one._credentials.identity == other._credentials.identity


async def copy(
    target_store: GCSBackend, source_store: GCSBackend, source: str, target: str, *, overwrite: bool
) -> None:
    """Copy the object `source` of one bucket to `target` in another, or the same. Both are keys."""
    bucket = source_store._settings.bucket
    try:
        request = target_store._requests.copy_object(bucket, source, target, overwrite=overwrite)
        response = await target_store._client.send(request)
    except Failure as failure:
        if not is_too_large_to_copy(failure):
            raise _error(target_store, failure, target, overwrite=overwrite) from failure.__cause__
    else:
        await read_words(response)
        return
    await rewrite(target_store, source_store, source, target, overwrite=overwrite)


async def rewrite(
    target_store: GCSBackend, source_store: GCSBackend, source: str, target: str, *, overwrite: bool
) -> None:
    """Copy with as many requests as it takes; the target appears with the last."""
    bucket, token = source_store._settings.bucket, None
    requests = target_store._requests.json
    while True:
        request = requests.rewrite_object(bucket, source, target, overwrite=overwrite, token=token)
        request.judge = as_its_status
        try:
            response = await target_store._client.send(request)
        except Failure as failure:
            raise _error(target_store, failure, target, overwrite=overwrite) from failure.__cause__
        token = read_rewrite(await response.body.read())
        if token is None:
            return


def _error(store: GCSBackend, failure: Failure, target: str, *, overwrite: bool) -> BaseError:
    if failure.response is not None and failure.response.status == 412:
        failure.request.subject = target  # Everything else is about the source.
    return store._error(failure, None if overwrite else _CREATE)
