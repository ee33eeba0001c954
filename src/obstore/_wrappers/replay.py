"""A store that gives the answers of a recording again."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from obstore._core.errors import BaseError, GenericError
from obstore._core.types import Buffer, ListOptions, ListPage, PutResult, ReadOptions, WriteOptions
from obstore._io.lock import Lock
from obstore._transfer.backend import Backend, MultipartUpload, StoredObject
from obstore._wrappers.recording import (
    FORMAT,
    call_of,
    key_of,
    read_error,
    read_object,
    read_page,
    read_put,
)


class ReplayBackend(Backend):
    """Answers from a recording, and has no other store. What was asked once too often gets the last answer again."""

    label = "recording"
    lists_in_order = True

    def __init__(self, file: str | os.PathLike[str]) -> None:
        self.file: str = os.fspath(file)
        self._answers = _load(self.file)
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.file!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ReplayBackend) and self.file == other.file

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.file,)

    @property
    def unused(self) -> list[str]:
        """The operations, with their paths, whose recorded answers nobody has asked for yet.

        >>> import os, tempfile
        >>> from obstore.store import MemoryStore, RecordStore, ReplayStore
        >>> file = os.path.join(tempfile.mkdtemp(), "recording.jsonl")
        >>> _ = RecordStore(MemoryStore(), file).put("k", b"hello")
        >>> store = ReplayStore(file)
        >>> _ = store.put("k", b"hello")
        >>> store.unused
        []
        """
        return [_shown(json.loads(key)) for key, answers in self._answers.items() if not answers[0].get("used")]

    def _answer(self, call: dict[str, Any]) -> Any:
        with self._lock:
            answers = self._answers.get(key_of(call))
            if answers is None:
                raise self._not_recorded(call)
            answer = answers[0] if len(answers) == 1 else answers.pop(0)
            answer["used"] = answers[0]["used"] = True
        if "error" in answer:
            raise read_error(answer["error"])
        return answer["result"]

    def _not_recorded(self, call: dict[str, Any]) -> BaseError:
        similar = [_shown(other) for key in self._answers if _is_similar(call, other := json.loads(key))]
        seen = "; ".join(similar[:3]) or f"nothing of {call['operation']}"
        return GenericError(
            f"Generic recording error: {self.file} has no answer to {_shown(call)}; it has {seen}",
            path=call.get("path"),
            hint="record again with RecordStore, doing what the test does",
        )

    async def get_object(self, path: str, options: ReadOptions) -> StoredObject:
        return read_object(self._answer(call_of("get_object", path=path, options=options)))

    async def put_object(self, path: str, data: Buffer, options: WriteOptions) -> PutResult:
        return read_put(self._answer(call_of("put_object", path=path, data=data, options=options)))

    async def delete_objects(self, paths: Sequence[str]) -> None:
        self._answer(call_of("delete_objects", paths=list(paths)))

    async def list_objects(self, options: ListOptions) -> ListPage:
        return read_page(self._answer(call_of("list_objects", options=options)))

    async def list_directory(self, options: ListOptions) -> ListPage:
        return read_page(self._answer(call_of("list_directory", options=options)))

    async def create_multipart_upload(self, path: str, options: WriteOptions) -> MultipartUpload:
        said = self._answer(call_of("create_multipart_upload", path=path, options=options))
        return _ReplayedUpload(self, said)

    async def copy_object(self, source: str, target: str, *, overwrite: bool) -> None:
        self._answer(call_of("copy_object", source=source, target=target, overwrite=overwrite))

    async def rename_object(self, source: str, target: str, *, overwrite: bool) -> None:
        self._answer(call_of("rename_object", source=source, target=target, overwrite=overwrite))


class _ReplayedUpload(MultipartUpload):
    """An upload out of a recording."""

    def __init__(self, store: ReplayBackend, said: dict[str, Any]) -> None:
        self._store = store
        self._number = said["upload"]
        self.part_limits = tuple(said["limits"]) if said["limits"] else None

    async def put_part(self, index: int, data: Buffer) -> None:
        self._store._answer(call_of("put_part", upload=self._number, index=index, data=data))

    async def complete(self) -> PutResult:
        return read_put(self._store._answer(call_of("complete", upload=self._number)))

    async def abort(self) -> None:
        self._store._answer(call_of("abort", upload=self._number))


def _load(file: str) -> dict[str, list[dict[str, Any]]]:
    answers: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with open(file, encoding="utf-8") as opened:
        if opened.readline().strip() != json.dumps(FORMAT):
            raise ValueError(f"{file} is not a recording that RecordStore made")
        for number, line in enumerate(opened, 2):
            try:
                said = json.loads(line)
                answers[key_of(said.pop("call"))].append(said)
            except (ValueError, KeyError) as error:
                raise ValueError(f"{file}, line {number}, is not part of a recording: {error}") from error
    return dict(answers)


def _shown(call: dict[str, Any]) -> str:
    arguments = ", ".join(f"{name}={value!r}" for name, value in call.items() if name != "operation" and value != {})
    return f"{call['operation']}({arguments})"


def _is_similar(call: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(call["operation"] == other["operation"] or call.get("path", "") == other.get("path"))
