"""A store in memory that remembers what it was asked for, and can be told to fail."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from obstore._core.types import Bounded, Buffer, PutResult, ReadOptions, WriteOptions
from obstore._testing.colour import drive
from obstore.exceptions import GenericError
from obstore.store import MemoryStore, MultipartUpload, StoredObject
from obstore.testing import COLOURS, Colour, StoreView


class RecordingStore(MemoryStore):
    """Requests are kept in `requests`, as text. Part `failing_part` of an upload fails."""

    def __init__(self, *, has_e_tags: bool = True, weak: bool = False) -> None:
        super().__init__()
        self.requests: list[str] = []
        self.failing_part: int | None = None
        self.part_limits: tuple[int, int, int] | None = None
        self.has_e_tags = has_e_tags
        self.weak = weak

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        extent = options.range
        pinned = " pinned" if options.if_match else ""
        if options.head:
            self.requests.append("head")
        elif isinstance(extent, Bounded):
            self.requests.append(f"get {extent.start}..{extent.end}{pinned}")
        stored = await super().get_object(path, options)
        meta = stored.meta
        e_tag = (f"W/{meta['e_tag']}" if self.weak else meta["e_tag"]) if self.has_e_tags else None
        return StoredObject({**meta, "e_tag": e_tag}, stored.body, range=stored.range, attributes=stored.attributes)

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        self.requests.append(f"put {len(data)}")
        return await super().put_object(path, data, options)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        self.requests.append("begin")
        return _RecordingUpload(self, path, await super().create_multipart_upload(path, options))


class _RecordingUpload(MultipartUpload):
    def __init__(self, store: RecordingStore, path: str, upload: MultipartUpload) -> None:
        self._store = store
        self._upload = upload
        self.part_limits = store.part_limits

    async def put_part(self, index: int, data: Buffer) -> None:
        self._store.requests.append(f"part {index}: {len(data)}")
        if index == self._store.failing_part:
            raise GenericError("the part was refused", status=500)
        await self._upload.put_part(index, data)

    async def complete(self) -> PutResult:
        before = list(self._store.requests)
        result = await self._upload.complete()
        self._store.requests[:] = [*before, "complete"]  # without the request that it is in memory
        return result

    async def abort(self) -> None:
        self._store.requests.append("abort")
        await self._upload.abort()


def both_colours(body: Callable[[StoreView], Coroutine[Any, Any, None]]) -> Callable[[Colour], None]:
    """Make two tests of one body: it gets a view of a new `RecordingStore`."""

    def run(colour: Colour) -> None:
        drive(colour, body(StoreView(RecordingStore(), colour)))

    run.__name__ = body.__name__
    run.__doc__ = body.__doc__
    marked: Callable[[Colour], None] = pytest.mark.parametrize("colour", COLOURS)(run)
    return marked


def requests_of(view: StoreView) -> list[str]:
    """Return the requests since the last call."""
    store: RecordingStore = view.store
    requests, store.requests = store.requests, []
    return requests
