"""Looking at a local store's directory with the operating system's eyes."""

import os
from pathlib import Path
from typing import Any


def files_below(directory: Path) -> set[str]:
    """Return the names of everything that is not a directory, staging files included."""
    return {
        os.path.relpath(os.path.join(above, name), directory)
        for above, _, names in os.walk(directory)
        for name in names
    }


def paths_of(listing: Any) -> list[str]:
    """Return the paths of a listing, in its order."""
    return [meta["path"] for meta in listing.collect()]


def level_of(store: Any, prefix: str | None = None) -> tuple[set[str], set[str]]:
    """Return the directories and the objects of one level."""
    found = store.list_with_delimiter(prefix)
    return set(found["common_prefixes"]), {meta["path"] for meta in found["objects"]}


def is_root() -> bool:
    """Tell whether no permission is ever denied to this process (or the system has none of that kind)."""
    return getattr(os, "geteuid", lambda: 0)() == 0
