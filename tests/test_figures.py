"""The measure of the code: how long its functions and files are."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import obstore

FILES = {path: path.read_text(encoding="utf-8") for path in Path(obstore.__file__).parent.rglob("*.py")}


def functions() -> Iterator[tuple[int, str]]:
    """Every function of the package: its lines without the docstring, and where it is."""
    for path, text in FILES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield lines_of(node), f"{path.name}:{node.lineno} {node.name}"


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    has_docstring = ast.get_docstring(node, clean=False) is not None
    return span(node) - (span(first) if has_docstring else 0)


def span(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_functions_are_short() -> None:
    lengths = [length for length, _ in functions()]

    assert len(lengths) > 1000
    assert median(lengths) <= 8
    assert quantiles(lengths, n=10)[-1] <= 30


def test_no_function_is_long() -> None:
    assert [(length, where) for length, where in functions() if length > 60] == []


def test_no_file_is_long() -> None:
    assert [path for path, text in FILES.items() if text.count("\n") > 600] == []
