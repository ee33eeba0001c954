"""An asynchronous file system, driven as a synchronous one: each call runs its coroutine in a loop of the test's."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from obstore.fsspec import AsyncFsspecStore, FsspecStore

ALIASES = {"cp": "copy", "download": "get", "upload": "put"}
"""fsspec has these for the synchronous methods only."""


class Awaited:
    """What a test does to a file system reaches the coroutines behind its methods."""

    def __init__(self, fs: AsyncFsspecStore | FsspecStore) -> None:
        assert fs.asynchronous
        self.fs = fs
        self._runner = asyncio.Runner()

    def __getattr__(self, name: str) -> Any:
        coroutine = getattr(self.fs, f"_{ALIASES.get(name, name)}", None)
        if inspect.iscoroutinefunction(coroutine):
            return self._driven(coroutine)
        return getattr(self.fs, name)

    def _driven(self, coroutine: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: self._runner.run(coroutine(*args, **kwargs))

    def close(self) -> None:
        """End the loop."""
        self._runner.close()
