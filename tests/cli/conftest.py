"""The command line in this process, and buckets for it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from obstore.cli import main
from obstore.store import MemoryStore, S3Store, registry
from tests.servers import S3Server
from tests.servers.boto import client


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


Run = Callable[..., Said]


@pytest.fixture
def obs(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Run a command that should succeed, unless `code` says how it should fail."""

    def run(*arguments: object, code: int = 0) -> Said:
        capfdbinary.readouterr()
        found = main([str(argument) for argument in arguments])
        out, err = (data.decode("utf-8", "replace") for data in capfdbinary.readouterr())
        assert found == code, (out, err)
        return Said(found, out, err)

    return run


@pytest.fixture
def memory() -> Iterator[MemoryStore]:
    """What `test://m` leads to."""
    store = MemoryStore()
    registry.register("test://m", store)
    yield store
    registry.clear()


@pytest.fixture
def bucket(ministack: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Store]:
    """A bucket on the real server, to which the environment leads."""
    name = f"b{uuid4().hex}"
    with client("s3", ministack.endpoint, (ministack.access_key_id, ministack.secret_access_key)) as s3:
        s3.create_bucket(Bucket=name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ministack.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ministack.secret_access_key)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ministack.endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    yield S3Store(name)
    registry.clear()


@pytest.fixture
def url(bucket: S3Store) -> str:
    return f"s3://{bucket.config['bucket']}"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A directory with files."""
    for name, data in {"a.txt": b"hello\n", "b.csv": b"x,y\n1,2\n", "deep/er/c.bin": b"\0" * 300_000}.items():
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return tmp_path / "tree"


def files_of(directory: Path) -> dict[str, bytes]:
    """Return all files below a directory."""
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}
