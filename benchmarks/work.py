"""The operations put together with a store, a way to repeat them and a check: all that a worker runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import ops
from benchmarks.content import KIB, MIB, OBJECTS, PAGE_KEYS, PAGES
from benchmarks.drive import Drive, Op, Store, Tasks, Threads, once, serial

if TYPE_CHECKING:
    from benchmarks.site import Site

IS_K1 = ops.verify_get("k1", KIB)
IS_M64 = ops.verify_get("m64", 64 * MIB)


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """What a worker repeats. `amount` is what one operation counts for, in the row's unit."""

    op: Op
    store: Callable[[Site], Store] = ops.s3
    drive: Drive = serial
    verify: ops.Verify = IS_K1
    amount: int = 1
    package: str = "obstore"

    def over_tls(self) -> Work:
        return dataclasses.replace(self, store=ops.s3_tls)

    def on(self, store: Callable[[Site], Store]) -> Work:
        return dataclasses.replace(self, store=store)


def get_async(tasks: int) -> Work:
    return Work(ops.get_async("k1", KIB), drive=Tasks(tasks))


def get_sized(key: str) -> Work:
    """GET of one of the objects, counted in bytes."""
    size = OBJECTS[key]
    return Work(ops.get(key, size), verify=ops.verify_get(key, size), amount=size)


def listing(count: int, bucket: str) -> Work:
    store = partial(ops.s3, bucket=bucket)
    return Work(ops.list_all(count), store, verify=ops.verify_list(count), amount=count)


GET = Work(ops.get("k1", KIB))
GET_ASYNC = get_async(64)
GET_THREADS = Work(ops.get("k1", KIB), drive=Threads(8))
HEAD = Work(ops.head)
HEAD_ASYNC = Work(ops.head_async, drive=Tasks(64))
PUT = Work(ops.put("put/k1", KIB), verify=ops.verify_put("put/k1", KIB))
MEMORY = Work(ops.put_then_get("k1", KIB), ops.memory, verify=ops.verify_put("k1", KIB))

GET_M64 = get_sized("m64")
GET_M64_ASYNC = Work(ops.get_async("m64", 64 * MIB), drive=Tasks(4), verify=IS_M64, amount=64 * MIB)
PUT_M64 = Work(
    ops.put("put/m64", 64 * MIB, use_multipart=False),
    verify=ops.verify_put("put/m64", 64 * MIB),
    amount=64 * MIB,
)
PUT_M256 = Work(
    ops.put("put/m256", 256 * MIB, use_multipart=True),
    verify=ops.verify_parts("put/m256", 256 * MIB),
    amount=256 * MIB,
)

RANGES = Work(ops.ranges, verify=ops.verify_ranges)
LIST = listing(PAGES * PAGE_KEYS, "bkt")
STREAM_OUT = Work(ops.stream_out, drive=once, verify=ops.warm_stream)
STREAM_IN = Work(ops.stream_in, drive=once, verify=ops.warm_stream)
STREAM_IN_LOCAL = Work(ops.stream_in_local, ops.local, drive=once, verify=ops.warm_stream)
