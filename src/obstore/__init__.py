"""Object storage: S3, Google Cloud, Azure, HTTP, local files and memory, sync and async.

>>> import obstore
>>> store = obstore.store.MemoryStore()
>>> _ = obstore.put(store, "file.txt", b"hello world!")
>>> obstore.get(store, "file.txt").bytes()
Bytes(b"hello world!")
"""

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from obstore import exceptions, store
from obstore._api.files import (
    open,
    open_async,
    open_reader,
    open_reader_async,
    open_writer,
    open_writer_async,
)
from obstore._api.list_stream import ListStream
from obstore._api.listing import list, list_async, list_with_delimiter, list_with_delimiter_async
from obstore._api.moving import copy, copy_async, delete, delete_async, rename, rename_async
from obstore._api.readers import AsyncReadableFile, ReadableFile
from obstore._api.reading import (
    get,
    get_async,
    get_range,
    get_range_async,
    get_ranges,
    get_ranges_async,
    head,
    head_async,
)
from obstore._api.results import BytesStream, GetResult
from obstore._api.signing import sign, sign_async
from obstore._api.writers import AsyncWritableFile, WritableFile
from obstore._api.writing import put, put_async
from obstore._core.bytes import Bytes
from obstore._core.key import Key
from obstore._core.types import (
    HTTP_METHOD,
    Attribute,
    Attributes,
    GetOptions,
    ListChunkType,
    ListResult,
    ObjectMeta,
    OffsetRange,
    PutMode,
    PutResult,
    SuffixRange,
    UpdateVersion,
)
from obstore._core.url import parse_scheme
from obstore._core.version import VERSION

if TYPE_CHECKING:
    from obstore._api.finding import (
        WalkStream,
        du,
        du_async,
        glob,
        glob_async,
        head_many,
        head_many_async,
        walk,
        walk_async,
    )
    from obstore._api.syncing import delete_prefix, delete_prefix_async, sync, sync_async
    from obstore._api.transfers import download, download_async, upload, upload_async
    from obstore._api.trees import (
        copy_tree,
        copy_tree_async,
        download_tree,
        download_tree_async,
        upload_tree,
        upload_tree_async,
    )
    from obstore._bulk.progress import Progress
    from obstore._bulk.summary import Action, Failure, Summary
    from obstore._bulk.survey import Level, Usage

__version__ = VERSION
_object_store_version = __version__
_object_store_source = "pure Python"

# Tools look for the stores here too, as in the compiled package.
_store = sys.modules["obstore._store"] = store

_LATE = {
    **dict.fromkeys(("WalkStream", "du", "du_async", "glob", "glob_async"), "_api.finding"),
    **dict.fromkeys(("head_many", "head_many_async", "walk", "walk_async"), "_api.finding"),
    **dict.fromkeys(("download", "download_async", "upload", "upload_async"), "_api.transfers"),
    **dict.fromkeys(("delete_prefix", "delete_prefix_async", "sync", "sync_async"), "_api.syncing"),
    **dict.fromkeys(("copy_tree", "copy_tree_async", "download_tree", "download_tree_async"), "_api.trees"),
    **dict.fromkeys(("upload_tree", "upload_tree_async"), "_api.trees"),
    **dict.fromkeys(("Action", "Failure", "Summary"), "_bulk.summary"),
    "Progress": "_bulk.progress",
    **dict.fromkeys(("Level", "Usage"), "_bulk.survey"),
}
"""Names that are loaded when somebody asks for them, and the modules that they are in."""


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name not in _LATE:
            raise AttributeError(f"module 'obstore' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"obstore.{_LATE[name]}"), name)
        return value


__all__ = [
    "HTTP_METHOD",
    "Action",
    "AsyncReadableFile",
    "AsyncWritableFile",
    "Attribute",
    "Attributes",
    "Bytes",
    "BytesStream",
    "Failure",
    "GetOptions",
    "GetResult",
    "Key",
    "Level",
    "ListChunkType",
    "ListResult",
    "ListStream",
    "ObjectMeta",
    "OffsetRange",
    "Progress",
    "PutMode",
    "PutResult",
    "ReadableFile",
    "SuffixRange",
    "Summary",
    "UpdateVersion",
    "Usage",
    "WalkStream",
    "WritableFile",
    "__version__",
    "_object_store_source",
    "_object_store_version",
    "_store",
    "copy",
    "copy_async",
    "copy_tree",
    "copy_tree_async",
    "delete",
    "delete_async",
    "delete_prefix",
    "delete_prefix_async",
    "download",
    "download_async",
    "download_tree",
    "download_tree_async",
    "du",
    "du_async",
    "exceptions",
    "get",
    "get_async",
    "get_range",
    "get_range_async",
    "get_ranges",
    "get_ranges_async",
    "glob",
    "glob_async",
    "head",
    "head_async",
    "head_many",
    "head_many_async",
    "list",
    "list_async",
    "list_with_delimiter",
    "list_with_delimiter_async",
    "open",
    "open_async",
    "open_reader",
    "open_reader_async",
    "open_writer",
    "open_writer_async",
    "parse_scheme",
    "put",
    "put_async",
    "rename",
    "rename_async",
    "sign",
    "sign_async",
    "store",
    "sync",
    "sync_async",
    "upload",
    "upload_async",
    "upload_tree",
    "upload_tree_async",
    "walk",
    "walk_async",
]
