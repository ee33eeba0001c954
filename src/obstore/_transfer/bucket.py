"""Buckets and containers: what the clouds do alike beyond reading, each with its own way to copy and to delete."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from obstore._core.errors import InvalidPathError, store_error
from obstore._core.key import Key, parse_key
from obstore._core.path import parse_path
from obstore._transfer.backend import Backend
from obstore._transfer.cloud import CloudBackend


class BucketBackend(CloudBackend):
    """A bucket of some service, or a prefix in one. It copies from buckets of the same service, if it may read them."""

    def parse_path(self, path: str) -> str:
        """Check a path. A `Key` is taken as it is."""
        if isinstance(path, Key):
            return self._parse_key(path)
        try:
            return parse_path(path)
        except InvalidPathError as error:
            error.hint = self._objection(path) or f"obstore.{Key(path)!r} is that key, as it stands"
            raise

    def _parse_key(self, key: Key) -> str:
        objection = self._objection(key)
        if objection is not None:
            hint = "give it another name"
            raise store_error(InvalidPathError, self.label, key, objection, hint=hint)
        return parse_key(key)

    def _objection(self, key: str) -> str | None:
        """Say why the service cannot hold a key; None if it can."""
        return None

    @abstractmethod
    def _is_neighbour(self, other: Any, /) -> bool:
        """Tell whether `other`, a bucket of the same kind, is one that this bucket's account can read."""

    @abstractmethod
    async def _copy(self, other: Any, source: str, target: str, /, *, overwrite: bool) -> None:
        """Copy the object `source` of `other`, which may be this bucket, to `target`. Both are keys."""

    @abstractmethod
    async def _delete_keys(self, keys: Sequence[str], /) -> None:
        """Delete objects. All are tried, then the first failure is raised."""

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        await self._copy(self, self._key(source), self._key(target), overwrite=overwrite)

    def can_copy_from(self, other: Backend) -> bool:
        source, _ = other.unwrap()
        return isinstance(source, BucketBackend) and source.label == self.label and self._is_neighbour(source)

    async def copy_from(self, other: Backend, source: str, target: str, *, overwrite: bool) -> None:
        store, path = other.unwrap(source)
        assert isinstance(store, BucketBackend)
        await self._copy(store, store._key(path), self._key(target), overwrite=overwrite)

    async def delete_objects(self, paths: Sequence[str]) -> None:
        await self._delete_keys([self._key(path) for path in paths])
