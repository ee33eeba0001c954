"""Progress on a terminal: rich's bar where rich is installed, one line of text where it is not."""

from __future__ import annotations

import sys
import time
from typing import Any

from obstore._bulk.progress import Progress
from obstore._core.sizes import format_size

_PAUSE = 0.1
"""Seconds between two changes of the line: an eye sees no more."""


def make_bar(description: str) -> Any:
    """Return a bar: a callable that takes `Progress`, with a `close`."""
    try:
        return _RichBar(description)
    except ImportError:
        return _TextBar(description)


class _RichBar:
    """A bar of rich's: files, bytes, speed and the time that is left."""

    def __init__(self, description: str) -> None:
        from rich import progress
        from rich.console import Console

        columns = (
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[files]}"),
            progress.DownloadColumn(),
            progress.TransferSpeedColumn(),
            progress.TimeRemainingColumn(),
        )
        self._bars = progress.Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bars.add_task(description, total=None, files="")
        self._bars.start()

    def __call__(self, event: Progress) -> None:
        files = f"{event.files_done}/{event.files_total}" if event.files_total > 1 else ""
        total = event.bytes_total if event.is_planned else None
        self._bars.update(self._task, completed=event.bytes_done, total=total, files=files)

    def close(self) -> None:
        """Take the bar off the screen."""
        self._bars.stop()


class _TextBar:
    """One line that is written again and again."""

    def __init__(self, description: str) -> None:
        self._description = description
        self._shown_at = 0.0

    def __call__(self, event: Progress) -> None:
        now = time.monotonic()
        if now - self._shown_at < _PAUSE:
            return
        self._shown_at = now
        done, total = format_size(event.bytes_done), format_size(event.bytes_total)
        files = f"{event.files_done}/{event.files_total} files, " if event.files_total > 1 else ""
        print(f"\r\033[K{self._description}: {files}{done} of {total}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the line off the screen."""
        print("\r\033[K", end="", file=sys.stderr, flush=True)
