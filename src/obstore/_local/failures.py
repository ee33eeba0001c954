"""What the operating system's errors mean for the caller."""

from __future__ import annotations

from obstore._core.errors import (
    AlreadyExistsError,
    BaseError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    store_error,
)

LABEL = "LocalFileSystem"

_KINDS: tuple[tuple[type[OSError], type[BaseError]], ...] = (
    (FileNotFoundError, NotFoundError),
    (FileExistsError, AlreadyExistsError),
    (PermissionError, PermissionDeniedError),
)


def local_error(error: OSError, path: str) -> BaseError:
    """Build the error for a system call that failed while `path` was read or written."""
    kind = next((ours for theirs, ours in _KINDS if isinstance(error, theirs)), GenericError)
    return store_error(kind, LABEL, path, str(error))


def read_error(error: OSError, path: str) -> BaseError:
    """Build the error for a system call that failed while `path` was looked up.

    A path that leads through a file (`ENOTDIR`) is not there either.
    """
    if isinstance(error, NotADirectoryError):
        return store_error(NotFoundError, LABEL, path, str(error))
    return local_error(error, path)
