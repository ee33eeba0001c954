"""The HTTP store: any web server can be read, one that speaks WebDAV (RFC 4918) can be written and listed.

A server that does not, but shows indexes of its directories, can be listed all the same if
`listing` is `"index"`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from obstore._core.errors import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotImplementedError,
    NotSupportedError,
    store_error,
)
from obstore._core.types import READ_HEAD, Buffer, PutResult, WriteOptions
from obstore._http.message import FilePiece, Request, Response
from obstore._transfer.backend import MultipartUpload
from obstore._transfer.cloud import Meanings
from obstore._transfer.parallel import try_all
from obstore._webdav.listing import ListableHTTP
from obstore._webdav.multistatus import describes_directory, first_failure
from obstore._webdav.upload import SpooledUpload

_DELETIONS = 10

_WRITING: Meanings = {405: NotSupportedError, 409: GenericError, 501: NotSupportedError}
# "409 (Conflict)" (RFC 4918, 9.7.1, 9.8.5), which some write as 404, and nginx as 500 for a copy.
_NO_PARENT = frozenset({404, 409})
# 412 is the standard's word for a target that is there. For a directory Apache says 301, and nginx 409.
_IN_THE_WAY = frozenset({301, 409, 412})
_NO_PARENT_OF_COPY = frozenset({404, 409, 500})


class _Transfer(Protocol):
    def __call__(self, source: str, target: str, *, overwrite: bool) -> Request: ...


class HTTPBackend(ListableHTTP):
    """The objects below a URL."""

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        self._check_mode(options)
        return await self._put(path, options, data)

    def _check_mode(self, options: WriteOptions) -> None:
        if options.mode != "overwrite":
            raise NotImplementedError(
                "Operation `put_opts` with a mode other than `PutMode::Overwrite` not yet implemented by HttpStore.",
                store=self.label,
                hint="many servers ignore If-None-Match and If-Match, and would overwrite: put the object under "
                "another name, then rename it with overwrite=False",
            )

    async def _put(self, path: str, options: WriteOptions, data: Buffer | FilePiece) -> PutResult:
        request = self._requests.put_object(path, data, options)
        response = await self._send_below(request, path)
        return {"e_tag": response.headers.get("etag"), "version": None}

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        self._check_mode(options)
        return SpooledUpload(partial(self._put, path, options))

    async def _send_whole(self, request: Request) -> Response:
        """Send a request that changes something, and see that it was done wholly."""
        response = await self._send(request, _WRITING)
        body = await self._body_of(response)
        failed = first_failure(body) if response.status == 207 else None
        if failed is not None:
            cause = f"{request.method} was done in part only: {failed}"
            raise store_error(GenericError, self.label, request.subject, cause, status=207)
        return response

    async def _send_below(self, request: Request, path: str) -> Response:
        """Send a request that makes `path`; make its directories if that is what is missing."""
        is_copy = request.method != "PUT"
        try:
            return await self._send_whole(request)
        except BaseError as error:
            if error.status not in (_NO_PARENT_OF_COPY if is_copy else _NO_PARENT) or "/" not in path:
                raise
            if is_copy and error.status != 409:
                await self.get_object(request.subject, READ_HEAD)  # If it is the source that is missing, it says so.
        await self._make_parents(path)
        return await self._send_whole(request)

    async def _make_parents(self, path: str) -> None:
        """Make the directories of `path`, from the nearest one that can be made downwards."""
        missing: list[str] = []
        directory = path.rpartition("/")[0]
        while directory and not await self._make_directory(directory):
            missing.insert(0, directory)
            directory = directory.rpartition("/")[0]
        for directory in missing:
            if not await self._make_directory(directory):
                raise GenericError(
                    f"Generic HTTP error: the directory {directory!r} could not be made",
                    store=self.label,
                    path=path,
                    hint=f"is there a collection at {self._place.shown}?",
                )

    async def _make_directory(self, directory: str) -> bool:
        """Make a directory; say whether it is there now. False means that its parent is missing."""
        try:
            await self._send_whole(self._requests.make_collection(directory))
        except BaseError as error:
            if error.status in _NO_PARENT:
                return False
            # "405: MKCOL can only be executed on an unmapped URL" (RFC 4918, 9.3.1): another writer was faster.
            # Apache says 403 if that happened while it was making the directory itself.
            if error.status != 405 and not await self._is_directory(directory):
                raise
        return True

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await try_all([partial(self._delete, path) for path in paths], _DELETIONS)

    async def _delete(self, path: str) -> None:
        await self._send_whole(self._requests.delete_object(path))

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        await self._transfer(self._requests.copy_object, source, target, overwrite=overwrite)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        try:
            await self._transfer(self._requests.move_object, source, target, overwrite=overwrite)
        except NotSupportedError:
            await super().rename_object(source, target, overwrite=overwrite)

    async def _transfer(self, make: _Transfer, source: str, target: str, *, overwrite: bool) -> None:
        """Copy or move. `Overwrite: T` replaces a whole tree by an object, so it is asked for with care."""
        if source == target:
            await self._onto_itself(source, overwrite=overwrite)
            return
        try:
            await self._send_below(make(source, target, overwrite=False), target)
            return
        except BaseError as error:
            if error.status not in _IN_THE_WAY:
                raise
            is_taken = error.status == 412
            if (is_taken and not overwrite) or await self._is_directory(target):
                raise self._in_the_way(target, error) from error
            if not is_taken:
                raise
        await self._send_whole(make(source, target, overwrite=True))

    async def _onto_itself(self, path: str, *, overwrite: bool) -> None:
        await self.get_object(path, READ_HEAD)
        if not overwrite:
            raise store_error(AlreadyExistsError, self.label, path, "it is both source and target")

    def _in_the_way(self, target: str, error: BaseError) -> BaseError:
        return store_error(
            AlreadyExistsError,
            self.label,
            target,
            f"{error.method} {error.url} is not to replace it",
            method=error.method,
            url=error.url,
            status=error.status,
            attempts=error.attempts,
            elapsed=error.elapsed,
        )

    async def _is_directory(self, path: str) -> bool:
        try:
            response = await self._send(self._requests.find_properties(path, "0"))
        except BaseError:
            return False
        return describes_directory(await self._body_of(response))
