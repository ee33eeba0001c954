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


class Everything(Synchronous, Asynchronous, Protocol):
    """All that obspec knows, in both colours."""


def take(store: Everything) -> None: ...


def check_stores(
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
    take(azure)
    take(own)
    take(gcs)
    take(http)
    take(local)
    take(memory)
    take(prefix)
    take(s3)
    take(caching)
    take(fault)
    take(limit)
    take(read_only)
    take(record)
    take(replay)
    take(retry)
    take(throttle)
    take(any_of_them)


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
