"""The suite itself: it fails where it should, says stale things are stale, and cleans up."""

import asyncio
import subprocess
import sys

import pytest

from obstore._testing.colour import run_sync
from obstore.store import ListOptions, MemoryStore, ReadOptions, StoredObject
from obstore.testing import (
    COLOURS,
    EVERYTHING,
    USUAL,
    Behaviour,
    Colour,
    StaleDeviationError,
    StoreContract,
    StoreView,
    behaviours,
    raises,
)
from tests.contract.test_custom import DictStore

BY_NAME = {each.name: each for each in behaviours()}
ROUND_TRIP = BY_NAME["get_returns_what_was_put"]
RACE = BY_NAME["a_race_loses_no_increment"]

both_colours = pytest.mark.parametrize("colour", COLOURS)


class LossyStore(DictStore):
    """Loses the last byte of what it is asked for."""

    def get_object(self, path: str, options: ReadOptions) -> StoredObject:  # type: ignore[override]
        stored = self.shelf.get(path, options)
        data = self.shelf.entries[path].data[:-1]
        return StoredObject(stored.meta, data, range=stored.range)


def left_in(store: DictStore) -> list[str]:
    return [meta["path"] for meta in store.shelf.list(ListOptions()).objects]


@pytest.mark.parametrize("behaviour", behaviours(), ids=str)
def test_a_behaviour_says_what_it_pins(behaviour: Behaviour) -> None:
    assert behaviour.summary.endswith(".")
    assert not behaviour.needs & behaviour.lacks
    assert behaviour.needs | behaviour.lacks <= EVERYTHING


@both_colours
def test_a_store_that_misbehaves_is_found_out_and_emptied(colour: Colour) -> None:
    store = LossyStore()
    with pytest.raises(AssertionError):
        ROUND_TRIP.run(store, colour)

    assert left_in(store) == []


@both_colours
def test_a_behaviour_leaves_the_store_empty(colour: Colour) -> None:
    store = DictStore()
    store.put("before", b"1")
    ROUND_TRIP.run(store, colour)

    assert left_in(store) == []


def test_a_deviation_is_expected_under_its_reason() -> None:
    assert ROUND_TRIP.verify(LossyStore(), "sync", {ROUND_TRIP.name: "loses bytes"}) == "loses bytes"


def test_a_deviation_that_is_none_any_more_is_stale() -> None:
    with pytest.raises(StaleDeviationError, match=ROUND_TRIP.name):
        ROUND_TRIP.verify(MemoryStore(), "sync", {ROUND_TRIP.name: "loses bytes"})


def test_a_deviation_may_be_of_one_colour() -> None:
    deviations = {f"{ROUND_TRIP.name}[async]": "loses bytes"}

    assert ROUND_TRIP.verify(MemoryStore(), "sync", deviations) is None
    assert ROUND_TRIP.verify(LossyStore(), "async", deviations) == "loses bytes"


def test_a_deviation_that_depends_on_timing_is_never_stale() -> None:
    assert RACE.chance
    assert RACE.verify(MemoryStore(), "sync", {RACE.name: "is not atomic"}) is None


def test_behaviours_apply_to_the_capabilities_they_name() -> None:
    succeeds, fails = (BY_NAME[f"deleting_what_is_missing_{word}"] for word in ("succeeds", "raises"))

    assert (succeeds.applies(USUAL), fails.applies(USUAL)) == (True, False)
    strict = USUAL - {"lenient delete"}
    assert (succeeds.applies(strict), fails.applies(strict)) == (False, True)


def test_the_class_expects_a_deviation_to_fail() -> None:
    contract = StoreContract()
    contract.deviations = {ROUND_TRIP.name: "loses bytes"}

    with pytest.raises(pytest.xfail.Exception, match="loses bytes"):
        contract.test_behaviour(LossyStore(), ROUND_TRIP, "sync")


def test_the_class_refuses_deviations_from_nothing() -> None:
    contract = StoreContract()
    contract.deviations = {"a_misspelt_name": "?"}

    with pytest.raises(AssertionError, match="a_misspelt_name"):
        contract.test_behaviour(MemoryStore(), ROUND_TRIP, "sync")


def test_a_sync_behaviour_must_not_wait() -> None:
    with pytest.raises(RuntimeError, match="suspended"):
        run_sync(asyncio.sleep(0))


@both_colours
def test_workers_run_at_once_and_return_in_order(colour: Colour) -> None:
    async def number(value: int) -> int:
        return value

    async def several(view: StoreView) -> list[int]:
        return [*await view.concurrently([lambda: number(1), lambda: number(2)])]

    view = StoreView(MemoryStore(), colour)
    outcome = run_sync(several(view)) if colour == "sync" else asyncio.run(several(view))

    assert outcome == [1, 2]


def test_raises_wants_the_failure_it_names() -> None:
    async def fine() -> None: ...

    async def wrong() -> None:
        raise KeyError

    with pytest.raises(AssertionError, match="expected"):
        run_sync(raises(ValueError, fine()))
    with pytest.raises(KeyError):
        run_sync(raises(ValueError, wrong()))


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_running_a_behaviour_does_not_import_pytest() -> None:
    program = (
        "import sys\n"
        "from obstore.store import MemoryStore\n"
        "from obstore.testing import behaviours\n"
        "behaviours()[0].run(MemoryStore(), 'async')\n"
        "print('pytest' in sys.modules)"
    )
    done = run_python("-c", program)

    assert (done.stdout, done.stderr) == ("False\n", "")


def test_the_suite_refuses_to_run_where_assertions_are_off() -> None:
    program = (
        "from obstore.store import MemoryStore\n"
        "from obstore.testing import behaviours\n"
        "behaviours()[0].run(MemoryStore(), 'sync')"
    )
    done = run_python("-O", "-c", program)

    assert done.returncode == 1
    assert "run Python without -O" in done.stderr
