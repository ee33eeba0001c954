"""A local file that is being written: beside its target, under a name of its own, until it is whole.

The name is made of the target's, so that who comes after an interruption finds it: it is
`.obstore-<hash>#0`, which no listing of a `LocalStore` shows. Its writer holds a lock on it. Beside
it lies a journal, `.obstore-<hash>#1`: a line that says which version of which object this is,
then the number of each piece whose bytes are in their places. A journal is believed only where
it describes the same object, and (because the system writes pages in any order) only since the machine
was started.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Sequence
from typing import Any

from obstore._bulk.checksum import Checksum
from obstore._core.errors import AlreadyExistsError, BaseError, GenericError, store_error
from obstore._core.types import Buffer
from obstore._io.lock import Lock
from obstore._local.descriptor import Descriptor
from obstore._local.failures import LABEL, local_error
from obstore._local.publish import make_parents, sync_directories, try_lock

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CANNOT = {errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS}
_FULL = {errno.ENOSPC, errno.EDQUOT}


class StagedFile:
    """The file that will be `target`. Every method blocks; they raise the errors of a local store."""

    def __init__(self, target: str, *, fsync: bool = False) -> None:
        self.target = target
        self._fsync = fsync
        directory, name = os.path.split(target)
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        self.name = os.path.join(directory, f".obstore-{digest}#0")
        self._journal_name = self.name[:-1] + "1"
        self._journal = -1
        self._lock = Lock()
        self._descriptor: Descriptor | None = None
        self._descriptor = Descriptor(_open_locked(self.name, target))

    def __repr__(self) -> str:
        return f"<StagedFile {self.target}>"

    def __del__(self) -> None:
        self.close()

    def begin(self, size: int) -> None:
        """Give the file its length, and have the disk set that much aside.

        Raises:
            GenericError: There is not so much left.
        """
        try:
            os.ftruncate(self._fd, size)
            if size:
                _allocate(self._fd, size)
        except OSError as error:
            raise disk_error(error, self.target) from error

    def resume(self, identity: dict[str, Any], size: int) -> set[int]:
        """Begin, or go on with what an earlier call left, and return the pieces that are there already."""
        header = json.dumps({**identity, "boot": _boot_id()}, sort_keys=True)
        try:
            done = self._read_journal(header, size)
            if not done:
                self._start_journal(header)
        except OSError as error:
            raise disk_error(error, self.target) from error
        if not done:
            self.begin(size)
        return done

    def _read_journal(self, header: str, size: int) -> set[int]:
        try:
            self._journal = os.open(self._journal_name, os.O_RDWR | os.O_APPEND | getattr(os, "O_CLOEXEC", 0))
        except FileNotFoundError:
            return set()
        found = os.pread(self._journal, os.fstat(self._journal).st_size, 0).decode(errors="replace")
        first, *lines = found.split("\n")
        if first != header or not lines or os.fstat(self._fd).st_size != size:
            return set()
        cut_off = lines.pop().encode()
        if cut_off:  # What is written next must not become part of it.
            os.ftruncate(self._journal, os.fstat(self._journal).st_size - len(cut_off))
        return {int(line) for line in lines if line.isdecimal()}

    def _start_journal(self, header: str) -> None:
        self._close_journal()
        flags = _FLAGS | os.O_TRUNC | os.O_APPEND
        self._journal = os.open(self._journal_name, flags, 0o666)
        os.write(self._journal, f"{header}\n".encode())

    def write(self, data: Buffer, offset: int) -> None:
        """Write `data` at `offset`."""
        assert self._descriptor is not None
        try:
            self._descriptor.write(data, offset)
        except OSError as error:
            raise disk_error(error, self.target) from error

    @property
    def _fd(self) -> int:
        return -1 if self._descriptor is None else self._descriptor.fd

    def note(self, index: int) -> None:
        """Write into the journal that a piece is in its place."""
        try:
            if not _boot_id():
                os.fsync(self._fd)
            with self._lock:
                if self._journal >= 0:
                    os.write(self._journal, f"{index}\n".encode())
        except OSError as error:
            raise disk_error(error, self.target) from error

    def check(self, checksum: Checksum) -> None:
        """Compare the content with what it must hash to."""
        found, offset = checksum.start(), 0
        while piece := os.pread(self._fd, 1 << 20, offset):
            found.update(piece)
            offset += len(piece)
        checksum.check(found, self.target)

    def publish(self, modified_ns: int | None, *, overwrite: bool = True) -> None:
        """Give the file its time and its name, all at once, and forget the journal.

        Raises:
            AlreadyExistsError: There is one, and `overwrite` is false.
        """
        try:
            if modified_ns is not None:
                os.utime(self._fd if os.utime in os.supports_fd else self.name, ns=(modified_ns, modified_ns))
            if self._fsync:
                os.fsync(self._fd)
            _unlink(self._journal_name)  # First: a journal without its file would stay for ever.
            _move(self.name, self.target, overwrite=overwrite)
            if self._fsync:
                sync_directories(self.target)
        except OSError as error:
            raise _publish_error(error, self.target) from error
        self.close()

    def close(self) -> None:
        """Close the file and leave it, for a later call to go on with. Doing it twice does nothing."""
        if self._descriptor is None:
            return  # It could not be opened.
        with self._lock:
            self._close_journal()
        self._descriptor.close()

    def _close_journal(self) -> None:
        fd, self._journal = self._journal, -1
        if fd >= 0:
            os.close(fd)

    def discard(self) -> None:
        """Remove the file and its journal."""
        if self._descriptor is not None and self._descriptor.is_open:
            _unlink(self.name)
            _unlink(self._journal_name)
            self.close()


def _open_locked(name: str, target: str) -> int:
    """Open the file and lock it: whoever had it before may have published or removed it meanwhile."""
    while True:
        try:
            fd = os.open(name, _FLAGS, 0o666)
        except FileNotFoundError:
            make_parents(name, target)
            continue
        except NotADirectoryError as error:
            raise store_error(
                GenericError, LABEL, target, f"there is a file where a directory is needed ({error})"
            ) from error
        except OSError as error:
            raise disk_error(error, target) from error
        if not try_lock(fd):
            os.close(fd)
            raise store_error(GenericError, LABEL, target, f"another call is writing this file (it has {name} locked)")
        if _has_name(fd, name):
            return fd
        os.close(fd)


def _has_name(fd: int, name: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(name))
    except FileNotFoundError:
        return False


def _allocate(fd: int, size: int) -> None:
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(fd, 0, size)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise


def _move(name: str, target: str, *, overwrite: bool) -> None:
    if overwrite:
        os.replace(name, target)
        return
    os.link(name, target)  # The one way to give a file a name only if nobody else has it.
    os.unlink(name)


def _publish_error(error: OSError, target: str) -> BaseError:
    if isinstance(error, IsADirectoryError):
        return store_error(GenericError, LABEL, target, f"a directory is in the way ({error})")
    if isinstance(error, FileExistsError):
        return store_error(AlreadyExistsError, LABEL, target, "the file is not to be overwritten")
    return disk_error(error, target)


def disk_error(error: OSError, target: str) -> BaseError:
    """Build the error for a system call that failed while `target` was written."""
    found = local_error(error, target)
    if error.errno in _FULL:
        found.hint = "the disk is full: make room and call it again, it goes on where it stopped"
    return found


def _unlink(name: str) -> None:
    try:
        os.unlink(name)
    except FileNotFoundError:
        pass


def _boot_id() -> str:
    """Return what changes when the machine is started anew; empty where nobody can tell."""
    global _boot
    if _boot is None:
        try:
            with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
                _boot = file.read().strip()
        except OSError:
            _boot = ""
    return _boot


_boot: str | None = None


def pieces_left(pieces: Sequence[tuple[int, int]], done: set[int]) -> list[tuple[int, int, int]]:
    """Return the `(index, start, stop)` of the pieces that are not done."""
    return [(index, *extent) for index, extent in enumerate(pieces) if index not in done]
