"""Web servers, real and scripted, for the HTTP store."""

from collections.abc import Iterator

import pytest

from obstore.testing import COLOURS, Colour
from tests.servers.apache import apache
from tests.servers.nginx import nginx
from tests.servers.requirement import required
from tests.servers.web import WebServer
from tests.servers.wsgidav import wsgidav

SERVER_FIXTURES = {"wsgidav_server", "apache_server", "flat_apache_server", "nginx_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `-m "not server"` leaves it out."""
    for item in items:
        if not SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def wsgidav_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """WsgiDAV over an empty directory."""
    with required(wsgidav(tmp_path_factory.mktemp("wsgidav"))) as server:
        yield server


@pytest.fixture(scope="session")
def apache_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Apache over an empty directory, with `Depth: infinity` allowed."""
    with required(apache(tmp_path_factory.mktemp("apache"))) as server:
        yield server


@pytest.fixture(scope="session")
def flat_apache_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Apache as it is by default: `Depth: infinity` is refused."""
    with required(apache(tmp_path_factory.mktemp("apache_flat"), deep=False)) as server:
        yield server


@pytest.fixture(scope="session")
def nginx_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """nginx over an empty directory."""
    with required(nginx(tmp_path_factory.mktemp("nginx"))) as server:
        yield server


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Either way of calling."""
    found: Colour = request.param
    return found
