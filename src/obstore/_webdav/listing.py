"""Listing over HTTP: with PROPFIND, at once or directory by directory, or from the pages that show directories."""

from __future__ import annotations

from functools import partial
from typing import Literal

from obstore._core.errors import BaseError, NotFoundError, NotSupportedError, store_error
from obstore._core.retry import RetryPolicy
from obstore._core.types import READ_HEAD, ListOptions, ListPage, ObjectMeta
from obstore._http.message import Header
from obstore._http.options import ClientOptions
from obstore._transfer.cloud import Meanings
from obstore._transfer.parallel import run_all
from obstore._webdav.autoindex import read_index
from obstore._webdav.multistatus import Entry, read_entries
from obstore._webdav.reading import ReadableHTTP
from obstore._webdav.url import Place
from obstore._webdav.walk import is_cut_short, is_past, join_token, may_have_past, split_token

Listing = Literal["webdav", "index"]

_HEADS = 10
_FINDING: Meanings = {405: NotSupportedError, 409: NotFoundError, 501: NotSupportedError}
_NOTHING_THERE = frozenset({404, 409, 410})
_TOO_DEEP = frozenset({400, 403, 507})


class ListableHTTP(ReadableHTTP):
    """The objects below a URL, to be read and listed."""

    def __init__(
        self,
        place: Place,
        options: ClientOptions,
        policy: RetryPolicy,
        authorization: Header | None = None,
        listing: Listing = "webdav",
    ) -> None:
        super().__init__(place, options, policy, authorization)
        self._listing = listing
        self._lists_deep = listing == "webdav"

    async def list_objects(self, options: ListOptions) -> ListPage:
        if options.token is None and self._lists_deep:
            page = await self._list_deep(options)
            if page is not None:
                return page
        batch, rest = split_token(options.prefix if options.token is None else options.token)
        levels = await run_all([partial(self._list_level, directory) for directory in batch], len(batch))
        return await self._page([entry for level in levels for entry in level], options.offset, rest)

    async def _list_deep(self, options: ListOptions) -> ListPage | None:
        """List everything at once; None if the server does not want that."""
        try:
            entries = await self._find(options.prefix, "infinity")
        except BaseError as error:
            if error.status not in _TOO_DEEP:
                raise
            self._lists_deep = False
            return None
        if is_cut_short(entries, options.prefix):
            return await self._page(entries, options.offset, [])
        return ListPage(await self._metas(entries, options.offset))

    async def _page(self, entries: list[Entry], offset: str | None, rest: list[str]) -> ListPage:
        deeper = [entry.path for entry in entries if entry.is_directory and may_have_past(entry.path, offset)]
        return ListPage(await self._metas(entries, offset), [], join_token([*deeper, *rest]))

    async def list_directory(self, options: ListOptions) -> ListPage:
        entries = await self._list_level(options.prefix)
        directories = [entry.path for entry in entries if entry.is_directory]
        return ListPage(await self._metas(entries, options.offset), directories)

    async def _list_level(self, directory: str) -> list[Entry]:
        return await (self._find(directory, "1") if self._listing == "webdav" else self._read_index(directory))

    async def _find(self, directory: str, depth: str) -> list[Entry]:
        request = self._requests.find_properties(directory, depth)
        try:
            response = await self._send(request, _FINDING)
        except NotSupportedError as error:
            raise self._no_webdav(directory, str(error)) from error
        except BaseError as error:
            if not await self._is_nothing(directory, error):
                raise
            return []
        if response.status != 207:
            response.body.close()
            kind = response.headers.get("content-type", "something")
            raise self._no_webdav(directory, f"PROPFIND was answered with {response.status} and {kind}")
        return read_entries(await self._body_of(response), request.path, directory)

    def _no_webdav(self, directory: str, cause: str) -> BaseError:
        return store_error(
            NotSupportedError,
            self.label,
            directory,
            f"{self._place.shown} does not speak WebDAV, and cannot be listed: {cause}",
            hint="if the server shows indexes of its directories, use HTTPStore(url, listing='index')",
        )

    async def _is_nothing(self, directory: str, error: BaseError) -> bool:
        """Tell whether a listing failed because there is no such directory."""
        if error.status == 400 and directory:  # Apache's answer where there is a file of that name.
            return await self._meta_of(directory) is not None
        if error.status not in _NOTHING_THERE:
            return False
        if not directory and await self._is_readable(directory):
            raise self._no_webdav(directory, f"PROPFIND gets {error.status}, GET does not") from error
        return True

    async def _is_readable(self, directory: str) -> bool:
        try:
            response = await self._send(self._requests.get_index(directory))
        except BaseError:
            return False
        response.body.close()
        return True

    async def _read_index(self, directory: str) -> list[Entry]:
        request = self._requests.get_index(directory)
        try:
            response = await self._send(request)
        except NotFoundError:
            return []
        return read_index(await self._body_of(response), f"{self._origin}{request.path}", directory)

    async def _metas(self, entries: list[Entry], offset: str | None) -> list[ObjectMeta]:
        """Describe the objects among the entries; those whose size the listing did not say are asked for."""
        found = [entry for entry in entries if not entry.is_directory and is_past(entry.path, offset)]
        unknown = [entry.path for entry in found if entry.size is None]
        heads = await run_all([partial(self._meta_of, path) for path in unknown], _HEADS) if unknown else []
        asked = dict(zip(unknown, heads, strict=True))
        metas = [asked[entry.path] if entry.size is None else entry.meta() for entry in found]
        return [meta for meta in metas if meta is not None]

    async def _meta_of(self, path: str) -> ObjectMeta | None:
        try:
            return (await self.get_object(path, READ_HEAD)).meta
        except NotFoundError:
            return None  # A link that leads nowhere.
