"""The operations as methods: what every store has.

Each calls the function of that name, not the reverse: a subclass that redefines `get`
changes `store.get(...)`, and nothing that is built on the store's primitives.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, overload

from obstore._api import files, listing, moving, reading, signing, writing
from obstore._api.inputs import PutInput
from obstore._api.list_stream import ListStream
from obstore._api.readers import AsyncReadableFile, ReadableFile
from obstore._api.results import GetResult
from obstore._api.writers import AsyncWritableFile, WritableFile
from obstore._core.bytes import Bytes
from obstore._core.types import (
    HTTP_METHOD,
    Attributes,
    GetOptions,
    ListResult,
    ObjectMeta,
    PutMode,
    PutResult,
)
from obstore._transfer.backend import Backend

if TYPE_CHECKING:
    from obstore._core.events import RequestEvent, ResponseEvent, RetryEvent
    from obstore._core.hooks import Registration
    from obstore._core.metrics import Metrics

    # What it is mixed into is a store. At run time it is no base class of its own, so that a store's is its only one.
    _Store = Backend
else:
    _Store = object


class ObjectStoreMethods(_Store):
    """The operations of a store as its methods. See the functions of the same names in `obstore`.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> isinstance(store, ObjectStoreMethods), store.get("k").bytes()
    (True, Bytes(b"hello"))
    """

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Show the store in a notebook: what it is, and where its settings came from."""
        explain = getattr(self, "explain", None)
        if explain is None:
            from html import escape

            return f"<code>{escape(repr(self))}</code>"
        return str(explain()._repr_html_())

    def get(self, path: str, *, options: GetOptions | None = None) -> GetResult:
        """Fetch an object. See `obstore.get`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get("k").bytes(), store.get("k", options={"range": (1, 3)}).bytes()
        (Bytes(b"hello"), Bytes(b"el"))
        """
        return reading.get(self, path, options=options)

    async def get_async(self, path: str, *, options: GetOptions | None = None) -> GetResult:
        """Fetch an object. See `obstore.get_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> result = asyncio.run(store.get_async("k"))
        >>> asyncio.run(result.bytes_async())
        Bytes(b"hello")
        """
        return await reading.get_async(self, path, options=options)

    def get_range(
        self,
        path: str,
        *,
        start: int | None = None,
        end: int | None = None,
        length: int | None = None,
        offset: int | None = None,
    ) -> Bytes:
        """Fetch a range of an object. See `obstore.get_range`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get_range("k", start=1, end=3), store.get_range("k", start=1, length=1)
        (Bytes(b"el"), Bytes(b"e"))
        """
        return reading.get_range(self, path, start=start, end=end, length=length, offset=offset)

    async def get_range_async(
        self,
        path: str,
        *,
        start: int | None = None,
        end: int | None = None,
        length: int | None = None,
        offset: int | None = None,
    ) -> Bytes:
        """Fetch a range of an object. See `obstore.get_range_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.get_range_async("k", start=1, end=3))
        Bytes(b"el")
        """
        return await reading.get_range_async(self, path, start=start, end=end, length=length, offset=offset)

    def get_ranges(
        self,
        path: str,
        *,
        starts: Sequence[int],
        ends: Sequence[int] | None = None,
        lengths: Sequence[int] | None = None,
        coalesce: int = reading.COALESCE,
    ) -> builtins.list[Bytes]:
        """Fetch several ranges of an object. See `obstore.get_ranges`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get_ranges("k", starts=[0, 3], ends=[1, 5])
        [Bytes(b"h"), Bytes(b"lo")]
        """
        return reading.get_ranges(self, path, starts=starts, ends=ends, lengths=lengths, coalesce=coalesce)

    async def get_ranges_async(
        self,
        path: str,
        *,
        starts: Sequence[int],
        ends: Sequence[int] | None = None,
        lengths: Sequence[int] | None = None,
        coalesce: int = reading.COALESCE,
    ) -> builtins.list[Bytes]:
        """Fetch several ranges of an object. See `obstore.get_ranges_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.get_ranges_async("k", starts=[0, 3], ends=[1, 5]))
        [Bytes(b"h"), Bytes(b"lo")]
        """
        return await reading.get_ranges_async(self, path, starts=starts, ends=ends, lengths=lengths, coalesce=coalesce)

    def head(self, path: str) -> ObjectMeta:
        """Fetch an object's metadata. See `obstore.head`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.head("k")["size"]
        5
        """
        return reading.head(self, path)

    async def head_async(self, path: str) -> ObjectMeta:
        """Fetch an object's metadata. See `obstore.head_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.head_async("k"))["size"]
        5
        """
        return await reading.head_async(self, path)

    def put(
        self,
        path: str,
        file: PutInput,
        *,
        attributes: Attributes | None = None,
        tags: Mapping[str, str] | None = None,
        mode: PutMode | None = None,
        use_multipart: bool | None = None,
        chunk_size: int = writing.DEFAULT_CHUNK_SIZE,
        max_concurrency: int = writing.DEFAULT_CONCURRENCY,
    ) -> PutResult:
        """Store an object. See `obstore.put`.

        >>> store = MemoryStore()
        >>> store.put("k", b"hello", attributes={"Content-Type": "text/plain"})
        {'e_tag': '"0"', 'version': None}
        """
        return writing.put(
            self,
            path,
            file,
            attributes=attributes,
            tags=tags,
            mode=mode,
            use_multipart=use_multipart,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
        )

    async def put_async(
        self,
        path: str,
        file: PutInput,
        *,
        attributes: Attributes | None = None,
        tags: Mapping[str, str] | None = None,
        mode: PutMode | None = None,
        use_multipart: bool | None = None,
        chunk_size: int = writing.DEFAULT_CHUNK_SIZE,
        max_concurrency: int = writing.DEFAULT_CONCURRENCY,
    ) -> PutResult:
        """Store an object. See `obstore.put_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> asyncio.run(store.put_async("k", b"hello"))
        {'e_tag': '"0"', 'version': None}
        """
        return await writing.put_async(
            self,
            path,
            file,
            attributes=attributes,
            tags=tags,
            mode=mode,
            use_multipart=use_multipart,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
        )

    def delete(self, paths: str | Sequence[str]) -> None:
        """Delete objects. See `obstore.delete`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.delete("k")
        >>> store.list().collect()
        []
        """
        moving.delete(self, paths)

    async def delete_async(self, paths: str | Sequence[str]) -> None:
        """Delete objects. See `obstore.delete_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.delete_async(["k"]))
        >>> store.list().collect()
        []
        """
        await moving.delete_async(self, paths)

    def copy(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """Copy an object. See `obstore.copy`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.copy("k", "l")
        >>> store.get("l").bytes()
        Bytes(b"hello")
        """
        moving.copy(self, from_, to, overwrite=overwrite)

    async def copy_async(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """Copy an object. See `obstore.copy_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.copy_async("k", "l"))
        >>> store.get("l").bytes()
        Bytes(b"hello")
        """
        await moving.copy_async(self, from_, to, overwrite=overwrite)

    def rename(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """Move an object. See `obstore.rename`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.rename("k", "l")
        >>> [meta["path"] for meta in store.list().collect()]
        ['l']
        """
        moving.rename(self, from_, to, overwrite=overwrite)

    async def rename_async(self, from_: str, to: str, *, overwrite: bool = True) -> None:
        """Move an object. See `obstore.rename_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.rename_async("k", "l"))
        >>> [meta["path"] for meta in store.list().collect()]
        ['l']
        """
        await moving.rename_async(self, from_, to, overwrite=overwrite)

    @overload
    def list(
        self,
        prefix: str | None = None,
        *,
        offset: str | None = None,
        chunk_size: int = listing.DEFAULT_CHUNK_SIZE,
        return_arrow: Literal[False] = False,
    ) -> ListStream[builtins.list[ObjectMeta]]: ...
    @overload
    def list(
        self,
        prefix: str | None = None,
        *,
        offset: str | None = None,
        chunk_size: int = listing.DEFAULT_CHUNK_SIZE,
        return_arrow: bool,
    ) -> ListStream[Any]: ...
    def list(
        self,
        prefix: str | None = None,
        *,
        offset: str | None = None,
        chunk_size: int = listing.DEFAULT_CHUNK_SIZE,
        return_arrow: bool = False,
    ) -> ListStream[Any]:
        """List the objects below a directory. See `obstore.list`.

        >>> store = MemoryStore()
        >>> _ = store.put("a/b", b""), store.put("c", b"")
        >>> [meta["path"] for chunk in store.list() for meta in chunk]
        ['a/b', 'c']
        """
        return listing.list(self, prefix, offset=offset, chunk_size=chunk_size, return_arrow=return_arrow)

    list_async = list

    def list_with_delimiter(self, prefix: str | None = None, *, return_arrow: bool = False) -> ListResult:
        """List one level. See `obstore.list_with_delimiter`.

        >>> store = MemoryStore()
        >>> _ = store.put("a/b", b""), store.put("c", b"")
        >>> store.list_with_delimiter()["common_prefixes"]
        ['a']
        """
        return listing.list_with_delimiter(self, prefix, return_arrow=return_arrow)

    async def list_with_delimiter_async(self, prefix: str | None = None, *, return_arrow: bool = False) -> ListResult:
        """List one level. See `obstore.list_with_delimiter_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("a/b", b""), store.put("c", b"")
        >>> asyncio.run(store.list_with_delimiter_async())["common_prefixes"]
        ['a']
        """
        return await listing.list_with_delimiter_async(self, prefix, return_arrow=return_arrow)

    @overload
    def sign(  # type: ignore[overload-overlap]
        self,
        method: HTTP_METHOD,
        paths: str,
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> str: ...
    @overload
    def sign(
        self,
        method: HTTP_METHOD,
        paths: Sequence[str],
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> builtins.list[str]: ...
    def sign(
        self,
        method: HTTP_METHOD,
        paths: str | Sequence[str],
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> str | builtins.list[str]:
        """Make signed URLs. See `obstore.sign`.

        >>> from datetime import timedelta
        >>> from obstore.store import S3Store
        >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
        >>> store.sign("GET", "k", timedelta(hours=1)).partition("?")[0]
        'https://s3.us-east-1.amazonaws.com/bucket/k'
        """
        return signing.sign(self, method, paths, expires_in, query=query, headers=headers)

    @overload
    async def sign_async(  # type: ignore[overload-overlap]
        self,
        method: HTTP_METHOD,
        paths: str,
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> str: ...
    @overload
    async def sign_async(
        self,
        method: HTTP_METHOD,
        paths: Sequence[str],
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> builtins.list[str]: ...
    async def sign_async(
        self,
        method: HTTP_METHOD,
        paths: str | Sequence[str],
        expires_in: timedelta,
        *,
        query: signing.Named | None = None,
        headers: signing.Named | None = None,
    ) -> str | builtins.list[str]:
        """Make signed URLs. See `obstore.sign_async`.

        >>> import asyncio
        >>> from datetime import timedelta
        >>> from obstore.store import S3Store
        >>> store = S3Store("bucket", access_key_id="AK", secret_access_key="SK")
        >>> asyncio.run(store.sign_async("GET", "k", timedelta(hours=1))).partition("?")[0]
        'https://s3.us-east-1.amazonaws.com/bucket/k'
        """
        return await signing.sign_async(self, method, paths, expires_in, query=query, headers=headers)

    def open_reader(
        self, path: str, *, buffer_size: int = files.READER_BUFFER_SIZE, size: int | None = None
    ) -> ReadableFile:
        """Open an object for reading. See `obstore.open_reader`.

        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> with store.open_reader("k") as file:
        ...     file.read(2)
        b'he'
        """
        return files.open_reader(self, path, buffer_size=buffer_size, size=size)

    async def open_reader_async(
        self, path: str, *, buffer_size: int = files.READER_BUFFER_SIZE, size: int | None = None
    ) -> AsyncReadableFile:
        """Open an object for reading. See `obstore.open_reader_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> async def read() -> bytes:
        ...     async with await store.open_reader_async("k") as file:
        ...         return bytes(await file.read(2))
        >>> asyncio.run(read())
        b'he'
        """
        return await files.open_reader_async(self, path, buffer_size=buffer_size, size=size)

    def open_writer(
        self,
        path: str,
        *,
        attributes: Attributes | None = None,
        buffer_size: int = files.WRITER_BUFFER_SIZE,
        tags: Mapping[str, str] | None = None,
        max_concurrency: int = writing.DEFAULT_CONCURRENCY,
    ) -> WritableFile:
        """Open an object for writing. See `obstore.open_writer`.

        >>> store = MemoryStore()
        >>> with store.open_writer("k") as file:
        ...     file.write(b"hello")
        5
        >>> store.head("k")["size"]
        5
        """
        return files.open_writer(
            self,
            path,
            attributes=attributes,
            buffer_size=buffer_size,
            tags=tags,
            max_concurrency=max_concurrency,
        )

    def open_writer_async(
        self,
        path: str,
        *,
        attributes: Attributes | None = None,
        buffer_size: int = files.WRITER_BUFFER_SIZE,
        tags: Mapping[str, str] | None = None,
        max_concurrency: int = writing.DEFAULT_CONCURRENCY,
    ) -> AsyncWritableFile:
        """Open an object for writing. See `obstore.open_writer_async`.

        >>> import asyncio
        >>> store = MemoryStore()
        >>> async def write() -> None:
        ...     async with store.open_writer_async("k") as file:
        ...         await file.write(b"hello")
        >>> asyncio.run(write())
        >>> store.head("k")["size"]
        5
        """
        return files.open_writer_async(
            self,
            path,
            attributes=attributes,
            buffer_size=buffer_size,
            tags=tags,
            max_concurrency=max_concurrency,
        )

    # What it does

    def on_request(self, callback: Callable[[RequestEvent], object]) -> Registration[RequestEvent]:
        """Have a function called before each attempt of a request; of a store without HTTP, each primitive.

        The function is called where the request is made, in its thread or its event loop, so it
        must be quick. It is a plain one. What it raises is logged and changes nothing.
        It belongs to this object, not to copies, pickles or equal stores. Of a `PrefixStore` it
        is told what the store inside does, by whoever.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> @store.on_request
        ... def show(event):
        ...     print(event.method, event.path)
        >>> _ = store.put("k", b"hello")
        put_object k
        >>> show.remove()

        Returns:
            The registration: `remove` it, or use it in a `with` statement. Called, it calls the function.
        """
        return self._observe().hooks.add("request", callback)

    def on_response(self, callback: Callable[[ResponseEvent], object]) -> Registration[ResponseEvent]:
        """Have a function called after each attempt, whether it was answered or failed. See `on_request`.

        >>> store = MemoryStore()
        >>> with store.on_response(lambda event: print(event.method, event.error)):
        ...     _ = store.put("k", b"hello")
        put_object None
        """
        return self._observe().hooks.add("response", callback)

    def on_retry(self, callback: Callable[[RetryEvent], object]) -> Registration[RetryEvent]:
        """Have a function called when a request will be sent again, before the wait. See `on_request`.

        >>> from obstore.store import HTTPStore
        >>> HTTPStore("https://example.com").on_retry(print)
        <Registration on retry print>
        """
        return self._observe().hooks.add("retry", callback)

    def metrics(self) -> Metrics:
        """Return what this store object has done: requests, retries, bytes, connections, waits.

        The difference of two is what happened in between. Without HTTP the numbers begin with the
        first call, or the first callback: a `MemoryStore` that nobody asks does not count.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> before = store.metrics()
        >>> _ = store.put("k", b"hello")
        >>> store.metrics() - before
        <Metrics requests={'put_object': {'ok': 1}} bytes_sent=5>
        """
        return self._observe().metrics()
