"""Between objects and files of this machine: uploads that report how far they are, downloads that appear whole."""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from obstore._api.results import GetResult


class Watched:
    """A file that tells a callback how much of it has been read."""

    def __init__(self, file: BinaryIO, callback: Any) -> None:
        self._file = file
        self._callback = callback
        self.seek = file.seek
        self.tell = file.tell

    def read(self, size: int = -1, /) -> bytes:
        """Read, and report where the file is now."""
        data = self._file.read(size)
        self._callback.absolute_update(self._file.tell())
        return data


async def save(result: GetResult, path: str, callback: Any) -> None:
    """Write a download to a file, which appears under its name when all of it is there."""
    part = f"{path}.{os.urandom(4).hex()}.part"
    try:
        with open(part, "xb") as file:
            await copy_into(result, file, callback)
        os.replace(part, path)
    except BaseException:
        if os.path.exists(part):
            os.unlink(part)
        raise


async def copy_into(result: GetResult, file: Any, callback: Any) -> None:
    """Write a download to an open file, a chunk at a time."""
    callback.set_size(result.meta["size"])
    stream = result.stream()
    try:
        async for chunk in stream:
            file.write(chunk)
            callback.relative_update(len(chunk))
    finally:
        stream.close()
