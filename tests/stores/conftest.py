"""Local stores to look into."""

from pathlib import Path

import pytest

from obstore.store import LocalStore


@pytest.fixture
def local(tmp_path: Path) -> LocalStore:
    """A store of `tmp_path`."""
    return LocalStore(tmp_path)
