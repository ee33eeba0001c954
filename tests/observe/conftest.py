"""A server whose answers are in a list, and stores on it that try again at once."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

from obstore.store import S3Store
from obstore.testing import COLOURS, Colour
from tests.webdav.scripted import Received, Scripted, scripted

QUICK: dict[str, Any] = {"max_retries": 3, "backoff": {"init_backoff": timedelta(milliseconds=1)}}

Serve = Callable[[Iterable[bytes] | Callable[[Received], bytes]], Scripted]


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    """Either way of calling."""
    found: Colour = request.param
    return found


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that gives these answers, one after the other, or those of a function."""
    with ExitStack() as stack:

        def start(answers: Iterable[bytes] | Callable[[Received], bytes]) -> Scripted:
            if callable(answers):
                return stack.enter_context(scripted(answers))
            waiting = iter(answers)
            return stack.enter_context(scripted(lambda _: next(waiting)))

        yield start


@pytest.fixture
def s3() -> Iterator[Callable[..., S3Store]]:
    """Make a store on a server; its connections are closed at the end of the test."""
    made: list[S3Store] = []

    def make(server: Scripted, retry_config: dict[str, Any] = QUICK, **options: Any) -> S3Store:
        made.append(
            S3Store(
                "bucket",
                endpoint=server.url,
                region="us-east-1",
                access_key_id="AKID",
                secret_access_key="hush",
                virtual_hosted_style_request=False,
                client_options={"allow_http": True, **options},
                retry_config=retry_config,
            )
        )
        return made[-1]

    yield make
    for store in made:
        store._client.pool.close()


async def cancel_a_get(make: Callable[[Callable[[Received], bytes]], S3Store]) -> None:
    """Cancel a request that has arrived at the server, and is not answered. `make` makes a store on such a server."""
    loop, arrived, gate = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def answer(_: Received) -> bytes:
        loop.call_soon_threadsafe(arrived.set)
        gate.wait(10)
        return b""

    task = asyncio.create_task(make(answer).get_async("k"))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
