"""Deletion: many keys with one request where the service has that, else one request for each.

DeleteObjects takes a thousand keys. There are services that do not know it; one that says so
is not asked again. A single key is not worth the document and its digests, and has the
plainer error.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from obstore._core.errors import BaseError, GenericError, NotFoundError, PermissionDeniedError, store_error
from obstore._core.xml import can_carry
from obstore._s3.replies import DeleteError, read_delete_errors
from obstore._transfer.parallel import try_all
from obstore._transfer.xml_replies import status_of_code

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend

BULK_LIMIT = 1000
"""Keys in one DeleteObjects request, by the API reference."""

_CONCURRENCY = 20

_UNKNOWN_STATUSES = frozenset({405, 501})
_UNKNOWN_CODES = frozenset({"NotImplemented", "MethodNotAllowed"})

_Job = Callable[[], Coroutine[Any, Any, None]]


async def delete_keys(store: S3Backend, keys: Sequence[str]) -> None:
    """Delete objects. All are tried, then the first failure is raised. Those that are not there do not count."""
    if len(keys) < 2 or not store.deletes_in_bulk:
        await _delete_each(store, keys)
        return
    # What no list in XML can hold is deleted by its URL.
    named = [key for key in keys if can_carry(key)]
    batches = [named[start : start + BULK_LIMIT] for start in range(0, len(named), BULK_LIMIT)]
    others = [_deleting(store, key) for key in keys if not can_carry(key)]
    await try_all([*(_deleting_batch(store, batch) for batch in batches), *others], _CONCURRENCY)


async def _delete_each(store: S3Backend, keys: Iterable[str]) -> None:
    await try_all([_deleting(store, key) for key in keys], _CONCURRENCY)


def _deleting(store: S3Backend, key: str) -> _Job:
    async def delete() -> None:
        try:
            await store._send_and_forget(store._requests.delete_object(key))
        except NotFoundError as error:
            if error.code != "NoSuchKey":
                raise

    return delete


def _deleting_batch(store: S3Backend, keys: Sequence[str]) -> _Job:
    async def delete() -> None:
        try:
            _, body = await store._send_checked(store._requests.delete_objects(keys))
        except BaseError as error:
            if not _is_unknown(error):
                raise
            store.deletes_in_bulk = False
            await _delete_each(store, keys)
            return
        failed = [failure for failure in read_delete_errors(body) if failure.code != "NoSuchKey"]
        # A key whose turn did not come is worth another try, which the client makes for a single one.
        await _delete_each(store, [failure.key for failure in failed if _passes(failure)])
        for failure in failed:
            if not _passes(failure):
                raise _error_of(failure)

    return delete


def _passes(failure: DeleteError) -> bool:
    return status_of_code(failure.code) >= 500


def _is_unknown(error: BaseError) -> bool:
    return error.status in _UNKNOWN_STATUSES or (error.status == 400 and error.code in _UNKNOWN_CODES)


def _error_of(failure: DeleteError) -> BaseError:
    kind = PermissionDeniedError if failure.code == "AccessDenied" else GenericError
    cause = f"DeleteObjects request failed for key {failure.key}: {failure.message} (code: {failure.code})"
    return store_error(kind, "S3", failure.key, cause, code=failure.code)
