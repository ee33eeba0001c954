"""Attributes of local objects, kept in extended attributes of their files (`user.obstore.*`).

Linux's ext4, xfs, btrfs and tmpfs have these; others may not. A file system that cannot
hold what was asked for is an error, never a silent loss.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from obstore._core.errors import NotImplementedError
from obstore._local.failures import LABEL

_START = "user.obstore."


def write_attributes(fd: int, attributes: Mapping[str, str], path: str) -> None:
    """Keep attributes with an open file.

    Raises:
        NotImplementedError: The file system cannot.
    """
    try:
        for name, value in attributes.items():
            os.setxattr(fd, _START + name, value.encode())
    except (AttributeError, OSError) as error:
        raise NotImplementedError(
            f"Operation `put_opts` with attributes {sorted(attributes)} not yet implemented by {LABEL} for {path}: "
            f"the file system cannot hold them ({error}).",
            store=LABEL,
            path=path,
            hint="put without attributes, or keep the directory on a file system with user xattrs (ext4, xfs, btrfs)",
        ) from error


def read_attributes(file: int | str) -> dict[str, str]:
    """Return the attributes kept with a file; none where the file system has no such thing."""
    try:
        names = os.listxattr(file)
    except (AttributeError, OSError):
        return {}
    if not names:
        return {}
    ours = [name for name in names if name.startswith(_START)]
    return {name[len(_START) :]: os.getxattr(file, name).decode() for name in ours}
