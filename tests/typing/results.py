"""What type checkers make of the functions and methods. Checked by mypy and pyright, and never run."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO, assert_type

import obstore
from obstore import Bytes, BytesStream, GetResult, ListResult, ListStream, ObjectMeta, PutResult
from obstore.store import LocalStore, MemoryStore, S3Store, from_url

METHOD: obstore.HTTP_METHOD = "GET"


def check_reading(store: MemoryStore) -> None:
    result = obstore.get(store, "a", options={"range": (0, 5), "if_match": "e"})
    assert_type(result, GetResult)
    assert_type(store.get("a"), GetResult)
    assert_type(result.bytes(), Bytes)
    assert_type(result.meta, ObjectMeta)
    assert_type(result.meta["e_tag"], str | None)
    assert_type(result.range, tuple[int, int])
    assert_type(result.attributes, obstore.Attributes)
    assert_type(result.stream(), BytesStream)
    assert_type(next(result.stream()), bytes)
    assert_type(obstore.get_range(store, "a", start=0, length=5), Bytes)
    assert_type(store.get_range("a", start=0, end=5), Bytes)
    assert_type(obstore.get_ranges(store, "a", starts=[0], ends=[5]), list[Bytes])
    assert_type(store.get_ranges("a", starts=[0], lengths=[5]), list[Bytes])
    assert_type(obstore.head(store, "a"), ObjectMeta)
    assert_type(store.head("a")["size"], int)


async def check_reading_async(store: MemoryStore) -> None:
    result = await obstore.get_async(store, "a")
    assert_type(result, GetResult)
    assert_type(await store.get_async("a"), GetResult)
    assert_type(await result.bytes_async(), Bytes)
    async for chunk in result.stream(min_chunk_size=1):
        assert_type(chunk, bytes)
    assert_type(await obstore.get_range_async(store, "a", start=0, length=5), Bytes)
    assert_type(await store.get_range_async("a", start=0, length=5), Bytes)
    assert_type(await obstore.get_ranges_async(store, "a", starts=[0], ends=[5]), list[Bytes])
    assert_type(await store.get_ranges_async("a", starts=[0], ends=[5]), list[Bytes])
    assert_type(await obstore.head_async(store, "a"), ObjectMeta)
    assert_type(await store.head_async("a"), ObjectMeta)


def check_writing(store: MemoryStore, file: IO[bytes], binary: BinaryIO, pieces: Iterator[bytes]) -> None:
    for source in (b"", bytearray(), memoryview(b""), Bytes(b""), Path("f"), file, binary, io.BytesIO(), pieces, [b""]):
        assert_type(obstore.put(store, "a", source), PutResult)
        assert_type(store.put("a", source), PutResult)
    obstore.put(store, "a", b"", attributes={"Content-Type": "text/plain"}, tags={"a": "b"}, mode="create")
    obstore.put(store, "a", b"", mode={"e_tag": "e", "version": None})
    assert_type(obstore.copy(store, "a", "b", overwrite=False), None)
    assert_type(obstore.rename(store, "a", "b"), None)
    assert_type(obstore.delete(store, ["a"]), None)


async def check_writing_async(store: MemoryStore, pieces: AsyncIterator[bytes]) -> None:
    assert_type(await obstore.put_async(store, "a", pieces), PutResult)
    assert_type(await store.put_async("a", pieces), PutResult)
    await obstore.copy_async(store, "a", "b")
    await obstore.rename_async(store, "a", "b")
    await obstore.delete_async(store, "a")


def check_listing(store: MemoryStore, arrow: bool) -> None:
    stream = obstore.list(store, "a", offset="b", chunk_size=5)
    assert_type(stream, ListStream[list[ObjectMeta]])
    assert_type(next(stream), list[ObjectMeta])
    assert_type(stream.collect(), list[ObjectMeta])
    assert_type(obstore.list(store, return_arrow=True), ListStream[Any])
    assert_type(store.list(), ListStream[list[ObjectMeta]])
    assert_type(store.list(return_arrow=True), ListStream[Any])
    assert_type(store.list_async(), ListStream[list[ObjectMeta]])
    for chunk in stream:
        assert_type(chunk[0]["path"], str)
    level = obstore.list_with_delimiter(store, "a")
    assert_type(level, ListResult)
    assert_type(level["common_prefixes"], Sequence[str])
    assert_type(store.list_with_delimiter(return_arrow=arrow), ListResult)


async def check_listing_async(store: MemoryStore) -> None:
    stream = obstore.list_async(store)
    async for chunk in stream:
        assert_type(chunk, list[ObjectMeta])
    assert_type(await stream.collect_async(), list[ObjectMeta])
    assert_type(await obstore.list_with_delimiter_async(store), ListResult)
    assert_type(await store.list_with_delimiter_async(), ListResult)


def check_signing(store: S3Store, paths: list[str]) -> None:
    assert_type(obstore.sign(store, METHOD, "a", timedelta(1)), str)
    assert_type(obstore.sign(store, METHOD, paths, timedelta(1)), list[str])
    assert_type(store.sign("PUT", "a", timedelta(1)), str)
    assert_type(store.sign("PUT", paths, timedelta(1)), list[str])


async def check_signing_async(store: S3Store, paths: list[str]) -> None:
    assert_type(await obstore.sign_async(store, METHOD, "a", timedelta(1)), str)
    assert_type(await obstore.sign_async(store, METHOD, paths, timedelta(1)), list[str])
    assert_type(await store.sign_async("PUT", "a", timedelta(1)), str)
    assert_type(await store.sign_async("PUT", paths, timedelta(1)), list[str])


def check_files(store: LocalStore) -> None:
    reader = obstore.open_reader(store, "a", buffer_size=5)
    assert_type(reader, obstore.ReadableFile)
    assert_type(io.TextIOWrapper(reader).read(), str)
    readable: io.BufferedIOBase = reader
    content: bytes = reader.read()
    assert_type(reader.size, int)
    with obstore.open_writer(store, "a") as writer:
        assert_type(writer, obstore.WritableFile)
        writable: io.BufferedIOBase = writer
        assert_type(writer.write(b""), int)
    print(readable, content, writable)
    assert_type(store.open_reader("a"), obstore.ReadableFile)
    assert_type(store.open_writer("a"), obstore.WritableFile)


async def check_files_async(store: LocalStore) -> None:
    reader = await obstore.open_reader_async(store, "a")
    assert_type(reader, obstore.AsyncReadableFile)
    content: bytes = await reader.read()
    print(content)
    assert_type(await reader.seek(0), int)
    async with obstore.open_writer_async(store, "a") as writer:
        assert_type(writer, obstore.AsyncWritableFile)
        assert_type(await writer.write(b""), int)
    assert_type(await store.open_reader_async("a"), obstore.AsyncReadableFile)


def check_making() -> None:
    assert_type(S3Store("bucket", region="eu-west-1", config={"skip_signature": True}), S3Store)
    assert_type(S3Store.from_url("s3://bucket"), S3Store)
    obstore.get(from_url("s3://bucket", client_options={"timeout": timedelta(1)}), "a")
    assert_type(LocalStore(Path("a"), mkdir=True).prefix, Path | None)
