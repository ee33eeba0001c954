"""Every store satisfies every protocol of obspec, in both colours. Checked by mypy and pyright, and never run."""

from __future__ import annotations

from typing import Protocol

import obspec

import obstore
from obstore.store import (
    AzureStore,
    BaseStore,
    CachingStore,
    FaultStore,
    GCSStore,
    HTTPStore,
    LimitStore,
    LocalStore,
    MemoryStore,
    ObjectStore,
    PrefixStore,
    ReadOnlyStore,
    RecordStore,
    ReplayStore,
    RetryStore,
    S3Store,
    ThrottleStore,
)


class Synchronous(
    obspec.Copy,
    obspec.Delete,
    obspec.Get,
    obspec.GetRange,
    obspec.GetRanges,
    obspec.Head,
    obspec.List,
    obspec.ListWithDelimiter,
    obspec.Put,
    obspec.Rename,
    Protocol,
):
    """All that obspec knows, waiting."""


class Asynchronous(
    obspec.CopyAsync,
    obspec.DeleteAsync,
    obspec.GetAsync,
    obspec.GetRangeAsync,
    obspec.GetRangesAsync,
    obspec.HeadAsync,
    obspec.ListAsync,
    obspec.ListWithDelimiterAsync,
    obspec.PutAsync,
    obspec.RenameAsync,
    Protocol,
):
    """All that obspec knows, awaited."""


def take_synchronous(store: Synchronous) -> None: ...


def take_asynchronous(store: Asynchronous) -> None: ...


def check_waiting(
    azure: AzureStore,
    own: BaseStore,
    gcs: GCSStore,
    http: HTTPStore,
    local: LocalStore,
    memory: MemoryStore,
    prefix: PrefixStore,
    s3: S3Store,
    caching: CachingStore,
    fault: FaultStore,
    limit: LimitStore,
    read_only: ReadOnlyStore,
    record: RecordStore,
    replay: ReplayStore,
    retry: RetryStore,
    throttle: ThrottleStore,
    any_of_them: ObjectStore,
) -> None:
    take_synchronous(azure)
    take_synchronous(own)
    take_synchronous(gcs)
    take_synchronous(http)
    take_synchronous(local)
    take_synchronous(memory)
    take_synchronous(prefix)
    take_synchronous(s3)
    take_synchronous(caching)
    take_synchronous(fault)
    take_synchronous(limit)
    take_synchronous(read_only)
    take_synchronous(record)
    take_synchronous(replay)
    take_synchronous(retry)
    take_synchronous(throttle)
    take_synchronous(any_of_them)


def check_awaited(
    azure: AzureStore,
    own: BaseStore,
    gcs: GCSStore,
    http: HTTPStore,
    local: LocalStore,
    memory: MemoryStore,
    prefix: PrefixStore,
    s3: S3Store,
    caching: CachingStore,
    fault: FaultStore,
    limit: LimitStore,
    read_only: ReadOnlyStore,
    record: RecordStore,
    replay: ReplayStore,
    retry: RetryStore,
    throttle: ThrottleStore,
    any_of_them: ObjectStore,
) -> None:
    take_asynchronous(azure)
    take_asynchronous(own)
    take_asynchronous(gcs)
    take_asynchronous(http)
    take_asynchronous(local)
    take_asynchronous(memory)
    take_asynchronous(prefix)
    take_asynchronous(s3)
    take_asynchronous(caching)
    take_asynchronous(fault)
    take_asynchronous(limit)
    take_asynchronous(read_only)
    take_asynchronous(record)
    take_asynchronous(replay)
    take_asynchronous(retry)
    take_asynchronous(throttle)
    take_asynchronous(any_of_them)


def check_results(result: obstore.GetResult, meta: obstore.ObjectMeta, put: obstore.PutResult) -> None:
    waiting: obspec.GetResult = result
    awaited: obspec.GetResultAsync = result
    described: obspec.ObjectMeta = meta
    stored: obspec.PutResult = put
    attributes: obspec.Attributes = result.attributes
    print(waiting, awaited, described, stored, attributes)


def check_arguments(
    store: S3Store,
    options: obspec.GetOptions,
    attributes: obspec.Attributes,
    mode: obspec.PutMode,
    tail: obspec.SuffixRange,
) -> None:
    """What is written in obspec's words is taken."""
    store.get("a", options=options)
    store.get("a", options={"range": tail})
    store.put("a", b"", attributes=attributes, mode=mode)
    obstore.put(store, "a", b"", mode=mode)
