"""What `get` returns: an object's metadata at once, its bytes when they are asked for."""

from __future__ import annotations

import builtins
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from obstore._api.numbers import at_least_one
from obstore._core.body import Body, as_bytes
from obstore._core.bytes import Bytes
from obstore._core.types import Attributes, Buffer, ObjectMeta
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import StoredObject

if TYPE_CHECKING:
    from typing import Self

DEFAULT_CHUNK_SIZE = 10 * 1024 * 1024
"""Bytes that a chunk of a stream has at least, unless the caller says otherwise."""


_LEAST = 64 * 1024
"""Bytes that a body is asked for at once, however small the chunks may be: of a file each time is a system call,
and in an async call a thread's work, so that 256 KiB in single bytes took 20 s."""


class GetResult:
    """An object, or a range of one, whose bytes can be taken once: whole, or as a stream.

    Sync and async methods may be mixed, whichever way the result was made. A result
    whose bytes are not taken holds a connection or a file until it is closed or dropped.

    >>> import obstore
    >>> store = obstore.store.MemoryStore()
    >>> _ = obstore.put(store, "k", b"hello")
    >>> result = obstore.get(store, "k")
    >>> result.meta["size"], result.bytes()
    (5, Bytes(b"hello"))
    """

    __slots__ = ("__weakref__", "_body", "_stored")

    def __init__(self, stored: StoredObject) -> None:
        self._stored = stored
        self._body: Body | None = stored.body

    def __repr__(self) -> str:
        start, stop = self.range
        return f"<GetResult {self.meta['path']!r} bytes {start}..{stop} of {self.meta['size']}>"

    def _repr_html_(self) -> str:
        from obstore._api.shown import html_of_object

        return html_of_object(self.meta, self.range, self.attributes)

    @property
    def meta(self) -> ObjectMeta:
        """The object's metadata. `size` is that of the whole object, also for a range of it.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get("k").meta["size"]
        5
        """
        return ObjectMeta(**self._stored.meta)

    @property
    def attributes(self) -> Attributes:
        """The attributes stored with the object, such as `Content-Type`, and its user metadata.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello", attributes={"Content-Type": "text/plain"})
        >>> store.get("k").attributes
        {'Content-Type': 'text/plain'}
        """
        return dict(self._stored.attributes)

    @property
    def range(self) -> tuple[int, int]:
        """The `(start, stop)` of the bytes that this result holds.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get("k", options={"range": (1, 9)}).range
        (1, 5)
        """
        return self._stored.range

    def bytes(self) -> Bytes:
        """Take all bytes.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get("k").bytes()
        Bytes(b"hello")

        Raises:
            ValueError: They have been taken already.
        """
        body = self._take()
        data = body.take()  # As `_read` does, without a coroutine: half of what is left to do with a small object.
        return run_blocking(_read(body)) if data is None else as_bytes(data)

    def bytes_async(self) -> Coroutine[Any, Any, Bytes]:
        """Take all bytes. As `bytes`, to be awaited.

        >>> import asyncio
        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> asyncio.run(store.get("k").bytes_async())
        Bytes(b"hello")
        """
        return _read(self._take())

    def buffer(self) -> Bytes:
        """Take all bytes: the name that obspec has for `bytes`.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> store.get("k").buffer()
        Bytes(b"hello")
        """
        return self.bytes()

    if TYPE_CHECKING:
        # obspec's is an `async def`, and pyright tells what such a function returns from other coroutines.
        async def buffer_async(self) -> Bytes: ...
    else:

        def buffer_async(self) -> Coroutine[Any, Any, Bytes]:
            """Take all bytes: the name that obspec has for `bytes_async`.

            >>> import asyncio
            >>> from obstore.store import MemoryStore
            >>> store = MemoryStore()
            >>> _ = store.put("k", b"hello")
            >>> asyncio.run(store.get("k").buffer_async())
            Bytes(b"hello")
            """
            return self.bytes_async()

    def stream(self, min_chunk_size: int = DEFAULT_CHUNK_SIZE) -> BytesStream:
        """Take the bytes in chunks, of at least `min_chunk_size` bytes each but the last.

        The stream can be iterated with `for` and with `async for`. Memory stays at about one
        chunk however large the object is.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> [len(chunk) for chunk in store.get("k").stream(min_chunk_size=2)]
        [5]

        Raises:
            ValueError: The bytes have been taken already.
        """
        size = at_least_one(min_chunk_size, "min_chunk_size")  # before the bytes are taken: a mistake keeps them
        return BytesStream(self._take(), size)

    def __iter__(self) -> BytesStream:
        return self.stream()

    def __aiter__(self) -> BytesStream:
        return self.stream()

    def close(self) -> None:
        """Give back the connection or file behind this result, its bytes taken or not.

        >>> from obstore.store import MemoryStore
        >>> store = MemoryStore()
        >>> _ = store.put("k", b"hello")
        >>> with store.get("k") as result:  # closes it, too
        ...     result.meta["size"]
        5
        >>> result.close()
        """
        self._stored.body.close()
        self._body = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take(self) -> Body:
        body, self._body = self._body, None
        if body is None:
            raise ValueError("Result has already been disposed.")
        return body


async def _read(body: Body) -> Bytes:
    data = body.take()
    return as_bytes(await body.read() if data is None else data)


class BytesStream:
    """The bytes of an object in chunks: its own iterator, sync and async.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> stream = store.get("k").stream()
    >>> b"".join(stream)
    b'hello'
    >>> stream.close()
    """

    __slots__ = ("__weakref__", "_body", "_min_chunk_size")

    def __init__(self, body: Body, min_chunk_size: int) -> None:
        self._body: Body | None = body
        self._min_chunk_size = min_chunk_size

    def __repr__(self) -> str:
        state = "closed" if self._body is None else f"min_chunk_size={self._min_chunk_size}"
        return f"<BytesStream {state}>"

    def __iter__(self) -> BytesStream:
        return self

    def __aiter__(self) -> BytesStream:
        return self

    def __next__(self) -> builtins.bytes:
        chunk = run_blocking(self._next_chunk())
        if chunk is None:
            raise StopIteration("stream exhausted")
        return chunk

    async def __anext__(self) -> builtins.bytes:
        chunk = await self._next_chunk()
        if chunk is None:
            raise StopAsyncIteration("stream exhausted")
        return chunk

    def close(self) -> None:
        """Stop reading, and give back the connection or file."""
        if self._body is not None:
            self._body.close()
            self._body = None

    async def _next_chunk(self) -> builtins.bytes | None:
        body = self._body
        if body is None:
            return None
        piece = await body.read_chunk(max(self._min_chunk_size, _LEAST))
        if 0 < len(piece) < self._min_chunk_size:
            piece = await self._join(body, piece)
        if not len(piece):
            self._body = None
            return None
        return builtins.bytes(piece)

    async def _join(self, body: Body, first: Buffer) -> Buffer:
        """Add pieces to one that was too short."""
        pieces, length = [first], len(first)
        while length < self._min_chunk_size:
            piece = await body.read_chunk(max(self._min_chunk_size - length, _LEAST))
            if not len(piece):
                break
            pieces.append(piece)
            length += len(piece)
        return b"".join(pieces) if len(pieces) > 1 else first
