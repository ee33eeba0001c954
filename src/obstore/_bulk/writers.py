"""Where the bytes of a transfer go: an object, or a local file. Both appear whole or not at all."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NamedTuple

from obstore._bulk.checksum import Checksum
from obstore._bulk.readers import Facts
from obstore._bulk.staged import StagedFile, pieces_left
from obstore._core.errors import GenericError
from obstore._core.parts import plan_part_size, split_parts
from obstore._core.types import Buffer, WriteOptions
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, MultipartUpload
from obstore._transfer.upload import abort

Piece = tuple[int, int, int]
"""The number of a piece, and the `[start, stop)` of its bytes."""

_ANY_PARTS = (1, 1 << 62, 1 << 62)


class Writer(ABC):
    """One content on its way in."""

    takes_attributes = False
    """Whether it keeps what is stored with a content."""

    @abstractmethod
    async def put_whole(self, data: Buffer, facts: Facts) -> None:
        """Store and publish everything at once."""

    @abstractmethod
    async def begin(self, facts: Facts, chunk_size: int) -> list[Piece]:
        """Begin, and return the pieces that are wanted: all, but for those that are there already."""

    @abstractmethod
    async def put(self, piece: Piece, data: Buffer) -> None:
        """Store a piece, at once with others and in any order."""

    @abstractmethod
    async def finish(self, facts: Facts) -> None:
        """Publish the pieces."""

    @abstractmethod
    async def abort(self, cause: BaseException, *, is_stale: bool) -> None:
        """Stop because of `cause`. What is `is_stale` is of no use to a later call."""


class ObjectWriter(Writer):
    """An object of a store, in one request or in parts."""

    def __init__(self, store: Backend, path: str, options: WriteOptions, *, keeps_attributes: bool = False) -> None:
        self._store = store
        self._path = path
        self._options = options
        self.takes_attributes = keeps_attributes
        self._upload: MultipartUpload | None = None

    def __repr__(self) -> str:
        return f"<ObjectWriter {self._path} of {self._store!r}>"

    def _options_for(self, facts: Facts) -> WriteOptions:
        return self._options._replace(attributes=facts.attributes) if self.takes_attributes else self._options

    async def put_whole(self, data: Buffer, facts: Facts) -> None:
        await self._store.put_object(self._path, data, self._options_for(facts))

    async def begin(self, facts: Facts, chunk_size: int) -> list[Piece]:
        self._upload = await self._store.create_multipart_upload(self._path, self._options_for(facts))
        part_size = plan_part_size(facts.size, chunk_size, self._upload.part_limits or _ANY_PARTS)
        self._upload.part_size = part_size
        return pieces_left(split_parts(facts.size, part_size), set())

    async def put(self, piece: Piece, data: Buffer) -> None:
        assert self._upload is not None
        await self._upload.put_part(piece[0], data)

    async def finish(self, facts: Facts) -> None:
        assert self._upload is not None
        await self._upload.complete()
        self._upload = None

    async def abort(self, cause: BaseException, *, is_stale: bool) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            await abort(upload, cause)


class FileOptions(NamedTuple):
    """How a file is to be written."""

    overwrite: bool = True
    resume: bool = True
    checksum: Checksum | None = None
    fsync: bool = False


class FileWriter(Writer):
    """A local file. `identity` is what a journal must say for its pieces to be used."""

    def __init__(self, file: str, options: FileOptions, identity: Mapping[str, Any]) -> None:
        self._file = file
        self._options = options
        self._identity = identity
        self._staged: StagedFile | None = None
        self._has_pieces = False

    def __repr__(self) -> str:
        return f"<FileWriter {self._file}>"

    async def put_whole(self, data: Buffer, facts: Facts) -> None:
        await current().call(functools.partial(self._put_whole, data, facts))

    def _put_whole(self, data: Buffer, facts: Facts) -> None:
        staged = self._stage()
        try:
            staged.begin(facts.size)
            staged.write(data, 0)
            self._publish(facts)
        except BaseException:
            staged.discard()
            raise

    def _stage(self) -> StagedFile:
        staged = self._staged = StagedFile(self._file, fsync=self._options.fsync)
        return staged

    async def begin(self, facts: Facts, chunk_size: int) -> list[Piece]:
        done: set[int] = await current().call(lambda: self._begin(facts, chunk_size), discard=lambda _: self._leave())
        self._has_pieces = bool(done)
        return pieces_left(split_parts(facts.size, chunk_size), done)

    def _begin(self, facts: Facts, chunk_size: int) -> set[int]:
        staged = self._stage()
        version = {"size": facts.size, "e_tag": facts.e_tag, "modified": facts.modified_ns, "chunk_size": chunk_size}
        if self._options.resume:
            return staged.resume({**self._identity, **version}, facts.size)
        staged.begin(facts.size)
        return set()

    async def put(self, piece: Piece, data: Buffer) -> None:
        await current().call(lambda: self._put(piece, data))

    def _put(self, piece: Piece, data: Buffer) -> None:
        index, start, _ = piece
        assert self._staged is not None
        self._staged.write(data, start)
        if self._options.resume:
            self._staged.note(index)
            self._has_pieces = True

    async def finish(self, facts: Facts) -> None:
        await current().call(lambda: self._publish(facts))

    def _publish(self, facts: Facts) -> None:
        assert self._staged is not None
        if self._options.checksum is not None:
            self._check(self._staged, self._options.checksum)
        self._staged.publish(facts.modified_ns, overwrite=self._options.overwrite)

    def _check(self, staged: StagedFile, checksum: Checksum) -> None:
        try:
            staged.check(checksum)
        except GenericError:
            staged.discard()  # To go on with these bytes would be to fail again.
            raise

    async def abort(self, cause: BaseException, *, is_stale: bool) -> None:
        keeps = self._options.resume and self._has_pieces and not is_stale
        await current().call(self._leave if keeps else self._discard)

    def _leave(self) -> None:
        if self._staged is not None:
            self._staged.close()

    def _discard(self) -> None:
        if self._staged is not None:
            self._staged.discard()
