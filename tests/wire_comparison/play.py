"""Plays scenarios with whichever `obstore` this Python has.

As a program it takes the values of the placeholders, reads names of scenarios, a line each, and answers every
one with a line of JSON: how each step ended.
"""

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal

import obstore
from obstore import store as stores
from tests.wire_comparison.scenario import Scenario, Step
from tests.wire_comparison.scenarios import BY_NAME

Outcomes = list[str]
Colour = Literal["sync", "async"]

# Fast, because scripted failures are retried.
_RETRIES = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=20),
    "backoff": {"init_backoff": timedelta(milliseconds=1), "max_backoff": timedelta(milliseconds=2), "base": 2},
}


class Voice:
    """Calls a function, or the one beside it whose name ends in `_async`."""

    def __init__(self, colour: Colour) -> None:
        self.colour = colour

    async def __call__(self, owner: Any, name: str, *args: Any, **options: Any) -> Any:
        if self.colour == "sync":
            return getattr(owner, name)(*args, **options)
        return await getattr(owner, f"{name}_async")(*args, **options)


async def get(voice: Voice, store: Any, path: str, **options: Any) -> Any:
    result = await voice(obstore, "get", store, path, options=options or None)
    return {"meta": result.meta, "range": result.range, "body": await voice(result, "bytes")}


async def listing(voice: Voice, store: Any, prefix: str | None = None, **options: Any) -> Any:
    stream = obstore.list(store, prefix, **options)
    return [meta["path"] for meta in await voice(stream, "collect")]


async def write(voice: Voice, store: Any, path: str, *pieces: bytes, **options: Any) -> Any:
    name = "open_writer" if voice.colour == "sync" else "open_writer_async"
    writer = getattr(obstore, name)(store, path, **options)
    for piece in pieces:
        await _maybe(writer.write(piece))
    await _maybe(writer.close())


async def read(voice: Voice, store: Any, path: str, *sizes: int, **options: Any) -> Any:
    reader = await voice(obstore, "open_reader", store, path, **options)
    return [await _maybe(reader.read(size)) for size in sizes]


async def _maybe(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


def _plain(name: str) -> Callable[..., Awaitable[Any]]:
    async def call(voice: Voice, store: Any, *args: Any, **options: Any) -> Any:
        return await voice(obstore, name, store, *args, **options)

    return call


_PLAIN = ("put", "head", "get_range", "get_ranges", "delete", "copy", "rename", "sign", "list_with_delimiter")
CALLS: dict[str, Callable[..., Awaitable[Any]]] = {name: _plain(name) for name in _PLAIN} | {
    "get": get,
    "list": listing,
    "write": write,
    "read": read,
}


def make_store(scenario: Scenario, values: Mapping[str, str]) -> Any:
    kind = getattr(stores, scenario.kind)
    options = {name: _filled(value, values) for name, value in scenario.store.items()}
    client = {"allow_http": True, **scenario.client}
    return kind(**options, client_options=client, retry_config=_RETRIES)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in values.items():
            value = value.replace(f"{{{name}}}", text)
    return value


async def play(scenario: Scenario, values: Mapping[str, str], colour: Colour) -> Outcomes:
    """Play a scenario, and return how each step ended; the first failure to make a store ends it."""
    try:
        store = make_store(scenario, values)
    except Exception as exc:  # an outcome like any other
        return [_failed(exc)]
    return [await _outcome(Voice(colour), store, step) for step in scenario.steps]


async def _outcome(voice: Voice, store: Any, step: Step) -> str:
    try:
        value = await CALLS[step.call](voice, store, *step.args, **step.options)
    except Exception as exc:  # an outcome like any other
        return _failed(exc)
    return json.dumps(value, sort_keys=True, default=_as_text)


def _failed(exc: Exception) -> str:
    return f"raises {type(exc).__name__}"


def _as_text(value: Any) -> str:
    try:
        return bytes(value).decode("latin-1")
    except TypeError:
        return str(value)


def sync(coroutine: Any) -> Any:
    """Run what never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("a sync scenario waited")


def main() -> None:
    values = json.loads(sys.argv[1])
    for line in sys.stdin:
        print(json.dumps(sync(play(BY_NAME[line.strip()], values, "sync"))), flush=True)


if __name__ == "__main__":
    main()
