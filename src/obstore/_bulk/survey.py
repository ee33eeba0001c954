"""Looking at trees: what matches a pattern, what lies where, how much it is."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from obstore._core.errors import NotFoundError
from obstore._core.key import as_key
from obstore._core.path import is_below, join_path, strip_prefix
from obstore._core.pattern import compile_pattern, expand_braces, literal_prefix
from obstore._core.types import READ_HEAD, ListOptions, ListPage, ObjectMeta
from obstore._transfer.backend import Backend
from obstore._transfer.listing import Pager, collect
from obstore._transfer.parallel import run_all


class Level(NamedTuple):
    """One directory: its path, the names of those in it, and the objects directly in it.

    >>> from obstore import walk
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b"")
    >>> next(walk(store))
    Level(path='', directories=['a'], objects=[])
    """

    path: str
    directories: list[str]
    objects: list[ObjectMeta]


class Levels:
    """The levels of a tree, from the top down."""

    def __init__(self, store: Backend, prefix: str) -> None:
        self._store = store
        self._prefixes = [prefix]
        self._last: Level | None = None

    def __repr__(self) -> str:
        return f"<Levels of {self._store!r} to come: {len(self._prefixes)}>"

    async def next_level(self) -> Level | None:
        """Return the next level; None at the end.

        What the caller left of the last one's directories is descended into, in order.
        """
        last = self._last
        if last is not None:
            self._prefixes += [as_key(join_path(last.path, name)) for name in reversed(last.directories)]
        if not self._prefixes:
            self._last = None
            return None
        prefix = self._prefixes.pop()
        objects, directories = await collect(self._store.list_directory, ListOptions(prefix))
        names = [strip_prefix(prefix, directory) or directory for directory in directories]
        self._last = Level(prefix, names, objects)
        return self._last


def glob_pager(store: Backend, pattern: str) -> Pager:
    """Return the pages of the objects that match a pattern."""
    if not isinstance(pattern, str):
        raise TypeError(f"pattern must be a str, not {type(pattern).__name__}")
    matches = compile_pattern(pattern)
    prefix, depth = _scope(pattern)
    fetch = store.list_directory if depth == 1 else store.list_objects
    return Pager(partial(_matching, fetch, matches), ListOptions(prefix))


def _scope(pattern: str) -> tuple[str, int]:
    """Return the directory that all matches lie in, and how many levels deep: 0 for any number."""
    scopes = [literal_prefix(each) for each in expand_braces(pattern)]
    prefix, depth = scopes[0]
    while not all(prefix == other or is_below(prefix, other) or not prefix for other, _ in scopes):
        prefix = prefix.rpartition("/")[0]
    return prefix, depth if all(scope == scopes[0] for scope in scopes) else 0


async def _matching(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, ListPage]],
    matches: Callable[[str], object],
    options: ListOptions,
) -> ListPage:
    page = await fetch(options)
    return ListPage([meta for meta in page.objects if matches(meta["path"])], (), page.token)


class Usage(NamedTuple):
    """How many objects there are, and how many bytes in them. `directories` has the same for each directory.

    >>> from obstore import du
    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b"hello")
    >>> du(store, depth=1)
    Usage(files=1, bytes=5, directories={'a': Usage(files=1, bytes=5, directories={})})
    """

    files: int
    bytes: int
    directories: Mapping[str, Usage] = {}


async def measure(store: Backend, prefix: str, depth: int) -> Usage:
    """Count the objects below a prefix."""
    pager = Pager(store.list_objects, ListOptions(prefix))
    total = [0, 0]
    directories: dict[str, list[int]] = {}
    while (page := await pager.next_page()) is not None:
        for meta in page.objects:
            _add(total, meta)
            for directory in _directories(meta["path"], prefix, depth):
                _add(directories.setdefault(directory, [0, 0]), meta)
    return Usage(total[0], total[1], {path: Usage(files, size) for path, (files, size) in directories.items()})


def _add(counts: list[int], meta: ObjectMeta) -> None:
    counts[0] += 1
    counts[1] += meta["size"]


def _directories(path: str, prefix: str, depth: int) -> list[str]:
    """Return the directories that a path lies in, down to `depth` levels below the prefix."""
    if not depth:
        return []
    segments = (strip_prefix(prefix, path) or path).split("/")[:-1][:depth]
    return [join_path(prefix, "/".join(segments[: n + 1])) for n in range(len(segments))]


async def stat_many(store: Backend, paths: Sequence[str], limit: int, *, missing_ok: bool) -> list[ObjectMeta | None]:
    """Fetch the metadata of many objects."""

    def job(path: str) -> Callable[[], Coroutine[Any, Any, ObjectMeta | None]]:
        async def stat() -> ObjectMeta | None:
            try:
                stored = await store.get_object(path, READ_HEAD)
            except NotFoundError:
                if missing_ok:
                    return None
                raise
            stored.body.close()
            return stored.meta

        return stat

    return await run_all([job(path) for path in paths], limit)
