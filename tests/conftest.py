"""What every test gets: a clean environment, no network but loopback, and servers on demand.

A server that cannot be installed or started skips the tests that need it, except where
`CI` is set: there a missing server would hide what it should have found.
"""

import os
import re
import socket
from collections.abc import Callable, Iterator
from functools import wraps
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests import servers
from tests.servers import Certificate, S3Server
from tests.servers.requirement import required

SERVER_FIXTURES = {"ministack", "ministack_tls", "swift", "rclone_s3", "s3_server"}

# Everything from which a store could take settings, credentials, a proxy or an authority.
_CLOUD_VARIABLE = re.compile(
    r"(AWS|AZURE|GOOGLE|GCS|GCE|GCLOUD|CLOUDSDK|IDENTITY|IMDS|MSI|FSSPEC|OBSTORE)_.*"
    r"|.*_PROXY|SERVICE_ACCOUNT|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE",
    re.IGNORECASE,
)
# Without these the settings of the person who runs the tests would be found in their home.
_SETTINGS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "CLOUDSDK_CONFIG", "AZURE_CONFIG_DIR")


class OffLoopbackError(RuntimeError):
    """A test tried to reach another machine. Not an OSError: it is nothing to recover from."""


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker that turns a server's known deviation into an expected failure."""
    config.addinivalue_line("markers", "deviation(name): fails on an `s3_server` that has this deviation")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a real server, so that `-m "not server"` leaves it out."""
    for item in items:
        if not SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session", autouse=True)
def _no_cloud_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove cloud variables; for the session, because the servers' fixtures need it too."""
    nowhere = tmp_path_factory.mktemp("home") / "nowhere"
    with pytest.MonkeyPatch.context() as patch:
        for name in filter(_CLOUD_VARIABLE.fullmatch, list(os.environ)):
            patch.delenv(name)
        for name in _SETTINGS_FILES:
            patch.setenv(name, str(nowhere))
        yield


@pytest.fixture(scope="session", autouse=True)
def _only_loopback() -> Iterator[None]:
    """Refuse connections of this process to other machines."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex"):
            patch.setattr(socket.socket, method, _refusing(getattr(socket.socket, method)))
        yield


def _refusing(connect: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    @wraps(connect)
    def guarded(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
            raise OffLoopbackError(f"tests must not connect to {address[0]}, which is not this machine")
        return connect(self, address)

    return guarded


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """MiniStack over plain HTTP."""
    with required(servers.ministack(tmp_path_factory.mktemp("ministack"))) as server:
        yield server


@pytest.fixture(scope="session")
def ministack_tls(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[S3Server]:
    """MiniStack over TLS, with a certificate that only `ca_file` vouches for."""
    directory = tmp_path_factory.mktemp("ministack_tls")
    with required(servers.ministack(directory, certificate)) as server:
        yield server


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """OpenStack Swift with its S3 middleware."""
    with required(servers.swift(tmp_path_factory.mktemp("swift"))) as server:
        yield server


@pytest.fixture(scope="session")
def rclone_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """An S3 over a file system: see its deviations."""
    with required(servers.rclone(tmp_path_factory.mktemp("rclone"))) as server:
        yield server


@pytest.fixture(scope="session", params=["ministack", "swift", "rclone_s3"])
def s3_server(request: pytest.FixtureRequest) -> S3Server:
    """Each S3 server in turn."""
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture(autouse=True)
def _known_deviation(request: pytest.FixtureRequest) -> None:
    """Expect failure where the server is known to deviate; success there is an error in its table."""
    for marker in request.node.iter_markers("deviation"):
        reason = request.getfixturevalue("s3_server").deviations.get(marker.args[0])
        if reason:
            request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for this machine from an authority made for this run."""
    directory: Path = tmp_path_factory.mktemp("tls")
    files = Certificate(directory / "cert.pem", directory / "key.pem", directory / "ca.pem")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1", "::1")
    issued.cert_chain_pems[0].write_to_path(str(files.cert_file))
    issued.private_key_pem.write_to_path(str(files.key_file))
    authority.cert_pem.write_to_path(str(files.ca_file))
    return files
