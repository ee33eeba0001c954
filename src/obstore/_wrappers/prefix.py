"""Another store, seen from one of its directories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from obstore._core.errors import InvalidPathError
from obstore._core.key import as_key
from obstore._core.path import encode_path, join_path, parse_prefix, strip_prefix
from obstore._core.types import Buffer, ListOptions, ListPage, ObjectMeta, Pairs, PutResult, ReadOptions, WriteOptions
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject, sign_with
from obstore._wrappers.base import Wrapper


class PrefixBackend(Wrapper):
    """Puts a prefix before every path that goes in, and takes it off every path that comes out."""

    def __init__(self, store: Backend, prefix: str) -> None:
        super().__init__(store)
        self.prefix = parse_prefix(prefix)
        self.has_conditional_uploads = store.has_conditional_uploads

    def _options(self) -> dict[str, Any]:
        return {"prefix": self.prefix}

    def __repr__(self) -> str:
        return f'PrefixStore({self._inner!r}, "{self.prefix}")'

    @property
    def identity(self) -> str:
        return join_path(self._inner.identity, encode_path(self.prefix))

    def _full(self, path: str) -> str:
        if not path:
            raise InvalidPathError("the empty path is the prefix itself, not an object below it", path=path)
        return join_path(self.prefix, path)

    def _own(self, meta: ObjectMeta) -> ObjectMeta:
        path = strip_prefix(self.prefix, meta["path"])
        return meta if path is None else ObjectMeta(**{**meta, "path": as_key(path)})

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        stored = await self._inner.get_object(self._full(path), options)
        return StoredObject(self._own(stored.meta), stored.body, range=stored.range, attributes=stored.attributes)

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        return await self._inner.put_object(self._full(path), data, options)

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        return await self._inner.create_multipart_upload(self._full(path), options)

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await self._inner.delete_objects([self._full(path) for path in paths])

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        await self._inner.copy_object(self._full(source), self._full(target), overwrite=overwrite)

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        await self._inner.rename_object(self._full(source), self._full(target), overwrite=overwrite)

    async def list_objects(self, options: ListOptions) -> ListPage:
        return self._own_page(await self._inner.list_objects(self._full_options(options)))

    async def list_directory(self, options: ListOptions) -> ListPage:
        return self._own_page(await self._inner.list_directory(self._full_options(options)))

    def _full_options(self, options: ListOptions) -> ListOptions:
        offset = join_path(self.prefix, options.offset) if options.offset else None
        return options._replace(prefix=join_path(self.prefix, options.prefix), offset=offset)

    def _own_page(self, page: ListPage) -> ListPage:
        directories = [as_key(strip_prefix(self.prefix, each) or each) for each in page.common_prefixes]
        # An object `prefix/` has no name from here.
        objects = [meta for meta in map(self._own, page.objects) if meta["path"]]
        return ListPage(objects, directories, page.token)

    def unwrap(self, path: str = "") -> tuple[Backend, str]:
        return self._inner.unwrap(join_path(self.prefix, path))

    async def copy_from(self, other: Backend, source: str, target: str, *, overwrite: bool) -> None:
        await self._inner.copy_from(other, source, self._full(target), overwrite=overwrite)

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        return await sign_with(self._inner, method, self._full(path), expires_in, query, headers)
