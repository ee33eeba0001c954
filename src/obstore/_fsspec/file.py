"""Files that fsspec's `open` returns: a reader or a writer of the library, with what fsspec adds."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Self

from fsspec.spec import AbstractBufferedFile

from obstore._api.draft import Draft
from obstore._api.files import READER_BUFFER_SIZE, WRITER_BUFFER_SIZE, open_reader
from obstore._api.readers import ReadableFile
from obstore._api.reading import head
from obstore._api.target import backend_of
from obstore._api.writers import WritableFile
from obstore._api.writing import DEFAULT_CONCURRENCY
from obstore._core.attributes import normalize_attributes, validate_tags
from obstore._core.errors import AlreadyExistsError
from obstore._core.types import Attributes, WriteOptions
from obstore._transfer.upload import Effort

_MODES = {"wb": "overwrite", "xb": "create"}


class BufferedFile(AbstractBufferedFile):  # type: ignore[misc]
    """An object open for reading (`"rb"`), writing (`"wb"`) or creating (`"xb"`).

    What is written appears, whole, when the file is closed, or when the transaction ends
    that it was opened in. After an exception in its `with` block nothing appears, and
    nothing does if the file is dropped unclosed.

    >>> from obstore.fsspec import AsyncFsspecStore
    >>> from obstore.store import MemoryStore
    >>> fs = AsyncFsspecStore(MemoryStore())
    >>> with fs.open("k", "wb") as file:
    ...     _ = file.write(b"one,two")
    >>> with fs.open("k", "rb") as file:
    ...     file.read(3), file.seek(4), file.tell(), file.read()
    (b'one', 4, 4, b'two')
    >>> file = fs.open("k", "wb", autocommit=False)
    >>> _ = file.write(b"never seen")
    >>> file.discard()
    >>> file = fs.open("k", "wb", autocommit=False)
    >>> _ = file.write(b"three"), file.loc, file.close()
    >>> file.commit()
    >>> fs.cat_file("k")
    b'three'

    Args:
        fs: The file system.
        path: Which object, as the file system names it.
        mode: `"rb"`, `"wb"` or `"xb"`.
        buffer_size: How many bytes a request fetches at least, or the bytes in a part.
        attributes: What the object is to have: `Content-Type` and its kind.
        tags: The tags that it is to have.
        size: The object's size, if it is known: saves a request.
        autocommit: Whether closing publishes. If not, `commit` does.
    """

    def __init__(
        self,
        fs: Any,
        path: str,
        mode: str = "rb",
        *,
        buffer_size: int | None = None,
        attributes: Attributes | None = None,
        tags: Mapping[str, str] | None = None,
        size: int | None = None,
        autocommit: bool = True,
        **kwargs: Any,
    ) -> None:
        # Not fsspec's own: it would make a cache, which our reader does not need.
        self.fs, self.path, self.mode, self.autocommit, self.kwargs = fs, path, mode, autocommit, kwargs
        self._reader: ReadableFile | None = None
        self._writer: WritableFile | None = None
        self._closed = True  # should opening fail, there is nothing to close
        store, key = fs._locate(path)
        if mode == "rb":
            self.blocksize = buffer_size or READER_BUFFER_SIZE
            self._reader = open_reader(store, key, buffer_size=self.blocksize, size=size)
            self.size = self._reader.size
        else:
            self.blocksize = buffer_size or WRITER_BUFFER_SIZE
            options = WriteOptions(normalize_attributes(attributes), validate_tags(tags), _put_mode(store, key, mode))
            backend = backend_of(store)
            effort = Effort(self.blocksize, DEFAULT_CONCURRENCY)
            self._writer = WritableFile(Draft(backend, backend.parse_path(key), options, effort))
        self._closed = False

    def __repr__(self) -> str:
        return f"<BufferedFile {self.path!r} {self.mode}>"

    @property
    def loc(self) -> int:
        """The position. Setting it is seeking."""
        if self._reader is not None:
            return self._reader._cursor.position
        return 0 if self._writer is None else self._writer._draft.length

    @loc.setter
    def loc(self, position: int) -> None:
        if position != self.loc:
            self.seek(position)

    def tell(self) -> int:
        """Return the position, also of a file that is closed."""
        return self.loc

    def seek(self, loc: int, whence: int = 0) -> int:
        """Move to `loc` from the start (0), from here (1) or from the end (2). For reading only."""
        return self._readable("seek").seek(loc, whence)

    def read(self, length: int | None = -1) -> bytes:
        """Read exactly `length` bytes, fewer only at the end; all that is left by default."""
        return _plain(self._readable("read").read(length))

    def readinto(self, b: Any) -> int:
        """Read into `b`, until it is full or the object ends."""
        return self._readable("readinto").readinto(b)

    def readline(self, size: int | None = -1) -> bytes:
        r"""Read up to and including the next `\n`."""
        return _plain(self._readable("readline").readline(size))

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Read the lines that are left."""
        return [_plain(line) for line in self._readable("readlines").readlines(hint)]

    def write(self, data: Any) -> int:
        """Append `data`, and return its length."""
        return self._writable("write").write(data)

    def flush(self, force: bool = False) -> None:
        """Do nothing: what has been written can be seen when the file is closed, and not before."""
        self._check_open()

    def readable(self) -> bool:
        """Whether it is open for reading."""
        return self._reader is not None and not self._closed

    def seekable(self) -> bool:
        """Whether it can seek, as only a file open for reading can."""
        return self.readable()

    def writable(self) -> bool:
        """Whether it is open for writing."""
        return self._writer is not None and not self._closed

    def close(self) -> None:
        """Publish what has been written, unless a transaction is to do that."""
        if self._closed:
            return
        self._closed = True
        if self._reader is not None:
            self._reader.close()
        elif self._writer is not None and self.autocommit:
            self.commit()

    def commit(self) -> None:
        """Publish what has been written."""
        if self._writer is not None:
            self._writer.close()
            self.fs.invalidate_cache(self.path)

    def discard(self) -> None:
        """Give up what has been written."""
        if self._writer is not None and not self._writer.closed:
            error = io.UnsupportedOperation("the file was discarded")
            self._writer.__exit__(type(error), error, None)

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._closed = True
            self.discard()
        self.close()

    def __del__(self) -> None:
        pass  # fsspec's own would close the file, and so publish half an object; the writer warns

    def __reduce__(self) -> tuple[Any, ...]:
        if self._reader is None:
            raise RuntimeError("Pickling a writeable file is not supported")
        return _reopen, (self.fs, self.path, self.blocksize, self.size, self.loc)

    def _check_open(self) -> None:
        if self._closed:
            raise ValueError("I/O operation on closed file.")

    def _readable(self, operation: str) -> ReadableFile:
        self._check_open()
        if self._reader is None:
            raise io.UnsupportedOperation(f"{operation}: the file is open for writing")
        return self._reader

    def _writable(self, operation: str) -> WritableFile:
        self._check_open()
        if self._writer is None:
            raise io.UnsupportedOperation(f"{operation}: the file is open for reading")
        return self._writer


def _put_mode(store: Any, path: str, mode: str) -> Any:
    if mode not in _MODES:
        raise ValueError(f"Only 'rb', 'wb' and 'xb' modes supported, got: {mode!r}. Objects cannot be appended to")
    # Told at once where it can be; that nobody else creates it meanwhile is the store's to check.
    if mode == "xb" and _exists(store, path):
        raise AlreadyExistsError(f"there is an object at {path!r} already", path=path)
    return _MODES[mode]


def _exists(store: Any, path: str) -> bool:
    try:
        head(store, path)
    except FileNotFoundError:
        return False
    return True


def _plain(data: Any) -> bytes:
    return bytes(data)


def _reopen(fs: Any, path: str, buffer_size: int, size: int, position: int) -> BufferedFile:
    file = BufferedFile(fs, path, buffer_size=buffer_size, size=size)
    file.loc = position
    return file
