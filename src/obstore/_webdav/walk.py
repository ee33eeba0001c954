"""Walking a tree directory by directory, where a server does not list it at once. Pure.

What is left to visit is the token of the next page: the paths of directories, one a line.
A page is a handful of directories, so memory is bounded by them and by what is left to visit.
"""

from __future__ import annotations

from obstore._core.path import is_below
from obstore._webdav.multistatus import Entry

BATCH = 8
"""Directories that are listed side by side for one page."""


def split_token(token: str) -> tuple[list[str], list[str]]:
    """Return the directories to visit now, and those to visit later."""
    directories = token.split("\n")
    return directories[:BATCH], directories[BATCH:]


def join_token(directories: list[str]) -> str | None:
    """Return the token for directories that are still to be visited; None if there are none."""
    return "\n".join(directories) if directories else None


def is_cut_short(entries: list[Entry], directory: str) -> bool:
    """Tell whether a listing of a whole tree may be one of its first level only.

    SabreDAV, and with it Nextcloud and ownCloud, answers `Depth: infinity` as if it were 1,
    without a word. Then, as in a tree of empty directories, no directory has anything in it.
    """
    start = len(directory) + 1 if directory else 0
    return any(entry.is_directory for entry in entries) and all("/" not in entry.path[start:] for entry in entries)


def is_past(path: str, offset: str | None) -> bool:
    """Tell whether a path comes after the offset of a listing. Code points are in the order of their UTF-8 bytes."""
    return offset is None or path > offset


def may_have_past(directory: str, offset: str | None) -> bool:
    """Tell whether anything below a directory can come after the offset.

    >>> may_have_past("a", "a/b"), may_have_past("a", "b"), may_have_past("b", "a/b")
    (True, False, True)
    """
    return offset is None or is_below(directory, offset) or f"{directory}/" > offset
