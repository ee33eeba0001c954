"""Resident memory of this process, its peak included."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def read_status(field: str) -> int:
    """Return a `kB` field of the kernel's account, in bytes.

    Not `getrusage`, where the kernel offers better: its peak survives `exec`, so a worker would
    start with the peak of the parent that forked it.
    """
    for line in STATUS.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    return 0


def reset_peak() -> None:
    """Make the peak start again from here, on kernels that can (proc(5), clear_refs, 5)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def peak_bytes() -> int:
    if STATUS.exists():
        return read_status("VmHWM")
    # macOS counts bytes, the others KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_bytes() -> int:
    return read_status("VmRSS") if STATUS.exists() else peak_bytes()
