"""OpenStack Swift with its S3 middleware: a production store and the strictest check of signatures.

A proxy and three storage servers with one device, each a process of its own. Eventual
consistency is real here: of concurrent conditional puts, several can win.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.servers.environment import ROOT, environment
from tests.servers.process import (
    LOOPBACK,
    Process,
    ServerUnavailableError,
    answers,
    on_free_ports,
    running,
    wait_until,
)
from tests.servers.server import S3Server
from tests.servers.swift_settings import KEY, REGION, STORAGE, write_settings

DEVIATIONS: Mapping[str, str] = {
    "anonymous_status": "an anonymous request gets 400, not 403",
    "unknown_key_code": "an unknown key gets SignatureDoesNotMatch, not InvalidAccessKeyId",
    "returned_checksums": "checksums are checked on upload but neither stored nor returned",
    "put_create_race": "of concurrent creations of one key several can win",
    "put_if_match": "If-Match of PUT is not implemented (501)",
    "tagging": "object tagging is not implemented (501)",
    "object_attributes": "GetObjectAttributes is not implemented",
}

_RINGS = Path(__file__).with_name("swift_rings.py")


@contextmanager
def swift(directory: Path) -> Iterator[S3Server]:
    """Run a Swift of one node, with memcached if the machine has it."""
    programs = environment("swift")
    # One port is memcached's: without it nothing listens there and Swift does without.
    with (
        _storable(directory) as place,
        on_free_ports(len(STORAGE) + 2, partial(_serve, programs, place)) as server,
    ):
        yield server


@contextmanager
def _storable(directory: Path) -> Iterator[Path]:
    """The directory, or one in the repository if Swift cannot keep its metadata in this one."""
    if _has_attributes(directory):
        yield directory
        return
    with tempfile.TemporaryDirectory(dir=ROOT) as other:
        yield Path(other)


def _has_attributes(directory: Path) -> bool:
    """Whether files there have extended attributes; on tmpfs they need Linux 6.6."""
    if sys.platform != "linux":
        return True
    try:
        os.setxattr(directory, "user.test", b"")
    except OSError:
        return False
    return True


@contextmanager
def _serve(programs: Path, directory: Path, ports: list[int]) -> Iterator[S3Server]:
    memcached_port, proxy_port, *storage_ports = ports
    by_name = dict(zip(STORAGE, storage_ports, strict=True))
    write_settings(directory, by_name, proxy_port, memcached_port)
    _write_rings(programs, directory, by_name)
    with ExitStack() as stack:
        stack.enter_context(_cache(directory, memcached_port))
        _start_all(stack, programs, directory, by_name | {"proxy": proxy_port})
        yield S3Server("swift", f"http://{LOOPBACK}:{proxy_port}", *KEY, DEVIATIONS, REGION, vendor="swift")


def _write_rings(programs: Path, directory: Path, ports: dict[str, int]) -> None:
    # Isolated, or `import swift` would find the module beside the program.
    python: list[str | Path] = [programs / "python", "-I", _RINGS]
    arguments = [f"{name}={port}" for name, port in ports.items()]
    done = subprocess.run([*python, directory, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerUnavailableError(f"Swift's rings could not be written:\n{done.stderr[-2000:]}")


@contextmanager
def _cache(directory: Path, port: int) -> Iterator[None]:
    program = shutil.which("memcached")
    if program is None:
        yield
        return
    # It refuses to run as root unless told whom to become; for others the option has no effect.
    with running("memcached", [program, "-l", LOOPBACK, "-p", str(port), "-u", "nobody"], directory):
        yield


def _start_all(stack: ExitStack, programs: Path, directory: Path, ports: dict[str, int]) -> None:
    """Start every server before waiting for any: they take half a second each."""
    processes = {name: stack.enter_context(_server(programs, directory, name)) for name in ports}
    for name, process in processes.items():
        wait_until(partial(answers, ports[name], "/healthcheck"), process)


def _server(programs: Path, directory: Path, name: str) -> AbstractContextManager[Process]:
    command: list[str | Path] = [programs / f"swift-{name}-server", directory / f"{name}-server.conf", "-v"]
    return running(name, command, directory)
