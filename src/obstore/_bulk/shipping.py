"""A plan whose jobs are done elsewhere: shipments of what differs, handed to an executor.

The listings are compared here, and here everything is counted. A shipment is a batch of pairs of entries with
the two places, small enough to be pickled; whoever carries it out makes a plan of it and a crew of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from obstore._bulk.crew import Job
from obstore._bulk.listing import Entry, Order, Pair, Pairs
from obstore._bulk.pace import Pace
from obstore._bulk.places import Tree
from obstore._bulk.selection import Criteria, difference
from obstore._bulk.summary import Summary
from obstore._bulk.tally import Tally
from obstore._bulk.transfer import Settings
from obstore._bulk.tree import CopyPlan
from obstore._bulk.work import work
from obstore._io.runtime import current

_PATIENCE = 1.0
"""Seconds after which one who waits for an executor looks whether its call has been abandoned."""


class Batch(NamedTuple):
    """How much goes into one shipment, at the most."""

    objects: int
    bytes: int


class Shipment(NamedTuple):
    """What is to be copied, from where to where, and how.

    `number` tells it from all others, for executors that take equal calls for the same one.
    """

    number: str
    source: Tree
    target: Tree
    criteria: Criteria
    pace: Pace
    pairs: tuple[Pair, ...]


Submit = Callable[[Shipment], Any]
"""Hands a shipment to an executor and returns its future; it has `result`, and perhaps `add_done_callback`."""


class _Packed:
    """The pairs of a shipment, as if they were being listed."""

    def __init__(self, pairs: tuple[Pair, ...]) -> None:
        self._pairs = iter(pairs)

    async def next(self) -> Pair | None:
        return next(self._pairs, None)

    async def close(self) -> None:
        """Do nothing: nothing is being fetched."""


class _UnpackedPlan(CopyPlan):
    """The jobs of a shipment."""

    def __init__(self, shipment: Shipment, settings: Settings) -> None:
        self._packed = _Packed(shipment.pairs)
        super().__init__(shipment.source, shipment.target, shipment.criteria, settings, order="listed")

    def _open(self, source: Tree, target: Tree, criteria: Criteria, order: Order) -> Pairs:
        return self._packed


async def carry_out(shipment: Shipment) -> Summary:
    """Do what a shipment asks for."""
    tally = Tally("shipment", stops_at_error=False)
    settings = Settings(shipment.pace, tally, set())
    await work(_UnpackedPlan(shipment, settings), shipment.pace, tally, settings.active)
    return tally.summary()


def everything(path: str) -> bool:
    """Want every path: what is in a shipment has been chosen already."""
    return True


class ShippingPlan(CopyPlan):
    """The jobs that send shipments and wait for what becomes of them."""

    def __init__(
        self,
        source: Tree,
        target: Tree,
        criteria: Criteria,
        settings: Settings,
        *,
        order: Order,
        submit: Submit,
        batch: Batch,
        pace: Pace,
    ) -> None:
        super().__init__(source, target, criteria, settings, order=order)
        import uuid

        self._run = uuid.uuid4().hex
        self._sent = 0
        self._submit = submit
        self._batch = batch
        self._pace = pace
        self._pairs: list[Pair] = []
        self._bytes = 0

    async def next_job(self) -> Job | None:
        """Return the next job; None at the end."""
        return await super().next_job() or self._rest()

    def _job_for(self, source: Entry, target: Entry | None) -> Job | None:
        if not self._admits(source):
            return None
        if difference(self._criteria.compare, source.meta, target and target.meta) is None:
            self._skip(source)
            return None
        if self._criteria.dry_run:
            return super()._decide(source, target)
        self._pairs.append((source, target))
        self._bytes += source.meta["size"]
        is_full = len(self._pairs) >= self._batch.objects or self._bytes >= self._batch.bytes
        return self._rest() if is_full else None

    def _rest(self) -> Job | None:
        pairs, self._pairs, self._bytes = tuple(self._pairs), [], 0
        if not pairs:
            return None
        self._sent += 1
        criteria = self._criteria._replace(is_wanted=everything, missing_ok=True, delete=False)
        number = f"{self._run}-{self._sent}"
        return partial(self._ship, Shipment(number, self._source, self._target, criteria, self._pace, pairs))

    async def _ship(self, shipment: Shipment) -> Iterator[Job] | None:
        try:
            summary: Summary = await _result_of(self._submit(shipment))
        except Exception as error:
            for source, _ in shipment.pairs:
                if source is not None:
                    self._tally.fail(source.path, error)
        else:
            self._tally.absorb(summary)
        return None


async def _result_of(future: Any) -> Any:
    """Wait for a future of any kind, in a way that Ctrl-C and cancellation interrupt."""
    if not hasattr(future, "add_done_callback"):
        return await current().call(future.result)
    ticket = current().ticket()
    future.add_done_callback(lambda _: ticket.wake())
    try:
        while not await ticket.wait(_PATIENCE):
            pass
    except BaseException:
        future.cancel()
        raise
    return await current().call(future.result)
