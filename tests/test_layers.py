"""The architecture, checked against the source: who may import what, and what nobody may write."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import obstore

ROOT = Path(obstore.__file__).parent

# From the bottom up. What is not listed is surface: it may import all.
LAYERS = (
    {"_core"},
    {"_io"},
    {"_http"},
    {"_transfer"},
    {"_s3", "_gcs", "_azure", "_webdav", "_local", "_memory", "_wrappers"},
    {"_bulk"},
)
STORES = LAYERS[4]
SURFACE = len(LAYERS)

# What waits, or is made to be waited on.
WAITING = {"asyncio", "concurrent", "multiprocessing", "select", "selectors", "socket", "ssl", "threading"}

# The contract suite drives stores from outside, as a user's own tests would.
TOOLS = {"_testing", "testing"}

# They check each piece that a user's async iterator yields.
ASYNC_GENERATORS = {"_api/inputs.py"}


class Source(NamedTuple):
    """A module of the package, parsed."""

    name: str
    unit: str
    tree: ast.Module


def sources() -> Iterator[Source]:
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        yield Source(name, name.split("/")[0].removesuffix(".py"), ast.parse(path.read_text(encoding="utf-8")))


SOURCES = [source for source in sources() if source.unit not in TOOLS]


def layer_of(unit: str) -> int:
    return next((level for level, units in enumerate(LAYERS) if unit in units), SURFACE)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module imported anywhere in a module, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, "imports are absolute"
            yield node.lineno, node.module or ""
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def units_imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The packages and modules of ours that a module imports; `obstore` itself is surface."""
    for line, name in imports(tree):
        first, *rest = name.split(".")
        if first == "obstore" and rest:
            yield line, rest[0]


def for_types_only(tree: ast.AST) -> set[int]:
    """The lines under `if TYPE_CHECKING`."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for line in range(node.lineno, max(child.end_lineno or 0 for child in node.body) + 1)
    }


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_only_io_waits(source: Source) -> None:
    typing_only = for_types_only(source.tree)
    found = [
        f"{source.name}:{line} imports {name}"
        for line, name in imports(source.tree)
        if name.split(".")[0] in WAITING and line not in typing_only
    ]

    assert source.unit == "_io" or not found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_imports_point_downwards(source: Source) -> None:
    level = layer_of(source.unit)
    found = [
        f"{source.name}:{line} imports {unit}" for line, unit in units_imported(source.tree) if layer_of(unit) > level
    ]

    assert not found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_stores_do_not_know_each_other(source: Source) -> None:
    if source.unit not in STORES:
        return
    found = [
        f"{source.name}:{line} imports {unit}"
        for line, unit in units_imported(source.tree)
        if unit in STORES and unit != source.unit
    ]

    assert not found


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below `node` that belong to the same function."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from own_nodes(child)


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_finally_waits(source: Source) -> None:
    # A cancelled task would be cancelled again there, and a closed coroutine would have to wait.
    found = [
        f"{source.name}:{node.lineno}"
        for block in ast.walk(source.tree)
        if isinstance(block, ast.Try)
        for statement in block.finalbody
        for node in [statement, *own_nodes(statement)]
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]

    assert not found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_async_generators(source: Source) -> None:
    # Nobody knows when one that is left half-way will clean up, nor in which task.
    found = [
        f"{source.name}:{function.lineno}"
        for function in ast.walk(source.tree)
        if isinstance(function, ast.AsyncFunctionDef)
        and any(isinstance(node, ast.Yield) for node in own_nodes(function))
    ]

    assert source.name in ASYNC_GENERATORS or not found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_no_async_comprehensions(source: Source) -> None:
    # They suspend where no runtime is asked.
    found = [
        f"{source.name}:{node.iter.lineno}"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.comprehension) and node.is_async
    ]

    assert not found


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_only_surface_and_io_drive_coroutines(source: Source) -> None:
    found = [
        f"{source.name}:{line} imports run_blocking"
        for line, name in imports(source.tree)
        if name == "obstore._io.runtime.run_blocking"
    ]

    assert source.unit == "_io" or layer_of(source.unit) == SURFACE or not found


BREACHES = {
    "from __future__ import annotations\ndef f():\n    import socket": (test_only_io_waits, "_http"),
    "from concurrent.futures import Future": (test_only_io_waits, "_core"),
    "import asyncio.events": (test_only_io_waits, "_api"),
    "if TYPE_CHECKING:\n    from obstore._http.pool import Pool": (test_imports_point_downwards, "_io"),
    "from obstore import store": (test_imports_point_downwards, "_transfer"),
    "import obstore._api.results": (test_imports_point_downwards, "_s3"),
    "from obstore._s3.url import read_url": (test_stores_do_not_know_each_other, "_gcs"),
    "async def f():\n  try: pass\n  finally:\n    if x: await y": (test_no_finally_waits, "_io"),
    "async def f():\n  try: pass\n  finally:\n    async with x: pass": (test_no_finally_waits, "_io"),
    "async def f():\n  for x in y:\n    yield x": (test_no_async_generators, "_transfer"),
    "async def f():\n  return [x async for x in y]": (test_no_async_comprehensions, "_transfer"),
    "from obstore._io.runtime import run_blocking": (test_only_surface_and_io_drive_coroutines, "_s3"),
}


@pytest.mark.parametrize("code", BREACHES)
def test_breach_is_found(code: str) -> None:
    check, unit = BREACHES[code]

    with pytest.raises(AssertionError):
        check(Source(f"{unit}/x.py", unit, ast.parse(code)))
