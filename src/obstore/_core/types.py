"""The values that go in and out: the public dictionaries and their inner counterparts.

The public ones are `TypedDict`s, as in the reference and in obspec. The inner ones are
tuples with names: cheap to make, impossible to change by accident. (`dataclasses` would
add 8 ms to the import, for `inspect`.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias, TypedDict

Buffer: TypeAlias = "bytes | bytearray | memoryview"
"""Anything that holds contiguous bytes. (`collections.abc.Buffer` is younger than Python 3.11.)"""


class ObjectMeta(TypedDict):
    """What a store knows about an object.

    `last_modified` is UTC. `size` is that of the whole object, in bytes, also when only
    a range of it was asked for. `e_tag` has its quotes where the store gives them.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> meta = store.head("k")
    >>> meta["path"], meta["size"], meta["e_tag"]
    ('k', 5, '"0"')
    """

    path: str
    last_modified: datetime
    size: int
    e_tag: str | None
    version: str | None


class PutResult(TypedDict):
    """What a store says of an object it has just stored.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> store.put("k", b"hello")
    {'e_tag': '"0"', 'version': None}
    """

    e_tag: str | None
    version: str | None


class ListResult(TypedDict):
    """One level of a listing: the objects here, and the directories one may descend into.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("a/b", b""), store.put("c", b"")
    >>> level = store.list_with_delimiter()
    >>> level["common_prefixes"], [meta["path"] for meta in level["objects"]]
    (['a'], ['c'])
    """

    common_prefixes: Sequence[str]
    objects: Sequence[ObjectMeta]


class OffsetRange(TypedDict):
    """All bytes from `offset` on.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k", options={"range": {"offset": 3}}).bytes()
    Bytes(b"lo")
    """

    offset: int


class SuffixRange(TypedDict):
    """The last `suffix` bytes.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> store.get("k", options={"range": {"suffix": 1}}).bytes()
    Bytes(b"o")
    """

    suffix: int


class GetOptions(TypedDict, total=False):
    """Conditions and extent of a `get`. Dates are timezone-aware.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> options: GetOptions = {"if_match": store.head("k")["e_tag"], "range": (0, 2)}
    >>> store.get("k", options=options).bytes()
    Bytes(b"he")
    """

    if_match: str | None
    if_none_match: str | None
    if_modified_since: datetime | None
    if_unmodified_since: datetime | None
    range: tuple[int, int] | Sequence[int] | OffsetRange | SuffixRange
    version: str | None
    head: bool


class UpdateVersion(TypedDict, total=False):
    """The version of an object that a conditional `put` may replace.

    >>> from obstore.store import MemoryStore
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> seen = store.head("k")
    >>> store.put("k", b"world", mode={"e_tag": seen["e_tag"]})
    {'e_tag': '"1"', 'version': None}
    """

    e_tag: str | None
    version: str | None


Attribute: TypeAlias = str
"""`Content-Type` and its kind, or the name of a user-metadata entry."""

Attributes: TypeAlias = dict[str, str]
"""The headers and user metadata stored with an object."""

PutMode: TypeAlias = "Literal['create', 'overwrite'] | UpdateVersion"
"""When `put` may store: only if nothing is there, always, or only in the place of the version that was seen."""

ListChunkType: TypeAlias = "Sequence[ObjectMeta]"
"""A chunk of a listing, without `return_arrow`."""

HTTP_METHOD: TypeAlias = Literal["GET", "PUT", "POST", "HEAD", "PATCH", "TRACE", "DELETE", "OPTIONS", "CONNECT"]
"""What a signed URL may be for."""


Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Names and values, in an order and perhaps more than once: of a query, or of headers."""


class Bounded(NamedTuple):
    """The bytes `[start, end)`."""

    start: int
    end: int


class From(NamedTuple):
    """The bytes from `start` on."""

    start: int


class Last(NamedTuple):
    """The last `length` bytes."""

    length: int


ByteRange: TypeAlias = "Bounded | From | Last"


class ReadOptions(NamedTuple):
    """What a `get_object` is asked for, checked and normalised.

    >>> ReadOptions(head=True).range is None
    True
    """

    range: ByteRange | None = None
    if_match: str | None = None
    if_none_match: str | None = None
    if_modified_since: datetime | None = None
    if_unmodified_since: datetime | None = None
    version: str | None = None
    head: bool = False


_NOTHING: Mapping[str, str] = MappingProxyType({})


class WriteOptions(NamedTuple):
    """How an object is to be stored. `mode` is `"overwrite"`, `"create"` or the version to replace.

    >>> WriteOptions(mode="create").attributes
    mappingproxy({})
    """

    attributes: Mapping[str, str] = _NOTHING
    tags: Mapping[str, str] = _NOTHING
    mode: PutMode = "overwrite"


class ListOptions(NamedTuple):
    """One page of a listing: the paths below `prefix` (a directory, or `""`) that are greater than `offset`.

    `token` is what the page before returned; `max_keys` is a wish.

    >>> ListOptions("logs", max_keys=100)
    ListOptions(prefix='logs', offset=None, token=None, max_keys=100)
    """

    prefix: str = ""
    offset: str | None = None
    token: str | None = None
    max_keys: int | None = None


class ListPage(NamedTuple):
    """Objects in the store's order, the directories among them, and the token of the next page, if any.

    >>> ListPage([], ["logs"], token="2")
    ListPage(objects=[], common_prefixes=['logs'], token='2')
    """

    objects: list[ObjectMeta]
    common_prefixes: Sequence[str] = ()
    token: str | None = None


READ_ALL = ReadOptions()
READ_HEAD = ReadOptions(head=True)
OVERWRITE = WriteOptions()
