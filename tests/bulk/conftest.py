"""Each test of a bulk operation runs in both colours."""

import pytest

from obstore.testing import COLOURS
from tests.bulk.both import Bulk


@pytest.fixture(params=COLOURS)
def bulk(request: pytest.FixtureRequest) -> Bulk:
    """The functions of `obstore` in each colour in turn."""
    return Bulk(request.param)
