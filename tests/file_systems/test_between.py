"""Between file systems: of one service and another, of this library and others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.generic import GenericFileSystem, rsync
from fsspec.registry import _registry

from obstore.exceptions import NotSupportedError
from obstore.fsspec import AsyncFsspecStore, FsspecStore, register
from obstore.store import LocalStore, MemoryStore
from tests.servers import S3Server


def test_files_are_copied_between_services(tmp_path: Path) -> None:
    register("memory")
    (tmp_path / "d/sub").mkdir(parents=True)
    (tmp_path / "d/a").write_bytes(b"1")
    (tmp_path / "d/sub/b").write_bytes(b"22")
    memory = fsspec.filesystem("memory", skip_instance_cache=True)
    generic = GenericFileSystem(default_method="default")

    rsync(f"file://{tmp_path.as_posix()}/d", "memory://copied", inst_kwargs={"default_method": "current"}, fs=None)
    fs = fsspec.filesystem("memory")
    assert fs.find("copied") == ["copied/a", "copied/sub/b"]
    generic.cp_file("memory://copied/sub/b", f"file://{tmp_path.as_posix()}/back")
    assert (tmp_path / "back").read_bytes() == b"22"
    assert type(fs) is type(memory)


class Sharing(MemoryStore):
    """A bucket of a service that copies between its buckets, or says too late that it does not."""

    refuses = False
    copies = 0

    def can_copy_from(self, other: Any) -> bool:
        return isinstance(other, Sharing)

    async def copy_from(self, other: Any, source: str, target: str, *, overwrite: bool) -> None:
        if self.refuses:
            raise NotSupportedError("made up")
        found = await other.get_async(source)
        self.copies += 1
        await self.put_async(target, found, attributes=found.attributes)


@pytest.mark.parametrize("refuses", [False, True])
def test_buckets_of_a_service_are_copied_there(monkeypatch: pytest.MonkeyPatch, refuses: bool) -> None:
    buckets = {name: Sharing() for name in ("one", "other")}
    buckets["other"].refuses = refuses
    fs = FsspecStore("s3", skip_instance_cache=True)
    monkeypatch.setattr(fs, "_construct_store", buckets.__getitem__)
    fs.pipe_file("one/a", b"hello", attributes={"Content-Type": "text/x-kept"})

    fs.cp_file("one/a", "other/b")
    fs.mv("one/a", "other/c/d")
    with pytest.raises(FileNotFoundError):
        fs.cp_file("one/missing", "other/x")

    assert (fs.find("one"), fs.find("other")) == ([], ["other/b", "other/c/d"])
    assert buckets["other"].get("b").attributes == {"Content-Type": "text/x-kept"}
    assert buckets["other"].copies == (0 if refuses else 2)


def test_a_store_is_read_through_a_cache(tmp_path: Path) -> None:
    inner = AsyncFsspecStore(MemoryStore())
    inner.pipe_file("a", b"hello")
    fs = fsspec.filesystem("simplecache", fs=inner, cache_storage=str(tmp_path))

    with fs.open("a") as file:
        assert file.read() == b"hello"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_directory_of_a_store_is_a_file_system() -> None:
    inner = AsyncFsspecStore(MemoryStore())
    inner.pipe_file("base/a/b", b"1")
    fs = fsspec.filesystem("dir", path="base", fs=inner)

    assert fs.find("") == ["a/b"]
    fs.mv("a/b", "c")
    assert inner.find("") == ["base/c"]


def test_what_changes_has_another_key(tmp_path: Path) -> None:
    for store in (MemoryStore(), LocalStore(tmp_path)):
        fs = AsyncFsspecStore(store)
        fs.pipe_file("a", b"1")
        before = fs.ukey("a"), fs.checksum("a")
        assert (fs.ukey("a"), fs.checksum("a")) == before
        fs.pipe_file("a", b"2")

        assert fs.ukey("a") != before[0]
        assert fs.checksum("a") != before[1]


def test_a_store_that_cannot_sign_says_so() -> None:
    with pytest.raises((ValueError, NotImplementedError), match="sign"):
        AsyncFsspecStore(MemoryStore()).sign("a")


@pytest.mark.parametrize("compression", ["gzip", "bz2", "xz", "zip", "infer"])
def test_compressed_files_in_both_modes(compression: str) -> None:
    fs = AsyncFsspecStore(MemoryStore())
    name = "a.gz" if compression == "infer" else "a"
    if compression != "zip":
        with fs.open(name, "wt", compression=compression, encoding="latin-1", newline="\r\n") as file:
            file.write("grüße\nzwei\n")
        with fs.open(name, "rt", compression=compression, encoding="latin-1") as file:
            assert file.readlines() == ["grüße\n", "zwei\n"]
        assert not fs.cat_file(name).startswith(b"gr")
    else:
        with fs.open(name, "wb", compression=compression) as file:
            file.write(b"packed")
        with fs.open(name, "rb", compression=compression) as file:
            assert file.read() == b"packed"


def test_importing_and_registering_change_only_what_is_named() -> None:
    others = {name: found for name, found in _registry.items() if name != "s3"}
    register("s3")

    assert {name: found for name, found in _registry.items() if name != "s3"} == others
    assert fsspec.get_filesystem_class("memory").__module__ == "fsspec.implementations.memory"


def test_buckets_are_directories_that_exist(ministack: S3Server) -> None:
    fs = FsspecStore("s3", skip_instance_cache=True, **ministack.options())
    bucket, empty = ministack.make_bucket(), ministack.make_bucket()
    fs.pipe_file(f"{bucket}/d/a", b"1")

    checks: dict[str, tuple[bool, bool, bool]] = {
        name: (fs.exists(path), fs.isdir(path), fs.isfile(path))
        for name, path in {
            "bucket": bucket,
            "bucket/": f"s3://{bucket}/",
            "empty": empty,
            "directory": f"{bucket}/d",
            "file": f"{bucket}/d/a",
            "nothing": f"{bucket}/no",
        }.items()
    }
    assert checks == {
        "bucket": (True, True, False),
        "bucket/": (True, True, False),
        "empty": (True, True, False),
        "directory": (True, True, False),
        "file": (True, False, True),
        "nothing": (False, False, False),
    }


def test_a_transaction_over_two_buckets(ministack: S3Server, tmp_path: Path) -> None:
    fs = FsspecStore("s3", skip_instance_cache=True, **ministack.options())
    one, other = ministack.make_bucket(), ministack.make_bucket()
    (tmp_path / "large").write_bytes(b"x" * (11 << 20))
    with fs.transaction:
        fs.pipe_file(f"{one}/a", b"1")
        fs.put_file(str(tmp_path / "large"), f"{other}/b")
        assert fs.find(one) == fs.find(other) == []

    assert (fs.find(one), fs.du(other)) == ([f"{one}/a"], 11 << 20)


def test_an_asynchronous_service_writes_at_the_end_of_a_transaction(ministack: S3Server) -> None:
    import asyncio

    bucket = ministack.make_bucket()

    async def use() -> Any:
        fs = FsspecStore("s3", asynchronous=True, skip_instance_cache=True, **ministack.options())
        with fs.transaction:
            await fs._pipe_file(f"{bucket}/a", b"1")
            before = await fs._find(bucket)
        return before, await fs._find(bucket)

    assert asyncio.run(use()) == ([], [f"{bucket}/a"])
