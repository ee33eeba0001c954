"""The same work by other clients of S3, on the same server. One that has no such call has no entry."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

from benchmarks import clients, work
from benchmarks.clients import Fetch
from benchmarks.content import KIB, MIB, data
from benchmarks.drive import Drive, Op, Store, Tasks, serial
from benchmarks.ops import Verify, expect, expect_same
from benchmarks.rows import Row, Unit
from benchmarks.site import Site
from benchmarks.work import Work

# As benchmarks are repeatable only with the versions that were measured.
REQUIREMENTS = {
    "boto3": "boto3==1.44.5",
    "s3fs": "s3fs==2026.9.0",
    "opendal": "opendal==0.47.12",
    "pyarrow": "pyarrow==26.0.1",
    "aiohttp": "aiohttp==3.14.5",
}


# Ten pages: the slowest needs seconds for them.
LISTED_KEYS = 10_000


def reading(package: str, store: Callable[[Site], Store], fetch: Fetch, key: str, drive: Drive = serial) -> Work:
    """Work that reads an object, counted in requests; see `in_bytes`."""
    size = {"k1": KIB, "m64": 64 * MIB}[key]
    op = checked(fetch, lambda body: expect(len(body), size))
    same = checked(fetch, lambda body: expect_same(body, data(size), key))
    return Work(op, store, drive, verify=once_of(same, drive), package=package)


def checked(fetch: Fetch, check: Callable[[Any], None]) -> Op:
    """Make an operation of a fetch, in whichever colour it is."""

    async def wait(found: Any) -> None:
        check(await found)

    def run(store: Store) -> Any:
        found = fetch(store)
        # opendal's futures are no coroutines: the loop wants one.
        return wait(found) if inspect.isawaitable(found) else check(found)

    return run


def once_of(op: Op, drive: Drive) -> Verify:
    def verify(timed: Op, store: Store, site: Site) -> None:
        del timed, site
        drive(op, store, 0)

    return verify


def writing(package: str, store: Callable[[Site], Store], put: Op) -> Work:
    def verify(op: Op, store: Store, site: Site) -> None:
        for old in stored(site):
            old.unlink()
        op(store)
        expect_same(b"".join(part.read_bytes() for part in stored(site)), data(KIB), "put/k1")

    return Work(put, store, verify=verify, package=package)


def stored(site: Site) -> list[Any]:
    """What was put: one file, or the parts of an upload."""
    return sorted((site.bucket / "put").glob("k1*"))


def listing(package: str, store: Callable[[Site], Store], count: Fetch) -> Work:
    op = checked(count, lambda found: expect(found, LISTED_KEYS))
    return Work(op, store, verify=once_of(op, serial), amount=LISTED_KEYS, package=package)


def in_bytes(what: Work) -> Work:
    return dataclasses.replace(what, amount=64 * MIB)


@dataclasses.dataclass(frozen=True, slots=True)
class PeerRow:
    """One kind of work, and how each peer does it. Ours and the compiled package have the row's own."""

    name: str
    title: str
    unit: Unit
    ours: Work
    peers: dict[str, Work]

    def row_of(self, contender: str) -> Row:
        what = self.peers.get(contender, self.ours)
        return Row(f"{self.name}@{contender}", self.title, self.unit, work=what)

    @property
    def contenders(self) -> list[str]:
        return ["ours", "compiled", *self.peers]


def peers_of(key: str) -> dict[str, Work]:
    return {
        "boto3": reading("boto3", clients.boto3_client, clients.get_boto3(key), key),
        "s3fs": reading("s3fs", clients.s3fs_file_system, clients.get_s3fs(key), key),
        "opendal": reading("opendal", clients.opendal_operator, clients.get_opendal(key), key),
        "pyarrow": reading("pyarrow", clients.pyarrow_file_system, clients.get_pyarrow(key), key),
    }


PEER_ROWS = (
    PeerRow("peers-get-1k-sync", "sync GET 1 KiB", "req/s", work.GET, peers_of("k1")),
    PeerRow(
        "peers-get-1k-async64",
        "async GET 1 KiB, 64 tasks",
        "req/s",
        work.GET_ASYNC,
        {
            "s3fs": reading("s3fs", clients.s3fs_async, clients.get_s3fs_async("k1"), "k1", Tasks(64)),
            "opendal": reading("opendal", clients.opendal_async, clients.get_opendal("k1"), "k1", Tasks(64)),
            "aiohttp": reading("aiohttp", clients.AiohttpSession, clients.get_aiohttp("k1"), "k1", Tasks(64)),
        },
    ),
    PeerRow(
        "peers-get-64m",
        "GET 64 MiB",
        "B/s",
        work.GET_M64,
        {name: in_bytes(what) for name, what in peers_of("m64").items()}
        | {
            "aiohttp": in_bytes(reading("aiohttp", clients.AiohttpSession, clients.get_aiohttp("m64"), "m64", Tasks(1)))
        },
    ),
    PeerRow(
        "peers-put-1k",
        "PUT 1 KiB",
        "req/s",
        work.PUT,
        {
            "boto3": writing("boto3", clients.boto3_client, clients.put_boto3),
            "s3fs": writing("s3fs", clients.s3fs_file_system, clients.put_s3fs),
            "opendal": writing("opendal", clients.opendal_operator, clients.put_opendal),
            "pyarrow": writing("pyarrow", clients.pyarrow_file_system, clients.put_pyarrow),
        },
    ),
    PeerRow(
        "peers-list-10k",
        "list 10 k keys",
        "keys/s",
        work.listing(LISTED_KEYS, clients.LISTED),
        {
            "boto3": listing("boto3", clients.boto3_client, clients.list_boto3),
            "s3fs": listing("s3fs", clients.s3fs_file_system, clients.list_s3fs),
            "opendal": listing("opendal", clients.opendal_listing, clients.list_opendal),
            "pyarrow": listing("pyarrow", clients.pyarrow_file_system, clients.list_pyarrow),
        },
    ),
)

ROWS = tuple(row.row_of(contender) for row in PEER_ROWS for contender in row.contenders)
