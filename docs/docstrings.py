"""What griffe does with what it has read of the package, so that the reference shows it as it is meant."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^(?P<indent> *)>>> .*\n?(?:(?P=indent).*\S.*\n?)*", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Puts fences around examples, which Markdown takes for quotations, and knows how stores are made."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of an object."""
        if obj.docstring is not None:
            obj.docstring.value = _EXAMPLE.sub(_fenced, obj.docstring.value)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        """Let a class that is made in `__new__` have its arguments: its `__init__` takes anything, and does nothing."""
        made = cls.members.get("__new__")
        if isinstance(made, griffe.Function):
            made.name = "__init__"
            cls.members["__init__"] = cls.members.pop("__new__")


def _fenced(example: re.Match[str]) -> str:
    indent = example["indent"]
    return f"{indent}```pycon\n{example[0].rstrip()}\n{indent}```\n"
