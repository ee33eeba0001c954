"""WsgiDAV: a WebDAV server in Python, which follows RFC 4918 to the letter."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.servers.environment import environment
from tests.servers.process import LOOPBACK, answers, on_free_ports, running, wait_until
from tests.servers.web import WebServer


@contextmanager
def wsgidav(directory: Path) -> Iterator[WebServer]:
    """Run WsgiDAV over an empty directory."""
    program = environment("wsgidav") / "wsgidav"
    with on_free_ports(1, partial(_serve, program, directory)) as server:
        yield server


@contextmanager
def _serve(program: Path, directory: Path, ports: list[int]) -> Iterator[WebServer]:
    [port] = ports
    data = directory / "data"
    data.mkdir(exist_ok=True)
    config = directory / "wsgidav.json"
    config.write_text(json.dumps(_config(port, data)))
    with running("wsgidav", [program, "--config", config], directory) as process:
        wait_until(lambda: answers(port, "/"), process)
        yield WebServer("wsgidav", f"http://{LOOPBACK}:{port}/dav", "", data)


def _config(port: int, data: Path) -> dict[str, object]:
    return {
        "host": LOOPBACK,
        "port": port,
        "server": "cheroot",
        "server_args": {"numthreads": 20},
        "provider_mapping": {"/dav": str(data)},
        "simple_dc": {"user_mapping": {"*": True}},
        # Its pages for directories would be objects, as they are sent without a redirect.
        "dir_browser": {"enable": False},
        "lock_storage": True,
        "verbose": 1,
    }
