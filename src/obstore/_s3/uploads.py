"""Uploads that nobody completed: their parts are stored, and paid for, until they are aborted."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from obstore._core.errors import NotFoundError
from obstore._core.key import as_key, directory_prefix
from obstore._core.types import ListOptions, ListPage
from obstore._s3.replies import read_uploads
from obstore._s3.requests import join_token
from obstore._transfer.listing import Fetch, collect
from obstore._transfer.parallel import try_all

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend

_CONCURRENCY = 20


class PendingUpload(TypedDict):
    """An upload in parts that has neither been completed nor aborted.

    >>> from datetime import UTC, datetime
    >>> upload: PendingUpload = {"path": "k", "upload_id": "2~a", "initiated": datetime.now(UTC)}
    >>> upload["path"]
    'k'
    """

    path: str
    upload_id: str
    initiated: datetime


def uploads_below(store: S3Backend) -> Fetch:
    """Return what fetches pages of the uploads below a directory."""

    async def fetch(options: ListOptions) -> ListPage:
        wanted = store._within_prefix(options)
        wanted = wanted._replace(prefix=directory_prefix(wanted.prefix) or "")
        _, body = await store._send_and_read(store._requests.list_multipart_uploads(wanted))
        entries, markers = read_uploads(body)
        found: list[Any] = [
            PendingUpload(path=as_key(key[store._prefix_length :]), upload_id=upload_id, initiated=initiated)
            for key, upload_id, initiated in entries
        ]
        return ListPage(found, (), join_token(*markers) if markers is not None else None)

    return fetch


async def abort_uploads(store: S3Backend, prefix: str, older_than: float) -> list[PendingUpload]:
    """Abort the uploads below a directory that began more than `older_than` seconds ago, and return them."""
    begun_before = time.time() - older_than
    uploads, _ = await collect(uploads_below(store), ListOptions(prefix))
    old: list[PendingUpload] = [upload for upload in uploads if upload["initiated"].timestamp() <= begun_before]
    await try_all([_aborting(store, upload) for upload in old], _CONCURRENCY)
    return old


def _aborting(store: S3Backend, upload: PendingUpload) -> Callable[[], Coroutine[Any, Any, None]]:
    async def abort() -> None:
        request = store._requests.abort_multipart_upload(store._key(upload["path"]), upload["upload_id"])
        try:
            await store._send_and_forget(request)
        except NotFoundError:
            pass  # Its owner has completed or aborted it in the meantime.

    return abort
