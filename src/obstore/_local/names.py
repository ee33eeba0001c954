"""From paths to file names and back, and which names a store keeps for itself.

A segment of a path is a file name, letter for letter; nothing is encoded. (On Windows,
where a colon cannot be part of one, it is written `%3A`.) Names that end in `#` and digits
belong to uploads that are under way, and are neither listed nor accepted as paths.
"""

from __future__ import annotations

import os
import re

from obstore._core.errors import GenericError
from obstore._core.path import decode_percent
from obstore._core.url import split_url

_STAGING = re.compile(r"[^#]*#[0-9]+", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def is_staging(name: str) -> bool:
    """Tell whether a file name is one that uploads use until they are complete."""
    return "#" in name and _STAGING.fullmatch(name) is not None


def is_listable(name: str) -> bool:
    """Tell whether a file name can be part of a path: it is text, without control characters."""
    try:
        name.encode()
    except UnicodeEncodeError:  # Bytes that are not UTF-8 come from the system as lone surrogates.
        return False
    return _CONTROLS.search(name) is None


def file_of(root: str, path: str) -> str:
    """Return the file that holds the object `path`.

    Raises:
        GenericError: The path is the root, or a name kept for uploads.
    """
    if not path or is_staging(path[path.rfind("/") + 1 :]):
        raise GenericError(
            rf"Generic LocalFileSystem error: Filenames containing trailing '/#\d+/' are not supported: {path}",
            store="LocalFileSystem",
            path=path,
        )
    return root + _native(path)


def directory_of(root: str, path: str) -> str:
    """Return the directory that a listing's prefix names."""
    return root + _native(path) if path else root


def _native(path: str) -> str:
    return path if os.sep == "/" else path.replace(":", "%3A").replace("/", os.sep)


def path_from_url(url: str) -> str:
    """Return the directory that a `file://` URL names.

    Raises:
        ValueError: It is another kind of URL.
        GenericError: It names another host.
    """
    parts = split_url(url)
    if parts.scheme != "file":
        raise ValueError(f"Not a `file://` URL: {url!r}")
    if parts.host not in {"", "localhost"}:
        raise GenericError(f"Generic URL error: {url!r} names a file of another host, {parts.host!r}")
    path = decode_percent(parts.path) or "/"
    if path.endswith("//"):
        raise GenericError(f'Generic URL error: Path "{path}" contained empty path segment')
    return _without_drive_slash(path)


def _without_drive_slash(path: str) -> str:
    """`file:///C:/x` is `C:/x`."""
    return path[1:] if os.name == "nt" and re.match(r"/[A-Za-z]:", path) else path
