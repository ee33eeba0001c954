"""`LocalStore`: objects are files, so what a file system cannot do, it cannot."""

import os
import tempfile
from pathlib import Path

import pytest

from obstore.store import LocalStore
from obstore.testing import USUAL, StoreContract


def has_attributes() -> bool:
    """Tell whether files in the temporary directory can have attributes."""
    with tempfile.NamedTemporaryFile() as file:
        try:
            os.setxattr(file.name, "user.test", b"1")
        except (AttributeError, OSError):
            return False
    return True


LOCAL = USUAL - {"flat namespace", "lenient delete"}
if not has_attributes():
    LOCAL = LOCAL - {"attributes"}


class TestLocalStore(StoreContract):
    capabilities = LOCAL

    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


class TestLocalStoreWithCleanup(StoreContract):
    capabilities = LOCAL

    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path, automatic_cleanup=True)

    @pytest.fixture(autouse=True)
    def _leaves_no_directory(self, tmp_path: Path, store: LocalStore) -> object:
        yield
        assert list(tmp_path.iterdir()) == []
