"""Multipart uploads: blocks that nobody sees until a block list makes an object of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from obstore._azure.replies import read_put_result
from obstore._azure.requests import make_block_id
from obstore._core.errors import AlreadyExistsError, BaseError
from obstore._core.types import Buffer, PutResult, WriteOptions
from obstore._http.message import FilePiece
from obstore._transfer.backend import MultipartUpload

if TYPE_CHECKING:
    from obstore._azure.store import AzureBackend

CREATE: Mapping[int, type[BaseError]] = {409: AlreadyExistsError, 412: AlreadyExistsError}
"""What refusals mean where an object must not be there yet: the service says 409, some of its faces 412."""


def meanings_for(options: WriteOptions) -> Mapping[int, type[BaseError]] | None:
    """Return what refusals of a write mean."""
    return CREATE if options.mode == "create" else None


class AzureUpload(MultipartUpload):
    """A multipart upload. Nothing marks its beginning or its end but the blocks themselves."""

    part_limits = (1, 4000 << 20, 50_000)

    def __init__(self, store: AzureBackend, key: str, options: WriteOptions) -> None:
        self._store = store
        self._key = key
        self._options = options
        self._blocks: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"<AzureUpload {self._key} blocks={len(self._blocks)}>"

    async def put_part(self, index: int, data: Buffer | FilePiece) -> None:
        if not len(data):
            return  # "The Content-Length header must be set", and 0 is refused: an empty part adds nothing.
        block_id = make_block_id()
        await self._store._send_and_forget(self._store._requests.put_block(self._key, block_id, data))
        self._blocks[index] = block_id

    async def complete(self) -> PutResult:
        block_ids = [self._blocks[index] for index in sorted(self._blocks)]
        request = self._store._requests.put_block_list(self._key, block_ids, self._options)
        response = await self._store._send_and_forget(request, meanings_for(self._options))
        return read_put_result(response.headers)

    async def abort(self) -> None:
        # There is no request for it. Blocks that no list names are gone after a week, or with the
        # next write to the object, and are not billed as one.
        self._blocks.clear()
