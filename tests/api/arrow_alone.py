"""A program: list with one Arrow library, the others out of reach, and print what the C interface says of it.

The structs are read as memory, so that no Arrow library is asked about another, or about itself.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import sys
from typing import Any

LIBRARIES = ("arro3", "arro3.core", "pyarrow", "nanoarrow")


class ArrowSchema(ctypes.Structure):
    """A schema, as the Arrow C data interface has it: the part that is read here."""


ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(ArrowSchema))),
]


class ArrowArray(ctypes.Structure):
    """An array: its first field is its length."""

    _fields_ = [("length", ctypes.c_int64), ("null_count", ctypes.c_int64), ("offset", ctypes.c_int64)]


def pointer(capsule: object, name: bytes, kind: Any) -> Any:
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return ctypes.cast(get(capsule, name), ctypes.POINTER(kind)).contents


def describe(data: Any) -> dict[str, Any]:
    capsule = getattr(data, "__arrow_c_schema__", data.schema.__arrow_c_schema__)()
    schema = pointer(capsule, b"arrow_schema", ArrowSchema)
    fields = [schema.children[n].contents for n in range(schema.n_children)]
    return {
        "format": schema.format.decode(),
        "metadata": schema.metadata is not None,
        "columns": [[each.name.decode(), each.format.decode(), bool(each.flags & 2)] for each in fields],
        "kind": type(data).__module__.partition(".")[0],
        "stream": hasattr(data, "__arrow_c_stream__"),
    }


def length(batch: Any) -> int:
    _schema, array = batch.__arrow_c_array__()
    return int(pointer(array, b"arrow_array", ArrowArray).length)


def main(library: str) -> None:
    for name in LIBRARIES:
        if name.partition(".")[0] != library:
            sys.modules[name] = None  # type: ignore[assignment]
    import obstore
    from obstore.store import MemoryStore

    store = MemoryStore()
    for n in range(5):
        store.put(f"a/{n}", b"x" * n)
    level: Any = obstore.list_with_delimiter(store, "a", return_arrow=True)["objects"]
    awaited: Any = asyncio.run(store.list_with_delimiter_async("none", return_arrow=True))["objects"]
    empty = obstore.list(store, "none", return_arrow=True)
    results = {
        "batches": [length(batch) for batch in obstore.list(store, chunk_size=2, return_arrow=True)],
        "no batches": list(empty),
        "an empty batch": length(empty.collect()),
        "described": [describe(data) for data in (store.list(return_arrow=True).collect(), empty.collect())],
        "tables": [describe(level), describe(awaited)],
    }
    print(json.dumps(results))


if __name__ == "__main__":
    main(sys.argv[1])
