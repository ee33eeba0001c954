"""The local store. Every primitive blocks, and is called in a worker thread where that matters."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from obstore._core.errors import AlreadyExistsError, BaseError, GenericError, store_error
from obstore._core.path import encode_path
from obstore._core.types import Buffer, ListOptions, ListPage, PutResult, ReadOptions, WriteOptions
from obstore._io.runtime import current
from obstore._local.attributes import read_attributes, write_attributes
from obstore._local.failures import LABEL, local_error, read_error
from obstore._local.names import directory_of, file_of
from obstore._local.publish import Staging, make_parents, remove_empty, sync_directories
from obstore._local.reading import LocalObject, open_object
from obstore._local.walk import Walks, list_level
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject
from obstore._transfer.observed import NAME

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self


class LocalBackend(Backend):
    """A directory, or the whole file system."""

    label = LABEL
    has_conditional_uploads = True

    _prefix: str | os.PathLike[str] | None
    _options: dict[str, bool]
    _root: str
    _walks: Walks
    _made_of: frozenset[str]

    def __new__(
        cls,
        prefix: str | os.PathLike[str] | None = None,
        *,
        automatic_cleanup: bool = False,
        mkdir: bool = False,
        fsync: bool = False,
    ) -> Self:
        self = object.__new__(cls)
        self._prefix = prefix
        self._options = {"automatic_cleanup": automatic_cleanup, "mkdir": mkdir, "fsync": fsync}
        self._root = _open_root(prefix, mkdir=mkdir)
        self._walks = Walks(self._root)
        self._made_of = frozenset(self.__dict__) | {"_made_of", NAME}
        return self

    if not TYPE_CHECKING:

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            """Do nothing: `__new__` has made the store, and a subclass need not call this."""

    waits_in_place = True
    lists_in_order = True

    @property
    def identity(self) -> str:
        return "file://" + encode_path(os.path.realpath(self._root).rstrip(os.sep).replace(os.sep, "/"))

    def locate(self, path: str) -> str:
        """Return the name of the file that is, or would be, the object `path`."""
        return file_of(self._root, path)

    def locate_directory(self, path: str) -> str:
        """Return the name of the directory that is, or would be, the prefix `path`."""
        return directory_of(self._root, path)

    @property
    def syncs(self) -> bool:
        """Whether what is written is to be on the disk before it is published."""
        return self._options["fsync"]

    @property
    def prefix(self) -> Path | None:
        """The directory, as it was given.

        >>> import tempfile
        >>> from obstore.store import LocalStore
        >>> directory = tempfile.mkdtemp()
        >>> str(LocalStore(directory).prefix) == directory
        True
        """
        from pathlib import Path

        return None if self._prefix is None else Path(self._prefix)

    def __repr__(self) -> str:
        return "LocalStore" if self._prefix is None else f'LocalStore("{os.fspath(self._prefix)}")'

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LocalBackend):
            return NotImplemented
        return (self.prefix, self._options) == (other.prefix, other._options)

    __hash__ = None  # type: ignore[assignment]

    def __getnewargs_ex__(self) -> tuple[tuple[Path | None], dict[str, bool]]:
        # `fsync` only where it is on: the reference, which some tools rebuild stores with, does not know it.
        options = {name: value for name, value in self._options.items() if name != "fsync" or value}
        return (self.prefix,), options

    def __getstate__(self) -> dict[str, Any] | None:
        added = {name: value for name, value in self.__dict__.items() if name not in self._made_of}
        return added or None

    def get_object(self, path: str, options: ReadOptions) -> StoredObject:  # type: ignore[override]
        return open_object(file_of(self._root, path), path, options)

    def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:  # type: ignore[override]
        with self._stage(path, options) as staging:
            staging.write(data, 0)
            return {"e_tag": staging.publish(options.mode), "version": None}

    def _stage(self, path: str, options: WriteOptions) -> Staging:
        staging = Staging(file_of(self._root, path), path, fsync=self._options["fsync"])
        try:
            if options.attributes:
                write_attributes(staging.fd, options.attributes, path)
        except BaseException:
            staging.discard()
            raise
        return staging

    def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:  # type: ignore[override]
        return LocalUpload(self._stage(path, options), options)

    def delete_objects(self, paths: Sequence[str]) -> None:  # type: ignore[override]
        failures = [failure for path in paths if (failure := self._delete(path)) is not None]
        if failures:
            raise failures[0]

    def _delete(self, path: str) -> BaseError | None:
        try:
            file = file_of(self._root, path)
            os.unlink(file)
        except BaseError as error:
            return error
        except OSError as error:
            if isinstance(error, PermissionError) and os.path.isdir(file):
                return store_error(GenericError, LABEL, path, f"it is a directory ({error})")
            return read_error(error, path)
        if self._options["automatic_cleanup"]:
            self._remove_empty_directories(os.path.dirname(file))
        return None

    def _remove_empty_directories(self, directory: str) -> None:
        root = self._root.rstrip(os.sep)
        try:
            while len(directory) > len(root):
                os.rmdir(directory)
                directory = os.path.dirname(directory)
        except OSError:
            pass  # It is not empty.

    def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:  # type: ignore[override]
        found = open_object(file_of(self._root, source), source, ReadOptions(head=True))
        if source == target and overwrite:
            return
        mode = WriteOptions(read_attributes(file_of(self._root, source)), {}, "overwrite" if overwrite else "create")
        with self._stage(target, mode) as staging:
            _copy_bytes(file_of(self._root, source), staging, found)
            staging.publish(mode.mode)

    def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:  # type: ignore[override]
        old, new = file_of(self._root, source), file_of(self._root, target)
        try:
            if stat.S_ISDIR(os.lstat(old).st_mode):
                raise store_error(GenericError, LABEL, source, "it is a directory")
        except OSError as error:
            raise read_error(error, source) from error
        made: list[str] = []
        try:
            made = make_parents(new, target, fsync=self._options["fsync"])
            (_replace if overwrite else _move_to_free_name)(old, new)
            if self._options["fsync"]:
                sync_directories(old, new)
        except FileExistsError as error:
            raise store_error(AlreadyExistsError, LABEL, target, "the rename must not overwrite") from error
        except OSError as error:
            remove_empty(made)
            raise local_error(error, target) from error
        if self._options["automatic_cleanup"]:
            self._remove_empty_directories(os.path.dirname(old))

    def list_objects(self, options: ListOptions) -> ListPage:  # type: ignore[override]
        return self._walks.page(options)

    def list_directory(self, options: ListOptions) -> ListPage:  # type: ignore[override]
        return list_level(self._root, options)


def _open_root(prefix: str | os.PathLike[str] | None, *, mkdir: bool) -> str:
    """Return the directory, links resolved, with a separator at its end."""
    if prefix is None:
        return os.path.abspath(os.sep)
    if isinstance(prefix, bytes):
        raise TypeError("prefix must be a str or a pathlib.Path, not bytes: os.fsdecode(prefix) makes it one")
    try:
        if mkdir:
            os.makedirs(prefix, exist_ok=True)
        root = os.path.realpath(prefix, strict=True)
    except OSError as error:
        raise GenericError(
            f"Generic {LABEL} error: Unable to canonicalize filesystem root: {os.fspath(prefix)}: {error}",
            store=LABEL,
            hint=None if mkdir else "mkdir=True makes the directory",
        ) from error
    return root if root.endswith(os.sep) else root + os.sep


def _replace(old: str, new: str) -> None:
    if _is_second_name(old, new):
        os.unlink(old)
    else:
        os.replace(old, new)


def _is_second_name(old: str, new: str) -> bool:
    """Tell whether `new` is the file `old` already, and stays it when `old` is gone.

    Between two hard links rename(2) does nothing, and a link that takes the place of
    its target points to itself.
    """
    try:
        if os.path.islink(new) or not os.path.samefile(old, new):
            return False
    except FileNotFoundError:
        return False
    return not _is_same_entry(old, new)


def _is_same_entry(one: str, other: str) -> bool:
    """Tell whether two file names are one, seen through a link to its directory or a system that ignores case."""
    (above, name), (above_other, name_other) = os.path.split(one), os.path.split(other)
    return name.casefold() == name_other.casefold() and os.path.samefile(above, above_other)


def _move_to_free_name(old: str, new: str) -> None:
    os.link(old, new, follow_symlinks=False)
    os.unlink(old)


def _copy_bytes(file: str, staging: Staging, found: LocalObject) -> None:
    """Copy a file's bytes, within the kernel where it can, sharing blocks where the file system does.

    Not a hard link, as in the reference: whoever changes the one file in place would change both.
    """
    left = found.meta["size"]
    if not left:
        return  # Opening a fifo would wait for its writer.
    try:
        with open(file, "rb", buffering=0) as opened:
            while left and (n := _copy_some(opened.fileno(), staging.fd, left)):
                left -= n
    except OSError as error:
        raise local_error(error, staging.path) from error


def _copy_some(source: int, target: int, size: int) -> int:
    if hasattr(os, "copy_file_range"):
        try:
            return os.copy_file_range(source, target, min(size, 1 << 30))
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
    return os.write(target, os.read(source, min(size, 1 << 20)))


_CANNOT = {18, 22, 38, 95}  # EXDEV, EINVAL, ENOSYS, EOPNOTSUPP: an old kernel, or file systems that differ.


class LocalUpload(MultipartUpload):
    """Parts written to their places in a staging file, in any order."""

    def __init__(self, staging: Staging, options: WriteOptions) -> None:
        self._staging = staging
        self._options = options

    def __repr__(self) -> str:
        return f"<LocalUpload {self._staging.path}>"

    def __del__(self) -> None:
        self._staging.discard()

    async def put_part(self, index: int, data: Buffer) -> None:
        offset = index * self.part_size
        await current().call(lambda: self._staging.write(data, offset))

    async def complete(self) -> PutResult:
        result: PutResult = await current().call(self._publish)
        return result

    def _publish(self) -> PutResult:
        with self._staging as staging:
            return {"e_tag": staging.publish(self._options.mode), "version": None}

    async def abort(self) -> None:
        await current().call(self._staging.discard)
