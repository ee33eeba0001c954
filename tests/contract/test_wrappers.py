"""A wrapper is the store that it wraps, in every respect but its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from obstore.store import (
    CachingStore,
    Fault,
    FaultStore,
    LimitStore,
    MemoryStore,
    PrefixStore,
    RecordStore,
    ReplayStore,
    RetryStore,
    ThrottleStore,
)
from obstore.testing import COLOURS, USUAL, Behaviour, StoreContract, behaviours

NO_WAIT = {"backoff": {"init_backoff": timedelta(0)}}


class OverMemory(StoreContract):
    wrap: Callable[[Any], Any]

    @pytest.fixture
    def store(self) -> Any:
        return type(self).wrap(MemoryStore())


class TestLimitStore(OverMemory):
    wrap = lambda inner: LimitStore(inner, 2)  # noqa: E731


class TestThrottleStore(OverMemory):
    wrap = lambda inner: ThrottleStore(inner, operations_per_second=1e7, bytes_per_second=1e12)  # noqa: E731


class TestRetryStoreOfOneThatFails(OverMemory):
    """Every reading and plain write fails the first time, then each body after its first bytes."""

    @pytest.fixture
    def store(self) -> RetryStore:
        on = ("get_object", "list_objects", "list_directory", "delete_objects", "put_part")
        broken = Fault(TimeoutError, truncate=3, on="get_object", times=1)
        flaky = FaultStore(MemoryStore(), Fault(ConnectionError, on=on, times=3), broken)
        return RetryStore(flaky, retry_config=NO_WAIT)


class TestFaultStoreWithoutFaults(OverMemory):
    wrap = FaultStore


class TestCachingStore(OverMemory):
    wrap = lambda inner: CachingStore(inner, block_size=4096, max_bytes=100_000)  # noqa: E731


class TestCachingStoreThatTrusts(OverMemory):
    """All changes are made through the store itself, so that however long it trusts it is right."""

    wrap = lambda inner: CachingStore(inner, ttl=timedelta(hours=1))  # noqa: E731


class TestCachingStoreOnDisk(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> CachingStore:
        return CachingStore(MemoryStore(), directory=tmp_path / "cache", ttl=timedelta(hours=1))


class TestRecordStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> RecordStore:
        return RecordStore(MemoryStore(), tmp_path / "recording.jsonl")


class TestStack(OverMemory):
    wrap = lambda inner: CachingStore(  # noqa: E731
        LimitStore(RetryStore(PrefixStore(ThrottleStore(inner, operations_per_second=1e7), "a/b")), 3)
    )


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    "behaviour", [each for each in behaviours() if each.applies(USUAL) and not each.chance], ids=str
)
def test_what_was_recorded_is_replayed(behaviour: Behaviour, colour: Any, tmp_path: Path) -> None:
    file = tmp_path / "recording.jsonl"
    behaviour.run(RecordStore(MemoryStore(), file), colour)

    behaviour.run(ReplayStore(file), colour)
