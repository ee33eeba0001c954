"""Packages of Node.js for the test servers, installed on first use and kept."""

import shutil
from pathlib import Path

from tests.servers.environment import ROOT, _locked, _run
from tests.servers.process import ServerUnavailableError


def npm_package(name: str, version: str, as_of: str) -> Path:
    """Return the directory of a package's programs; install it if need be.

    What it depends on is taken as it was on the day `as_of`: that pins all of it, and
    needs no lock file of thousands of lines.
    """
    program = shutil.which("npm")
    if program is None or shutil.which("node") is None:
        raise ServerUnavailableError(f"{name} needs Node.js: there is no 'node' or no 'npm' on the PATH")
    place = ROOT / f"{name}-{version}"
    with _locked(place.with_suffix(place.suffix + ".lock")):
        stamp, fingerprint = place / "complete", f"{version} {as_of}"
        if not stamp.is_file() or stamp.read_text() != fingerprint:
            _install(program, place, f"{name}@{version}", as_of)
            # Written last: what has no such file was interrupted, and is made anew.
            stamp.write_text(fingerprint)
    return place / "node_modules" / ".bin"


def _install(program: str, place: Path, package: str, as_of: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    quietly = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
    _run(program, "install", *quietly, f"--before={as_of}", "--prefix", str(place), package)
