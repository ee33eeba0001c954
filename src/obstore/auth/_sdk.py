"""Importing the SDK that a provider speaks to."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def load_sdk(module: str, extra: str) -> Any:
    """Import a module of an optional package.

    Raises:
        ImportError: It is not installed. The message names the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(f"{error}: pip install 'obstore[{extra}]' brings what this provider needs") from error
