"""Another store, which nobody can change through this one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from obstore._core.errors import PermissionDeniedError, store_error
from obstore._core.types import Pairs
from obstore._transfer.backend import Backend
from obstore._wrappers.base import Call, Wrapper

T = TypeVar("T")


class ReadOnlyBackend(Wrapper):
    """Refuses whatever would change what is stored, before anything is sent."""

    async def _around(self, call: Call, do: Callable[[], Awaitable[T]]) -> T:
        if call.writes:
            raise self._refusal(call.operation, call.path)
        return await do()

    def _refusal(self, operation: str, path: str) -> Exception:
        cause = f"{operation} through a ReadOnlyStore"
        return store_error(PermissionDeniedError, self.label, path, cause, hint="use the store inside it")

    def can_copy_from(self, other: Backend) -> bool:
        return False

    async def sign_url(
        self, method: str, path: str, expires_in: float, *, query: Pairs = (), headers: Pairs = ()
    ) -> str:
        if method not in {"GET", "HEAD"}:
            raise self._refusal(f"a signed {method}", path)
        return await super().sign_url(method, path, expires_in, query=query, headers=headers)
