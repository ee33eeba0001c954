"""Which objects of two trees are to be copied, and which deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from obstore._core.attributes import normalize_attributes
from obstore._core.pattern import compile_filter
from obstore._core.types import ObjectMeta

COMPARISONS = ("size+mtime", "size", "etag", "checksum", "missing", "always")


class Criteria(NamedTuple):
    """What to look at, checked. `is_wanted` takes the path below the prefix."""

    compare: str
    is_wanted: Callable[[str], bool]
    missing_ok: bool
    dry_run: bool
    delete: bool
    attributes_for: Callable[[str], Mapping[str, str]] | None

    @property
    def looks_at_target(self) -> bool:
        """Whether the target has to be listed."""
        return self.delete or self.compare != "always"


def criteria_of(
    compare: str,
    include: str | Sequence[str],
    exclude: str | Sequence[str],
    *,
    missing_ok: bool,
    dry_run: bool,
    delete: bool = False,
    attributes: Any = None,
) -> Criteria:
    """Check a caller's wishes.

    Raises:
        TypeError, ValueError: One of them is not what it should be.
    """
    if compare not in COMPARISONS:
        raise ValueError(f"compare must be one of {', '.join(map(repr, COMPARISONS))}, not {compare!r}")
    wanted = compile_filter(include, exclude)
    return Criteria(compare, wanted, missing_ok, dry_run, delete, _attributes_for(attributes))


def _attributes_for(attributes: Any) -> Callable[[str], Mapping[str, str]] | None:
    if attributes is None:
        return None
    return _Made(attributes) if callable(attributes) else _Fixed(normalize_attributes(attributes))


class _Made:
    """Attributes that a function of the caller's makes. Unlike a closure it pickles where the function does."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        self._function = function

    def __call__(self, path: str) -> Mapping[str, str]:
        return normalize_attributes(self._function(path))


class _Fixed:
    """Attributes that are the same for all."""

    def __init__(self, attributes: Mapping[str, str]) -> None:
        self._attributes = attributes

    def __call__(self, path: str) -> Mapping[str, str]:
        return self._attributes


def difference(compare: str, source: ObjectMeta, target: ObjectMeta | None) -> str | None:
    """Say why an object has to be copied, as far as a listing tells; None if it has not.

    Two objects of one size whose ETags differ may have one content all the same: whether they do is for
    `has_same_content` to find out.

    >>> from datetime import UTC, datetime, timedelta
    >>> old = ObjectMeta(path="k", last_modified=datetime.now(UTC), size=1, e_tag='"a"', version=None)
    >>> new = ObjectMeta(**{**old, "last_modified": old["last_modified"] + timedelta(1), "e_tag": '"b"'})
    >>> [difference(compare, new, old) for compare in COMPARISONS]
    ['newer', None, 'etag', 'checksum', None, 'always']
    >>> difference("size+mtime", old, new), difference("size", old, None)
    (None, 'missing')
    """
    if target is None:
        return "missing"
    if compare in {"missing", "always"}:
        return compare if compare == "always" else None
    if source["size"] != target["size"]:
        return "size"
    if compare == "size+mtime":
        return "newer" if source["last_modified"] > target["last_modified"] else None
    if compare == "size" or (compare == "etag" and source["e_tag"] == target["e_tag"] is not None):
        return None
    return compare
