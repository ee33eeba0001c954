"""What happens to a test whose server cannot be had."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TypeVar

import pytest

from tests.servers.process import ServerUnavailableError

T = TypeVar("T")


@contextmanager
def required(server: AbstractContextManager[T]) -> Iterator[T]:
    """Enter a server, or skip with the reason; in CI, fail with it."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(server)
        except ServerUnavailableError as exc:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(exc))
        yield started
