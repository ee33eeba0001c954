"""Copies at the service's side, within an account: begun by one request, or made block by block.

Copy Blob copies an object of any size, if need be after its reply, so its status is asked for until it is done. It
knows no customer's keys. Put Blob From URL does, up to 5000 MiB, and Put Block From URL beyond that.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from obstore._azure.credential import AccessKey, BearerToken, SasToken
from obstore._azure.requests import make_block_id
from obstore._azure.upload import CREATE, meanings_for
from obstore._core.errors import GenericError, store_error
from obstore._core.parts import plan_part_size, split_parts
from obstore._core.retry import Backoff, RetryPolicy
from obstore._core.types import READ_HEAD, WriteOptions
from obstore._http.client import Failure, read_words
from obstore._http.message import Header, Response
from obstore._io.runtime import current
from obstore._transfer.objects import HeaderObject
from obstore._transfer.parallel import run_all

if TYPE_CHECKING:
    from obstore._azure.store import AzureBackend

_POLL = RetryPolicy(init_backoff=0.1, max_backoff=5.0)
_BLOCK_SIZE = 100 << 20
_BLOCKS = 8
_SIGNED_FOR = 24 * 3600
"""Seconds that the URL of a source is valid: a copy that the service puts off still has to read it."""


def are_neighbours(one: AzureBackend, other: AzureBackend) -> bool:
    """Tell whether two containers are in one account. A customer's key is one for source and target."""
    ours, theirs = one._settings, other._settings
    return (ours.origin, ours.account, ours.encryption_headers) == (
        theirs.origin,
        theirs.account,
        theirs.encryption_headers,
    )


async def copy(
    target_store: AzureBackend, source_store: AzureBackend, source: str, target: str, *, overwrite: bool
) -> None:
    """Copy the object `source` of one container to `target` in another, or the same. Both are keys."""
    found = await _find_source(source_store, source, target_store)
    await _copy(found, target_store, target, overwrite=overwrite)


class _Source(NamedTuple):
    """An object to copy, and how the service may read it."""

    store: AzureBackend
    key: str
    url: str
    headers: list[Header]


async def _find_source(source: AzureBackend, key: str, target: AzureBackend) -> _Source:
    """Return what a request to `target` says of an object in `source`.

    Within an account the request itself may read what its credential may, except that a SAS speaks
    only for the URL that it stands in. With a customer's key the service fetches the source like a stranger.
    """
    path = source._requests.object_path(key)
    url = f"{source._origin}{path}"
    credential = await source._credential()
    if isinstance(credential, SasToken):
        return _Source(source, key, f"{url}?{credential.query}", [])
    has_key = bool(source._settings.encryption_headers)
    if isinstance(credential, BearerToken) and has_key:
        return _Source(source, key, url, [("x-ms-copy-source-authorization", f"Bearer {credential.token}")])
    is_known = not has_key and (source is target or credential == await target._credential())
    if isinstance(credential, AccessKey | BearerToken) and not is_known:
        url = await source._url_signer.sign(credential, "GET", path, _SIGNED_FOR)
    return _Source(source, key, url, [])


async def _copy(source: _Source, target: AzureBackend, key: str, *, overwrite: bool) -> None:
    request = target._requests.copy_object(source.key, key, source.url, overwrite=overwrite)
    request.headers = [*request.headers, *source.headers]
    try:
        response = await target._client.send(request)
    except Failure as failure:
        status = failure.response.status if failure.response is not None else None
        if status == 413:
            await _copy_in_blocks(source, target, key, overwrite=overwrite)
            return
        if not overwrite and status in CREATE:
            request.subject = key  # Everything else is about the source.
        raise target._error(failure, {409: GenericError} if overwrite else CREATE) from failure.__cause__
    await read_words(response)
    await _await_copy(target, key, response)


async def _await_copy(target: AzureBackend, key: str, response: Response) -> None:
    """Wait for a copy that the service has only begun: it does so when the data has to move."""
    backoff = Backoff(_POLL)
    headers = response.headers
    copy_id = headers.get("x-ms-copy-id")
    while headers.get("x-ms-copy-status", "success") == "pending":
        await current().sleep(backoff.next_delay(lambda: 1.0))
        headers = (await target._send(target._requests.get_object(key, READ_HEAD))).headers
        if headers.get("x-ms-copy-id") != copy_id:
            return  # Something else has been written there since.
    status = headers.get("x-ms-copy-status", "success")
    if status != "success":
        why = headers.get("x-ms-copy-status-description", "")
        raise store_error(GenericError, target.label, key, f"the copy to {key} {status}: {why}", code=status)


async def _copy_in_blocks(source: _Source, target: AzureBackend, key: str, *, overwrite: bool) -> None:
    """Copy an object of one version, with its attributes, block by block: it appears with the block list."""
    found = source.store._stored(
        source.key, await source.store._send(source.store._requests.get_object(source.key, READ_HEAD)), READ_HEAD
    )
    assert isinstance(found, HeaderObject)
    size, etag = found.meta["size"], found.meta["e_tag"]
    extents = split_parts(size, plan_part_size(size, _BLOCK_SIZE, (1, 4000 << 20, 50_000)))
    block_ids = [make_block_id() for _ in extents]
    jobs: list[Callable[[], Coroutine[Any, Any, None]]] = [
        partial(_put_block, source, target, key, block_id, extent, etag)
        for block_id, extent in zip(block_ids, extents, strict=True)
    ]
    await run_all(jobs, _BLOCKS)
    options = WriteOptions(attributes=found.attributes, mode="overwrite" if overwrite else "create")
    request = target._requests.put_block_list(key, block_ids, options)
    await target._send_and_forget(request, meanings_for(options))


async def _put_block(
    source: _Source, target: AzureBackend, key: str, block_id: str, extent: tuple[int, int], etag: str | None
) -> None:
    request = target._requests.put_block_from_url(source.key, key, block_id, source.url, extent, etag)
    request.headers = [*request.headers, *source.headers]
    await target._send_and_forget(request)
