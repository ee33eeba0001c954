"""The functions of `obstore` in one colour: always awaitable, whichever it is."""

from __future__ import annotations

from typing import Any

import obstore
from obstore.testing import Colour


class Bulk:
    """`bulk.sync(...)` is `obstore.sync(...)`, or that of `obstore.sync_async(...)` in a loop of its own."""

    def __init__(self, colour: Colour) -> None:
        self.colour = colour

    def __getattr__(self, name: str) -> Any:
        import asyncio

        if self.colour == "sync":
            return getattr(obstore, name)

        def run(*args: Any, **options: Any) -> Any:
            async def work() -> Any:
                return await getattr(obstore, f"{name}_async")(*args, **options)

            return asyncio.run(work())

        return run
