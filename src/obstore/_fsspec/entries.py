"""What fsspec knows about a file or directory: plain dicts, made from what stores return."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from obstore._core.types import ObjectMeta

Entry: TypeAlias = dict[str, Any]


def file_entry(name: str, meta: ObjectMeta) -> Entry:
    """Describe an object.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b"hello")
    >>> entry = file_entry("bucket/a/b", store.head("a/b"))
    >>> entry["name"], entry["size"], entry["type"]
    ('bucket/a/b', 5, 'file')
    """
    return {
        "name": name,
        "size": meta["size"],
        "type": "file",
        "e_tag": meta["e_tag"],
        "last_modified": meta["last_modified"],
        "version": meta["version"],
    }


def directory_entry(name: str) -> Entry:
    """Describe a directory, of which there is nothing to be known but that something is in it."""
    return {"name": name, "size": 0, "type": "directory"}


def with_directories(root: str, files: Iterable[Entry]) -> dict[str, Entry]:
    """Add `root`, and the directories between it and the files, to a deep listing.

    >>> [*with_directories("a", [{"name": "a/b/c"}])]
    ['a', 'a/b', 'a/b/c']
    """
    entries = {root: directory_entry(root)} if root else {}
    for entry in files:
        name = entry["name"]
        end = name.find("/", len(root) + 1)
        while end >= 0:
            entries.setdefault(name[:end], directory_entry(name[:end]))
            end = name.find("/", end + 1)
        entries[name] = entry
    return entries
