"""Listings as Arrow data, for programs that look at many objects at once.

The first of arro3, pyarrow and nanoarrow that is installed makes the result. All share
their data with every other Arrow library by the C interface, so which of them it is
matters only to code that names their classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, NamedTuple

from obstore._core.types import ObjectMeta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NULLABLE = {"path": False, "last_modified": False, "size": False, "e_tag": True, "version": True}


class _Columns(NamedTuple):
    """Rows turned into columns. `last_modified` is in microseconds since 1970."""

    path: list[str]
    last_modified: list[int]
    size: list[int]
    e_tag: list[str | None]
    version: list[str | None]


class _Library(NamedTuple):
    """An Arrow library, how it makes a batch of columns, and how a table of a batch."""

    module: Any
    make_batch: Callable[[Any, _Columns], Any]
    make_table: Callable[[Any, Any], Any]


def check_installed() -> None:
    """Make sure that there is an Arrow library.

    Raises:
        ImportError: There is none.
    """
    _library()


def record_batch(rows: Sequence[ObjectMeta]) -> Any:
    """Make a record batch of a chunk of a listing.

    >>> record_batch([]).schema.names
    ['path', 'last_modified', 'size', 'e_tag', 'version']
    """
    library = _library()
    return library.make_batch(library.module, _columns(rows))


def table(rows: Sequence[ObjectMeta]) -> Any:
    """Make a table of the objects of a listing: one batch of them, also if there are none.

    >>> table([]).num_rows
    0
    """
    library = _library()
    return library.make_table(library.module, record_batch(rows))


def _columns(rows: Sequence[ObjectMeta]) -> _Columns:
    return _Columns(
        [row["path"] for row in rows],
        [_microseconds(row["last_modified"]) for row in rows],
        [row["size"] for row in rows],
        [row["e_tag"] for row in rows],
        [row["version"] for row in rows],
    )


def _microseconds(time: datetime) -> int:
    # Not `timestamp()`: a float has no room for the microseconds of distant years.
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


_found: _Library | None = None


def _library() -> _Library:
    global _found
    if _found is None:
        _found = _find_library()
    return _found


def _find_library() -> _Library:
    for name, make_batch, make_table in _LIBRARIES:
        try:
            return _Library(import_module(name), make_batch, make_table)
        except ImportError:
            continue
    raise ModuleNotFoundError(
        # It begins as the reference's from `list`, and has in it what that says from `list_with_delimiter`.
        "arro3.core is a required dependency for returning results as arrow. No module named 'arro3.core': "
        "run `pip install obstore[arrow]`; pyarrow or nanoarrow will do as well.",
        name="arro3.core",
    )


def _arro3_batch(arro3: Any, columns: _Columns) -> Any:
    text, time = arro3.DataType.utf8(), arro3.DataType.timestamp("us", tz="UTC")
    arrays = [
        arro3.Array(columns.path, text),
        arro3.Array(columns.last_modified, arro3.DataType.int64()).cast(time),  # it makes none of a list
        arro3.Array(columns.size, arro3.DataType.uint64()),
        arro3.Array(columns.e_tag, text),
        arro3.Array(columns.version, text),
    ]
    fields = [
        arro3.Field(name, array.type, nullable=nullable)
        for (name, nullable), array in zip(_NULLABLE.items(), arrays, strict=True)
    ]
    return arro3.RecordBatch.from_arrays(arrays, schema=arro3.Schema(fields))


def _arro3_table(arro3: Any, batch: Any) -> Any:
    return arro3.Table.from_batches([batch], schema=batch.schema)


def _pyarrow_batch(pyarrow: Any, columns: _Columns) -> Any:
    text = pyarrow.utf8()
    kinds = (text, pyarrow.timestamp("us", tz="UTC"), pyarrow.uint64(), text, text)
    fields = [
        pyarrow.field(name, kind, nullable=nullable)
        for (name, nullable), kind in zip(_NULLABLE.items(), kinds, strict=True)
    ]
    arrays = [pyarrow.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=pyarrow.schema(fields))


def _pyarrow_table(pyarrow: Any, batch: Any) -> Any:
    return pyarrow.Table.from_batches([batch])


def _nanoarrow_batch(nanoarrow: Any, columns: _Columns) -> Any:
    kinds = {
        "path": nanoarrow.string(nullable=False),
        "last_modified": nanoarrow.timestamp("us", "UTC", nullable=False),
        "size": nanoarrow.uint64(nullable=False),
        "e_tag": nanoarrow.string(),
        "version": nanoarrow.string(),
    }
    arrays = [nanoarrow.c_array(column, kind) for column, kind in zip(columns, kinds.values(), strict=True)]
    schema = nanoarrow.struct(kinds, nullable=False)
    length = len(columns.path)
    return nanoarrow.Array(nanoarrow.c_array_from_buffers(schema, length, [None], 0, children=arrays))


def _nanoarrow_table(nanoarrow: Any, batch: Any) -> Any:
    return batch  # one class is both there


_LIBRARIES = (
    ("arro3.core", _arro3_batch, _arro3_table),
    ("pyarrow", _pyarrow_batch, _pyarrow_table),
    ("nanoarrow", _nanoarrow_batch, _nanoarrow_table),
)
