"""Object storage: S3, Google Cloud, Azure, HTTP, local files and memory, sync and async.

>>> import obstore
>>> store = obstore.store.MemoryStore()
>>> _ = obstore.put(store, "file.txt", b"hello world!")
>>> obstore.get(store, "file.txt").bytes()
Bytes(b"hello world!")
"""

import sys

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

__version__ = "1.0.0"
_object_store_version = __version__
_object_store_source = "pure Python"

# Tools look for the stores here too, as in the compiled package.
_store = sys.modules["obstore._store"] = store

__all__ = [
    "HTTP_METHOD",
    "AsyncReadableFile",
    "AsyncWritableFile",
    "Attribute",
    "Attributes",
    "Bytes",
    "BytesStream",
    "GetOptions",
    "GetResult",
    "Key",
    "ListChunkType",
    "ListResult",
    "ListStream",
    "ObjectMeta",
    "OffsetRange",
    "PutMode",
    "PutResult",
    "ReadableFile",
    "SuffixRange",
    "UpdateVersion",
    "WritableFile",
    "__version__",
    "_object_store_source",
    "_object_store_version",
    "_store",
    "copy",
    "copy_async",
    "delete",
    "delete_async",
    "exceptions",
    "get",
    "get_async",
    "get_range",
    "get_range_async",
    "get_ranges",
    "get_ranges_async",
    "head",
    "head_async",
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
]
