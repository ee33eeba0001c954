"""Server processes of the tests: started on free ports, awaited, and stopped.

A port that was free when it was chosen may be taken before the server binds it, so
whatever starts here is a function of its ports and runs again with others if that
happens. A server that dies early is reported with the end of its log.
"""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from ssl import SSLContext
from typing import TypeVar

T = TypeVar("T")

LOOPBACK = "127.0.0.1"
START_TIMEOUT = 30.0  # seconds; the slowest server needs 3 on an idle machine of two cores
STOP_TIMEOUT = 5.0  # seconds
POLL_INTERVAL = 0.02  # seconds
PORT_ATTEMPTS = 4
LOG_TAIL = 2000  # characters

# Swift does not name the errno: it says that it could not bind, after its bind_timeout.
_PORT_TAKEN = re.compile(r"EADDRINUSE|address already in use|could not bind to", re.IGNORECASE)

# Cloud settings and proxies of the person who runs the tests are none of a server's business.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT")


class ServerUnavailableError(Exception):
    """A server cannot be installed or started here; the message says why."""


class PortTakenError(ServerUnavailableError):
    """Another process bound the port first. Starting again with another one helps."""


@dataclass(frozen=True, slots=True)
class Process:
    """A running server process, leader of a session of its own."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def check_alive(self) -> None:
        """Raise if the process has ended."""
        status = self.popen.poll()
        if status is None:
            return
        tail = self.log.read_text(errors="replace")[-LOG_TAIL:]
        error = PortTakenError if _PORT_TAKEN.search(tail) else ServerUnavailableError
        raise error(f"{self.name} ended with status {status} while starting; its log ends with:\n{tail}")

    def stop(self) -> None:
        """Ask the process and its children to end, and end them if they do not."""
        self._signal(signal.SIGTERM)
        try:
            self.popen.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            self.popen.wait()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, number)


@contextmanager
def running(
    name: str, command: Sequence[str | Path], directory: Path, env: Mapping[str, str] | None = None
) -> Iterator[Process]:
    """Run a command in a session of its own, its output in a log file in the directory."""
    log = directory / f"{name}.log"
    inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [os.fspath(word) for word in command],
            env=inherited | {"PYTHONUNBUFFERED": "1"} | dict(env or {}),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    process = Process(name, popen, log)
    try:
        yield process
    finally:
        process.stop()


def wait_until(is_ready: Callable[[], bool], process: Process) -> None:
    """Poll until the server answers; raise if it dies first or takes too long."""
    deadline = time.monotonic() + START_TIMEOUT
    while not is_ready():
        process.check_alive()
        if time.monotonic() > deadline:
            raise ServerUnavailableError(f"{process.name} does not answer after {START_TIMEOUT:.0f} s")
        time.sleep(POLL_INTERVAL)
    # The answer could be that of another server on the same port, with ours just ended.
    process.check_alive()


def answers(port: int, path: str, *, tls: SSLContext | None = None) -> bool:
    """Whether a GET of the path is answered with anything but a server error."""
    connection = (
        HTTPSConnection(LOOPBACK, port, timeout=START_TIMEOUT, context=tls)
        if tls
        else HTTPConnection(LOOPBACK, port, timeout=START_TIMEOUT)
    )
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def free_ports(count: int) -> list[int]:
    """Return distinct ports of the loopback interface that nothing listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for listener in sockets:
            listener.bind((LOOPBACK, 0))
        return [listener.getsockname()[1] for listener in sockets]


@contextmanager
def on_free_ports(count: int, serve: Callable[[list[int]], AbstractContextManager[T]]) -> Iterator[T]:
    """Enter what `serve` makes of free ports, again with others if one was taken meanwhile."""
    with ExitStack() as stack:
        for _ in range(PORT_ATTEMPTS - 1):
            with suppress(PortTakenError):
                started = stack.enter_context(serve(free_ports(count)))
                break
        else:
            started = stack.enter_context(serve(free_ports(count)))
        yield started
