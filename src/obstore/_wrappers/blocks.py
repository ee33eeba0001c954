"""Where a cache keeps what it has: the facts about objects, and blocks of their contents.

A block belongs to one version of one object, so it is never wrong, only useless one day. What was used
last is kept longest. `MemoryBlocks` are this process's; `DiskBlocks` may be used by several at once: each
file appears whole under its name, carries its own checksum, and may vanish at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
import zlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from datetime import datetime
from typing import Any, NamedTuple

from obstore._core.types import Buffer, ObjectMeta
from obstore._io.lock import Lock


class Known(NamedTuple):
    """What is known of an object, and when (seconds since 1970) its store last said so."""

    meta: ObjectMeta
    attributes: dict[str, str]
    checked: float


class BlockKey(NamedTuple):
    """One block of one version of an object. `path` is the object's, with the store it is in."""

    path: str
    e_tag: str
    block_size: int
    number: int


class Blocks(ABC):
    """What a cache is kept in. Methods may block; they never fail: what cannot be kept is not kept."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._lock = Lock()

    @abstractmethod
    def recall(self, path: str) -> Known | None:
        """Return what is known of an object."""

    @abstractmethod
    def remember(self, path: str, known: Known) -> None:
        """Keep what is known of an object."""

    @abstractmethod
    def forget(self, path: str) -> None:
        """Forget an object, which has changed."""

    @abstractmethod
    def get(self, key: BlockKey) -> Buffer | None:
        """Return a block, if it is here."""

    @abstractmethod
    def has(self, key: BlockKey) -> bool:
        """Tell whether a block is here, at least for now."""

    @abstractmethod
    def put(self, key: BlockKey, data: Buffer) -> None:
        """Keep a block, at the expense of those that were not used for longest."""

    @abstractmethod
    def clear(self) -> None:
        """Drop everything."""

    @property
    @abstractmethod
    def size(self) -> int:
        """About how many bytes there are."""


_MAX_KNOWN = 100_000


class MemoryBlocks(Blocks):
    """Blocks in this process's memory."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._blocks: OrderedDict[BlockKey, bytes] = OrderedDict()
        self._size = 0

    def __repr__(self) -> str:
        return f"<MemoryBlocks {self._size} of {self.max_bytes} bytes>"

    @property
    def size(self) -> int:
        return self._size

    def recall(self, path: str) -> Known | None:
        return self._known.get(path)

    def remember(self, path: str, known: Known) -> None:
        with self._lock:
            self._known[path] = known
            self._known.move_to_end(path)
            if len(self._known) > _MAX_KNOWN:
                self._known.popitem(last=False)

    def forget(self, path: str) -> None:
        with self._lock:
            self._known.pop(path, None)

    def get(self, key: BlockKey) -> Buffer | None:
        with self._lock:
            data = self._blocks.get(key)
            if data is not None:
                self._blocks.move_to_end(key)
            return data

    def has(self, key: BlockKey) -> bool:
        return key in self._blocks

    def put(self, key: BlockKey, data: Buffer) -> None:
        kept = bytes(data)
        with self._lock:
            self._size += len(kept) - len(self._blocks.pop(key, b""))
            self._blocks[key] = kept
            while self._size > self.max_bytes:
                _, dropped = self._blocks.popitem(last=False)
                self._size -= len(dropped)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()
            self._blocks.clear()
            self._size = 0


_ROOM = 0.9
"""To which part of the bound a full directory is emptied, so that not every block has to look through it."""


class DiskBlocks(Blocks):
    """Blocks in a directory, one file each, with those of one object side by side.

    How much there is, is counted when this process first adds something and whenever it may be too much. What other
    processes add between two counts comes on top of the bound.
    """

    def __init__(self, directory: str, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._directory = directory
        self._size: int | None = None
        os.makedirs(directory, exist_ok=True)

    def __repr__(self) -> str:
        return f"<DiskBlocks {self._directory!r} max_bytes={self.max_bytes}>"

    @property
    def size(self) -> int:
        return self._size if self._size is not None else sum(size for _, size, _ in self._files())

    def _place(self, path: str) -> str:
        digest = hashlib.sha256(path.encode()).hexdigest()
        return os.path.join(self._directory, digest[:2], digest[2:34])

    def _file(self, key: BlockKey) -> str:
        version = hashlib.sha256(f"{key.e_tag} {key.block_size}".encode()).hexdigest()[:24]
        return os.path.join(self._place(key.path), f"{version}-{key.number}")

    def recall(self, path: str) -> Known | None:
        found = self._read(os.path.join(self._place(path), "known"))
        if found is None:
            return None
        try:
            said: dict[str, Any] = json.loads(bytes(found))
            modified = datetime.fromisoformat(said["meta"]["last_modified"])
            meta: Any = {**said["meta"], "last_modified": modified}
            return Known(meta, said["attributes"], said["checked"])
        except (ValueError, TypeError, KeyError):
            return None  # Another version of this library wrote it.

    def remember(self, path: str, known: Known) -> None:
        meta = {**known.meta, "last_modified": known.meta["last_modified"].isoformat()}
        said = {"meta": meta, "attributes": known.attributes, "checked": known.checked}
        self._write(os.path.join(self._place(path), "known"), json.dumps(said).encode())

    def forget(self, path: str) -> None:
        _remove(os.path.join(self._place(path), "known"))

    def get(self, key: BlockKey) -> Buffer | None:
        file = self._file(key)
        data = self._read(file)
        if data is not None:
            _touch(file)
        return data

    def has(self, key: BlockKey) -> bool:
        return os.path.exists(self._file(key))

    def put(self, key: BlockKey, data: Buffer) -> None:
        self._write(self._file(key), data)
        with self._lock:
            if self._size is None or self._size + len(data) > self.max_bytes:
                self._size = self._count_and_shrink()
            else:
                self._size += len(data)

    def clear(self) -> None:
        for _, _, file in self._files():
            _remove(file)
        self._size = None

    def _read(self, file: str) -> Buffer | None:
        try:
            with open(file, "rb", buffering=0) as opened:
                whole = opened.readall()
        except OSError:
            return None
        data = memoryview(whole)[4:]
        # After a crash of the machine a file may have its length and not its bytes.
        if len(whole) < 4 or int.from_bytes(whole[:4]) != zlib.crc32(data):
            _remove(file)
            return None
        return data

    def _write(self, file: str, data: Buffer) -> None:
        staged = f"{file}.{os.getpid()}-{time.monotonic_ns()}-{id(data):x}~"
        try:
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(staged, "wb", buffering=0) as opened:
                opened.write(zlib.crc32(data).to_bytes(4))
                view = memoryview(data)
                while view:
                    view = view[opened.write(view) :]
            os.replace(staged, file)
        except OSError:
            _remove(staged)  # A full disk, say. It is only a cache.

    def _count_and_shrink(self) -> int:
        files = sorted(self._files())
        size = sum(size for _, size, _ in files)
        if size <= self.max_bytes:
            return size
        for _, length, file in files:
            if size <= self.max_bytes * _ROOM:
                break
            _remove(file)
            size -= length
        return size

    def _files(self) -> list[tuple[float, int, str]]:
        """Return the time of the last use, the size and the name of every file."""
        found = []
        for above, _, names in os.walk(self._directory):
            for name in names:
                file = os.path.join(above, name)
                try:
                    status = os.stat(file)
                except OSError:
                    continue  # Another process was faster.
                found.append((status.st_mtime, status.st_size, file))
        return found


def _touch(file: str) -> None:
    try:
        os.utime(file)
    except OSError:
        pass


def _remove(file: str) -> None:
    try:
        os.unlink(file)
    except OSError:
        pass
