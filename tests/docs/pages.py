"""The pages of the documentation, and the Python in them."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

# A fence may be indented, within a tab or a note; it ends with the same indentation.
_BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>[^\n]+?) -->\s*\n)?"
    r"^(?P<indent> *)```python[^\n]*\n(?P<code>.*?)^(?P=indent)```",
    re.DOTALL | re.MULTILINE,
)


class Block(NamedTuple):
    """A fenced block of Python. `line` is the page's on which it begins; with a `reason` it is not to be run."""

    page: Path
    line: int
    code: str
    reason: str | None

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Return the Markdown files for readers."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> Iterator[Block]:
    """Find the blocks of Python in a page."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start("code")) + 1
        yield Block(page, line, textwrap.dedent(found["code"]), found["reason"])


def run_all(blocks: list[Block]) -> dict[str, Any]:
    """Run blocks one after the other in one namespace and, where they await, one loop: as a notebook does."""
    namespace: dict[str, Any] = {"__name__": "page"}
    with asyncio.Runner() as runner:
        for block in blocks:
            run(block, namespace, runner)
    return namespace


def run(block: Block, namespace: dict[str, Any], runner: asyncio.Runner) -> None:
    """Run one block."""
    # The empty lines make the numbers in a traceback those of the page.
    source = "\n" * (block.line - 1) + block.code
    code = compile(source, str(block.page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    if code.co_flags & inspect.CO_COROUTINE:
        runner.run(_awaited(code, namespace))
    else:
        exec(code, namespace)


async def _awaited(code: Any, namespace: dict[str, Any]) -> None:
    await eval(code, namespace)
