"""An open file that several threads write to, at places of their own.

The thread of a cancelled task goes on writing. If the file were closed under it, its number
could become that of another file, and the bytes would go there. So `close` closes it when
the last writer has come out, and lets no further one in.
"""

from __future__ import annotations

import errno
import os

from obstore._core.types import Buffer
from obstore._io.lock import Lock


class Descriptor:
    """The number of an open file, valid for as long as somebody uses it."""

    __slots__ = ("_is_left", "_lock", "_writers", "fd")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self._lock = Lock()
        self._writers = 0
        self._is_left = False

    def __repr__(self) -> str:
        return f"<Descriptor {self.fd} writers={self._writers}>"

    @property
    def is_open(self) -> bool:
        """Whether it may still be written to."""
        return not self._is_left

    def write(self, data: Buffer, offset: int) -> None:
        """Write all of `data` at `offset`.

        Raises:
            OSError: The system refused, or the file has been closed.
        """
        view = memoryview(data)
        self._enter()
        try:
            while view:
                n = os.pwrite(self.fd, view, offset)
                view, offset = view[n:], offset + n
        finally:
            self._exit()

    def _enter(self) -> None:
        with self._lock:
            if self._is_left:
                raise OSError(errno.EBADF, "the file is not being written any more")
            self._writers += 1

    def _exit(self) -> None:
        with self._lock:
            self._writers -= 1
            if self._is_left and not self._writers:
                self._close()

    def close(self) -> None:
        """Close the file as soon as nobody writes to it. Doing it twice does nothing."""
        with self._lock:
            self._is_left = True
            if not self._writers:
                self._close()

    def _close(self) -> None:
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)
