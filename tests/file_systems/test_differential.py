"""What is found is what fsspec's own file system in memory finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from obstore.fsspec import AsyncFsspecStore, FsspecStore
from obstore.store import MemoryStore

FILES = {
    "r/a.txt": b"hello",
    "r/b.txt": b"",
    "r/s/c.bin": b"12",
    "r/s/t/d.bin": b"333",
    "r/z": b"x",
    "rr/e": b"e",
    "top": b"t",
}
PATHS = ["r", "r/", "r/s", "r/a.txt", "missing", ""]
PATTERNS = ["r/*", "r/**", "*", "**", "r/?.txt", "r/[ab].txt", "r/*/", "r/**/", "r/s*", "**/*.bin", "r/{a,b}.txt"]
PATTERNS += ["r/*.none", "/r/*", "r/a.txt", "r/s", "r/**/d*", "r*/*"]
DEPTHS = [None, 1, 2]


@pytest.fixture(scope="module")
def oracle() -> Iterator[MemoryFileSystem]:
    fs = MemoryFileSystem(skip_instance_cache=True)
    # fsspec keeps one memory for the whole process.
    before = dict(fs.store), list(fs.pseudo_dirs)
    fs.store.clear()
    fs.pseudo_dirs[:] = [""]
    for name, data in FILES.items():
        fs.pipe_file(f"/{name}", data)
    yield fs
    fs.store.clear()
    fs.store.update(before[0])
    fs.pseudo_dirs[:] = before[1]


@pytest.fixture(scope="module", params=["store", "service", "kept listings"])
def ours(request: pytest.FixtureRequest) -> AsyncFsspecStore | FsspecStore:
    kept = request.param == "kept listings"
    made: AsyncFsspecStore | FsspecStore = AsyncFsspecStore(MemoryStore(), use_listings_cache=kept)
    if request.param == "service":
        made = FsspecStore("memory", skip_instance_cache=True)
    made.pipe(FILES)
    return made


OF_ONE = {"e_tag", "last_modified", "version", "created"}


def _plain(found: Any) -> Any:
    """Take away what the two write differently: a slash before names, and what only one of them knows."""
    match found:
        case str():
            return found.lstrip("/")
        case dict():
            return {_plain(key): _plain(value) for key, value in found.items() if key not in OF_ONE}
        case list():
            return sorted(map(_plain, found), key=str)
        case tuple():
            return tuple(map(_plain, found))
    return found


def _outcome(fs: Any, method: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    try:
        found = getattr(fs, method)(*args, **options)
        return _plain(list(found) if method == "walk" else found)
    except FileNotFoundError:
        return FileNotFoundError


CALLS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *(
        ("find", (path,), {"maxdepth": depth, "withdirs": dirs, "detail": detail})
        for path in PATHS
        for depth in DEPTHS
        for dirs in (False, True)
        for detail in (False, True)
    ),
    # Of a path that is not there the one walks nothing, and the other, as all asynchronous ones, an empty directory.
    *(
        ("walk", (path,), {"maxdepth": depth, "topdown": down, "detail": detail})
        for path in PATHS
        if path != "missing"
        for depth in DEPTHS
        for down in (True, False)
        for detail in (True, False)
    ),
    *(("du", (path,), {"maxdepth": depth, "total": total}) for path in PATHS for depth in DEPTHS for total in (0, 1)),
    *(
        ("glob", (pattern,), {"maxdepth": depth, "detail": d})
        for pattern in PATTERNS
        for depth in DEPTHS
        for d in (0, 1)
    ),
    *(("expand_path", (path,), {"recursive": True, "maxdepth": depth}) for path in PATHS for depth in DEPTHS),
    *(("expand_path", (pattern,), {}) for pattern in PATTERNS),
    *((name, (path,), {}) for path in PATHS for name in ("ls", "exists", "isdir", "isfile", "info", "lexists")),
    *(("cat", (path,), {"recursive": deep}) for path in ("r/a.txt", "missing") for deep in (False, True)),
    *(("head", (path, 3), {}) for path in ("r/a.txt", "missing")),
    *(("tail", (path, 3), {}) for path in ("r/a.txt", "missing")),
    *(("read_block", (path, 1, 3), {}) for path in ("r/a.txt", "missing")),
    *(("sizes", (["r/a.txt", "top"],), {}) for _ in (1,)),
]


@pytest.mark.parametrize("method", sorted({name for name, *_ in CALLS}))
def test_what_is_found_is_what_fsspec_finds(ours: Any, oracle: Any, method: str) -> None:
    for name, args, options in CALLS:
        if name == method:
            expected = _outcome(oracle, name, args, options)
            assert _outcome(ours, name, args, options) == expected, (name, args, options)
