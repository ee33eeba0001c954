"""`LimitStore`, `ThrottleStore`, `RetryStore`: who waits, for whom, and how long."""

from __future__ import annotations

import asyncio
import os
import pickle
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from obstore._core.bucket import Bucket
from obstore._io.aio import AsyncioRuntime
from obstore._io.blocking import Blocking
from obstore.exceptions import GenericError, NotFoundError, PreconditionError
from obstore.store import (
    BaseStore,
    Fault,
    FaultStore,
    LimitStore,
    LocalStore,
    MemoryStore,
    RetryStore,
    StoredObject,
    ThrottleStore,
)
from obstore.testing import COLOURS, Colour, StoreView
from tests.api.recording import drive

NO_WAIT = {"backoff": {"init_backoff": timedelta(0)}}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that were asked for, in both colours, instead of waiting."""
    waits: list[float] = []

    async def sleep(self: Any, seconds: float) -> None:
        waits.append(round(seconds, 2))

    monkeypatch.setattr(Blocking, "sleep", sleep)
    monkeypatch.setattr(AsyncioRuntime, "sleep", sleep)
    return waits


class CountingStore(MemoryStore):
    """Counts those who are inside at once. It lets `crowd` of them meet before it lets one go."""

    def __init__(self, crowd: int) -> None:
        super().__init__()
        self.inside = 0
        self.most = 0
        self.order: list[str] = []
        self.barrier = threading.Barrier(crowd)
        self.lock = threading.Lock()

    async def get_object(self, path: str, options: Any) -> StoredObject:
        from obstore._io.runtime import current

        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.order.append(path)
        try:
            await current().call(lambda: self.barrier.wait(10))
            return await super().get_object(path, options)
        finally:
            with self.lock:
                self.inside -= 1


@pytest.mark.parametrize("colour", COLOURS)
def test_no_more_than_the_limit_are_in_flight(colour: Colour) -> None:
    inner = CountingStore(crowd=3)
    for n in range(12):
        inner.put(f"{n:02}", b"x")
    view = StoreView(LimitStore(inner, 3), colour)

    async def work() -> list[bytes]:
        return list(await view.concurrently([lambda n=n: view.body(f"{n:02}") for n in range(12)]))  # type: ignore[misc]

    assert drive(colour, work()) == [b"x"] * 12
    assert inner.most == 3


def test_async_callers_are_served_in_their_order() -> None:
    inner = CountingStore(crowd=1)
    for n in range(20):
        inner.put(f"{n:02}", b"x")
    store = LimitStore(inner, 1)

    async def work() -> None:
        await asyncio.gather(*[store.get_async(f"{n:02}") for n in range(20)])

    asyncio.run(work())

    assert inner.order == [f"{n:02}" for n in range(20)]


def test_results_that_nobody_reads_hold_up_nobody() -> None:
    store = LimitStore(MemoryStore(), 1)
    store.put("k", b"hello")
    held = [store.get("k") for _ in range(5)]

    assert [result.bytes() for result in held] == [b"hello"] * 5


def test_a_place_of_one_who_was_cancelled_goes_to_the_next() -> None:
    inner = CountingStore(crowd=1)
    inner.put("k", b"x")
    store = LimitStore(inner, 1)

    async def work() -> bytes:
        gate = store._gate
        await gate.enter()
        waiting = asyncio.ensure_future(store.get_async("k"))
        after = asyncio.ensure_future(store.get_async("k"))
        await asyncio.sleep(0)
        gate.leave()  # It is the first one's now, who is gone before it hears of it.
        waiting.cancel()
        return bytes(await (await after).bytes_async())

    assert asyncio.run(work()) == b"x"
    assert store._gate._free == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_child_has_all_places() -> None:
    store = LimitStore(MemoryStore(), 1)
    store.put("k", b"x")
    store._gate._free = 0  # As while another thread of the parent has the place.

    child = os.fork()
    if not child:
        os._exit(0 if store.get("k").bytes() == b"x" else 1)

    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize(("wrong", "kind"), [(0, ValueError), (-1, ValueError), ("3", TypeError), (True, TypeError)])
def test_a_limit_that_makes_no_sense_is_refused(wrong: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind, match="max_operations"):
        LimitStore(MemoryStore(), wrong)


def test_a_bucket_promises_in_order_and_saves_no_more_than_its_burst() -> None:
    bucket = Bucket(10, burst=10)

    assert [bucket.take(5, 0.0) for _ in range(4)] == [0.0, 0.0, 0.5, 1.0]
    assert bucket.take(10, 100.0) == 0.0
    assert bucket.take(1, 100.0) == pytest.approx(0.1)


@pytest.mark.parametrize("colour", COLOURS)
def test_operations_and_bytes_are_paid_for(colour: Colour, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("obstore._wrappers.throttle.time.monotonic", lambda: 0.0)
    view = StoreView(ThrottleStore(MemoryStore(), operations_per_second=2, bytes_per_second=1000), colour)

    async def work() -> bytes:
        await view.put("k", b"x" * 1500)
        return await view.body("k")

    assert drive(colour, work()) == b"x" * 1500
    # Half a second for what the put sent too much; then the body, which a store in memory hands over in one piece.
    assert slept == [0.5, 2.0]


@pytest.mark.parametrize("name", ["operations_per_second", "bytes_per_second"])
@pytest.mark.parametrize("wrong", [0, -1, float("inf"), float("nan")])
def test_a_rate_that_makes_no_sense_is_refused(name: str, wrong: float) -> None:
    with pytest.raises(ValueError, match=name):
        ThrottleStore(MemoryStore(), **{name: wrong})


def flaky(*faults: Fault, **options: Any) -> tuple[FaultStore, RetryStore]:
    inner = FaultStore(MemoryStore(), *faults)
    return inner, RetryStore(inner, **{"retry_config": NO_WAIT, **options})


@pytest.mark.parametrize("colour", COLOURS)
def test_the_waits_are_those_of_the_retry_policy(colour: Colour, slept: list[float]) -> None:
    _, store = flaky(Fault(GenericError("not now"), on="put_object", times=2), retry_config={"backoff": {"base": 1}})

    drive(colour, StoreView(store, colour).put("k", b"x"))

    assert slept == [0.1, 0.1]


def test_it_gives_up_and_says_after_how_many(slept: list[float]) -> None:
    inner, store = flaky(Fault(TimeoutError("slow"), on="get_object"), retry_config={"max_retries": 3})

    with pytest.raises(TimeoutError, match="slow") as caught:
        store.get("k")

    assert len(inner.struck) == 4
    assert "gave up after 3 retries" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    "work",
    [
        lambda store: store.put("k", b"x", mode="create"),
        lambda store: store.rename("k", "l"),
        lambda store: store.put("k", iter([b"x"]), use_multipart=True),
    ],
    ids=["create", "rename", "complete"],
)
def test_what_may_have_been_done_is_repeated_only_on_demand(work: Any) -> None:
    fault = Fault(ConnectionError, on=("put_object", "rename_object", "complete"), times=1)
    inner, store = flaky(fault)
    with pytest.raises(ConnectionError):
        work(store)

    inner, store = flaky(fault, repeats_all=True)
    inner._inner.put("k", b"old") if work.__name__ else None
    try:
        work(store)
    except FileExistsError:
        pass
    assert len(inner.struck) == 1


def test_an_answer_is_not_retried(slept: list[float]) -> None:
    _, store = flaky()

    with pytest.raises(NotFoundError):
        store.get("missing")

    assert slept == []


def test_a_function_may_decide() -> None:
    inner, store = flaky(Fault(KeyError("again"), on="get_object", times=1), on=lambda error: "again" in str(error))
    inner._inner.put("k", b"x")

    assert store.get("k").bytes() == b"x"


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("error", [ConnectionError, None], ids=["fails", "ends early"])
def test_a_body_that_breaks_off_is_resumed(colour: Colour, error: Any) -> None:
    inner, store = flaky(Fault(error, truncate=4, on="get_object", times=3))
    inner._inner.put("k", b"0123456789abcdef")

    assert drive(colour, StoreView(store, colour).body("k")) == b"0123456789abcdef"
    assert len(inner.struck) == 3


class WeakStore(MemoryStore):
    """Tells versions apart by weak tags, which never fulfil `If-Match` (RFC 9110, section 13.1.1)."""

    async def get_object(self, path: str, options: Any) -> StoredObject:
        if options.if_match is not None:
            raise PreconditionError("a weak tag never matches")
        found = await super().get_object(path, options)
        meta: Any = {**found.meta, "e_tag": f"W/{found.meta['e_tag']}"}
        return StoredObject(meta, found.body, range=found.range, attributes=found.attributes)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_body_with_a_weak_tag_is_resumed(colour: Colour) -> None:
    inner = FaultStore(WeakStore(), Fault(ConnectionError, truncate=4, on="get_object", times=1))
    inner._inner.put("k", b"0123456789abcdef")
    store = RetryStore(inner, retry_config=NO_WAIT)

    assert drive(colour, StoreView(store, colour).body("k")) == b"0123456789abcdef"


def test_a_body_of_an_object_that_changed_is_not_patched() -> None:
    inner, store = flaky(Fault(ConnectionError, truncate=4, on="get_object", times=1))
    inner._inner.put("k", b"0123456789abcdef")
    result = store.get("k")
    inner._inner.put("k", b"another one, longer")

    with pytest.raises(PreconditionError):
        result.bytes()


@pytest.mark.parametrize("wrong", [KeyboardInterrupt, "GenericError", (1,)])
def test_what_is_no_error_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="on must be"):
        RetryStore(MemoryStore(), on=wrong)


WAITING = [
    lambda inner: LimitStore(inner, 3),
    lambda inner: ThrottleStore(inner, operations_per_second=10),
    lambda inner: RetryStore(inner, on=(OSError,), retry_config={"max_retries": 1}),
]


@pytest.mark.parametrize("wrap", WAITING)
def test_they_pickle_compare_and_show_themselves(wrap: Any, tmp_path: Path) -> None:
    store = wrap(LocalStore(tmp_path))
    other = pickle.loads(pickle.dumps(store))
    other.put("k", b"x")

    assert other == store
    assert store.get("k").bytes() == b"x"
    assert wrap(MemoryStore()) != store
    assert repr(store).startswith(f'{type(store).__name__}(LocalStore("{tmp_path}"), ')


def test_a_wrapper_of_no_store_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected an object store"):
        LimitStore("s3://bucket", 3)  # type: ignore[arg-type]


def test_a_store_of_four_primitives_can_be_wrapped() -> None:
    class Plain(BaseStore):
        def __init__(self) -> None:
            self.inner = MemoryStore()

        async def get_object(self, path: str, options: Any) -> StoredObject:
            return await self.inner.get_object(path, options)

        async def put_object(self, path: str, data: Any, options: Any) -> Any:
            return await self.inner.put_object(path, data, options)

        async def delete_objects(self, paths: Any) -> None:
            await self.inner.delete_objects(paths)

        async def list_objects(self, options: Any) -> Any:
            return await self.inner.list_objects(options)

    store = LimitStore(Plain(), 1)
    store.put("a", iter([b"x", b"y"]), use_multipart=True)
    store.rename("a", "b")

    assert store.get("b").bytes() == b"xy"
