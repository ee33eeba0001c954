"""Every fault met by every operation, in both colours; one that costs a timeout, by one operation of a kind.

Whatever happens: the right result or the right error, never a mixture; the objects are as before or as they
should be, no upload is left behind, no connection lost; and the store goes on working.
"""

import re
from typing import Any

import pytest

from obstore._io.aio import AsyncioRuntime
from obstore._io.blocking import Blocking
from obstore._io.interleaved import Interleaved
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.faults.kinds import KINDS, STALL, Kind
from tests.faults.operations import OPERATIONS, Operation, attempt, bucket
from tests.faults.server import FaultServer
from tests.socket.listener import is_tidy


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits between attempts, which are not waited for."""
    waits: list[float] = []

    async def sleep(runtime: Any, seconds: float) -> None:
        waits.append(seconds)

    for runtime in (Blocking, Interleaved, AsyncioRuntime):
        monkeypatch.setattr(runtime, "sleep", sleep)
    return waits


def store_of(server: FaultServer, operation: Operation, timeout: float) -> S3Store:
    plain = server.store(timeout=f"{timeout}s")
    return S3Store(
        config={**plain.config, **operation.options},
        client_options=plain.client_options,
        retry_config=plain.retry_config,
    )


PAIRS = [
    (kind, operation)
    for kind in KINDS
    for operation in OPERATIONS
    if KINDS[kind].timeout > STALL or OPERATIONS[operation].is_waited_for
]


@pytest.mark.parametrize(("kind", "operation"), PAIRS)
def test_fault(kind: str, operation: str, colour: Colour, slept: list[float]) -> None:
    check(KINDS[kind], OPERATIONS[operation], colour, slept)


def check(kind: Kind, operation: Operation, colour: Colour, slept: list[float]) -> None:
    before = bucket()
    with FaultServer(bucket(), operation.target, kind.fault) as server:
        store = store_of(server, operation, kind.timeout)
        outcome = drive(colour, attempt(StoreView(store, colour), operation.run))

        assert is_tidy(store)
    assert server.is_through(), "the request that meets the fault was never sent"
    found = {key: stored.content for key, stored in server.bucket.objects.items()}
    old = {key: stored.content for key, stored in before.objects.items()}
    new = {key: content for key, content in {**old, **operation.changed}.items() if content is not None}
    if succeeds(kind, operation):
        assert (operation.result, new) == (outcome, found)
        assert ("7 s" in kind.outcome) == (7.0 in slept)
    else:
        assert isinstance(outcome, GenericError)
        assert re.search(kind.says, str(outcome)), str(outcome)
        assert found in (old, new) or not operation.is_atomic
        assert all(found[key] in (old.get(key), new.get(key)) for key in found)
    # Nobody knows the number of an upload whose beginning was not confirmed; there is nothing in it.
    assert not any(server.bucket.uploads.values())


def succeeds(kind: Kind, operation: Operation) -> bool:
    if kind.outcome == "refused":
        return False
    if kind.outcome == "mistaken" and operation.target == "GetObject":
        return False
    return kind.outcome not in ("repeated", "mistaken") or operation.is_repeatable
