"""`PrefixStore` is the store that it wraps, and neither shows nor touches what lies outside."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from obstore.store import LocalStore, MemoryStore, PrefixStore
from obstore.testing import StoreContract
from tests.contract.test_custom import DictStore
from tests.contract.test_local import LOCAL

OUTSIDE = ("a/b.file", "a/bc/file", "b/file", "outside")
"""Paths that are near `a/b` in every order, but not below it."""


class PrefixContract(StoreContract):
    @pytest.fixture
    def inner(self) -> Any:
        raise NotImplementedError

    @pytest.fixture
    def store(self, inner: Any) -> Iterator[PrefixStore]:
        for path in OUTSIDE:
            inner.put(path, path.encode())
        yield PrefixStore(inner, "a/b")

        assert sorted(meta["path"] for meta in inner.list().collect()) == sorted(OUTSIDE)
        for path in OUTSIDE:
            assert inner.get(path).bytes() == path.encode()


class TestPrefixOfMemory(PrefixContract):
    @pytest.fixture
    def inner(self) -> MemoryStore:
        return MemoryStore()


class TestPrefixOfLocal(PrefixContract):
    capabilities = LOCAL

    @pytest.fixture
    def inner(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


class TestPrefixOfOnesOwn(PrefixContract):
    @pytest.fixture
    def inner(self) -> DictStore:
        return DictStore()
