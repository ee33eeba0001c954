"""fsspec's own tests for file systems, all of them, on three kinds of stores and in both colours."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fsspec.tests import abstract

from obstore.fsspec import AsyncFsspecStore, FsspecStore
from obstore.store import LocalStore, MemoryStore
from tests.file_systems.awaited import Awaited


def _memory(request: pytest.FixtureRequest, asynchronous: bool) -> tuple[Any, str]:
    return AsyncFsspecStore(MemoryStore(), asynchronous=asynchronous), "root"


def _local(request: pytest.FixtureRequest, asynchronous: bool) -> tuple[Any, str]:
    directory: Path = request.getfixturevalue("tmp_path_factory").mktemp("store")
    # So that a directory is gone with what was in it, as everywhere else.
    return AsyncFsspecStore(LocalStore(directory, automatic_cleanup=True), asynchronous=asynchronous), "root"


def _s3(request: pytest.FixtureRequest, asynchronous: bool) -> tuple[Any, str]:
    server = request.getfixturevalue("ministack")
    fs = FsspecStore("s3", asynchronous=asynchronous, skip_instance_cache=True, **server.options())
    return fs, f"{server.make_bucket()}/root"


def _file(request: pytest.FixtureRequest, asynchronous: bool) -> tuple[Any, str]:
    directory: Path = request.getfixturevalue("tmp_path_factory").mktemp("files")
    fs = FsspecStore("file", asynchronous=asynchronous, skip_instance_cache=True, automatic_cleanup=True)
    return fs, directory.as_posix()


SERVICES = [_memory, _local, pytest.param(_s3, marks=pytest.mark.server), _file]

# A hundred cases of how fsspec itself expands patterns: on a server they take minutes, and say nothing new.
ONCE = "glob_edge_cases"


class Fixtures(abstract.AbstractFixtures):  # type: ignore[misc]
    @pytest.fixture(params=[False, True], ids=["sync", "async"])
    def made(self, request: pytest.FixtureRequest, service: Callable[..., Any]) -> Iterator[tuple[Any, str]]:
        if service is _s3 and ONCE in request.node.name and request.param:
            pytest.skip("patterns are expanded by fsspec: seen with the synchronous file system")
        fs, path = service(request, request.param)
        if not request.param:
            yield fs, path
            return
        awaited = Awaited(fs)
        yield awaited, path
        awaited.close()

    @pytest.fixture(params=SERVICES, ids=["memory", "local", "s3", "file"])
    def service(self, request: pytest.FixtureRequest) -> Any:
        return request.param

    @pytest.fixture
    def fs(self, made: tuple[Any, str]) -> Any:
        return made[0]

    @pytest.fixture
    def fs_path(self, made: tuple[Any, str]) -> str:
        return made[1]

    @pytest.fixture
    def fs_join(self) -> Callable[..., str]:
        return lambda *parts: posixpath.join(*map(str, parts))

    @pytest.fixture
    def supports_empty_directories(self) -> bool:
        return False


class TestCopy(abstract.AbstractCopyTests, Fixtures):  # type: ignore[misc]
    pass


class TestGet(abstract.AbstractGetTests, Fixtures):  # type: ignore[misc]
    pass


class TestPut(abstract.AbstractPutTests, Fixtures):  # type: ignore[misc]
    pass


class TestPipe(abstract.AbstractPipeTests, Fixtures):  # type: ignore[misc]
    pass


class TestOpen(abstract.AbstractOpenTests, Fixtures):  # type: ignore[misc]
    pass
