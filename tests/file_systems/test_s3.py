"""`FsspecStore` on a real S3 server."""

from __future__ import annotations

from pathlib import Path

from obstore import Key
from obstore.fsspec import AsyncFsspecStore, FsspecStore
from tests.servers import S3Server


def test_a_service_with_two_buckets(ministack: S3Server, tmp_path: Path) -> None:
    bucket, other = ministack.make_bucket(), ministack.make_bucket()
    fs = FsspecStore("s3", **ministack.options())

    with fs.open(f"s3://{bucket}/d/a.txt", "w") as file:
        file.write("hello")
    fs.pipe_file(f"{bucket}/d/sub/b", b"x" * 100, attributes={"Content-Type": "text/x-kept"})
    fs.cp(f"{bucket}/d", f"{other}/copy", recursive=True)

    assert fs.find(bucket) == [f"{bucket}/d/a.txt", f"{bucket}/d/sub/b"]
    assert fs.glob(f"s3://{bucket}/**/b") == [f"{bucket}/d/sub/b"]
    assert fs.info(bucket)["type"] == "directory"
    assert fs.cat_file(f"{bucket}/d/a.txt", start=-3) == b"llo"
    assert fs.cat_file(f"{bucket}/d/a.txt", start=50) == b""
    assert fs.du(other) == 105

    assert fs._construct_store(other).get("copy/sub/b").attributes["Content-Type"] == "text/x-kept"

    fs.get(f"{other}/copy", str(tmp_path / "copy"), recursive=True)
    fs.mv(f"{bucket}/d/a.txt", f"{other}/moved")
    fs.rm(f"{bucket}/d", recursive=True)

    assert (tmp_path / "copy/sub/b").stat().st_size == 100
    assert fs.cat_file(f"{other}/moved") == b"hello"
    assert fs.find(bucket) == []
    assert not fs.exists("not-a-bucket-of-ours")


def test_the_arguments_of_s3fs(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    fs = FsspecStore(
        "s3",
        key=ministack.access_key_id,
        secret=ministack.secret_access_key,
        client_kwargs={"endpoint_url": ministack.endpoint, "region_name": ministack.region},
    )

    fs.pipe_file(f"{bucket}/k", b"1")

    assert fs.ls(bucket, detail=False) == [f"{bucket}/k"]


def test_a_directory_with_markers_is_removed_with_them_and_nothing_else(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    fs = FsspecStore("s3", **ministack.options())
    store = fs._construct_store(bucket)
    for each, root in ((fs, bucket), (AsyncFsspecStore(store), "")):
        for name in ("a", "a/", "a/b", "a/sub/", "a/sub//", "a/sub/c"):
            store.put(Key(name), name.encode() if name[-1] != "/" else b"")
        path = f"{root}/a".removeprefix("/")

        assert each.cat(path, recursive=True) == {f"{path}/b": b"a/b", f"{path}/sub/c": b"a/sub/c"}
        each.rm(path, recursive=True)
        assert each.find(root) == [path]
