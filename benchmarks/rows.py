"""What is measured: one row per claim, with the floor it must not fall below and the aim.

Floor and aim are times better than the compiled package: faster, or smaller where the unit is a cost.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from benchmarks import ops, work

if TYPE_CHECKING:
    from benchmarks.drive import Store
    from benchmarks.site import Scheme, Site
    from benchmarks.work import Work

Unit = Literal["req/s", "calls/s", "keys/s", "B/s", "s", "B"]


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """What bounds a row from outside: the same request by a tool that does nothing else."""

    tool: Literal["wrk", "recv_into"]
    scheme: Scheme = "plain"
    connections: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One measurement. Without `work` it is that of a process's first import."""

    name: str
    title: str
    unit: Unit
    floor: float = 0.0
    aim: float = 1.0
    work: Work | None = None
    limit: Limit | None = None

    @property
    def is_cost(self) -> bool:
        """Less is better, and each measurement takes a process of its own."""
        return self.unit in {"s", "B"}


def requests(name: str, title: str, floor: float, aim: float, work: Work, limit: Limit | None = None) -> Row:
    return Row(name, title, "req/s", floor, aim, work, limit)


def transfer(name: str, title: str, floor: float, aim: float, work: Work, limit: Limit | None = None) -> Row:
    return Row(name, title, "B/s", floor, aim, work, limit)


def peak(name: str, title: str, work: Work) -> Row:
    return Row(f"stream-1g-memory-{name}", f"peak memory, 1 GiB streamed {title}", "B", 1.0, 2.0, work)


def service(name: str, title: str, store: Callable[[Site], Store]) -> tuple[Row, ...]:
    """What S3 has rows for, on another service."""
    return (
        requests(f"{name}-get-1k-async64", f"{title} async GET 1 KiB, 64 tasks", 3, 6, work.GET_ASYNC.on(store)),
        requests(f"{name}-get-1k-sync", f"{title} sync GET 1 KiB", 1.5, 2, work.GET.on(store)),
        requests(f"{name}-put-1k", f"{title} PUT 1 KiB", 1.2, 1.7, work.PUT.on(store)),
        transfer(f"{name}-get-64m", f"{title} sync GET 64 MiB", 1.1, 1.4, work.GET_M64.on(store)),
        transfer(f"{name}-put-64m", f"{title} PUT 64 MiB, one request", 1.0, 1.4, work.PUT_M64.on(store)),
    )


WRK_1, WRK_8, WRK_64 = Limit("wrk"), Limit("wrk", connections=8), Limit("wrk", connections=64)
WRK_64_TLS = Limit("wrk", "tls", connections=64)
RECV, RECV_TLS = Limit("recv_into"), Limit("recv_into", "tls")

ROWS = (
    requests("get-1k-async64", "async GET 1 KiB, 64 tasks", 3, 6, work.GET_ASYNC, WRK_64),
    requests("get-1k-async64-tls", "async GET 1 KiB, 64 tasks, TLS", 3, 6, work.GET_ASYNC.over_tls(), WRK_64_TLS),
    requests("get-1k-sync", "sync GET 1 KiB", 1.5, 2, work.GET, WRK_1),
    requests("get-1k-threads8", "sync GET 1 KiB, 8 threads", 1.2, 1.6, work.GET_THREADS, WRK_8),
    transfer("get-64m", "sync GET 64 MiB", 1.1, 1.4, work.GET_M64, RECV),
    transfer("get-64m-tls", "sync GET 64 MiB, TLS", 1.5, 2.2, work.GET_M64.over_tls(), RECV_TLS),
    transfer("get-4x64m-async-tls", "async 4 x GET 64 MiB, TLS", 1.0, 1.3, work.GET_M64_ASYNC.over_tls()),
    requests("put-1k", "PUT 1 KiB", 1.2, 1.7, work.PUT),
    transfer("put-64m", "PUT 64 MiB, one request", 1.0, 1.4, work.PUT_M64),
    transfer("put-256m-multipart", "PUT 256 MiB, multipart", 1.0, 1.4, work.PUT_M256),
    requests("head-sync", "sync HEAD", 1.4, 2, work.HEAD),
    requests("head-async64", "async HEAD, 64 tasks", 3, 6, work.HEAD_ASYNC),
    *service("gcs", "GCS", ops.gcs),
    *service("azure", "Azure", ops.azure),
    *service("http", "HTTP", ops.http),
    requests("local-get-1k", "LocalStore GET 1 KiB", 1.5, 3, work.GET.on(ops.local)),
    transfer("local-get-64m", "LocalStore GET 64 MiB", 1.0, 1.4, work.GET_M64.on(ops.local)),
    requests("memory-put-get", "MemoryStore put + get 1 KiB", 0.25, 0.5, work.MEMORY),
    Row("ranges-32x64k", "get_ranges, 32 x 64 KiB", "calls/s", 1.0, 1.5, work.RANGES),
    Row("list-100k", "list 100 k keys", "keys/s", 1.2, 2, work.LIST),
    peak("get", "out of S3", work.STREAM_OUT),
    peak("put", "into S3", work.STREAM_IN),
    peak("local-get", "out of LocalStore", work.STREAM_OUT.on(ops.local)),
    peak("local-put", "into LocalStore", work.STREAM_IN_LOCAL),
    Row("import", "import obstore, first store", "s", 0.15, 0.4),
)


class Named(Protocol):
    """What can be chosen by its name."""

    @property
    def name(self) -> str: ...


R = TypeVar("R", bound=Named)


def select(wanted: list[str], rows: Sequence[R]) -> list[R]:
    """Return the rows named, or whose names start so."""
    names = [row.name for row in rows]
    unknown = [name for name in wanted if not any(each.startswith(name) for each in names)]
    if unknown:
        msg = f"no such row: {', '.join(unknown)} (there are {', '.join(names)})"
        raise KeyError(msg)
    return [row for row in rows if any(matches(row.name, name, names) for name in wanted)]


def matches(row: str, name: str, names: list[str]) -> bool:
    """A whole name means that row alone, although others may start with it."""
    return row == name if name in names else row.startswith(name)
