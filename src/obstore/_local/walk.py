"""Listing a directory tree, in the order of the paths, a page at a time.

Each directory is read and sorted whole, with `/` after the names of directories, which
makes the order of the walk that of the full paths. A walk can so begin after any path,
by passing over the directories that lie before it, and a page's token is its last path.
Walks that have not ended are kept for the next page: starting anew would read a directory of a million
files a thousand times.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from typing import NamedTuple

from obstore._core.errors import BaseError
from obstore._core.log import debug
from obstore._core.path import join_path
from obstore._core.types import ListOptions, ListPage, ObjectMeta
from obstore._io.lock import Lock
from obstore._local.failures import read_error
from obstore._local.names import directory_of, is_listable, is_staging
from obstore._local.reading import meta_of

_PAGE = 1000
_KEPT_WALKS = 8


class _Entry(NamedTuple):
    """A directory's entry. `order` is its name, with a slash if it is a directory."""

    order: str
    name: str
    is_directory: bool
    entry: os.DirEntry[str]


class Walks:
    """The listings of one store that have begun and not ended."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._kept: dict[tuple[str, str], Iterator[ObjectMeta]] = {}
        self._lock = Lock()

    def page(self, options: ListOptions) -> ListPage:
        """Return the next objects below a directory.

        A directory that cannot be read ends the listing, after the page with all that lies before it.
        """
        walk = self._resume(options)
        objects: list[ObjectMeta] = []
        try:
            for meta in walk:
                objects.append(meta)
                if len(objects) == _PAGE:
                    return ListPage(objects, [], self._keep(options.prefix, meta["path"], walk))
        except BaseError:
            if not objects:
                raise
            return ListPage(objects, [], objects[-1]["path"])
        return ListPage(objects)

    def _resume(self, options: ListOptions) -> Iterator[ObjectMeta]:
        if options.token is not None:
            with self._lock:
                walk = self._kept.pop((options.prefix, options.token), None)
            if walk is not None:
                return walk
        return walk_tree(self._root, options.prefix, options.token or options.offset or "")

    def _keep(self, prefix: str, token: str, walk: Iterator[ObjectMeta]) -> str:
        with self._lock:
            self._kept[prefix, token] = walk
            while len(self._kept) > _KEPT_WALKS:
                del self._kept[next(iter(self._kept))]
        return token


def walk_tree(root: str, prefix: str, after: str) -> Iterator[ObjectMeta]:
    """Yield the objects below a directory whose paths are greater than `after`, in order."""
    yield from _walk(directory_of(root, prefix), prefix, after, ())


def _walk(directory: str, path: str, after: str, above: tuple[tuple[int, int], ...]) -> Iterator[ObjectMeta]:
    identity = _identity(directory)
    if identity in above:
        return  # A link to a directory that it lies in: what is there has been listed.
    for entry in _sorted_entries(directory, path):
        child = join_path(path, entry.name)
        if not entry.is_directory:
            if child > after and (meta := _meta(child, entry.entry)) is not None:
                yield meta
        elif child + "/" > after or after.startswith(child + "/"):
            yield from _walk(entry.entry.path, child, after, (*above, identity))


def _identity(directory: str) -> tuple[int, int]:
    try:
        status = os.stat(directory)
    except OSError:
        return 0, 0  # It was removed meanwhile; reading it will tell.
    return status.st_dev, status.st_ino


def _sorted_entries(directory: str, path: str) -> list[_Entry]:
    try:
        with os.scandir(directory) as entries:
            found = [_read(entry) for entry in entries if _is_shown(entry)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise read_error(error, path) from error
    return sorted(found)


def _is_shown(entry: os.DirEntry[str]) -> bool:
    name = entry.name
    if is_listable(name):
        return not is_staging(name) or _is_directory(entry)
    debug("local", "not listed, since its name cannot be a path: %r", entry.path)
    return False


def _read(entry: os.DirEntry[str]) -> _Entry:
    is_directory = _is_directory(entry)
    name = entry.name
    return _Entry(f"{name}/" if is_directory else name, name, is_directory, entry)


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return False  # A link that leads to itself is a broken one.


def _meta(path: str, entry: os.DirEntry[str]) -> ObjectMeta | None:
    try:
        return meta_of(path, entry.stat())
    except FileNotFoundError:
        return None  # A broken link, or removed meanwhile.
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise read_error(error, path) from error
        return None


def list_level(root: str, options: ListOptions) -> ListPage:
    """Return the objects and the directories directly in a directory."""
    objects: list[ObjectMeta] = []
    directories = []
    for entry in _sorted_entries(directory_of(root, options.prefix), options.prefix):
        child = join_path(options.prefix, entry.name)
        if entry.is_directory:
            directories.append(child)
        elif (meta := _meta(child, entry.entry)) is not None:
            objects.append(meta)
    return ListPage(objects, directories)
