"""The reference has every public name, and shows every name that it has."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.docs.pages import ROOT

PACKAGE = ROOT / "src/obstore"
MODULES = (
    "obstore",
    "obstore.store",
    "obstore.exceptions",
    "obstore.fsspec",
    "obstore.observe",
    "obstore.distributed",
    "obstore.testing",
)
PROVIDERS = ("boto3", "google", "azure", "earthdata", "planetary_computer")

# Modules, which are no members, and the versions, which the compiled package has as well.
NOT_MEMBERS = {"exceptions", "store", "_store", "__version__", "_object_store_version", "_object_store_source"}

_DIRECTIVE = re.compile(r"^::: ([\w.]+)\n((?:    .*\n?)*)", re.MULTILINE)
_MEMBERS = re.compile(r"(?<!inherited_)members:(?: *\[(.*?)\]|((?:\n +- \w+)*))")


def listed() -> Iterator[tuple[str, str]]:
    """Every name in the pages of the reference, with the module that the page takes it from."""
    for page in sorted((ROOT / "docs/reference").glob("*.md")):
        for module, options in _DIRECTIVE.findall(page.read_text(encoding="utf-8")):
            members = _MEMBERS.search(options)
            names = re.findall(r"\w+", members[1] or members[2]) if members else _all_of(module)
            yield from ((module, name) for name in names)


def _all_of(module: str) -> list[str]:
    return list(importlib.import_module(module).__all__)


LISTED = [*listed()]


def documented() -> Iterator[str]:
    """Every name in the package that has a docstring: of a function or class, or below an assignment."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and ast.get_docstring(node):
                yield node.name
            for block in (getattr(node, "body", None), getattr(node, "orelse", None)):
                yield from _documented_in(block) if isinstance(block, list) else ()


def _documented_in(block: list[ast.stmt]) -> Iterator[str]:
    for statement, following in pairwise(block):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
            yield from (target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_reference(module: str) -> None:
    public = importlib.import_module(module)
    values = [getattr(importlib.import_module(place), name) for place, name in LISTED if ".auth." not in place]

    def is_listed(name: str) -> bool:
        return (module, name) in LISTED or any(getattr(public, name) is value for value in values)

    assert [name for name in public.__all__ if name not in NOT_MEMBERS and not is_listed(name)] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_credential_provider_is_in_the_reference(name: str) -> None:
    tree = ast.parse((PACKAGE / "auth" / f"{name}.py").read_text(encoding="utf-8"))
    classes = {node.name for node in tree.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")}

    assert {member for module, member in LISTED if module == f"obstore.auth.{name}"} == classes


def test_whatever_the_reference_lists_has_a_docstring() -> None:
    # A name without one is left out of its page, and nothing is said.
    names = {name for _, name in LISTED}

    assert names - {*documented()} == set()


def test_the_reference_hides_no_docstring() -> None:
    # An option of a module holds for all its members as well.
    pages = [*(ROOT / "docs/reference").glob("*.md"), ROOT / "mkdocs.yml"]

    assert [page.name for page in pages if "show_docstring" in page.read_text(encoding="utf-8")] == []
