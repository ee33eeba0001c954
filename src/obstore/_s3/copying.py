"""Copies that the service makes itself: within a bucket, and between buckets of one endpoint.

CopyObject does most of it, with attributes and tags. What it cannot do is copy more than
5 GiB, and leave an existing target alone; an upload whose parts are copies can. Such an
upload begins with nothing, so the attributes and tags of the source are given to it. Its parts are
copied on condition that the source is still the object whose size was asked for: a change is an error,
never a mixture.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from obstore._core.errors import AlreadyExistsError, BaseError, NotFoundError, NotSupportedError, store_error
from obstore._core.parts import plan_part_size, split_parts
from obstore._core.types import READ_HEAD, WriteOptions
from obstore._http.message import Header, Origin
from obstore._s3.config import CopyCondition
from obstore._s3.replies import read_tags
from obstore._s3.upload import S3Upload, begin
from obstore._transfer.lost_reply import doubt
from obstore._transfer.parallel import run_all
from obstore._transfer.upload import abort

if TYPE_CHECKING:
    from obstore._s3.store import S3Backend
    from obstore._transfer.backend import StoredObject

# Services without tags say this when they are asked for some. A 403 is passed on, as CopyObject does.
_NO_TAGS = frozenset({400, 404, 405, 501})
_MAX_TAGS = 1 << 16

COPY_LIMIT = 5 << 30
"""Bytes that CopyObject, and one UploadPartCopy, will copy."""

# The service moves the bytes, so a part costs a request and nothing else: AWS's own advice is a few hundred megabytes.
_PART_SIZE = 256 << 20
_CONCURRENCY = 16

# How services say that the source is too large: AWS (400), and those that have a code for it.
_TOO_LARGE = frozenset({"InvalidRequest", "EntityTooLarge"})


async def copy(target_store: S3Backend, source_store: S3Backend, source: str, target: str, *, overwrite: bool) -> None:
    """Copy the object `source` of one bucket to `target` in another, or the same. Both are keys."""
    settings = target_store._settings
    condition = None if overwrite else _required(settings.copy_condition)
    in_parts = _PartsCopy(target_store, source_store, source, target, is_exclusive=not overwrite)
    if condition is not None and condition.mode == "multipart":
        await in_parts.run()
        return
    threshold = settings.copy_threshold
    if threshold is not None and condition is None and await in_parts.size() > threshold:
        await in_parts.run()
        return
    headers = source_store._requests.copy_source(source)
    request = target_store._requests.copy_object(headers, target, condition and condition.header)
    try:
        await target_store._send_checked(request, {condition.status: AlreadyExistsError} if condition else None)
    except AlreadyExistsError as error:
        if error.attempts > 1:
            doubt(error)  # A copy has another tag than its source: nothing shows whose it is.
        raise
    except BaseError as error:
        if error.code not in _TOO_LARGE or condition is not None or await in_parts.size() <= COPY_LIMIT:
            raise
        await in_parts.run()


def _required(condition: CopyCondition | None) -> CopyCondition:
    if condition is None:
        raise NotSupportedError(
            "Operation not supported: S3 copies with overwrite=False only when told how",
            store="S3",
            hint="copy_if_not_exists='multipart' works on AWS and most others",
        )
    return condition


class _PartsCopy:
    """A copy by an upload of parts that are copies."""

    def __init__(
        self, target_store: S3Backend, source_store: S3Backend, source: str, target: str, *, is_exclusive: bool
    ) -> None:
        self._to = target_store
        self._from = source_store
        self._source = source
        self._target = target
        self._is_exclusive = is_exclusive
        self._found: StoredObject | None = None

    async def _look(self) -> StoredObject:
        if self._found is None:
            store = self._from
            response = await store._send(store._requests.get_object(self._source, READ_HEAD))
            self._found = store._stored(self._source, response, READ_HEAD)
        return self._found

    async def size(self) -> int:
        """Return the size of the source."""
        return (await self._look()).meta["size"]

    async def run(self) -> None:
        """Copy."""
        source = await self._look()
        parts = split_parts(source.meta["size"], self._part_size(source.meta["size"]))
        if self._is_exclusive and len(parts) > 1:
            await self._check_target()
        mode = "create" if self._is_exclusive else "overwrite"
        options = WriteOptions(attributes=source.attributes, tags=await self._tags(), mode=mode)  # type: ignore[arg-type]
        self._to._check_write(options)
        upload = await begin(self._to, self._target, options)
        try:
            await run_all(self._jobs(upload, parts, source.meta["e_tag"]), _CONCURRENCY)
            await upload.complete()
        except BaseException as error:
            await abort(upload, error)
            raise

    def _part_size(self, size: int) -> int:
        threshold = self._to._settings.copy_threshold
        return plan_part_size(size, min(_PART_SIZE, threshold or _PART_SIZE), S3Upload.part_limits)

    async def _check_target(self) -> None:
        """Look for the target before much is copied in vain. What counts is the condition at the end."""
        try:
            await self._to._send(self._to._requests.get_object(self._target, READ_HEAD))
        except NotFoundError:
            return
        raise store_error(AlreadyExistsError, self._to.label, self._target, "there is an object already")

    async def _tags(self) -> dict[str, str]:
        settings = self._to._settings
        if not settings.sends_tags or settings.no_tags_at is not None:
            return {}
        store = self._from
        try:
            response = await store._send(store._requests.get_tags(self._source))
        except BaseError as error:
            if error.status in _NO_TAGS:
                return {}
            raise
        if int(response.headers.get("content-length") or 0) > _MAX_TAGS:
            response.body.close()  # The service does not know the question, and sends the object.
            return {}
        return read_tags(await response.body.read())

    def _jobs(
        self, upload: S3Upload, parts: Sequence[tuple[int, int]], e_tag: str | None
    ) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        headers = self._from._requests.copy_source(self._source)
        if e_tag is not None:
            headers.append(("x-amz-copy-source-if-match", e_tag))
        if len(parts) == 1:
            return [_copying(upload, 0, headers)]
        return [
            _copying(upload, index, [*headers, ("x-amz-copy-source-range", f"bytes={start}-{stop - 1}")])
            for index, (start, stop) in enumerate(parts)
        ]


def _copying(upload: S3Upload, index: int, source: Sequence[Header]) -> Callable[[], Coroutine[Any, Any, None]]:
    async def copy_part() -> None:
        await upload.put_part_copy(index, source)

    return copy_part


def are_neighbours(one: S3Backend, other: S3Backend) -> bool:
    """Tell whether one can copy what the other has: the same service, asked by the same principal."""
    one, other = one._moved or one, other._moved or other
    mine, theirs = one._settings, other._settings
    if _service(one) != _service(other) or (mine.signs, mine.pays) != (theirs.signs, theirs.pays):
        return False
    if not mine.signs or one._credentials is other._credentials:
        return True
    identity = one._credentials.identity
    return identity is not None and identity == other._credentials.identity


def _service(store: S3Backend) -> Origin:
    """Return the origin without the bucket, which may stand in its name."""
    origin = store._origin
    return origin._replace(host=origin.host.removeprefix(f"{store._settings.bucket}."))
