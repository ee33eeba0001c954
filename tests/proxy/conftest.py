"""Proxies, real ones, between a store and a real server."""

from collections.abc import Iterator

import pytest

from obstore.testing import COLOURS, Colour
from tests.servers.forward import ForwardProxy, microsocks, plain_proxy, tinyproxy, tls_proxy
from tests.servers.ministack import Certificate
from tests.servers.requirement import required

SERVER_FIXTURES = {"proxy", "tinyproxy_server", "plain_proxy_server", "tls_proxy_server", "microsocks_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real proxy, so that `-m "not server"` leaves it out."""
    for item in items:
        if not SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Either way of calling."""
    found: Colour = request.param
    return found


@pytest.fixture(scope="session")
def tinyproxy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    """An HTTP proxy in C."""
    with required(tinyproxy(tmp_path_factory.mktemp("tinyproxy"))) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def plain_proxy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    """An HTTP proxy in Python."""
    with required(plain_proxy(tmp_path_factory.mktemp("proxy_py"))) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def tls_proxy_server(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[ForwardProxy]:
    """The same behind TLS, with the certificate of `certificate`."""
    with required(tls_proxy(tmp_path_factory.mktemp("tls_proxy"), certificate)) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def microsocks_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForwardProxy]:
    """A SOCKS 5 proxy."""
    with required(microsocks(tmp_path_factory.mktemp("microsocks"))) as proxy:
        yield proxy


@pytest.fixture(
    scope="session", params=["tinyproxy_server", "plain_proxy_server", "tls_proxy_server", "microsocks_server"]
)
def proxy(request: pytest.FixtureRequest) -> ForwardProxy:
    """Each proxy in turn."""
    found: ForwardProxy = request.getfixturevalue(request.param)
    return found
