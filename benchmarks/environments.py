"""The environments of what is compared. Import names and pins collide, so each has its own Python."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import venv
from pathlib import Path

COMPILED = "obstore==0.12.1"
HOME = Path(__file__).parent.parent / ".bench"


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of those compared, and the interpreter that has it."""

    name: str
    python: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Both sides."""

    ours: Side
    compiled: Side


def compiled_python() -> str:
    """Return the Python that has the compiled package."""
    return python_with("compiled", COMPILED)


def python_with(name: str, requirement: str) -> str:
    """Return the Python of the environment `.bench/NAME-pyVERSION`, making it on first use.

    It is of the version that runs this: some Pythons are faster than others.
    """
    home = HOME / f"{name}-py{sys.version_info.major}.{sys.version_info.minor}"
    python = home / "bin" / "python"
    marker = home / requirement
    if not marker.exists():
        print(f"installing {requirement} into {home}", file=sys.stderr)
        venv.create(home, clear=True)
        # With our own pip: it is there already, and not every Python can make another.
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install"]
        subprocess.run([*pip, "--quiet", "--only-binary=:all:", requirement], check=True)
        marker.touch()
    return str(python)


def pair(ours: str) -> Pair:
    return Pair(Side("ours", ours), Side("compiled", compiled_python()))
