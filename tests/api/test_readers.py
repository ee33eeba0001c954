"""Objects as files open for reading: what they ask the store for, and which clients take them."""

import asyncio
import csv
import gzip
import io
import json
import os
import pickle
import shutil
import tarfile
import zipfile

import pytest

import obstore
from obstore import Bytes
from obstore.exceptions import BaseError, PreconditionError
from obstore.store import MemoryStore
from obstore.testing import StoreView
from tests.api.recording import RecordingStore, both_colours, requests_of

BODY = bytes(range(256)) * 16
TEXT = b"first\nsecond\n\n\xff\xfe not text\nlast"


def _store(body: bytes, **options: bool) -> RecordingStore:
    store = RecordingStore(**options)
    obstore.put(store, "k", body)
    store.requests.clear()
    return store


# What is asked for


@both_colours
async def test_reads_are_served_from_one_block(view: StoreView) -> None:
    await view.put("k", BODY)
    requests_of(view)
    reader = await view.open_reader("k", buffer_size=100)
    pieces = [await reader.read(30) for _ in range(3)]

    assert b"".join(pieces) == BODY[:90]
    assert requests_of(view) == ["head", "get 0..100 pinned"]


@both_colours
async def test_a_read_across_the_end_of_the_block_keeps_what_it_has(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k", buffer_size=100)
    await reader.read(90)
    requests_of(view)

    assert await reader.read(30) == BODY[90:120]
    assert requests_of(view) == ["get 100..200 pinned"]


@both_colours
async def test_a_large_read_is_one_request_of_what_is_missing(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k", buffer_size=100)
    await reader.read(10)
    requests_of(view)

    assert await reader.read(1000) == BODY[10:1010]
    assert requests_of(view) == ["get 100..1010 pinned"]


@both_colours
async def test_a_large_read_leaves_the_block_as_it_is(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k", buffer_size=100)
    await reader.read(10)
    await reader.read(1000)
    await reader.seek(50)
    requests_of(view)

    assert await reader.read(50) == BODY[50:100]
    assert requests_of(view) == []


@both_colours
async def test_seeking_within_the_block_asks_for_nothing(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k", buffer_size=100)
    await reader.read(50)
    requests_of(view)
    await reader.seek(-40, os.SEEK_CUR)

    assert await reader.read(90) == BODY[10:100]
    assert requests_of(view) == []


@both_colours
async def test_a_block_ends_where_the_object_ends(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k", buffer_size=1 << 20)
    requests_of(view)
    await reader.seek(-10, os.SEEK_END)

    assert await reader.read(5) == BODY[-10:-5]
    assert requests_of(view) == ["get 4086..4096 pinned"]


@both_colours
async def test_a_known_size_saves_the_head_and_the_first_read_pins_the_rest(view: StoreView) -> None:
    await view.put("k", BODY)
    requests_of(view)
    reader = await view.open_reader("k", size=len(BODY), buffer_size=100)
    await reader.read(100)
    await reader.read(100)

    assert requests_of(view) == ["get 0..100", "get 100..200 pinned"]


@both_colours
async def test_without_a_buffer_every_read_is_a_request(view: StoreView) -> None:
    await view.put("k", b"one\ntwo\n")
    requests_of(view)
    reader = await view.open_reader("k", buffer_size=0)

    assert [await reader.read(2), await reader.read(1), await reader.readline()] == [b"on", b"e", b"\n"]
    assert requests_of(view) == ["head", "get 0..2 pinned", "get 2..3 pinned", "get 3..8 pinned"]


@both_colours
async def test_nothing_is_asked_for_at_the_end(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k")
    await reader.seek(len(BODY) + 7)
    requests_of(view)

    assert [await reader.read(5), await reader.read(), await reader.readline()] == [b"", b"", b""]
    assert await reader.readlines() == []
    assert requests_of(view) == []


# Reading


@both_colours
async def test_a_read_returns_exactly_what_was_asked_for(view: StoreView) -> None:
    await view.put("k", BODY)
    for buffer_size in (0, 1, 7, 100, 5000):
        reader = await view.open_reader("k", buffer_size=buffer_size)
        sizes = [len(await reader.read(n)) for n in (3, 0, 20, 1, 500, 4000)]

        assert sizes == [3, 0, 20, 1, 500, 4096 - 524]


@both_colours
async def test_minus_one_reads_all_and_less_is_an_error(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k")

    with pytest.raises(ValueError, match="not -2"):
        await reader.read(-2)
    assert await reader.read(-1) == BODY


@both_colours
async def test_lines_need_not_be_text(view: StoreView) -> None:
    await view.put("k", TEXT)
    for buffer_size in (0, 1, 4, 1000):
        reader = await view.open_reader("k", buffer_size=buffer_size)
        lines = [await reader.readline() for _ in range(6)]

        assert lines == [b"first\n", b"second\n", b"\n", b"\xff\xfe not text\n", b"last", b""]


@both_colours
async def test_readlines_stops_after_its_hint(view: StoreView) -> None:
    await view.put("k", TEXT)
    reader = await view.open_reader("k")

    assert await reader._do("readlines", 6) == [b"first\n"]
    assert await reader._do("readlines", 8) == [b"second\n", b"\n"]
    assert await reader._do("readlines", None) == [b"\xff\xfe not text\n", b"last"]


@both_colours
async def test_a_line_may_be_limited(view: StoreView) -> None:
    await view.put("k", TEXT)
    reader = await view.open_reader("k", buffer_size=3)
    pieces = [await reader._do("readline", n) for n in (2, 4, 0, 100)]

    assert pieces == [b"fi", b"rst\n", b"", b"second\n"]


@both_colours
async def test_short_reads_are_builtin_bytes(view: StoreView) -> None:
    await view.put("k", TEXT)
    for buffer_size in (0, 10, 100):
        reader = await view.open_reader("k", buffer_size=buffer_size)
        results = [await reader._do("readline"), await reader._do("read", 12), *await reader._do("readlines")]
        await reader.seek(0)
        results.append(await reader._do("read"))

        assert all(isinstance(result, bytes) for result in results)
        assert [type(result.to_bytes()) for result in results] == [bytes] * len(results)


@both_colours
async def test_long_reads_are_not_copied_for_that(view: StoreView) -> None:
    body = BODY * 512
    await view.put("k", body)
    for position in (0, 10):
        for buffer_size in (0, 1 << 20, 1 << 30):
            reader = await view.open_reader("k", buffer_size=buffer_size)
            head = await reader.read(position)
            rest = await reader._do("read")
            await reader.seek(0)

            assert type(rest) is Bytes
            assert head + rest == body
            assert isinstance(await reader._do("readall"), bytes)


# Errors


@both_colours
async def test_seeking_before_the_start_names_the_way(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k")
    await reader.seek(10)

    with pytest.raises(OSError, match="Seeking -11 from current offset of 10 would result in overflow"):
        await reader.seek(-11, os.SEEK_CUR)
    with pytest.raises(OSError, match="Seeking -4097 from end of 4096 byte file"):
        await reader.seek(-4097, os.SEEK_END)
    with pytest.raises(OSError, match="Seeking -1 from the start"):
        await reader.seek(-1)
    with pytest.raises(OSError, match="Invalid value for whence in seek: 5"):
        await reader.seek(0, 5)
    assert await reader.tell() == 10


@both_colours
async def test_a_size_that_is_too_large_is_an_error_about_a_range(view: StoreView) -> None:
    await view.put("k", BODY)
    for position, size in ((0, 5000), (4090, 5000), (4096, 5000), (4500, 5000)):
        reader = await view.open_reader("k", size=size, buffer_size=64)
        await reader.seek(position)

        with pytest.raises(OSError, match="range"):
            await reader.read()
        assert await reader.tell() == position


@both_colours
async def test_a_failed_read_can_be_tried_again(view: StoreView) -> None:
    await view.put("k", TEXT)
    reader = await view.open_reader("k", size=len(TEXT), buffer_size=4)
    first = await reader.read(2)
    await view.delete("k")
    for name, *arguments in (("read", 5), ("read",), ("readline",)):
        with pytest.raises(FileNotFoundError):
            await reader._do(name, *arguments)

    assert first == b"fi"
    assert await reader.tell() == 2
    assert await reader.read(2) == b"rs"


@pytest.mark.parametrize("options", [{}, {"weak": True}, {"has_e_tags": False}], ids=str)
def test_a_changed_object_is_an_error_never_a_mixture(options: dict[str, bool]) -> None:
    store = _store(BODY, **options)
    known, unknown = store.open_reader("k", buffer_size=10), store.open_reader("k", buffer_size=10, size=9)
    assert unknown.read(5) == BODY[:5]
    assert known.read(5) == BODY[:5]
    obstore.put(store, "k", BODY[::-1])

    for reader in (known, store.open_reader("k", size=4096)):
        assert reader is not known or reader.read(5) == BODY[5:10]
    for kind in (PreconditionError, OSError, BaseError):
        with pytest.raises(kind):
            known.read(5)
    with pytest.raises(PreconditionError):
        known.read(500)
    assert known.tell() == 10


def test_errors_of_files_pickle() -> None:
    store = _store(BODY)
    reader = store.open_reader("k", buffer_size=10)
    obstore.put(store, "k", b"new")
    with pytest.raises(PreconditionError) as caught:
        reader.read(1)
    copied = pickle.loads(pickle.dumps(caught.value))

    assert (type(copied), str(copied), copied.path) == (type(caught.value), str(caught.value), "k")
    assert isinstance(copied, OSError)
    assert type(caught.value.__cause__) is PreconditionError


@both_colours
async def test_a_closed_reader_does_not_read(view: StoreView) -> None:
    await view.put("k", BODY)
    reader = await view.open_reader("k")
    assert not reader.raw.closed
    reader.raw.close()
    reader.raw.close()

    assert reader.raw.closed
    for name, *arguments in (("read",), ("readall",), ("readline",), ("readlines",), ("seek", 0), ("tell",)):
        with pytest.raises(ValueError, match=r"I/O operation on closed file\."):
            await reader._do(name, *arguments)


@both_colours
async def test_arguments_are_checked_when_opening(view: StoreView) -> None:
    for options in ({"buffer_size": -1}, {"size": -1}):
        with pytest.raises(OverflowError):
            await view.open_reader("k", **options)
    with pytest.raises(FileNotFoundError):
        await view.open_reader("missing")


def test_the_async_opener_checks_at_the_call() -> None:
    with pytest.raises(OverflowError):
        _ = obstore.open_reader_async(MemoryStore(), "k", buffer_size=-1)
    with pytest.raises(ValueError, match="path"):
        _ = obstore.open_reader_async(MemoryStore(), "a//b")


# As files


@pytest.fixture(params=[0, 10, 1 << 20], ids="buffer={}".format)
def buffer_size(request: pytest.FixtureRequest) -> int:
    size: int = request.param
    return size


def _open(body: bytes, buffer_size: int = 1 << 20) -> obstore.ReadableFile:
    return _store(body).open_reader("k", buffer_size=buffer_size)


def test_it_is_a_file() -> None:
    with _open(TEXT) as file:
        assert isinstance(file, io.BufferedIOBase)
        assert (file.readable(), file.seekable(), file.writable(), file.closed) == (True, True, False, False)
        assert (file.name, file.mode, file.size) == ("k", "rb", len(TEXT))
        assert repr(file) == f"<ReadableFile 'k' at 0 of {len(TEXT)}>"
        assert not hasattr(file, "meta")
        with pytest.raises(OSError, match="fileno"):
            file.fileno()
        with pytest.raises(OSError, match="write"):
            file.write(b"x")
    assert file.closed
    assert repr(file) == "<ReadableFile 'k' closed>"
    with pytest.raises(ValueError, match="closed"), file:
        pass


def test_lines_are_iterated(buffer_size: int) -> None:
    lines = list(_open(TEXT, buffer_size))

    assert lines == TEXT.splitlines(keepends=True)
    assert {type(line) for line in lines} == {bytes}


def test_reading_into_a_buffer(buffer_size: int) -> None:
    file = _open(BODY, buffer_size)
    into = bytearray(100)

    assert (file.readinto(into), bytes(into)) == (100, BODY[:100])
    file.seek(-30, 2)
    assert (file.readinto(into), bytes(into[:30])) == (30, BODY[-30:])
    assert file.readinto(into) == 0


def test_read1_makes_one_request_at_most() -> None:
    store = _store(BODY)
    file = store.open_reader("k", buffer_size=100)

    assert [len(file.read1(n)) for n in (30, 100, 200, -1, 5, -1)] == [30, 70, 200, 100, 5, 95]
    assert store.requests == ["head", *(f"get {n} pinned" for n in ("0..100", "100..300", "300..400", "400..500"))]
    file.seek(0, 2)
    assert file.read1() == b""


def test_peeking_does_not_move() -> None:
    store = _store(BODY)
    file = store.open_reader("k", buffer_size=100)

    assert (file.peek(3), file.tell(), file.read(4)) == (BODY[:3], 0, BODY[:4])
    assert file.peek() == BODY[4:100]
    assert file.peek(1000) == BODY[4:100]
    assert store.requests == ["head", "get 0..100 pinned"]


def test_text(buffer_size: int) -> None:
    text = "grün\r\nblau\n" * 2000
    with io.TextIOWrapper(_open(text.encode(), buffer_size), "utf-8") as file:
        first = file.readline()
        here = file.tell()
        rest = file.read()
        file.seek(here)

        assert first + rest == text.replace("\r\n", "\n")
        assert file.readline() == "blau\n"


def test_csv_and_json() -> None:
    with io.TextIOWrapper(_open(b"a,b\n1,2\n"), newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ["1", "2"]]
    assert json.load(_open(b'{"a": [1]}')) == {"a": [1]}


def test_buffered_reader(buffer_size: int) -> None:
    file = io.BufferedReader(_open(BODY, buffer_size), 128)

    assert file.read(300) + file.read() == BODY


def test_copying(buffer_size: int) -> None:
    target = io.BytesIO()
    shutil.copyfileobj(_open(BODY, buffer_size), target, 333)

    assert target.getvalue() == BODY


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles(buffer_size: int, protocol: int) -> None:
    value = {"a": list(range(1000)), "b": "x" * 100_000, "c": [1.5, None, b"y" * 70_000, bytearray(b"z" * 300)]}
    file = _open(pickle.dumps(value, protocol) + pickle.dumps("second", protocol), buffer_size)

    assert pickle.load(file) == value
    assert pickle.load(file) == "second"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_zip_archives(buffer_size: int, method: int) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("a/é.txt", TEXT)
        archive.writestr("b", BODY)

    with zipfile.ZipFile(_open(made.getvalue(), buffer_size)) as archive:
        assert archive.namelist() == ["a/é.txt", "b"]
        assert archive.read("b") == BODY
        assert archive.open("a/é.txt").readlines() == TEXT.splitlines(keepends=True)


def test_what_is_no_zip_archive() -> None:
    assert not zipfile.is_zipfile(_open(b"short"))


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:xz"])
def test_tar_archives(buffer_size: int, mode: str) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        for name, body in (("a" * 120, TEXT), ("é", BODY)):
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))

    with tarfile.open(fileobj=_open(made.getvalue(), buffer_size)) as archive:
        assert archive.getnames() == ["a" * 120, "é"]
        extracted = archive.extractfile("é")
        assert extracted is not None
        assert extracted.read() == BODY


def test_gzip(buffer_size: int) -> None:
    assert gzip.GzipFile(fileobj=_open(gzip.compress(BODY), buffer_size)).read() == BODY


# With await


def test_an_async_reader_is_iterated_and_closed_by_its_block() -> None:
    async def read() -> list[bytes]:
        async with await store.open_reader_async("k", buffer_size=5) as file:
            assert repr(file) == f"<AsyncReadableFile 'k' at 0 of {len(TEXT)}>"
            assert (file.name, file.size, file.seekable(), file.closed) == ("k", len(TEXT), True, False)
            lines = [line async for line in file]
        assert file.closed
        return lines

    store = _store(TEXT)

    assert asyncio.run(read()) == TEXT.splitlines(keepends=True)


def test_the_older_names() -> None:
    assert (obstore.open, obstore.open_async) == (obstore.open_reader, obstore.open_reader_async)
