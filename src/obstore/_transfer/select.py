"""Which bytes of an object a read is to return: for stores that have the whole of it at hand."""

from __future__ import annotations

from obstore._core.conditions import check_conditions
from obstore._core.errors import BaseError, GenericError, NotModifiedError, PreconditionError, store_error
from obstore._core.ranges import RangeError, resolve_range
from obstore._core.types import READ_ALL, ObjectMeta, ReadOptions

_REFUSALS: dict[str, tuple[type[BaseError], str]] = {
    "precondition": (PreconditionError, "a condition of the read does not hold"),
    "not_modified": (NotModifiedError, "it is what the condition of the read excludes"),
}


def select(options: ReadOptions, meta: ObjectMeta, label: str = "custom") -> tuple[int, int]:
    """Check the conditions of a read, and return the `(start, stop)` of the bytes it is to have.

    >>> from datetime import UTC, datetime
    >>> from obstore._core.types import From
    >>> meta = ObjectMeta(path="k", last_modified=datetime.now(UTC), size=10, e_tag=None, version=None)
    >>> select(ReadOptions(range=From(4)), meta)
    (4, 10)

    Args:
        options: What was asked for.
        meta: The object's metadata.
        label: The store's name in errors.

    Raises:
        PreconditionError, NotModifiedError: A condition does not hold.
        GenericError: The range is empty or begins past the end.
    """
    if options is READ_ALL:
        return 0, meta["size"]
    refusal = check_conditions(options, meta["e_tag"], meta["last_modified"])
    if refusal is not None:
        kind, cause = _REFUSALS[refusal]
        raise store_error(kind, label, meta["path"], cause)
    if options.range is None:
        return 0, meta["size"]
    try:
        return resolve_range(options.range, meta["size"])
    except RangeError as error:
        raise GenericError(f"Generic {label} error: {error}", store=label, path=meta["path"]) from error
