"""The wrappers as stores: each with the operations as methods."""

from __future__ import annotations

from obstore._api.methods import ObjectStoreMethods
from obstore._wrappers.caching import CacheStats, CachingBackend
from obstore._wrappers.fault import Fault, FaultBackend
from obstore._wrappers.limit import LimitBackend
from obstore._wrappers.read_only import ReadOnlyBackend
from obstore._wrappers.record import RecordBackend
from obstore._wrappers.replay import ReplayBackend
from obstore._wrappers.retry import RetryBackend
from obstore._wrappers.throttle import ThrottleBackend

__all__ = [
    "CacheStats",
    "CachingStore",
    "Fault",
    "FaultStore",
    "LimitStore",
    "ReadOnlyStore",
    "RecordStore",
    "ReplayStore",
    "RetryStore",
    "ThrottleStore",
]


class ReadOnlyStore(ObjectStoreMethods, ReadOnlyBackend):
    """Another store, which nobody can change through this one.

    What would change something raises a `PermissionDeniedError`, and nothing is sent.

    >>> from obstore.store import MemoryStore
    >>> store = ReadOnlyStore(MemoryStore())
    >>> store.put("k", b"hello")
    Traceback (most recent call last):
    ...
    obstore.exceptions.PermissionDeniedError: ... put_object through a ReadOnlyStore ...

    Args:
        store: Any store.
    """

    __module__ = "obstore.store"


class LimitStore(ObjectStoreMethods, LimitBackend):
    """Another store, of which at most so many operations are in flight at once.

    Callers of both colours wait in one queue, first come first served. The parts of an upload are operations, and
    so is each reading of a body: a result that nobody reads takes no place.

    >>> from obstore.store import MemoryStore
    >>> store = LimitStore(MemoryStore(), 4)
    >>> store.put("k", b"hello")
    {'e_tag': '"0"', 'version': None}

    Args:
        store: Any store.
        max_operations: How many at once.
    """

    __module__ = "obstore.store"


class RetryStore(ObjectStoreMethods, RetryBackend):
    """Another store, whose operations are tried again when they fail.

    For stores that do not retry by themselves: those of your own. (The cloud stores do; see `retry_config`.) Only
    what does no harm when it is done twice is repeated: not a conditional `put`, a `rename` or the end of a
    multipart upload. A body that breaks off is asked for again from there, if the object has an ETag.

    >>> from datetime import timedelta
    >>> from obstore.store import Fault, FaultStore, MemoryStore
    >>> flaky = FaultStore(MemoryStore(), Fault(TimeoutError, on="put_object", times=2))
    >>> store = RetryStore(flaky, retry_config={"backoff": {"init_backoff": timedelta(0)}})
    >>> store.put("k", b"hello")
    {'e_tag': '"0"', 'version': None}

    Args:
        store: Any store.
        on: After which errors: classes, or a function that is shown the exception. By default `GenericError` itself and
            its subclasses, `ConnectionError` and `TimeoutError`; not what says that an object is not there.
        retry_config: How often and how long, as for the cloud stores.
        repeats_all: Whether to repeat what may have been done already, too.
    """

    __module__ = "obstore.store"


class ThrottleStore(ObjectStoreMethods, ThrottleBackend):
    """Another store, of which no more than so many operations and bytes a second are asked.

    Callers wait, in the order in which they came. What was not used, up to a second's worth, may be used at once.
    Bytes count in both directions, the parts of an upload and the pieces of a body one by one.

    >>> from obstore.store import MemoryStore
    >>> ThrottleStore(MemoryStore(), bytes_per_second=1e6).put("k", b"hello")
    {'e_tag': '"0"', 'version': None}

    Args:
        store: Any store.
        operations_per_second: None for no limit.
        bytes_per_second: None for no limit.
    """

    __module__ = "obstore.store"


class CachingStore(ObjectStoreMethods, CachingBackend):
    """Another store, of which what was read is kept: in memory, or in a directory that outlives the process.

    Contents are kept in blocks, so that ranges share what they have in common. Before something kept is handed out, the
    store is asked whether the object is still the same, by its ETag, in a request without a body. What is
    handed out always belongs to one version: an object that changes while its body is being read
    raises a `PreconditionError`. Objects without an ETag, and named versions, are not kept.

    Several processes may use one directory. Listings are not kept.

    >>> from obstore.store import MemoryStore
    >>> store = CachingStore(MemoryStore())
    >>> _ = store.put("k", b"hello")
    >>> store.get("k").bytes(), store.get_range("k", start=1, end=3)
    (Bytes(b"hello"), Bytes(b"el"))
    >>> store.stats.hits, store.stats.misses
    (1, 1)

    Args:
        store: Any store.
        directory: Where to keep it; by default in memory.
        max_bytes: How much to keep. What was not used for longest goes first.
        block_size: Bytes in a block.
        ttl: For how long after the store was asked it need not be asked again. What others write may be missed for
            so long; what is written through this store is not.
    """

    __module__ = "obstore.store"


class RecordStore(ObjectStoreMethods, RecordBackend):
    """Another store, whose answers are written into a file, for a `ReplayStore` to give again.

    Contents are in the file, in base64. Credentials are not, nor signed URLs.

    >>> import os, tempfile
    >>> from obstore.store import MemoryStore
    >>> file = os.path.join(tempfile.mkdtemp(), "recording.jsonl")
    >>> store = MemoryStore()
    >>> _ = store.put("k", b"hello")
    >>> RecordStore(store, file).get("k").bytes()
    Bytes(b"hello")
    >>> ReplayStore(file).get("k").bytes()
    Bytes(b"hello")

    Args:
        store: Any store.
        file: Where to write.
        append: Whether to go on with what is there; by default it is replaced.
    """

    __module__ = "obstore.store"


class ReplayStore(ObjectStoreMethods, ReplayBackend):
    """The answers of another store, out of a file that a `RecordStore` wrote: for tests without that store.

    Equal calls get their answers in the order in which they were recorded, and the last one again and again. What was
    not recorded raises a `GenericError` that says what was. `unused` tells what nobody asked for.

    >>> import os, tempfile
    >>> from obstore.store import MemoryStore, RecordStore
    >>> file = os.path.join(tempfile.mkdtemp(), "recording.jsonl")
    >>> _ = RecordStore(MemoryStore(), file).put("k", b"hello")
    >>> ReplayStore(file).put("k", b"hello")
    {'e_tag': '"0"', 'version': None}

    Args:
        file: The recording.
    """

    __module__ = "obstore.store"


class FaultStore(ObjectStoreMethods, FaultBackend):
    """Another store, which fails when it is told to: for testing what your own code makes of it.

    >>> from obstore.store import MemoryStore
    >>> store = FaultStore(MemoryStore(), Fault(ConnectionError("gone"), on="put_object", path="*.csv", nth=2))
    >>> _ = store.put("1.csv", b""), store.put("2.txt", b"")
    >>> store.put("3.csv", b"")
    Traceback (most recent call last):
    ...
    ConnectionError: gone

    Args:
        store: Any store.
        faults: What goes wrong. Of several that match an operation the first counts.
    """

    __module__ = "obstore.store"
