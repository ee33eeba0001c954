"""Forward proxies: tinyproxy and proxy.py for HTTP, microsocks for SOCKS 5. All want a user and a password."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

from tests.servers.ministack import Certificate
from tests.servers.process import LOOPBACK, Process, on_free_ports, running, wait_until
from tests.servers.web import system_program

USER, PASSWORD = "agent", "s3cr3t"


@dataclass(frozen=True, slots=True)
class ForwardProxy:
    """A running proxy. `url` has the password in it, `open_url` has none."""

    scheme: str
    port: int
    process: Process
    user: str = USER
    password: str = PASSWORD

    @property
    def url(self) -> str:
        return self.url_for(self.user, self.password)

    @property
    def open_url(self) -> str:
        return f"{self.scheme}://{LOOPBACK}:{self.port}"

    def url_for(self, user: str, password: str, *, scheme: str = "") -> str:
        """The proxy's address with this user and password."""
        return f"{scheme or self.scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{LOOPBACK}:{self.port}"

    def log(self) -> str:
        """What the proxy has written so far."""
        return self.process.log.read_text(errors="replace")


Start = Callable[[int, Path], list[str | Path]]


def _proxy(name: str, scheme: str, directory: Path, start: Start) -> AbstractContextManager[ForwardProxy]:
    return on_free_ports(1, partial(_serve, name, scheme, directory, start))


@contextmanager
def _serve(name: str, scheme: str, directory: Path, start: Start, ports: list[int]) -> Iterator[ForwardProxy]:
    [port] = ports
    with running(name, start(port, directory), directory) as process:
        wait_until(partial(_listens, port), process)
        yield ForwardProxy(scheme, port, process)


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex((LOOPBACK, port)) == 0


def tinyproxy(directory: Path) -> AbstractContextManager[ForwardProxy]:
    """Run tinyproxy, which logs every request line."""
    return _proxy("tinyproxy", "http", directory, _start_tinyproxy)


def _start_tinyproxy(port: int, directory: Path) -> list[str | Path]:
    config = directory / "tinyproxy.conf"
    config.write_text(f"Port {port}\nListen {LOOPBACK}\nAllow {LOOPBACK}\nLogLevel Info\nBasicAuth {USER} {PASSWORD}\n")
    return [system_program("tinyproxy", "tinyproxy-bin"), "-d", "-c", config]


def microsocks(directory: Path) -> AbstractContextManager[ForwardProxy]:
    """Run microsocks."""
    return _proxy("microsocks", "socks5h", directory, _start_microsocks)


def _start_microsocks(port: int, _: Path) -> list[str | Path]:
    program = system_program("microsocks", "microsocks")
    return [program, "-i", LOOPBACK, "-p", str(port), "-u", USER, "-P", PASSWORD]


def tls_proxy(directory: Path, certificate: Certificate) -> AbstractContextManager[ForwardProxy]:
    """Run proxy.py behind TLS."""
    options = ["--cert-file", str(certificate.cert_file), "--key-file", str(certificate.key_file)]
    return _proxy("proxy.py", "https", directory, lambda port, _: [*_proxy_py(port), *options])


def plain_proxy(directory: Path) -> AbstractContextManager[ForwardProxy]:
    """Run proxy.py."""
    return _proxy("proxy.py", "http", directory, lambda port, _: _proxy_py(port))


def _proxy_py(port: int) -> list[str | Path]:
    command = [sys.executable, "-m", "proxy", "--hostname", LOOPBACK, "--port", str(port), "--num-workers", "1"]
    return [*command, "--num-acceptors", "1", "--basic-auth", f"{USER}:{PASSWORD}"]
