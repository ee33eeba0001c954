"""Virtual environments of the test servers, made on first use and kept.

Each server has its own, so that its dependencies never meet the library's, and one for each
Python that runs the tests, so that they can run on several by turns. All their packages are
pinned in `pins/`: emulators drift, and a test that fails should mean that the library changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import ServerUnavailableError

# Where it really is: the programs of an environment name the place of their interpreter.
ROOT = (Path(__file__).parents[2] / ".servers").resolve()
PINS = Path(__file__).with_name("pins")
INSTALL_TIMEOUT = 300.0  # seconds

# Taken before any fixture clears proxies and package settings: pip may need them.
_PIP_ENVIRONMENT = dict(os.environ)


def environment(name: str) -> Path:
    """Return the directory of programs of a server's environment; make it if need be."""
    pins = PINS / f"{name}.txt"
    version = pins.read_text().splitlines()[0].partition("==")[2]
    place = ROOT / f"{name}-{version}-py{sys.version_info.major}.{sys.version_info.minor}"
    with _locked(place.with_suffix(place.suffix + ".lock")):
        if not _is_complete(place, pins):
            _build(place, pins)
    return place / "bin"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep other test processes out. The lock ends with the process, so none is ever stale."""
    if sys.platform == "win32":
        raise ServerUnavailableError("the test servers need a POSIX system")
    import fcntl

    path.parent.mkdir(exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_complete(place: Path, pins: Path) -> bool:
    stamp = _stamp(place)
    return stamp.is_file() and stamp.read_text() == _fingerprint(pins)


def _build(place: Path, pins: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    # Without pip of its own: that would take longer than most of the servers.
    _run(sys.executable, "-m", "venv", "--without-pip", str(place))
    _run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(place / "bin" / "python"),
        "install",
        "--quiet",
        "-r",
        str(pins),
    )
    # Written last: an environment without it was interrupted and is made anew.
    _stamp(place).write_text(_fingerprint(pins))


def _run(*command: str) -> None:
    try:
        done = subprocess.run(
            command,
            env=_PIP_ENVIRONMENT,
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


def _stamp(place: Path) -> Path:
    return place / "complete"


def _fingerprint(pins: Path) -> str:
    """Everything the content of an environment depends on, the Python it links to included."""
    return hashlib.sha256(f"{sys.version} {sys.base_prefix} {pins.read_text()}".encode()).hexdigest()
