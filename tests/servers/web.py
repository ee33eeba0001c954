"""The value that describes a running web server, and programs that come with the system."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.process import ServerUnavailableError

INSTALL_TIMEOUT = 300.0  # seconds
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where a server is, and the directory that it serves.

    `url` speaks WebDAV, `index_url` shows indexes of the same directory and nothing else; it is
    empty where the server has no such thing.
    """

    name: str
    url: str
    index_url: str
    data: Path

    def clear(self) -> None:
        """Remove everything, the directories that deleted objects have left behind included."""
        for child in self.data.iterdir():
            if child.is_dir():
                shutil.rmtree(child)
            else:
                child.unlink()

    def options(self) -> dict[str, Any]:
        """The keyword arguments that make `HTTPStore(url, ...)` talk to this server."""
        return {"client_options": {"allow_http": True}}


def system_program(name: str, *packages: str) -> Path:
    """Return a program of the system; install its Debian packages first, where that is possible."""
    found = shutil.which(name, path=_PATH)
    if found is None:
        install(*packages)
        found = shutil.which(name, path=_PATH)
    if found is None:
        raise ServerUnavailableError(f"{name} is not on this machine (Debian has it in {' and '.join(packages)})")
    return Path(found)


def install(*packages: str) -> None:
    """Install Debian packages as root; elsewhere say what is missing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServerUnavailableError(f"missing, and only root can install it: apt-get install {' '.join(packages)}")
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INSTALL_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as exc:
        raise ServerUnavailableError(f"{' '.join(command)} took more than {INSTALL_TIMEOUT:.0f} s") from exc
    if done.returncode:
        raise ServerUnavailableError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}")
