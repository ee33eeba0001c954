"""Azurite, over plain HTTP and over TLS, and an environment in which nobody is logged in."""

from collections.abc import Iterator

import pytest

from obstore.testing import COLOURS, Colour
from tests.servers import Certificate
from tests.servers.azurite import Azurite
from tests.servers.azurite import azurite as run_azurite
from tests.servers.oauth2 import TokenServer, token_server
from tests.servers.requirement import required

SERVER_FIXTURES = {"azurite", "azurite_tls", "entra"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `-m "not server"` leaves it out."""
    for item in items:
        if not SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """Azurite over plain HTTP."""
    with required(run_azurite(tmp_path_factory.mktemp("azurite"))) as server:
        yield server


@pytest.fixture(scope="session")
def azurite_tls(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[Azurite]:
    """Azurite over TLS, where it takes tokens."""
    with required(run_azurite(tmp_path_factory.mktemp("azurite_tls"), certificate)) as server:
        yield server


@pytest.fixture(scope="session")
def entra(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[TokenServer]:
    """A token endpoint where Entra has that of the tenant `T`."""
    directory = tmp_path_factory.mktemp("entra")
    with required(token_server(directory, "/T/oauth2/v2.0/token", certificate)) as server:
        yield server


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Either way of calling."""
    found: Colour = request.param
    return found
