"""fsspec's registry, which belongs to the whole process, is left as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fsspec.registry import _registry


@pytest.fixture(autouse=True)
def _registry_as_before() -> Iterator[None]:
    before = dict(_registry)
    yield
    _registry.clear()
    _registry.update(before)
