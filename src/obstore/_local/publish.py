"""Writing a local object: into a staging file beside its place, and then, whole, into it.

A staging file is `<name>#<n>`. Its writer holds a lock on it for as long as it writes, so
a staging file without a lock was left behind by a process that is no more; the next
writer of the same object removes it. Whatever fails, the staging file is removed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from obstore._core.errors import AlreadyExistsError, BaseError, GenericError, PreconditionError, store_error
from obstore._core.types import Buffer, PutMode
from obstore._local.descriptor import Descriptor
from obstore._local.failures import LABEL, local_error
from obstore._local.reading import READ_FLAGS, e_tag_of

if TYPE_CHECKING:
    from typing import Self

_GRACE = 60.0
"""Seconds that an unlocked staging file is left alone: its writer may be about to lock it."""

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

try:
    import fcntl as _fcntl
except ImportError:  # Windows, where a file that is open cannot be removed anyway.
    fcntl: ModuleType | None = None
else:
    fcntl = _fcntl


def try_lock(fd: int) -> bool:
    """Lock an open file, unless somebody else has."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Staging:
    """A file that is being written. It is published or removed, exactly once."""

    def __init__(self, file: str, path: str, *, fsync: bool) -> None:
        self.file = file
        self.path = path
        self._fsync = fsync
        self._has_name = True
        self._made: list[str] = []
        self.name, fd = self._create()
        self._descriptor = Descriptor(fd)

    def __repr__(self) -> str:
        return f"<Staging {self.name}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.discard()

    def _create(self) -> tuple[str, int]:
        """Create and lock the first staging file that nobody uses, with the directories above it."""
        n = 1
        while True:
            name = f"{self.file}#{n}"
            try:
                fd = os.open(name, _FLAGS, 0o666)
            except FileExistsError:
                n += not _remove_if_stale(name)
            except FileNotFoundError:
                self._made += make_parents(name, self.path, fsync=self._fsync)
            except OSError as error:
                raise _as_parent_error(error, self.path) from error
            else:
                try_lock(fd)
                return name, fd

    @property
    def fd(self) -> int:
        """The open file's number."""
        return self._descriptor.fd

    def write(self, data: Buffer, offset: int) -> None:
        """Write `data` at `offset`."""
        try:
            self._descriptor.write(data, offset)
        except OSError as error:
            raise local_error(error, self.path) from error

    def publish(self, mode: PutMode) -> str:
        """Put the file in its place, all at once, and return its ETag."""
        try:
            if self._fsync:
                os.fsync(self.fd)
            e_tag = e_tag_of(os.fstat(self.fd))
            _PUBLISHERS.get(mode if isinstance(mode, str) else "update", _update)(self, mode)
            self._has_name = False
            if self._fsync:
                sync_directories(self.file)
        except BaseError:
            raise
        except IsADirectoryError as error:
            raise _in_the_way(mode, self.path, error) from error
        except OSError as error:
            raise local_error(error, self.path) from error
        return e_tag

    def discard(self) -> None:
        """Remove what has not been published, directories too, and close the file. Doing it twice does nothing."""
        if not self._descriptor.is_open:
            return
        self._descriptor.close()
        try:
            # Once published the name is free, and another writer may have taken it already.
            if self._has_name:
                os.unlink(self.name)
        finally:
            if self._has_name:
                remove_empty(self._made)


def _in_the_way(mode: PutMode, path: str, error: OSError) -> Exception:
    kind = AlreadyExistsError if mode == "create" else GenericError
    return store_error(kind, LABEL, path, f"a directory is in the way ({error})")


def _as_parent_error(error: OSError, path: str) -> Exception:
    if isinstance(error, NotADirectoryError):
        return store_error(GenericError, LABEL, path, f"there is an object where a directory is needed ({error})")
    return local_error(error, path)


def make_parents(file: str, path: str, *, fsync: bool = False) -> list[str]:
    """Make the directories above a file, and return those that were missing, the deepest first."""
    directory = os.path.dirname(file)
    missing = _missing(directory)
    try:
        os.makedirs(directory, exist_ok=True)
        if fsync:
            sync_directories(*missing)
    except FileExistsError as error:
        raise _as_parent_error(NotADirectoryError(*error.args), path) from error
    except OSError as error:
        raise _as_parent_error(error, path) from error
    return missing


def remove_empty(directories: list[str]) -> None:
    """Remove directories that were made for a file that did not come. Others may have found a use for them."""
    try:
        for directory in directories:
            os.rmdir(directory)
    except OSError:
        pass


def _missing(directory: str) -> list[str]:
    """Return the directory and those above it that are not there."""
    missing = []
    while not os.path.lexists(directory):
        missing.append(directory)
        directory = os.path.dirname(directory)
    return missing


def _remove_if_stale(name: str) -> bool:
    """Remove a staging file whose writer is gone."""
    try:
        fd = os.open(name, os.O_RDWR)
    except OSError:
        return False
    try:
        is_old = time.time() - os.fstat(fd).st_mtime > _GRACE
        if not (is_old and fcntl is not None and try_lock(fd)):
            return False
        if not _is_same_file(fd, name):
            return False  # Another process removed it first, and the name may be a new upload's.
        os.unlink(name)
    except OSError:
        return False
    finally:
        os.close(fd)
    return True


def _overwrite(staging: Staging, mode: PutMode) -> None:
    os.replace(staging.name, staging.file)


def _create_only(staging: Staging, mode: PutMode) -> None:
    # A hard link is the one way to give a file a name only if nobody else has it.
    try:
        os.link(staging.name, staging.file)
    except FileExistsError as error:
        raise store_error(AlreadyExistsError, LABEL, staging.path, "the mode is 'create'") from error
    os.unlink(staging.name)


def _update(staging: Staging, mode: PutMode) -> None:
    assert isinstance(mode, Mapping)
    wanted = mode.get("e_tag")
    if wanted is None:
        raise store_error(GenericError, LABEL, staging.path, "ETag required for conditional update")
    fd = _lock_current(staging)
    try:
        found = e_tag_of(os.fstat(fd))
        if found != wanted:
            raise store_error(PreconditionError, LABEL, staging.path, f"wanted {wanted}, found {found}")
        os.replace(staging.name, staging.file)
    finally:
        os.close(fd)


def _lock_current(staging: Staging) -> int:
    """Open and lock the file that is to be replaced, and make sure that it still has its name.

    Updates, in this process and others, so take turns. A plain overwrite does not wait for
    them: it asks for no order.
    """
    while True:
        try:
            fd = os.open(staging.file, READ_FLAGS)
        except FileNotFoundError as error:
            raise store_error(PreconditionError, LABEL, staging.path, "there is no object to update") from error
        if fcntl is None:
            return fd
        fcntl.flock(fd, fcntl.LOCK_EX)
        if _is_same_file(fd, staging.file):
            return fd
        os.close(fd)


def _is_same_file(fd: int, file: str) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(file))
    except FileNotFoundError:
        return False


_PUBLISHERS: dict[str, Callable[[Staging, PutMode], None]] = {"overwrite": _overwrite, "create": _create_only}


def sync_directories(*files: str) -> None:
    """Have the entries of the directories that files are in written to the disk."""
    for directory in dict.fromkeys(os.path.dirname(file) for file in files):
        fd = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
