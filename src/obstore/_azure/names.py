"""Names that Azure cannot hold. Pure."""

from __future__ import annotations

import re

from obstore._azure.config import LABEL
from obstore._core.errors import InvalidPathError, store_error

# The service normalises a URL's path after decoding it, so that escapes do not help
# (https://github.com/Azure/azure-sdk-for-rust/issues/5275), and a backslash is a slash there.
_DOT_SEGMENT = re.compile(r"(?:\A|[/\\])(\.\.?)(?:[/\\]|\Z)")


def objection(key: str) -> str | None:
    r"""Say why Azure cannot hold a key; None if it can.

    >>> objection("..a/.b/c..") is objection("a//b/") is objection("a\\b") is None
    True
    >>> objection("a/../b")
    "Azure holds no name with a segment '..': it would take 'a/../b' for another object, perhaps in another container"
    """
    found = _DOT_SEGMENT.search(key)
    if found is None:
        return None
    return (
        f"Azure holds no name with a segment {found[1]!r}: "
        f"it would take {str(key)!r} for another object, perhaps in another container"
    )


def refuse_dot_segments(key: str) -> None:
    """Make sure that a URL with this key is that object's.

    Raises:
        InvalidPathError: It would be another's.
    """
    if (why := objection(key)) is not None:
        raise store_error(InvalidPathError, LABEL, key, why)
