"""Both file systems, over memory and a local disk: what fsspec's users do."""

from __future__ import annotations

import asyncio
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
from fsspec.callbacks import Callback

from obstore.exceptions import AlreadyExistsError
from obstore.fsspec import AsyncFsspecStore, FsspecStore
from obstore.store import LocalStore, MemoryStore, PrefixStore
from tests.contract.test_custom import DictStore

FILES = {"d/a.txt": b"hello world", "d/b.txt": b"", "d/sub/c.bin": b"\0\1", "top": b"x"}


@pytest.fixture(params=["memory", "local", "prefix", "own"])
def fs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncFsspecStore:
    store: Any = MemoryStore()
    if request.param == "local":
        store = LocalStore(tmp_path / "root", mkdir=True, automatic_cleanup=True)
    elif request.param == "prefix":
        store = PrefixStore(store, "inner")
    elif request.param == "own":
        store = DictStore()
    fs = AsyncFsspecStore(store)
    fs.pipe(FILES)
    return fs


def test_what_is_piped_is_found_and_read(fs: AsyncFsspecStore) -> None:
    assert fs.find("") == sorted(FILES)
    assert fs.cat(list(FILES)) == FILES
    assert type(fs.cat_file("d/a.txt")) is bytes
    assert fs.cat("d/a.txt") == b"hello world"
    assert fs.cat("d", recursive=True) == {name: data for name, data in FILES.items() if name.startswith("d/")}


def test_a_level_is_listed(fs: AsyncFsspecStore) -> None:
    assert fs.ls("d", detail=False) == ["d/a.txt", "d/b.txt", "d/sub"]
    assert {entry["name"]: (entry["type"], entry["size"]) for entry in fs.ls("")} == {
        "d": ("directory", 0),
        "top": ("file", 1),
    }
    assert fs.ls("top", detail=False) == ["top"]
    with pytest.raises(FileNotFoundError):
        fs.ls("missing")


def test_info_tells_files_from_directories(fs: AsyncFsspecStore) -> None:
    info = fs.info("d/a.txt")

    assert (info["name"], info["size"], info["type"]) == ("d/a.txt", 11, "file")
    assert fs.info("d") == {"name": "d", "size": 0, "type": "directory"}
    assert (fs.isdir("d"), fs.isfile("d"), fs.isfile("top"), fs.exists("d/"), fs.exists("no")) == (
        True,
        False,
        True,
        True,
        False,
    )
    assert fs.modified("top") == fs.created("top") == fs.info("top")["last_modified"]
    with pytest.raises(IsADirectoryError):
        fs.modified("d")
    with pytest.raises(FileNotFoundError):
        fs.info("missing")


def test_a_listing_is_seen_at_once_by_the_next(fs: AsyncFsspecStore) -> None:
    fs.ls("d")
    fs.pipe_file("d/new", b"1")

    assert fs.exists("d/new")
    assert "d/new" in fs.ls("d", detail=False)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("d/*", ["d/a.txt", "d/b.txt", "d/sub"]),
        ("d/*.txt", ["d/a.txt", "d/b.txt"]),
        ("**/*.bin", ["d/sub/c.bin"]),
        ("d/**", ["d", "d/a.txt", "d/b.txt", "d/sub", "d/sub/c.bin"]),
        ("t*", ["top"]),
        ("*/a*", ["d/a.txt"]),
        ("no/*", []),
    ],
)
def test_glob(fs: AsyncFsspecStore, pattern: str, expected: list[str]) -> None:
    assert fs.glob(pattern) == expected


def test_find_walk_and_du(fs: AsyncFsspecStore) -> None:
    assert fs.find("d", withdirs=True) == ["d", "d/a.txt", "d/b.txt", "d/sub", "d/sub/c.bin"]
    assert fs.find("d", maxdepth=1) == ["d/a.txt", "d/b.txt"]
    assert fs.find("d", prefix="a") == ["d/a.txt"]
    assert fs.find("top") == ["top"]
    assert fs.find("missing") == []
    assert fs.find("d", detail=True)["d/a.txt"]["size"] == 11
    assert [(root, dirs, sorted(files)) for root, dirs, files in fs.walk("d")] == [
        ("d", ["sub"], ["a.txt", "b.txt"]),
        ("d/sub", [], ["c.bin"]),
    ]
    assert (fs.du("d"), fs.du("d", total=False)["d/sub/c.bin"]) == (13, 2)


def test_rm(fs: AsyncFsspecStore) -> None:
    fs.rm("d/*.txt")
    assert fs.find("d") == ["d/sub/c.bin"]
    fs.rm("d", recursive=True)
    assert fs.find("") == ["top"]
    assert not fs.exists("d")
    fs.rm_file("top")
    assert fs.find("") == []
    with pytest.raises(FileNotFoundError):
        fs.rm("d", recursive=True)


def test_mv_and_cp(fs: AsyncFsspecStore) -> None:
    fs.mv("top", "e/top")
    fs.mv("e/top", "d")
    assert fs.cat_file("d/top") == b"x"
    assert not fs.exists("top")

    fs.cp("d/a.txt", "f.txt")
    fs.cp("d", "copy", recursive=True)
    fs.mv("d", "moved", recursive=True)

    assert fs.cat_file("f.txt") == b"hello world"
    assert [name.partition("/")[2] for name in fs.find("copy")] == ["a.txt", "b.txt", "sub/c.bin", "top"]
    assert [name.partition("/")[2] for name in fs.find("moved")] == ["a.txt", "b.txt", "sub/c.bin", "top"]
    assert not fs.exists("d")
    with pytest.raises(FileNotFoundError):
        fs.cp_file("missing", "x")
    with pytest.raises(FileNotFoundError):
        fs.mv("missing", "x")


BOUNDS = [(None, None), (2, 5), (None, 4), (6, None), (-3, None), (-5, -2), (2, -2), (None, -8), (4, 4), (50, None)]
BOUNDS += [(50, 60), (-50, None), (5, 50), (7, 2), (-50, 3), (0, 0)]


@pytest.mark.parametrize(("start", "end"), BOUNDS)
def test_bounds_are_those_of_a_slice(fs: AsyncFsspecStore, start: int | None, end: int | None) -> None:
    assert fs.cat_file("d/a.txt", start=start, end=end) == b"hello world"[start:end]


@pytest.mark.parametrize(("start", "end"), [(None, None), (2, 5), (-3, None)])
def test_parts_of_what_is_missing_or_empty(fs: AsyncFsspecStore, start: int | None, end: int | None) -> None:
    assert fs.cat_file("d/b.txt", start=start, end=end) == b""
    with pytest.raises(FileNotFoundError):
        fs.cat_file("missing", start=start, end=end)


def test_many_ranges_of_many_files(fs: AsyncFsspecStore) -> None:
    paths = ["d/a.txt", "top", "d/a.txt", "missing", "d/a.txt"]

    found = fs.cat_ranges(paths, [0, 0, -3, 0, 40], [5, 1, None, 1, 50])

    assert (found[:3], found[4]) == ([b"hello", b"x", b"rld"], b"")
    assert isinstance(found[3], FileNotFoundError)
    assert fs.cat_ranges(["d/a.txt", "top"], 0, 1, max_gap=0) == [b"h", b"x"]
    with pytest.raises(FileNotFoundError):
        fs.cat_ranges(paths, 0, 1, on_error="raise")
    with pytest.raises(ValueError, match="5 paths"):
        fs.cat_ranges(paths, [0], 1)


def test_binary_files(fs: AsyncFsspecStore) -> None:
    with fs.open("d/new", "wb") as file:
        assert file.write(b"one\ntwo\nthree") == 13
        assert (file.tell(), file.writable(), file.readable()) == (13, True, False)
        with pytest.raises(io.UnsupportedOperation):
            file.read()
    with fs.open("d/new") as file:
        assert (file.size, file.readline(), file.seek(-5, 2), file.read(), file.loc) == (13, b"one\n", 8, b"three", 13)
        file.seek(0)
        assert list(file) == [b"one\n", b"two\n", b"three"]
        again = pickle.loads(pickle.dumps(file)) if isinstance(fs.store, LocalStore) else file
        assert again.tell() == 13
    assert file.tell() == 13
    with pytest.raises(ValueError, match="closed file"):
        file.read()


def test_text_files(fs: AsyncFsspecStore) -> None:
    with fs.open("t.txt", "w", encoding="utf-8") as file:
        file.write("grüße\n")
    with fs.open("t.txt", "r", encoding="utf-8") as file:
        assert file.readlines() == ["grüße\n"]
    with fs.open("t.txt.gz", "wb", compression="gzip") as file:
        file.write(b"packed")
    with fs.open("t.txt.gz", "rb", compression="infer") as file:
        assert file.read() == b"packed"
    with fs.open("u.txt.bz2", "w", compression="infer") as file:
        file.write("packed")
    with fs.open("u.txt.bz2", "r", compression="bz2") as file:
        assert file.read() == "packed"


def test_a_file_that_is_dropped_is_not_published(fs: AsyncFsspecStore) -> None:
    with pytest.warns(ResourceWarning, match="dropped unclosed"):
        fs.open("top", "wb").write(b"half")

    assert fs.cat_file("top") == b"x"


def test_a_listing_that_a_user_keeps_is_used(fs: AsyncFsspecStore) -> None:
    fs.dircache["kept"] = [{"name": "kept/a", "size": 3, "type": "file"}]

    assert fs.info("kept/a")["size"] == 3
    assert fs.isdir("kept")


def test_a_file_that_fails_is_not_published(fs: AsyncFsspecStore) -> None:
    with pytest.raises(ZeroDivisionError), fs.open("top", "wb") as file:
        file.write(b"half" if file.write(b"half") < 0 else bytes(1 // 0))

    assert fs.cat_file("top") == b"x"


def test_exclusive_creation_holds_until_the_end(fs: AsyncFsspecStore) -> None:
    with pytest.raises(FileExistsError):
        fs.open("top", "xb")
    with pytest.raises(FileExistsError):
        fs.pipe_file("top", b"", mode="create")
    file = fs.open("new", "xb")
    fs.pipe_file("new", b"first")
    with pytest.raises(AlreadyExistsError):
        file.close()

    assert fs.cat_file("new") == b"first"
    with pytest.raises(ValueError, match="'ab'"):
        fs.open("new", "ab")


def test_a_transaction_publishes_at_its_end(fs: AsyncFsspecStore) -> None:
    with fs.transaction:
        with fs.open("late", "wb") as file:
            file.write(b"1")
        assert not fs.exists("late")
    assert fs.cat_file("late") == b"1"

    with pytest.raises(ZeroDivisionError), fs.transaction, fs.open("never", "wb"):
        _ = 1 / 0

    assert not fs.exists("never")


class Progress(Callback):
    """Keeps what it is told."""

    def branch(self, path_1: str, path_2: str, kwargs: dict[str, Any]) -> None:
        kwargs["callback"] = PARTS.setdefault(Path(path_1).name, Callback())


PARTS: dict[str, Callback] = {}


def test_transfers_report_how_far_they_are(fs: AsyncFsspecStore, tmp_path: Path) -> None:
    PARTS.clear()
    callback = Progress()
    fs.get("d", str(tmp_path / "out"), recursive=True, callback=callback)

    assert (PARTS["a.txt"].size, PARTS["a.txt"].value) == (11, 11)
    assert callback.value == callback.size
    assert (tmp_path / "out/sub/c.bin").read_bytes() == b"\0\1"
    assert not list(tmp_path.rglob("*.part"))

    PARTS.clear()
    fs.put(str(tmp_path / "out"), "back", recursive=True, callback=Progress())
    assert (PARTS["a.txt"].size, PARTS["a.txt"].value) == (11, 11)
    assert fs.cat("back/a.txt") == b"hello world"


def test_single_transfers(fs: AsyncFsspecStore, tmp_path: Path) -> None:
    target = tmp_path / "deep/file"
    fs.get_file("d/a.txt", str(target))
    fs.put_file(str(target), "again")
    buffer = io.BytesIO()
    fs.get_file("again", buffer)

    assert buffer.getvalue() == b"hello world"
    target.write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        fs.get_file("missing", str(target))
    assert target.read_bytes() == b"old"
    with pytest.raises(FileNotFoundError):
        fs.put_file(str(tmp_path / "none"), "x")
    with pytest.raises(FileExistsError):
        fs.put_file(str(target), "again", mode="create")


def test_text_is_not_taken_for_a_path(fs: AsyncFsspecStore) -> None:
    with pytest.raises(TypeError, match="encode"):
        fs.pipe_file("k", "/etc/hostname")


def test_touch(fs: AsyncFsspecStore) -> None:
    fs.touch("top")
    fs.makedirs("some/dir", exist_ok=True)

    assert fs.cat_file("top") == b""
    with pytest.raises(NotImplementedError):
        fs.touch("top", truncate=False)


def test_its_coroutines_run_in_any_loop(tmp_path: Path) -> None:
    async def use() -> Any:
        fs = AsyncFsspecStore(MemoryStore(), asynchronous=True)
        await fs._pipe({"a/b": b"1", "a/c": b"22"})
        await fs._get("a", str(tmp_path / "a"), recursive=True)
        await fs._mv("a/b", "d")
        await fs._touch("e")
        return await fs._find(""), await fs._cat_ranges(["a/c"] * 2, [0, 1], [1, 2])

    assert asyncio.run(use()) == (["a/c", "d", "e"], [b"2", b"2"])
    assert (tmp_path / "a/c").read_bytes() == b"22"


def test_two_stores_that_look_alike_are_two() -> None:
    one, other = AsyncFsspecStore(MemoryStore()), AsyncFsspecStore(MemoryStore())
    one.pipe_file("k", b"1")

    assert not other.exists("k")
    assert one != other
    assert one == AsyncFsspecStore(one.store)


def test_pickling(tmp_path: Path) -> None:
    fs = AsyncFsspecStore(LocalStore(tmp_path))
    fs.pipe_file("k", b"1")

    again = pickle.loads(pickle.dumps(fs))

    assert again.cat_file("k") == b"1"
    assert again == fs


def test_a_url_names_its_own_protocol() -> None:
    fs = AsyncFsspecStore(MemoryStore())
    fs.pipe_file("obstore://a/b", b"1")

    assert fs.find("obstore://a") == ["a/b"]
    assert fs.unstrip_protocol("a/b") == "obstore://a/b"


def test_signing() -> None:
    fs = FsspecStore("s3", key="AK", secret="SK", region="eu-west-1")

    url = fs.sign("s3://bucket/a/b", expiration=60)

    assert "bucket" in url
    assert "X-Amz-Expires=60" in url


def test_the_local_disk_as_a_service(tmp_path: Path) -> None:
    fs = FsspecStore("file")
    base = tmp_path.as_posix()
    fs.pipe_file(f"file://{base}/a/b", b"1")

    assert fs.find(base) == [f"{base}/a/b"]
    assert fs.ls(f"{base}/a", detail=False) == [f"{base}/a/b"]
    assert fs.glob(f"file://{base}/**/b") == [f"{base}/a/b"]
    assert fs._split_path("/a/b") == ("", "/a/b")
    assert fs.info(f"{base}/a/b")["name"] == f"{base}/a/b"


def test_memory_as_a_service() -> None:
    fs = FsspecStore("memory", skip_instance_cache=True)
    fs.pipe_file("memory://a/b", b"1")

    assert fs.find("") == fs.find("memory://a") == ["a/b"]
    assert fs.walk("a").__next__() == ("a", [], ["b"])
