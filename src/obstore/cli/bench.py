"""`bench`: how fast a bucket is from here."""

from __future__ import annotations

import os
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Coroutine, Sequence
from statistics import median, quantiles
from typing import Any, NamedTuple
from uuid import uuid4

import obstore
from obstore._core.sizes import format_size
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend
from obstore._transfer.parallel import run_all
from obstore.cli.output import Output
from obstore.cli.parser import Command, add_jobs, positive, size
from obstore.cli.places import place_of

_SMALL = 4096


class _Row(NamedTuple):
    """One measurement: requests, their bytes, the seconds of all and of each."""

    name: str
    bytes: int
    seconds: float
    each: Sequence[float]


def _add_bench(parser: ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE", help="a directory; what is made in it is deleted at the end")
    parser.add_argument("-n", "--count", type=positive, default=200, metavar="N", help="small objects (default: 200)")
    parser.add_argument("--size", type=size, default=64 << 20, help="of the large object (default: 64M)")
    add_jobs(parser)


def _bench(options: Namespace, output: Output) -> int:
    place = place_of(options.place, is_directory=True)
    prefix = "/".join(filter(None, [place.path, f"obstore-bench-{uuid4().hex}"]))
    try:
        output.say(f"{'':22} {'requests':>9} {'per second':>11} {'bytes/s':>11} {'median':>9} {'95 %':>9}")
        for row in _measure(place.store, prefix, options):
            _show(row, output)
    finally:
        obstore.delete_prefix(place.store, prefix)
    return 0


def _measure(store: Backend, prefix: str, options: Namespace) -> Any:
    keys = [f"{prefix}/{n}" for n in range(options.count)]
    small, large = os.urandom(_SMALL), os.urandom(1 << 20) * max(options.size >> 20, 1)
    jobs = options.jobs
    yield _small("put", [_put(store, key, small) for key in keys], jobs)
    yield _small("get", [_get(store, key) for key in keys], jobs)
    yield _small("get, one at a time", [_get(store, key) for key in keys[: max(len(keys) // 10, 1)]], 1)
    yield _large("put large", lambda: obstore.put(store, f"{prefix}/large", large), len(large))
    yield _large("get large", lambda: len(obstore.get(store, f"{prefix}/large").bytes()), len(large))
    yield _large("list", lambda: len(obstore.list(store, prefix).collect()), 0)


def _put(store: Backend, key: str, data: bytes) -> Callable[[], Coroutine[Any, Any, Any]]:
    return lambda: obstore.put_async(store, key, data)


def _get(store: Backend, key: str) -> Callable[[], Coroutine[Any, Any, Any]]:
    async def get() -> None:
        """Fetch the object to its last byte."""
        await (await obstore.get_async(store, key)).bytes_async()

    return get


def _small(name: str, jobs: Sequence[Callable[[], Coroutine[Any, Any, Any]]], limit: int) -> _Row:
    started = time.perf_counter()
    each = run_blocking(run_all([_timed(job) for job in jobs], limit))
    return _Row(name, _SMALL * len(jobs), time.perf_counter() - started, each)


def _timed(job: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Coroutine[Any, Any, float]]:
    async def run() -> float:
        """Do the job, and return the seconds that it took."""
        started = time.perf_counter()
        await job()
        return time.perf_counter() - started

    return run


def _large(name: str, work: Callable[[], Any], length: int) -> _Row:
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return _Row(name, length, seconds, [seconds])


def _show(row: _Row, output: Output) -> None:
    slow = quantiles(row.each, n=20)[-1] if len(row.each) > 1 else row.each[0]
    rate = f"{format_size(int(row.bytes / row.seconds))}/s" if row.bytes else ""
    count = len(row.each)
    output.show(
        f"{row.name:22} {count:>9} {count / row.seconds:>11.1f} {rate:>11} "
        f"{median(row.each) * 1000:>6.1f} ms {slow * 1000:>6.1f} ms",
        measured=row.name,
        requests=count,
        bytes=row.bytes,
        seconds=row.seconds,
        median_seconds=median(row.each),
        p95_seconds=slow,
    )


COMMANDS = [
    Command("bench", "measure how fast a place is from here", _add_bench, _bench, "  obstore bench s3://bucket/tmp/")
]
