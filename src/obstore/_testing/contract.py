"""The suite as a pytest class. Only running it needs pytest."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from obstore._testing.behaviour import USUAL, Behaviour, Capability, registered
from obstore._testing.colour import COLOURS, Colour


class StoreContract:
    """Every behaviour that applies to a store, in both colours, as tests.

    A subclass whose name starts with `Test` gives a fixture `store`, a new store or one
    that may be emptied, and says what is particular about it:

        class TestMyStore(StoreContract):
            capabilities = USUAL - {"attributes"}
            deviations = {"a_listing_is_sorted": "the service returns the newest first"}

            @pytest.fixture
            def store(self):
                return MyStore()

    A deviation is checked as well: the test fails when the store no longer deviates.
    A fixture may also set `self.deviations`, where they are known only at run time.
    """

    capabilities: Collection[Capability] = USUAL
    deviations: Mapping[str, str] = {}
    colours: tuple[Colour, ...] = COLOURS

    def pytest_generate_tests(self, metafunc: Any) -> None:
        """Make one test of every behaviour and colour."""
        if "behaviour" not in metafunc.fixturenames:
            return
        cases = [(each, colour) for each in registered() for colour in self.colours]
        cases = [(each, colour) for each, colour in cases if each.applies(self.capabilities)]
        ids = [f"{each.group}-{each.name}-{colour}" for each, colour in cases]
        metafunc.parametrize(("behaviour", "colour"), cases, ids=ids)

    def test_behaviour(self, store: Any, behaviour: Behaviour, colour: Colour) -> None:
        """Check one behaviour in one colour."""
        import pytest

        unknown = {name.partition("[")[0] for name in self.deviations} - {each.name for each in registered()}
        assert not unknown, f"deviations from behaviours that do not exist: {unknown}"
        if reason := behaviour.verify(store, colour, self.deviations):
            pytest.xfail(reason)
