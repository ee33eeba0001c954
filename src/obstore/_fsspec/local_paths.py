"""Paths of files of this machine, on both kinds of systems: `/`, absolute, and without their scheme.

fsspec writes the paths of every system with `/`. Windows has a root for each drive, so a
drive is to paths what a bucket is elsewhere: there is a store for each.
"""

from __future__ import annotations

import re

_DRIVE = re.compile(r"[A-Za-z]:")
_ROOT = re.compile(r"[A-Za-z]:|//[^/]+/[^/]+")


def without_scheme(text: str) -> str:
    r"""Take `file:` off a URL, with as many slashes as it has. Nothing is decoded, as fsspec has it.

    >>> without_scheme("file:///a/b"), without_scheme("file:/a"), without_scheme("C:\\a")
    ('/a/b', '/a', 'C:\\a')
    """
    for start in ("file://", "file:"):
        if text.startswith(start):
            return text[len(start) :]
    return text


def absolute_path(text: str, directory: str, *, windows: bool) -> str:
    r"""Make a path absolute, and write it with `/`.

    >>> absolute_path("a/b", "/home", windows=False)
    '/home/a/b'
    >>> absolute_path("/C:/a", "D:/x", windows=True), absolute_path("a\\b", "D:\\x", windows=True)
    ('C:/a', 'D:/x/a/b')

    Args:
        text: The path, without a scheme.
        directory: The current directory, which is absolute.
        windows: Whether the system is Windows.
    """
    if not windows:
        return _trimmed(text if text.startswith("/") else _joined(directory, text))
    text, directory = text.replace("\\", "/"), directory.replace("\\", "/")
    if text.startswith("/") and _DRIVE.match(text, 1):
        text = text[1:]  # as in file:///C:/a
    drive = _DRIVE.match(text)
    if drive is None:
        return _trimmed(_below(text, directory))
    rest = text[2:]
    if not rest or rest.startswith("/"):
        return _trimmed(text) if rest.strip("/") else f"{text[:2]}/"
    # `C:a` is below the current directory of that drive, of which only one is known.
    same = directory[:2].lower() == text[:2].lower()
    return _trimmed(_joined(directory if same else f"{text[:2]}/", rest))


def _below(text: str, directory: str) -> str:
    if text.startswith("//"):
        return text  # of another machine: //server/share/a
    if text.startswith("/"):
        root = _ROOT.match(directory)
        return (root[0] if root else "") + text
    return _joined(directory, text)


def _joined(directory: str, text: str) -> str:
    text = text.removeprefix("./")
    return directory if text in {"", "."} else f"{directory.rstrip('/')}/{text}"


def _trimmed(path: str) -> str:
    return path.rstrip("/") or "/"


def split_drive(path: str) -> tuple[str, str]:
    """Split an absolute path in the root that it is below, and the rest.

    >>> split_drive("C:/a/b"), split_drive("//server/share/a"), split_drive("/a/b")
    (('C:', 'a/b'), ('//server/share', 'a'), ('', '/a/b'))
    """
    root = _ROOT.match(path)
    return (root[0], path[root.end() :].strip("/")) if root else ("", path)
