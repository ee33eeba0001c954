"""Deletion: batches of 256 keys, of which each is authorised by itself. A single key has a request of its own."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from obstore._transfer.parallel import try_all

if TYPE_CHECKING:
    from obstore._azure.store import AzureBackend

BATCH_LIMIT = 256
"""Requests in one batch, by the REST reference."""

_BATCHES = 20
"""Batches of deletions in flight: the reference's number."""


async def delete_keys(store: AzureBackend, keys: Sequence[str]) -> None:
    """Delete objects. All are tried, then the first failure is raised."""
    if len(keys) == 1:
        await store._send_deletion(store._requests.delete_object(keys[0]))
        return
    batches = [keys[start : start + BATCH_LIMIT] for start in range(0, len(keys), BATCH_LIMIT)]
    await try_all([partial(_delete_batch, store, batch) for batch in batches], _BATCHES)


async def _delete_batch(store: AzureBackend, keys: Sequence[str]) -> None:
    from obstore._transfer.batch import make_boundary, send_batch, write_batch

    requests = [store._requests.delete_object(key) for key in keys]
    credential, boundary = await store._credential(), make_boundary()
    parts = [store._authorizer.authorize(request, credential, time.time()) for request in requests]
    await send_batch(store, store._requests.delete_batch(keys, boundary, write_batch(boundary, parts)), requests)
