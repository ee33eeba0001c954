"""Another store, whose answers are written down."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from obstore._core.body import BufferBody
from obstore._core.errors import BaseError
from obstore._core.types import Buffer, ListOptions, ListPage, Pairs, PutResult, ReadOptions, WriteOptions
from obstore._io.lock import Lock
from obstore._io.runtime import current
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject, sign_with
from obstore._wrappers.base import Around, WrappedUpload, Wrapper
from obstore._wrappers.recording import (
    FORMAT,
    call_of,
    written_error,
    written_object,
    written_page,
)

T = TypeVar("T")


class _Recorder:
    """Appends to a recording."""

    def __init__(self, file: str, *, starts: bool) -> None:
        self._file = file
        self._lock = Lock()
        self._uploads = 0
        self._prefix = "" if starts else f"{os.getpid()}-"
        if starts:
            with open(file, "w", encoding="utf-8") as opened:
                opened.write(json.dumps(FORMAT) + "\n")

    def number_upload(self) -> str:
        """Return a name for an upload that no other in the recording has."""
        with self._lock:
            self._uploads += 1
            return f"{self._prefix}{self._uploads}"

    async def add(self, call: dict[str, Any], answer: dict[str, Any]) -> None:
        """Write a call and its answer down."""
        line = json.dumps({"call": call, **answer}) + "\n"
        await current().call(lambda: self._append(line))

    def _append(self, line: str) -> None:
        # In one system call: other processes may be at it too.
        with self._lock, open(self._file, "ab", buffering=0) as opened:
            opened.write(line.encode())

    async def note(
        self, call: dict[str, Any], do: Callable[[], Awaitable[T]], write: Callable[[T], Any] = lambda value: value
    ) -> T:
        """Carry a call out, and write down what came of it."""
        try:
            value = await do()
        except BaseError as error:
            await self.add(call, {"error": written_error(error)})
            raise
        await self.add(call, {"result": write(value)})
        return value


class RecordBackend(Wrapper):
    """Writes all calls and their answers into a file. Bodies are read whole to that end."""

    def __init__(self, store: Backend, file: str | os.PathLike[str], *, append: bool = False) -> None:
        super().__init__(store)
        self.file = os.fspath(file)
        self._recorder = _Recorder(self.file, starts=not append)

    def _options(self) -> dict[str, Any]:
        return {"file": self.file}

    def __reduce__(self) -> tuple[Any, ...]:
        # What is done in another process is added to the same recording.
        return functools.partial(type(self), file=self.file, append=True), (self._inner,)

    def unwrap(self, path: str = "") -> tuple[Backend, str]:
        return self, path  # What is copied from here is to be recorded.

    def can_copy_from(self, other: Backend) -> bool:
        return Backend.can_copy_from(self, other)

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        data: Buffer = b""

        async def get() -> StoredObject:
            nonlocal data
            stored = await self._inner.get_object(path, options)
            data = await stored.body.read()
            stored.body = BufferBody(data)
            return stored

        call = call_of("get_object", path=path, options=options)
        return await self._recorder.note(call, get, lambda stored: written_object(stored, data))

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        call = call_of("put_object", path=path, data=data, options=options)
        return await self._recorder.note(call, lambda: self._inner.put_object(path, data, options))

    async def delete_objects(self, paths: Sequence[str]) -> None:
        call = call_of("delete_objects", paths=list(paths))
        await self._recorder.note(call, lambda: self._inner.delete_objects(paths))

    async def list_objects(self, options: ListOptions) -> ListPage:
        call = call_of("list_objects", options=options)
        return await self._recorder.note(call, lambda: self._inner.list_objects(options), written_page)

    async def list_directory(self, options: ListOptions) -> ListPage:
        call = call_of("list_directory", options=options)
        return await self._recorder.note(call, lambda: self._inner.list_directory(options), written_page)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        number = self._recorder.number_upload()
        call = call_of("create_multipart_upload", path=path, options=options)

        def write(upload: MultipartUpload) -> dict[str, Any]:
            return {"upload": number, "limits": upload.part_limits}

        upload = await self._recorder.note(call, lambda: self._inner.create_multipart_upload(path, options), write)
        return _RecordedUpload(upload, path, self._around, number, self._recorder)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        call = call_of("copy_object", source=source, target=target, overwrite=overwrite)
        await self._recorder.note(call, lambda: self._inner.copy_object(source, target, overwrite=overwrite))

    async def copy_from(self, other: Backend, source: str, target: str, *, overwrite: bool) -> None:
        await Backend.copy_from(self, other, source, target, overwrite=overwrite)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        call = call_of("rename_object", source=source, target=target, overwrite=overwrite)
        await self._recorder.note(call, lambda: self._inner.rename_object(source, target, overwrite=overwrite))

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        # Not recorded: a signature is as good as a password for as long as it is valid.
        return await sign_with(self._inner, method, path, expires_in, query, headers)


class _RecordedUpload(WrappedUpload):
    """An upload whose parts are written down."""

    def __init__(self, upload: MultipartUpload, path: str, around: Around, number: str, recorder: _Recorder) -> None:
        super().__init__(upload, path, around)
        self._number = number
        self._recorder = recorder

    async def put_part(self, index: int, data: Buffer) -> None:
        call = call_of("put_part", upload=self._number, index=index, data=data)
        await self._recorder.note(call, lambda: self._upload.put_part(index, data))

    async def complete(self) -> PutResult:
        return await self._recorder.note(call_of("complete", upload=self._number), self._upload.complete)

    async def abort(self) -> None:
        await self._recorder.note(call_of("abort", upload=self._number), self._upload.abort)
