"""Places: what the arguments of a command name. A URL, or a local path, maybe with a pattern in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from obstore._core.path import decode_percent
from obstore._core.types import ObjectMeta
from obstore._transfer.backend import Backend
from obstore.store import registry

STDIO = "-"


class Place(NamedTuple):
    """A store and a path in it, and how the user wrote it: `name`.

    `local` is the local path, where it is one. `is_directory` says that it was written as one, with a slash at
    the end, or is a local one or the root of a store. `relative` is its name in a directory that it is copied
    to, and `meta` what a listing has told of it already.
    """

    store: Backend
    path: str
    name: str
    local: str | None = None
    is_directory: bool = False
    relative: str = ""
    meta: ObjectMeta | None = None

    def below(self, path: str) -> Place:
        """Return the place of an object below this one. `path` is relative to it."""
        joined = f"{self.path}/{path}" if self.path else path
        local = None if self.local is None else os.path.join(self.local, path)
        return Place(self.store, joined, f"{self.name.rstrip('/')}/{path}", local)


def place_of(text: str, *, is_directory: bool = False) -> Place:
    """Read an argument. Nothing is asked of anyone.

    Raises:
        ValueError: It is empty, or `-`, which is no place.
    """
    if text in ("", STDIO):
        raise ValueError(f"{text!r} is not a place: give a URL or a local path")
    if "://" in text:
        store, path = registry.resolve(text, is_directory=is_directory or text.endswith("/"))
        local, is_written_so = _local_path(text), text.endswith("/")
    else:
        store, path = registry.resolve("file://" + _quoted(os.path.abspath(text)))
        local, is_written_so = text, text.endswith(("/", os.sep))
    is_directory = is_written_so or not path or (local is not None and os.path.isdir(local))
    return Place(store, path, text, local, is_directory, path.rpartition("/")[2])


def _local_path(url: str) -> str | None:
    return decode_percent(url.removeprefix("file://")) if url.startswith("file://") else None


def _quoted(path: str) -> str:
    from urllib.request import pathname2url

    return pathname2url(path)


def expand(text: str) -> Iterator[Place]:
    """Return the places that an argument means: itself, or all objects that its pattern matches.

    Raises:
        FileNotFoundError: It is a pattern, and nothing matches.
    """
    import obstore

    if not is_pattern(text):
        yield place_of(text)
        return
    store, pattern, base = _split(text)
    cut = pattern.rfind("/", 0, pattern.index("*")) + 1
    is_empty = True
    for chunk in obstore.glob(store, pattern):
        for meta in chunk:
            is_empty = False
            path = meta["path"]
            yield Place(store, path, base + path, _local_path(base + path), relative=path[cut:], meta=meta)
    if is_empty:
        raise FileNotFoundError(f"nothing matches {text!r}")


def is_pattern(text: str) -> bool:
    """Whether an argument is a pattern: what has no star names one place, brackets and all.

    A shell has expanded the patterns of local paths already.
    """
    return "*" in text and "://" in text


def _split(url: str) -> tuple[Backend, str, str]:
    """Return a URL's store, the pattern in it, and how its objects' URLs begin."""
    literal = url[: url.index("*")]
    directory = literal[: literal.rindex("/") + 1]
    store, prefix = registry.resolve(directory, is_directory=True)
    base = directory.removesuffix(prefix + "/") if prefix else directory
    return store, (f"{prefix}/" if prefix else "") + url[len(directory) :], base
