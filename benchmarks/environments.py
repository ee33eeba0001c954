"""The two environments that are compared. The import names collide, so each has its own Python."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import venv
from pathlib import Path
from typing import Literal

COMPILED = "obstore==0.12.1"
HOME = Path(__file__).parent.parent / ".bench" / "compiled"


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of the two, and the interpreter that has it."""

    name: Literal["ours", "compiled"]
    python: str


@dataclasses.dataclass(frozen=True, slots=True)
class Pair:
    """Both sides."""

    ours: Side
    compiled: Side


def compiled_python() -> str:
    """Return the Python that has the compiled package, making its environment on first use."""
    python = HOME / "bin" / "python"
    marker = HOME / COMPILED
    if not marker.exists():
        print(f"installing {COMPILED} into {HOME}", file=sys.stderr)
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--only-binary=:all:", COMPILED], check=True)
        marker.touch()
    return str(python)


def pair(ours: str) -> Pair:
    return Pair(Side("ours", ours), Side("compiled", compiled_python()))
