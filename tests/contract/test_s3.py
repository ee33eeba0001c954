"""`S3Store` on real servers, each of which deviates from S3 in its own way."""

from collections.abc import Mapping

import pytest

from obstore.store import S3Store
from obstore.testing import EVERYTHING, StoreContract
from tests.servers import S3Server

# The behaviours that rest on what a server is known to get wrong, by the name of that deviation.
RESTS_ON: Mapping[str, tuple[str, ...]] = {}
# What else is wrong with a server, in the suite's own terms.
DEVIATIONS: Mapping[str, Mapping[str, str]] = {}


def deviations(server: S3Server) -> dict[str, str]:
    """Return the behaviours that `server` does not support, each with the reason."""
    known = {
        name: server.deviations[wrong]
        for wrong, names in RESTS_ON.items()
        if wrong in server.deviations
        for name in names
    }
    return known | dict(DEVIATIONS.get(server.name, {}))


@pytest.fixture(scope="module")
def store(s3_server: S3Server) -> S3Store:
    return S3Store(s3_server.make_bucket(), copy_if_not_exists="multipart", **s3_server.options())


class TestS3Store(StoreContract):
    capabilities = EVERYTHING - {"versions"}

    @pytest.fixture(autouse=True)
    def _deviations_of_server(self, s3_server: S3Server) -> None:
        self.deviations = deviations(s3_server)
