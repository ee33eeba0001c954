"""Where one machine is not enough: the same plan, with the copying done by Dask, Ray or a pool of processes.

Listings are compared where `sync` is called; what differs goes to the workers of an executor in batches. An
executor is anything with `submit(function, argument)` that returns a future, or with `map`: those of
`concurrent.futures`, a `dask.distributed.Client`, and of Ray with the adapter in the guide "Bulk operations".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine
from typing import Any

from obstore._api.sides import side_of
from obstore._api.transfers import CHUNK_SIZE, CONCURRENCY, LocalPath
from obstore._api.trees import Compare, OnError, Patterns
from obstore._bulk.pace import pace_of
from obstore._bulk.places import Tree
from obstore._bulk.selection import criteria_of
from obstore._bulk.shipping import Batch, Shipment, ShippingPlan, carry_out
from obstore._bulk.summary import Summary
from obstore._bulk.tree import transfer_tree
from obstore._io.runtime import run_blocking
from obstore._transfer.backend import Backend

__all__ = ["sync", "sync_async"]

IN_FLIGHT = 32
"""Batches that are with the executor at once."""

_recent: deque[Tree] = deque(maxlen=8)
"""The places that this worker used last. Stores that are equal share connections as long as one of them lives."""


def sync(
    source: Backend | LocalPath,
    target: Backend | LocalPath,
    *,
    executor: Any,
    source_prefix: str | None = None,
    target_prefix: str | None = None,
    delete: bool = False,
    compare: Compare = "size+mtime",
    dry_run: bool = False,
    include: Patterns = (),
    exclude: Patterns = (),
    missing_ok: bool = False,
    on_error: OnError = "continue",
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    batch_objects: int = 500,
    batch_bytes: int = 1 << 30,
    max_in_flight: int = IN_FLIGHT,
    progress: Any = None,
) -> Summary:
    """Make a target like its source, as `obstore.sync` does, with the workers of an executor.

    Both stores are sent to the workers, so they must pickle, and local directories must be the same
    ones there. A batch whose worker is lost is a failure of its objects; call it again to go on.

    >>> import tempfile
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from obstore.store import LocalStore
    >>> store = LocalStore(tempfile.mkdtemp())
    >>> _ = store.put("k", b"hello")
    >>> with ThreadPoolExecutor(2) as executor:
    ...     sync(store, tempfile.mkdtemp(), executor=executor).done
    1

    Args:
        source: A store, or a local directory.
        target: A store, or a local directory.
        executor: What has `submit`, as executors and Dask clients have, or `map`.
        source_prefix: The directory in the source; None for all.
        target_prefix: The directory in the target; None for its root.
        delete: Whether to delete what is at the target and not at the source. That is done here.
        compare: As for `obstore.sync`.
        dry_run: Whether to do nothing, and return the plan.
        include: As for `obstore.sync`.
        exclude: As for `obstore.sync`.
        missing_ok: Whether there may be nothing at the source.
        on_error: `"continue"`, to go on with the others and report in the summary, or `"raise"`.
        chunk_size: Objects that are larger are moved in pieces of this many bytes.
        max_concurrency: Requests in flight in each worker.
        batch_objects: How many objects go into one batch, at the most.
        batch_bytes: How many bytes, at the most, but for one large object.
        max_in_flight: How many batches are with the executor at once.
        progress: As for `obstore.download`; it hears of whole batches.

    Raises:
        TypeError: The executor is none.
        NotFoundError: There is nothing at the source.
    """
    return run_blocking(
        sync_async(
            source,
            target,
            executor=executor,
            source_prefix=source_prefix,
            target_prefix=target_prefix,
            delete=delete,
            compare=compare,
            dry_run=dry_run,
            include=include,
            exclude=exclude,
            missing_ok=missing_ok,
            on_error=on_error,
            chunk_size=chunk_size,
            max_concurrency=max_concurrency,
            batch_objects=batch_objects,
            batch_bytes=batch_bytes,
            max_in_flight=max_in_flight,
            progress=progress,
        )
    )


def sync_async(
    source: Backend | LocalPath,
    target: Backend | LocalPath,
    *,
    executor: Any,
    source_prefix: str | None = None,
    target_prefix: str | None = None,
    delete: bool = False,
    compare: Compare = "size+mtime",
    dry_run: bool = False,
    include: Patterns = (),
    exclude: Patterns = (),
    missing_ok: bool = False,
    on_error: OnError = "continue",
    chunk_size: int = CHUNK_SIZE,
    max_concurrency: int = CONCURRENCY,
    batch_objects: int = 500,
    batch_bytes: int = 1 << 30,
    max_in_flight: int = IN_FLIGHT,
    progress: Any = None,
) -> Coroutine[Any, Any, Summary]:
    """Make a target like its source, with the workers of an executor. As `sync`, to be awaited.

    >>> import asyncio
    >>> import tempfile
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from obstore.store import LocalStore
    >>> store = LocalStore(tempfile.mkdtemp())
    >>> _ = store.put("k", b"hello")
    >>> with ThreadPoolExecutor(2) as executor:
    ...     asyncio.run(sync_async(store, tempfile.mkdtemp(), executor=executor)).done
    1
    """
    criteria = criteria_of(compare, include, exclude, missing_ok=missing_ok, dry_run=dry_run, delete=delete)
    here = pace_of(chunk_size, max_in_flight, progress, on_error)
    submit = _submitter(executor)
    batch, there = Batch(batch_objects, batch_bytes), pace_of(chunk_size, max_concurrency, None)
    origin, goal = side_of(source, source_prefix), side_of(target, target_prefix, make=not dry_run)

    def plan(*args: Any, **options: Any) -> ShippingPlan:
        """Make the plan whose batches go to the executor."""
        return ShippingPlan(*args, **options, submit=submit, batch=batch, pace=there)

    return transfer_tree("sync", origin, goal, criteria, here, plan)


def _submitter(executor: Any) -> Any:
    if hasattr(executor, "submit"):
        return lambda shipment: executor.submit(_work, shipment)
    if hasattr(executor, "map"):
        return lambda shipment: _Mapped(executor, shipment)
    raise TypeError(f"executor must have 'submit' or 'map', which {type(executor).__name__} has not")


class _Mapped:
    """A future of an executor that has none: the work is done when the result is asked for."""

    def __init__(self, executor: Any, shipment: Shipment) -> None:
        self._executor = executor
        self._shipment = shipment

    def result(self) -> Summary:
        """Have the work done, and return what came of it."""
        (summary,) = self._executor.map(_work, [self._shipment])
        found: Summary = summary
        return found


def _work(shipment: Shipment) -> Summary:
    """Carry a shipment out, in a worker."""
    _recent.extend((shipment.source, shipment.target))
    return run_blocking(carry_out(shipment))
