"""Objects as files open for writing: what they ask the store for, and which clients take them."""

import asyncio
import csv
import gc
import gzip
import io
import pickle
import shutil
import tarfile
import zipfile
from typing import Any

import pytest

import obstore
from obstore.exceptions import GenericError
from obstore.store import MemoryStore
from obstore.testing import StoreView
from tests.api.recording import RecordingStore, both_colours, requests_of

BODY = bytes(range(256)) * 16


class BlockError(Exception):
    """What went wrong in a block."""


# What is asked for


@both_colours
async def test_less_than_a_buffer_is_one_request(view: StoreView) -> None:
    writer = view.open_writer("k", buffer_size=30)
    for piece in (b"x" * 20, b"y" * 9):
        await writer.write(piece)
        await writer.flush()
    before = requests_of(view)
    await writer.close()

    assert (before, requests_of(view)) == ([], ["put 29"])
    assert await view.body("k") == b"x" * 20 + b"y" * 9


@both_colours
async def test_a_full_buffer_begins_an_upload_of_equal_parts(view: StoreView) -> None:
    writer = view.open_writer("k", buffer_size=30)
    for _ in range(5):
        await writer.write(b"x" * 20)
    await writer.close()
    requests = requests_of(view)

    assert (requests[0], requests[-1]) == ("begin", "complete")
    assert sorted(requests[1:-1]) == ["part 0: 30", "part 1: 30", "part 2: 30", "part 3: 10"]


@both_colours
async def test_the_last_part_is_not_empty(view: StoreView) -> None:
    writer = view.open_writer("k", buffer_size=30)
    await writer.write(b"x" * 30)
    await writer.close()

    assert requests_of(view) == ["begin", "part 0: 30", "complete"]


@both_colours
async def test_parts_are_as_large_as_the_service_demands(view: StoreView) -> None:
    view.store.part_limits = (50, 1000, 10)
    writer = view.open_writer("k", buffer_size=30, max_concurrency=1)
    for start in range(0, 120, 10):
        await writer.write(BODY[start : start + 10])
    await writer.close()
    requests = requests_of(view)

    assert sorted(requests) == ["begin", "complete", "part 0: 50", "part 1: 50", "part 2: 20"]
    assert await view.body("k") == BODY[:120]


@both_colours
async def test_more_parts_than_the_service_takes_is_an_error(view: StoreView) -> None:
    view.store.part_limits = (1, 1000, 3)
    writer = view.open_writer("k", buffer_size=10)
    await writer.write(b"x" * 30)

    with pytest.raises(ValueError, match=r"more than 3 parts of 10 bytes.*buffer_size"):
        await writer.write(b"x" * 10)
    assert requests_of(view)[-1] == "abort"


@both_colours
async def test_pieces_of_any_size_and_kind(view: StoreView) -> None:
    for part_size in (1, 7, 64, 10_000):
        async with view.open_writer("k", buffer_size=part_size, max_concurrency=3) as writer:
            position = 0
            for n in (0, 1, 6, 7, 8, 500, 3, 1000, 2, 63, 64, 65, 0, 128):
                kind = (bytes, bytearray, memoryview)[n % 3]
                assert await writer.write(kind(BODY[position : position + n])) == n
                position += n
        assert await view.body("k") == BODY[:position]


@both_colours
async def test_a_buffer_may_be_used_again_at_once(view: StoreView) -> None:
    buffer = bytearray(25)
    async with view.open_writer("k", buffer_size=10) as writer:
        for n in range(4):
            buffer[:] = bytes([n]) * 25
            await writer.write(buffer)

    assert await view.body("k") == b"".join(bytes([n]) * 25 for n in range(4))


@both_colours
async def test_attributes_arrive_in_either_way(view: StoreView) -> None:
    for length in (10, 100):
        async with view.open_writer("k", buffer_size=50, attributes={"Content-Type": "a/b"}) as writer:
            await writer.write(b"x" * length)

        assert (await view.get("k")).attributes == {"Content-Type": "a/b"}


# Failures


async def _write_pieces(writer: Any, count: int) -> None:
    for _ in range(count):
        await writer.write(b"x" * 10)


async def _fail(writer: Any, data: bytes) -> None:
    async with writer:
        await writer.write(data)
        raise BlockError


def _drop(files: list[Any]) -> None:
    files.clear()
    gc.collect()


@both_colours
async def test_a_failed_part_shows_and_aborts(view: StoreView) -> None:
    view.store.failing_part = 1
    writer = view.open_writer("k", buffer_size=10, max_concurrency=1)
    with pytest.raises(GenericError, match="the part was refused") as caught:
        await _write_pieces(writer, 5)
    assert isinstance(caught.value, OSError)
    assert caught.value.status == 500
    assert requests_of(view) == ["begin", "part 0: 10", "part 1: 10", "abort"]
    assert await writer.closed()
    with pytest.raises(OSError, match=r"Writer already closed\."):
        await writer.write(b"x")
    with pytest.raises(GenericError, match="the part was refused"):
        await writer.close()
    assert await view.paths() == []


@both_colours
async def test_a_failed_last_part_shows_when_closing(view: StoreView) -> None:
    view.store.failing_part = 1
    with pytest.raises(GenericError, match="the part was refused"):
        async with view.open_writer("k", buffer_size=10) as writer:
            await writer.write(b"x" * 15)

    assert requests_of(view)[-1] == "abort"
    assert await view.paths() == []


@both_colours
async def test_a_failed_block_aborts(view: StoreView) -> None:
    for length in (5, 25):
        writer = view.open_writer("k", buffer_size=10)
        with pytest.raises(BlockError):
            await _fail(writer, b"x" * length)
        requests = requests_of(view)

        assert requests[-1:] == (["abort"] if length > 10 else [])
        assert await writer.closed()
        assert await view.paths() == []


@both_colours
async def test_closing_twice_does_no_harm(view: StoreView) -> None:
    async with view.open_writer("k") as writer:
        await writer.write(b"x")
        await writer.close()
    await writer.close()

    assert requests_of(view) == ["put 1"]


@both_colours
async def test_a_closed_writer_takes_nothing(view: StoreView) -> None:
    writer = view.open_writer("k")
    await writer.close()
    for name, *arguments in (("write", b"x"), ("flush",), ("tell",)):
        with pytest.raises(OSError, match=r"Writer already closed\."):
            await writer._do(name, *arguments)
    with pytest.raises(OSError, match=r"Writer already closed\."):
        async with writer:
            pass


@both_colours
async def test_it_counts(view: StoreView) -> None:
    async with view.open_writer("k", buffer_size=10) as writer:
        counts = []
        for length in (3, 4, 5, 30):
            await writer.write(b"x" * length)
            counts.append(await writer._do("tell"))

    assert counts == [3, 7, 12, 42]


@pytest.mark.parametrize("opener", [obstore.open_writer, obstore.open_writer_async])
def test_arguments_are_checked_at_the_call(opener: Any) -> None:
    with pytest.raises(ValueError, match="buffer_size"):
        opener(MemoryStore(), "k", buffer_size=0)
    with pytest.raises(OverflowError):
        opener(MemoryStore(), "k", max_concurrency=-1)
    with pytest.raises(TypeError, match="tags"):
        opener(MemoryStore(), "k", tags=["a"])
    with pytest.raises(ValueError, match="Expected an object store"):
        opener(None, "k")


def test_a_dropped_writer_writes_nothing_and_says_so() -> None:
    store = RecordingStore()
    for length, last_request in ((5, []), (10, ["abort"])):
        dropped = [store.open_writer("k", buffer_size=10, max_concurrency=1)]
        dropped[0].write(b"x" * length)
        with pytest.warns(ResourceWarning, match=f"'k' {length} bytes so far> was dropped unclosed"):
            _drop(dropped)

        assert store.requests[-1:] == last_request
        assert obstore.list(store).collect() == []


# As files


def _written(store: MemoryStore) -> bytes:
    return bytes(obstore.get(store, "k").bytes())


def test_it_is_a_file() -> None:
    with MemoryStore().open_writer("k") as file:
        assert isinstance(file, io.BufferedIOBase)
        assert (file.readable(), file.seekable(), file.writable()) == (False, False, True)
        assert (file.name, file.mode) == ("k", "wb")
        assert repr(file) == "<WritableFile 'k' 0 bytes so far>"
        for name, *arguments in (("read",), ("seek", 0), ("fileno",), ("truncate",)):
            with pytest.raises(OSError, match=name):
                getattr(file, name)(*arguments)
    assert repr(file) == "<WritableFile 'k' closed>"


def test_closed_is_an_attribute_and_a_method() -> None:
    file = MemoryStore().open_writer("k")
    assert not file.closed
    assert (file.closed(), repr(file.closed)) == (False, "False")
    file.close()
    assert file.closed
    assert file.closed == True  # noqa: E712 - this is what is tested
    assert file.closed() is True


def test_closed_of_an_async_writer_is_too() -> None:
    async def check() -> None:
        file = MemoryStore().open_writer_async("k")
        assert not file.closed
        assert await file.closed() is False
        await file.close()
        assert file.closed
        assert (await file.closed(), repr(file.closed)) == (True, "True")

    asyncio.run(check())


@pytest.fixture(params=[10, 1 << 20], ids="buffer={}".format)
def file(request: pytest.FixtureRequest) -> obstore.WritableFile:
    return MemoryStore().open_writer("k", buffer_size=request.param)


def _body(file: obstore.WritableFile) -> bytes:
    assert file.closed
    store: Any = file._draft._store
    return _written(store)


def test_text(file: obstore.WritableFile) -> None:
    with io.TextIOWrapper(file, "utf-8", newline="") as text:
        for n in range(2000):
            text.write(f"grün {n}\n")

    assert _body(file) == "".join(f"grün {n}\n" for n in range(2000)).encode()


def test_csv(file: obstore.WritableFile) -> None:
    with file:
        text = io.TextIOWrapper(file, newline="", write_through=True)
        csv.writer(text).writerows([["a", "b"], [1, 2]])

    assert _body(file) == b"a,b\r\n1,2\r\n"


def _fail_as_text(file: obstore.WritableFile) -> None:
    with file:
        text = io.TextIOWrapper(file)
        text.write("x")
        raise BlockError


def test_a_text_wrapper_does_not_survive_a_failed_block(file: obstore.WritableFile) -> None:
    with pytest.raises(BlockError):
        _fail_as_text(file)
    gc.collect()

    assert obstore.list(file._draft._store).collect() == []


def test_buffered_writer_and_lines(file: obstore.WritableFile) -> None:
    with file:
        buffered = io.BufferedWriter(file, 100)
        buffered.write(BODY)
        buffered.flush()
        file.writelines([b"a\n", b"b\n"])

    assert _body(file) == BODY + b"a\nb\n"


def test_pickle(file: obstore.WritableFile) -> None:
    value = {"a": list(range(1000)), "b": b"x" * 100_000}
    with file:
        pickle.dump(value, file, 5)

    assert pickle.loads(_body(file)) == value


def test_copying(file: obstore.WritableFile) -> None:
    with file:
        shutil.copyfileobj(io.BytesIO(BODY), file, 333)

    assert _body(file) == BODY


def test_copying_an_object(file: obstore.WritableFile) -> None:
    source = MemoryStore()
    obstore.put(source, "k", BODY)
    with file, source.open_reader("k", buffer_size=100) as reader:
        shutil.copyfileobj(reader, file, 333)

    assert _body(file) == BODY


def test_zip_archives(file: obstore.WritableFile) -> None:
    with file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", BODY)
        with archive.open("b", "w") as entry:
            entry.write(b"streamed")

    with zipfile.ZipFile(io.BytesIO(_body(file))) as archive:
        assert archive.testzip() is None
        assert (archive.read("a"), archive.read("b")) == (BODY, b"streamed")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w|xz"])
def test_tar_archives(file: obstore.WritableFile, mode: str) -> None:
    with file, tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("a")
        entry.size = len(BODY)
        archive.addfile(entry, io.BytesIO(BODY))

    with tarfile.open(fileobj=io.BytesIO(_body(file))) as archive:
        extracted = archive.extractfile("a")
        assert extracted is not None
        assert extracted.read() == BODY


def test_gzip(file: obstore.WritableFile) -> None:
    with file, gzip.GzipFile(fileobj=file, mode="wb") as compressed:
        compressed.write(BODY)

    assert gzip.decompress(_body(file)) == BODY


# With await


def test_a_cancelled_write_aborts() -> None:
    class SlowStore(RecordingStore):
        async def create_multipart_upload(self, path: str, options: Any) -> Any:
            upload = await super().create_multipart_upload(path, options)

            async def put_part(index: int, data: Any) -> None:
                await asyncio.Event().wait()

            upload.put_part = put_part  # type: ignore[method-assign]
            return upload

    async def check() -> None:
        store = SlowStore()
        writer = store.open_writer_async("k", buffer_size=10, max_concurrency=1)
        await writer.write(b"x" * 10)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await writer.write(b"x" * 10)

        assert store.requests == ["begin", "abort"]
        assert writer.closed

    asyncio.run(check())
