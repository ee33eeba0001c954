"""What the store of a web server can be asked to do while its files move; how a request is sent after them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.store import HTTPStore
from tests.faults import operations
from tests.faults.operations import LARGE, NEW, SMALL, Run
from tests.faults.site import Moved, moved_to
from tests.socket.listener import Received, is_tidy

READS = ("GET", "HEAD", "PROPFIND")
SECRET = "hush"
SECRET_HEADERS = {"authorization", "cookie", "x-api-key"}


class Operation(NamedTuple):
    """An operation, and the request of it that is redirected; `changed` are the files afterwards."""

    method: str
    run: Run
    result: object = None
    changed: Mapping[str, bytes | None] = {}


async def _put(view: StoreView) -> None:
    await view.put("small", NEW)


async def _put_large(view: StoreView) -> None:
    await view.put("small", view.source(LARGE[:700_000], LARGE[700_000:]))


OPERATIONS = {
    "get": Operation("GET", lambda view: view.body("small"), SMALL),
    "stream": Operation("GET", operations.OPERATIONS["stream"].run, LARGE),
    "get_range": Operation("GET", lambda view: view.get_range("large", start=1000, end=300_000), LARGE[1000:300_000]),
    "head": Operation("HEAD", operations.OPERATIONS["head"].run, len(LARGE)),
    "list": Operation("PROPFIND", lambda view: view.paths(), ["large", "small"]),
    "put": Operation("PUT", _put, changed={"/moved/small": NEW}),
    "put, in pieces": Operation("PUT", _put_large, changed={"/moved/small": LARGE}),
    "delete": Operation("DELETE", lambda view: view.delete("small"), changed={"/moved/small": None}),
    # The target of these stands in a header of its own, of which a redirect says nothing.
    "copy": Operation("COPY", lambda view: view.copy("small", "new"), changed={"/data/new": SMALL}),
    "rename": Operation(
        "MOVE", lambda view: view.rename("small", "new"), changed={"/data/new": SMALL, "/moved/small": None}
    ),
}
BOUND = ("copy", "rename")
FILES = {"/moved/small": SMALL, "/moved/large": LARGE, "/data/other": b"other"}


def place_of(request: Received) -> str:
    """Where a file is now."""
    return request.target.partition("?")[0].replace("/data/", "/moved/", 1)


def to(location: str | None) -> Callable[[Received], bytes]:
    """Redirect to the same place always."""
    return lambda request: moved_to(location)


def moving(method: str, move: Callable[[Received], bytes | None]) -> Moved:
    """Redirect the requests of a method below `/data`."""

    def moved(request: Received) -> bytes | None:
        return move(request) if request.method == method and not request.target.startswith("/data/other") else None

    return moved


def after(operation: Operation) -> dict[str, bytes]:
    """The files when the operation has been carried out."""
    return {path: content for path, content in {**FILES, **operation.changed}.items() if content is not None}


@contextmanager
def closing(store: HTTPStore) -> Iterator[HTTPStore]:
    """Close the connections in the end, and see that none was lost."""
    try:
        yield store
    finally:
        for pool in (store._client.pool, *store._client._elsewhere.values()):
            pool.close()
    assert not any(pool._open for pool in (store._client.pool, *store._client._elsewhere.values()))


def attempt(colour: Colour, store: HTTPStore, operation: Operation) -> object:
    """Run an operation, then see whether the store still works; return what came of it."""
    with closing(store):
        outcome = drive(colour, operations.attempt(StoreView(store, colour), operation.run))
        assert is_tidy(store)
    assert SECRET not in f"{outcome!s} {outcome!r}"
    return outcome
