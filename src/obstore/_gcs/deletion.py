"""Deletion: one request for each key, or, where there are many, batches of the JSON API.

What speaks the XML API alone, as some emulators do, is asked for a batch once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from obstore._core.errors import BaseError
from obstore._transfer.parallel import try_all

if TYPE_CHECKING:
    from obstore._gcs.store import GCSBackend

BATCH_LIMIT = 100
"""Requests in one batch: "You should not include more than 100 calls in a single batch request"."""

_CONCURRENCY = 10

_WORTH_A_BATCH = 2 * _CONCURRENCY
"""Fewer are gone in the time of two requests, sent by themselves."""

_UNKNOWN_STATUSES = frozenset({400, 404, 405, 501})


async def delete_keys(store: GCSBackend, keys: Sequence[str]) -> None:
    """Delete objects. All are tried, then the first failure is raised."""
    if len(keys) < _WORTH_A_BATCH or not store.deletes_in_batches:
        await _delete_each(store, keys)
        return
    batches = [keys[start : start + BATCH_LIMIT] for start in range(0, len(keys), BATCH_LIMIT)]
    await try_all([partial(_delete_batch, store, batch) for batch in batches], _CONCURRENCY)


async def _delete_each(store: GCSBackend, keys: Sequence[str]) -> None:
    await try_all([partial(_delete, store, key) for key in keys], _CONCURRENCY)


async def _delete(store: GCSBackend, key: str) -> None:
    await store._send_deletion(store._requests.delete_object(key))


async def _delete_batch(store: GCSBackend, keys: Sequence[str]) -> None:
    from obstore._transfer.batch import make_boundary, send_batch, write_batch

    requests = [store._requests.json.delete_object(key) for key in keys]
    boundary = make_boundary()
    body = write_batch(boundary, [(request.path, list(request.headers)) for request in requests])
    try:
        await send_batch(store, store._requests.json.delete_batch(keys, boundary, body), requests)
    except BaseError as error:
        if error.method != "POST" or error.status not in _UNKNOWN_STATUSES:
            raise
        store.deletes_in_batches = False
        await _delete_each(store, keys)
