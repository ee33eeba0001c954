"""Numbers as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.rows import Unit

STEPS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def scaled(number: float, unit: str) -> str:
    for step, prefix in STEPS:
        if number >= step:
            return f"{number / step:.2f} {prefix}{unit}"
    return f"{number:.0f} {unit.lstrip()}"


def show(number: float, unit: Unit) -> str:
    """Format a measured value; memory in MiB and times in ms, as one expects of them."""
    if unit == "B":
        return f"{number / (1 << 20):.1f} MiB"
    if unit == "s":
        return f"{number * 1e3:.1f} ms"
    return scaled(number, unit if unit == "B/s" else f" {unit}")


def times(ratio: float) -> str:
    return f"{ratio:.2f}x"


def count(number: int, label: str) -> str:
    """Format what grows: bytes in their binary units, the rest with their prefix."""
    if label == "bytes":
        return f"{number >> 20} MiB" if number >= 1 << 20 else f"{number >> 10} KiB"
    return f"{number // 1000} k" if number >= 1000 else str(number)
