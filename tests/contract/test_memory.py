"""`MemoryStore` does everything that a store can do without a network."""

import pytest

from obstore.store import MemoryStore
from obstore.testing import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
