"""Every example in a docstring of the package is what really happens."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import obstore
import obstore.testing

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def _modules() -> Iterator[Any]:
    yield obstore
    yield obstore.testing  # before the modules it is made of, whose assertions pytest rewrites
    for found in pkgutil.walk_packages(obstore.__path__, "obstore."):
        if found.name != "obstore.testing":
            yield importlib.import_module(found.name)


class _Finder(doctest.DocTestFinder):
    """Finds the methods as well of a class that is shown as one of another module than that which it is written in."""

    def _from_module(self, module: Any, object: Any) -> bool:
        found: bool = super()._from_module(module, object)  # type: ignore[misc]
        return found or (inspect.isfunction(object) and "." in object.__qualname__)


def _names_for(module: Any) -> dict[str, Any]:
    """Return what an example may use without importing it: the public names, then those around it."""
    public = {name: getattr(obstore, name) for name in obstore.__all__}
    stores = {name: getattr(obstore.store, name) for name in obstore.store.__all__}
    return {**stores, **public, **vars(module)}


def examples() -> list[doctest.DocTest]:
    """Find every docstring that has an example."""
    finder = _Finder()
    found = [test for module in _modules() for test in finder.find(module, globs=_names_for(module))]
    return [test for test in found if test.examples]


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.name)
def test_an_example_of_a_docstring_holds(
    example: doctest.DocTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    output: list[str] = []

    doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=output.append)

    assert "".join(output) == ""
