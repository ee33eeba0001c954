"""Objects open for writing, as files, in both colours. A `Draft` does the work.

`closed` is a method in the reference package and an attribute of everything in `io`. It
is both here: an attribute that is true or false, and that can be called.
"""

from __future__ import annotations

import io
import sys
import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Self

from obstore._api.draft import Draft, as_piece
from obstore._io.runtime import run_blocking

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from obstore._io.errands import Errands

    _Bool = bool
else:
    _Bool = int  # nothing can inherit from bool, but a type checker lets it pass for one


class ClosedFlag(_Bool):  # type: ignore[misc]
    """Whether a writer is closed: as good as a `bool`, and `writer.closed()` works too."""

    __slots__ = ()

    def __call__(self) -> bool:
        return bool(self)

    def __repr__(self) -> str:
        return repr(bool(self))


class AsyncClosedFlag(_Bool):  # type: ignore[misc]
    """Whether a writer is closed: as good as a `bool`, and `await writer.closed()` works too."""

    __slots__ = ()

    async def __call__(self) -> bool:
        return bool(self)

    def __repr__(self) -> str:
        return repr(bool(self))


class WritableFile(io.BufferedIOBase):
    r"""An object open for writing: a binary file, as `open(path, "wb")` returns one.

    It goes wherever such a file does: `io.TextIOWrapper`, `zipfile`, `pickle`, `pandas`.
    It cannot seek. For use by one thread at a time.

    The object appears, whole, when the file is closed. After an exception in its `with`
    block nothing appears, and what was there before stays; the same goes for a file that is
    dropped unclosed, with a `ResourceWarning`. (A wrapper that closes what it wraps, as
    `io.TextIOWrapper` does, publishes also after an exception in the wrapper's own block:
    make the block that of this file, and flush or detach the wrapper at its end.)

    A part that fails shows in the next write or when the file is closed, and ends the upload.
    Closing twice does no harm.

    >>> import csv
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> with store.open_writer("k.csv") as file:
    ...     text = io.TextIOWrapper(file, newline="")
    ...     csv.writer(text).writerows([["a", "b"], [1, 2]])
    ...     text.flush()
    >>> store.get("k.csv").bytes()
    Bytes(b"a,b\r\n1,2\r\n")
    """

    mode = "wb"

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def __repr__(self) -> str:
        return f"<WritableFile {_describe(self._draft)}>"

    @property
    def name(self) -> str:
        """The object's path."""
        return self._draft.path

    @property
    def closed(self) -> ClosedFlag:
        """Whether it is closed: `file.closed`, or `file.closed()`."""
        return ClosedFlag(self._draft.closed)

    def write(self, buffer: ReadableBuffer) -> int:
        """Append `buffer`, and return its length.

        Raises:
            OSError: The file is closed, or a part could not be uploaded.
        """
        piece = as_piece(buffer)
        if not self._draft.keep(piece):
            run_blocking(self._draft.send(piece))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: what has been written can be seen when the file is closed, and not before."""
        self._draft.check_open()

    def close(self) -> None:
        """Publish what has been written as the object.

        Raises:
            OSError: That failed, or a write before did.
        """
        run_blocking(self._draft.publish())

    def tell(self) -> int:
        """Return how many bytes have been written."""
        self._draft.check_open()
        return self._draft.length

    def writable(self) -> bool:
        """Say yes."""
        return True

    def __enter__(self) -> Self:
        self._draft.check_open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            run_blocking(self._draft.abandon(error))

    def __del__(self) -> None:
        # In place of io's own, which would close the file: that would publish half an object.
        if _is_open(self):
            description = repr(self)
            if self._draft.is_uploading and not sys.is_finalizing():
                run_blocking(self._draft.abandon(ResourceWarning("the file was dropped")))
            _warn(description)


class AsyncWritableFile:
    """An object open for writing, by `await`. As `WritableFile`.

    Dropped unclosed in the middle of an upload in parts, it has a thread remove them, since
    nobody can wait for that then. A failure to do so is logged, on `obstore.errands`; a store of
    your own whose `abort` needs an event loop cannot do it.

    >>> import asyncio
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> async def write() -> None:
    ...     async with store.open_writer_async("k") as file:
    ...         await file.write(b"hello")
    >>> asyncio.run(write())
    >>> store.get("k").bytes()
    Bytes(b"hello")
    """

    mode = "wb"

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._errands: Errands | None = None

    def __repr__(self) -> str:
        return f"<AsyncWritableFile {_describe(self._draft)}>"

    @property
    def name(self) -> str:
        """The object's path."""
        return self._draft.path

    @property
    def closed(self) -> AsyncClosedFlag:
        """Whether it is closed: `file.closed`, or `await file.closed()`."""
        return AsyncClosedFlag(self._draft.closed)

    async def write(self, buffer: ReadableBuffer) -> int:
        """Append `buffer`, and return its length.

        Raises:
            OSError: The file is closed, or a part could not be uploaded.
        """
        piece = as_piece(buffer)
        if not self._draft.keep(piece):
            self._errands = self._errands or _errands()
            await self._draft.send(piece)
        return len(piece)

    async def flush(self) -> None:
        """Do nothing: what has been written can be seen when the file is closed, and not before."""
        self._draft.check_open()

    async def close(self) -> None:
        """Publish what has been written as the object.

        Raises:
            OSError: That failed, or a write before did.
        """
        await self._draft.publish()

    async def tell(self) -> int:
        """Return how many bytes have been written."""
        self._draft.check_open()
        return self._draft.length

    async def __aenter__(self) -> Self:
        self._draft.check_open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            await self.close()
        else:
            await self._draft.abandon(error)

    def __del__(self) -> None:
        if _is_open(self):
            description = repr(self)
            upload = self._draft.give_up()
            if upload is not None and self._errands is not None:
                self._errands.leave(upload.drop, f"abort the upload of {self.name!r}")
            _warn(description)


def _errands() -> Errands:
    """Have a thread ready for a file that may be dropped: it is too late when it has been."""
    from obstore._io.errands import errands

    return errands()


def _is_open(file: WritableFile | AsyncWritableFile) -> bool:
    """Say whether a file that is being dropped should have been closed; one that was never made not."""
    draft: Draft | None = getattr(file, "_draft", None)
    return draft is not None and not draft.closed


def _warn(description: str) -> None:
    warnings.warn(f"{description} was dropped unclosed, nothing is written", ResourceWarning, stacklevel=3)


def _describe(draft: Draft) -> str:
    return f"{draft.path!r} {'closed' if draft.closed else f'{draft.length} bytes so far'}"
