"""A contract suite for stores: run it on one of your own to see that it behaves like the others.

Every behaviour that the operations promise is one small check. It runs against any
store, in the sync and in the async colour, through the public functions only:

    import pytest
    from obstore.testing import USUAL, StoreContract

    class TestMyStore(StoreContract):
        capabilities = USUAL - {"attributes"}

        @pytest.fixture
        def store(self):
            return MyStore()

Without pytest, `behaviours()` lists them and `Behaviour.run` checks one:

    for behaviour in behaviours():
        if behaviour.applies(USUAL):
            behaviour.run(MyStore(), "async")

The store is emptied before and after every behaviour: give it nothing of value.
"""

from __future__ import annotations

import sys

# pytest then says what the two sides of a failed assertion were.
if "pytest" in sys.modules and "obstore._testing" not in sys.modules:
    sys.modules["pytest"].register_assert_rewrite("obstore._testing")

from obstore._testing import (
    attributes,
    conditions,
    copying,
    directories,
    keys,
    listing,
    multipart,
    objects,
    ranges,
    readers,
    signing,
    streams,
    verbatim,
    writers,
    writes,
)
from obstore._testing.behaviour import (
    EVERYTHING,
    USUAL,
    Behaviour,
    Capability,
    StaleDeviationError,
    registered,
)
from obstore._testing.colour import COLOURS, Colour
from obstore._testing.contract import StoreContract
from obstore._testing.view import StoreView, raises

__all__ = [
    "COLOURS",
    "EVERYTHING",
    "USUAL",
    "Behaviour",
    "Capability",
    "Colour",
    "StaleDeviationError",
    "StoreContract",
    "StoreView",
    "behaviours",
    "raises",
]

# Importing a topic registers its behaviours.
_TOPICS = (
    objects,
    keys,
    verbatim,
    attributes,
    ranges,
    streams,
    conditions,
    writes,
    multipart,
    listing,
    directories,
    copying,
    readers,
    writers,
    signing,
)


def behaviours() -> list[Behaviour]:
    """Return every behaviour there is, for a store that can do everything.

    >>> [behaviour.name for behaviour in behaviours() if behaviour.group == "listing"][:1]
    ['...']
    """
    return registered()
