"""Bulk reads, and transfers from and to files of this machine."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fsspec.asyn import _run_coros_in_chunks
from fsspec.callbacks import DEFAULT_CALLBACK, NoOpCallback
from fsspec.utils import isfilelike

from obstore._api.reading import get_async
from obstore._core.types import PutResult
from obstore._fsspec.local import Watched, copy_into, save
from obstore._fsspec.reading import Limits, read_parts

if TYPE_CHECKING:
    from obstore._transfer.backend import Backend


class Transfers:
    """The part of a file system that moves many bytes."""

    batch_size: int | None

    if TYPE_CHECKING:

        def _locate(self, path: str) -> tuple[Backend, str]: ...
        async def _isdir(self, path: str) -> bool: ...
        async def _put_object(self, path: str, value: Any, mode: str, options: dict[str, Any]) -> PutResult: ...

    async def _cat_ranges(
        self,
        paths: list[str],
        starts: Any,
        ends: Any,
        max_gap: int | None = None,
        batch_size: int | None = None,
        on_error: str = "return",
        **_: Any,
    ) -> list[Any]:
        if not isinstance(paths, list):
            raise TypeError(f"paths must be a list, not {type(paths).__name__}")
        wanted = _by_path(paths, _as_list(starts, len(paths)), _as_list(ends, len(paths)))
        jobs = [
            read_parts(*self._locate(path), [limits for _, limits in parts], max_gap) for path, parts in wanted.items()
        ]
        found = await _run_coros_in_chunks(jobs, batch_size=batch_size or self.batch_size, nofiles=True)
        results: list[Any] = [None] * len(paths)
        for parts, read in zip(wanted.values(), found, strict=True):
            for (index, _limits), data in zip(parts, read, strict=True):
                results[index] = data
        failure = next((each for each in results if isinstance(each, BaseException)), None)
        if failure is not None and on_error == "raise":
            raise failure
        return results

    async def _put_file(
        self, lpath: str, rpath: str, mode: str = "overwrite", callback: Any = DEFAULT_CALLBACK, **kwargs: Any
    ) -> None:
        if os.path.isdir(lpath):
            return  # a directory is there as soon as something is in it
        if isinstance(callback, NoOpCallback):
            await self._put_object(rpath, os.fspath(lpath), mode, kwargs)
            return
        with open(lpath, "rb") as file:
            callback.set_size(os.fstat(file.fileno()).st_size)
            await self._put_object(rpath, Watched(file, callback), mode, kwargs)

    async def _get_file(
        self, rpath: str, lpath: Any, callback: Any = DEFAULT_CALLBACK, outfile: Any = None, **_: Any
    ) -> None:
        store, key = self._locate(rpath)
        target = outfile if outfile is not None else lpath
        if not isfilelike(target) and os.path.isdir(target):
            return
        try:
            result = await get_async(store, key)
        except FileNotFoundError:
            if isfilelike(target) or not await self._isdir(rpath):
                raise
            os.makedirs(target, exist_ok=True)
            return
        if isfilelike(target):
            await copy_into(result, target, callback)
        else:
            os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
            await save(result, os.fspath(target), callback)


def _as_list(values: Any, count: int) -> list[int | None]:
    found = list(values) if isinstance(values, Iterable) else [values] * count
    if len(found) != count:
        raise ValueError(f"there are {count} paths, but {len(found)} limits: give one for each, or one for all")
    return found


def _by_path(paths: list[str], starts: list[int | None], ends: list[int | None]) -> dict[str, list[tuple[int, Limits]]]:
    wanted: dict[str, list[tuple[int, Limits]]] = {}
    for index, (path, start, end) in enumerate(zip(paths, starts, ends, strict=True)):
        wanted.setdefault(path, []).append((index, (start, end)))
    return wanted
