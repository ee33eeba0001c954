"""The parent's end of a worker: start it, ask it for slices, end it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from benchmarks.environments import Side
    from benchmarks.rows import Row
    from benchmarks.site import Site

ROOT = Path(__file__).parent.parent
COLD = Path(__file__).parent / "cold.py"
PATIENCE = 120  # seconds beyond the slice; the slowest preparation takes about ten


class WorkerError(Exception):
    """A worker failed, gave a wrong answer, or fell silent."""


def command(python: str, row: Row, site: Site) -> list[str]:
    # -P keeps the script's own folder off the import path.
    if row.work is None:
        return [python, "-P", str(COLD)]
    return [python, "-m", "benchmarks.worker", row.name, site.to_json()]


def environment() -> dict[str, str]:
    """Drop what would configure a store or a proxy, or put the wrong package on the path."""
    services = ("AWS_", "AZURE_", "GOOGLE_", "SERVICE_ACCOUNT")
    # Without bytecode our package would be compiled at every start; an installed one, as the other is, never is.
    interpreter = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    unwanted = (*services, *interpreter)
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(unwanted) and not name.lower().endswith("_proxy")
    }


class Worker:
    """One process. After an error it is of no further use."""

    def __init__(self, side: Side, row: Row, site: Site) -> None:
        self.side, self.row = side, row
        self.process = subprocess.Popen(
            command(side.python, row, site),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
        )
        assert self.process.stdout is not None
        self.stdout = self.process.stdout.fileno()
        self.pending = b""
        try:
            self.version: str = self.read(PATIENCE)["version"]
        except BaseException:
            self.close()
            raise

    def __repr__(self) -> str:
        return f"<Worker {self.side.name} {self.row.name}>"

    def read(self, timeout: float) -> dict[str, Any]:
        while b"\n" not in self.pending:
            self.pending += self.receive(timeout)
        line, _, self.pending = self.pending.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise self.error(reply["error"])
        return reply

    def receive(self, timeout: float) -> bytes:
        # Not readline: it cannot be given up, and a client that hangs must not hang the others.
        ready, _, _ = select.select([self.stdout], [], [], timeout)
        if not ready:
            raise self.error(f"no answer within {timeout:.0f} s")
        piece = os.read(self.stdout, 65536)
        if not piece:
            raise self.error(f"ended with status {self.process.wait()}")
        return piece

    def slice(self, seconds: float) -> dict[str, Any]:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(f"{seconds}\n".encode())
            self.process.stdin.flush()
        return self.read(PATIENCE + seconds)

    def error(self, reason: str) -> WorkerError:
        return WorkerError(f"{self.side.name}: {reason}")

    def close(self) -> None:
        """End the process; the end of its input is its cue, and it may still say why it fails."""
        try:
            self.process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


@contextlib.contextmanager
def working(side: Side, row: Row, site: Site) -> Iterator[Worker]:
    worker = Worker(side, row, site)
    try:
        yield worker
    finally:
        worker.close()
