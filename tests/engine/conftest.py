import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _small_collections() -> Iterator[None]:
    """Keep what is there already out of the collections that these tests ask for by the hundred."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
