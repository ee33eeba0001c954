"""A recording: what was asked of a store and what it answered, as lines of JSON.

A call is known by its operation and arguments; of what was put, by the SHA-256. Bodies are kept in base64. The same
call may have been answered differently at different times, so its answers are kept in order.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from obstore._core import errors
from obstore._core.errors import BaseError, GenericError
from obstore._core.types import (
    Bounded,
    Buffer,
    From,
    Last,
    ListOptions,
    ListPage,
    ObjectMeta,
    PutResult,
    ReadOptions,
    WriteOptions,
)
from obstore._transfer.backend import StoredObject

FORMAT = {"obstore recording": 1}
"""The first line."""

_RANGES = {"Bounded": Bounded, "From": From, "Last": Last}
_DETAILS = ("path", "store", "method", "status", "code", "hint")


def call_of(operation: str, **arguments: Any) -> dict[str, Any]:
    """Write a call down."""
    return {"operation": operation, **{name: _written(value) for name, value in arguments.items()}}


def _written(value: Any) -> Any:
    if isinstance(value, ReadOptions | WriteOptions | ListOptions):
        defaults = type(value)()
        pairs = ((name, getattr(value, name)) for name in value._fields)
        return {name: _written(item) for name, item in pairs if item != getattr(defaults, name)}
    if isinstance(value, Bounded | From | Last):
        return {type(value).__name__: list(value)}
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _written(item) for name, item in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": len(value), "sha256": hashlib.sha256(value).hexdigest()}
    return list(value) if isinstance(value, tuple) else value


def key_of(call: Mapping[str, Any]) -> str:
    """Return what two equal calls have in common."""
    return json.dumps(call, sort_keys=True)


def written_object(stored: StoredObject, data: Buffer) -> dict[str, Any]:
    """Write an object down, whose body has been read."""
    return {
        "meta": _written(stored.meta),
        "attributes": stored.attributes,
        "range": list(stored.range),
        "body": base64.b64encode(data).decode(),
    }


def read_object(said: Mapping[str, Any]) -> StoredObject:
    """Make an object of what was written."""
    start, stop = said["range"]
    body = base64.b64decode(said["body"])
    return StoredObject(_read_meta(said["meta"]), body, range=(start, stop), attributes=dict(said["attributes"]))


def written_page(page: ListPage) -> dict[str, Any]:
    """Write a page of a listing down."""
    directories = list(page.common_prefixes)
    return {"objects": [_written(meta) for meta in page.objects], "directories": directories, "token": page.token}


def read_page(said: Mapping[str, Any]) -> ListPage:
    """Make a page of what was written."""
    return ListPage([_read_meta(meta) for meta in said["objects"]], said["directories"], said["token"])


def _read_meta(said: Mapping[str, Any]) -> ObjectMeta:
    return ObjectMeta(**{**said, "last_modified": datetime.fromisoformat(said["last_modified"])})  # type: ignore[typeddict-item]


def read_put(said: Mapping[str, Any]) -> PutResult:
    """Make the result of a put of what was written."""
    return {"e_tag": said["e_tag"], "version": said["version"]}


def written_error(error: BaseError) -> dict[str, Any]:
    """Write an error down."""
    details = {name: value for name in _DETAILS if (value := getattr(error, name)) is not None}
    return {"class": type(error).__name__, "message": str(error.args[0]) if error.args else "", **details}


def read_error(said: Mapping[str, Any]) -> BaseError:
    """Make an error of what was written."""
    kind = getattr(errors, said["class"], GenericError)
    error: BaseError = kind(said["message"], **{name: said[name] for name in _DETAILS if name in said})
    return error
