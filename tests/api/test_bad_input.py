"""Bad input: an error of the documented class, at the call, that names the argument; nothing is written."""

import array
import ctypes
import io
import os
import re
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import obstore
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, InvalidPathError
from obstore.store import BaseStore, HTTPStore, LocalStore, MemoryStore, S3Store, from_url


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.put("k", b"hello")
    return made


def signer() -> S3Store:
    return S3Store("b", access_key_id="AK", secret_access_key="SK")


async def text_pieces() -> AsyncIterator[str]:
    yield "x"


HOUR = timedelta(hours=1)

# (operation, arguments, options, error, what its message has)
Row = tuple[str, tuple[Any, ...], dict[str, Any], type[Exception], str]
ROWS: list[Row] = [
    ("get", (None,), {}, TypeError, "path must be a str, not NoneType"),
    ("get", (b"k",), {}, TypeError, "path must be a str, not bytes"),
    ("get", (Path("k"),), {}, TypeError, "path must be a str, not PosixPath: pass str"),
    ("get", ("k",), {"options": ["head"]}, TypeError, "options must be a dict, not list"),
    ("get", ("k",), {"options": {"if_match": 1}}, TypeError, "if_match must be a str, not int"),
    ("get", ("k",), {"options": {"head": 1}}, TypeError, "head must be a bool, not int"),
    ("get", ("k",), {"options": {"version": 1}}, TypeError, "version must be a str"),
    ("get", ("k",), {"options": {"if_modified_since": "now"}}, TypeError, "if_modified_since must be a datetime"),
    ("get", ("k",), {"options": {"if_modified_since": datetime(2026, 1, 1)}}, TypeError, "has no time zone"),
    ("get", ("k",), {"options": {"range": 3}}, ValueError, "Unexpected input for byte range"),
    ("get", ("k",), {"options": {"range": (-1, 2)}}, ValueError, "Unexpected input for byte range"),
    ("get", ("k",), {"options": {"range": (1, 2, 3)}}, ValueError, "Unexpected input for byte range"),
    ("get", ("k",), {"options": {"range": {"from": 1}}}, ValueError, "Unexpected input for byte range"),
    ("get", ("k",), {"options": {"range": (9, 10)}}, GenericError, "object was only 5 bytes long"),
    ("get", ("k",), {"options": {"range": {"offset": 5}}}, GenericError, "object was only 5 bytes long"),
    ("get", ("none",), {}, FileNotFoundError, "none"),
    ("head", ("none",), {}, FileNotFoundError, "none"),
    ("head", (1,), {}, TypeError, "path must be a str"),
    ("get_range", ("k",), {}, TypeError, "'start'"),
    ("get_range", ("k",), {"start": 0}, ValueError, "Either end or length must be non-None"),
    ("get_range", ("k",), {"start": 0, "end": 1, "length": 1}, ValueError, "cannot both be non-None"),
    ("get_range", ("k",), {"start": 0, "offset": 0, "end": 1}, ValueError, "start and offset"),
    ("get_range", ("k",), {"start": 1, "end": 1}, ValueError, "Invalid range requested, start: 1 end: 1"),
    ("get_range", ("k",), {"start": 0, "length": 0}, ValueError, "Invalid range requested"),
    ("get_range", ("k",), {"start": -1, "end": 1}, OverflowError, "start"),
    ("get_range", ("k",), {"start": 0, "length": -1}, OverflowError, "length"),
    ("get_range", ("k",), {"start": 0, "end": 1 << 64}, OverflowError, "end"),
    ("get_range", ("k",), {"start": "0", "end": 1}, TypeError, "start: 'str'"),
    ("get_range", ("k",), {"start": 0.5, "end": 1}, TypeError, "start: 'float'"),
    ("get_range", ("k",), {"start": 5, "end": 6}, GenericError, "object was only 5 bytes long"),
    ("get_ranges", ("k",), {"starts": [0]}, ValueError, "Either ends or lengths"),
    ("get_ranges", ("k",), {"starts": [0], "ends": [1], "lengths": [1]}, ValueError, "cannot both"),
    ("get_ranges", ("k",), {"starts": [0, 1], "ends": [1]}, ValueError, "equally long: got 2 and 1"),
    ("get_ranges", ("k",), {"starts": iter([0]), "ends": [1]}, TypeError, "starts"),
    ("get_ranges", ("k",), {"starts": [0], "ends": "1"}, TypeError, "ends"),
    ("get_ranges", ("k",), {"starts": [0], "ends": [0]}, ValueError, "Invalid range"),
    ("get_ranges", ("k",), {"starts": [0], "ends": [1], "coalesce": -1}, OverflowError, "coalesce"),
    ("get_ranges", ("k",), {"starts": [0], "ends": [1], "coalesce": "1"}, TypeError, "coalesce must be an int"),
    ("get_ranges", ("k",), {"starts": [0, 9], "lengths": [1, 1]}, GenericError, "5 bytes long"),
    ("copy", ("k", 1), {}, TypeError, "path must be a str, not int"),
    ("copy", (None, "t"), {}, TypeError, "path must be a str, not NoneType"),
    ("copy", ("k", "t"), {"overwrite": 1}, TypeError, "overwrite must be True or False"),
    ("copy", ("none", "t"), {}, FileNotFoundError, "none"),
    ("copy", ("k", "k"), {"overwrite": False}, AlreadyExistsError, "k"),
    ("rename", ("k", "t"), {"overwrite": "no"}, TypeError, "overwrite must be True or False"),
    ("rename", ("none", "t"), {}, FileNotFoundError, "none"),
    ("delete", (None,), {}, TypeError, "string path or sequence of string paths. Got NoneType"),
    ("delete", (b"k",), {}, TypeError, "Got bytes"),
    ("delete", ({"k"},), {}, TypeError, "Got set: pass list"),
    ("delete", (iter(["k"]),), {}, TypeError, "pass list(paths)"),
    ("delete", (["k", 1],), {}, TypeError, "sequence of string paths"),
    ("delete", (["k", "a//b"],), {}, InvalidPathError, "contained empty path segment"),
    ("list_with_delimiter", (1,), {}, TypeError, "prefix must be a str, not int"),
    ("list_with_delimiter", ("a//b",), {}, InvalidPathError, "empty path segment"),
    ("sign", ("GET", "k", HOUR), {}, NotImplementedError, "sign"),
]

_NUMBERS = (
    "buffer contents are not compatible with u8: it has %d dimensions of format '%s': take memoryview(x).tobytes()"
)
_CAST = "or memoryview(x).cast('B'), which is no copy"


def _released() -> memoryview:
    view = memoryview(b"x")
    view.release()
    return view


PUTS: list[tuple[Any, dict[str, Any], type[Exception], str]] = [
    (None, {}, ValueError, "Unexpected input for PutInput: NoneType"),
    (5, {}, ValueError, "Unexpected input for PutInput: int"),
    (object(), {}, ValueError, "Unexpected input for PutInput: object"),
    (1.5, {}, ValueError, "float. file must be bytes, an open file, a path or an iterable of bytes"),
    (["text"], {}, TypeError, "not 'str': pass (piece.encode() for piece in file)"),
    ([b"a", None, b"b"], {}, TypeError, "a piece of file: a bytes-like object is required, not 'NoneType': leave it"),
    ([b"a", 5], {}, TypeError, "bytes-like object is required, not 'int': pass bytes(file)"),
    (range(3), {}, TypeError, "not 'int': pass bytes(file)"),
    ({"a": 1}, {}, TypeError, "the keys of a dict are its pieces: pass json.dumps(file).encode()"),
    ({1: 2}, {}, TypeError, "bytes-like object is required, not 'int': the keys of a dict"),
    ([np.zeros(3)], {}, BufferError, "a piece of file: buffer contents are not compatible with u8"),
    ([memoryview(b"abcd")[::2]], {}, ValueError, "a piece of file: Buffer is not C contiguous"),
    (np.zeros(3), {}, BufferError, f"file, of type ndarray: {_NUMBERS % (1, 'd')}, {_CAST}"),
    (np.zeros((2, 3)), {}, BufferError, f"{_NUMBERS % (2, 'd')}, {_CAST}"),
    (np.zeros(0), {}, BufferError, f"{_NUMBERS % (1, 'd')}, {_CAST}"),
    (np.zeros(3, "i1"), {}, BufferError, _NUMBERS % (1, "b")),
    (np.zeros(3, bool), {}, BufferError, _NUMBERS % (1, "?")),
    (np.zeros(3, ">f8"), {}, BufferError, _NUMBERS % (1, ">d")),
    (np.zeros(2, [("O", "i4")]), {}, BufferError, "memoryview(x).tobytes()"),
    (np.array(["a", "bc"]), {}, BufferError, "memoryview(x).tobytes()"),
    (np.array(3, "u1"), {}, BufferError, _NUMBERS % (0, "B")),
    (np.float64(3), {}, BufferError, f"file, of type float64: {_NUMBERS % (0, 'd')}"),
    (np.array([1, None], object), {}, BufferError, "encode the objects first"),
    (np.array(["2026-01-01"], "M8[s]"), {}, ValueError, "file, of type ndarray: cannot include dtype 'M'"),
    (np.zeros(6)[::2], {}, BufferError, "format 'd': take memoryview(x).tobytes()"),
    (np.arange(6, dtype="u1")[::2], {}, ValueError, "file, of type ndarray: Buffer is not C contiguous: copy it first"),
    (np.asfortranarray(np.zeros((2, 3), "u1")), {}, ValueError, "copy it first, with memoryview(x).tobytes()"),
    (memoryview(b"abcdef")[::2], {}, ValueError, "file, of type memoryview: Buffer is not C contiguous"),
    (memoryview(np.zeros(3)), {}, BufferError, _CAST),
    (memoryview(np.zeros((4, 6), "u1")[:, :3]), {}, ValueError, "file, of type memoryview: Buffer is not C contiguous"),
    (_released(), {}, ValueError, "file, of type memoryview: operation forbidden on released memoryview object"),
    (array.array("i", [1]), {}, BufferError, f"file, of type array: {_NUMBERS % (1, 'i')}, {_CAST}"),
    (array.array("d", []), {}, BufferError, f"file, of type array: {_NUMBERS % (1, 'd')}, {_CAST}"),
    ((ctypes.c_int * 3)(), {}, BufferError, "file, of type c_int_Array_3: buffer contents are not compatible with u8"),
    ("hello world", {}, FileNotFoundError, "a str is the path of a local file: text that is to be stored goes as"),
    ("x" * 10_000, {}, OSError, "goes as text.encode()"),
    ("a\x00b", {}, ValueError, "file cannot be opened: embedded null byte (a str is the path"),
    ("/no/such/file", {}, FileNotFoundError, "/no/such/file"),
    (Path("/no/such/file"), {}, FileNotFoundError, "/no/such/file"),
    (b"", {"chunk_size": 0}, ValueError, "chunk_size: invalid zero value"),
    (b"", {"chunk_size": -1}, OverflowError, "chunk_size"),
    (b"", {"chunk_size": 1.5}, TypeError, "chunk_size must be an int, not float"),
    (b"", {"max_concurrency": -1}, OverflowError, "max_concurrency"),
    (b"", {"max_concurrency": "2"}, TypeError, "max_concurrency must be an int, not str"),
    (b"", {"use_multipart": 1}, TypeError, "use_multipart must be True, False or None"),
    (b"", {"mode": "replace"}, ValueError, "Unexpected input for PutMode: replace"),
    (b"", {"mode": 1}, TypeError, "mode must be a dict, not int"),
    (b"", {"mode": {"e_tag": 1}}, TypeError, "e_tag must be a str"),
    (b"", {"attributes": ["a"]}, TypeError, "attributes must be a dict of str to str, not list"),
    (b"", {"attributes": {"a": 1}}, TypeError, "'a' maps str to int"),
    (b"", {"tags": {"a": 1}}, TypeError, "tags must be a dict of str to str"),
    (b"", {"tags": "a"}, TypeError, "tags must be a dict of str to str, not str"),
]


@pytest.mark.parametrize(("name", "arguments", "options", "kind", "message"), ROWS)
def test_a_call_that_means_nothing_is_refused(
    store: MemoryStore,
    colour: Colour,
    name: str,
    arguments: tuple[Any, ...],
    options: dict[str, Any],
    kind: type[Exception],
    message: str,
) -> None:
    view = StoreView(store, colour)
    with pytest.raises(kind, match=re.escape(message)):
        drive(colour, view._do(name, *_fresh(arguments), **options))
    assert view.store.list().collect()[0]["path"] == "k"


def _fresh(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(iter(["k"]) if isinstance(value, type(iter([]))) else value for value in arguments)


@pytest.mark.parametrize(("file", "options", "kind", "message"), PUTS)
def test_what_cannot_be_put_changes_nothing(
    store: MemoryStore, colour: Colour, file: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    view = StoreView(store, colour)
    for path in ("k", "new"):
        with pytest.raises(kind, match=re.escape(message)):
            drive(colour, view.put(path, file, **options))
    assert bytes(store.get("k").bytes()) == b"hello"
    assert [meta["path"] for meta in store.list().collect()] == ["k"]


@pytest.mark.parametrize("path", ["a//b", "//a", "a//", "..", ".", "a/../b", "a/./b", "a\x00b", "a\nb", "a\x7fb"])
@pytest.mark.parametrize("name", ["get", "head", "delete", "put"])
def test_odd_paths_are_refused(store: MemoryStore, colour: Colour, name: str, path: str) -> None:
    more = (b"",) if name == "put" else ()
    with pytest.raises(InvalidPathError, match="Could not parse path"):
        drive(colour, StoreView(store, colour)._do(name, path, *more))


def test_half_a_character_is_no_path(store: MemoryStore, colour: Colour) -> None:
    with pytest.raises(UnicodeEncodeError):
        drive(colour, StoreView(store, colour).put("a\ud800", b""))


def test_a_slash_around_a_path_changes_nothing(store: MemoryStore, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        assert await view.body("/k") == await view.body("k/") == b"hello"

    drive(colour, body(StoreView(store, colour)))


@pytest.mark.parametrize("what", ["store", None, MemoryStore, 3])
def test_a_store_is_needed(what: Any) -> None:
    functions: list[Callable[[], Any]] = [
        lambda: obstore.get(what, "k"),
        lambda: obstore.put(what, "k", b""),
        lambda: obstore.list(what),
        lambda: obstore.delete(what, "k"),
        lambda: obstore.open_reader(what, "k"),
        lambda: obstore.open_writer(what, "k"),
    ]
    for function in functions:
        with pytest.raises(ValueError, match="Expected an object store instance"):
            function()


def test_async_calls_fail_at_the_call_too(store: MemoryStore) -> None:
    for call in (
        lambda: obstore.get_async(store, 1),  # type: ignore[arg-type]
        lambda: obstore.put_async(store, "k", b"", chunk_size="1"),  # type: ignore[arg-type]
        lambda: obstore.delete_async(store, None),  # type: ignore[arg-type]
        lambda: obstore.copy_async(store, "k", 1),  # type: ignore[arg-type]
        lambda: obstore.get_range_async(store, "k", start="1", end=2),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"prefix": 1}, TypeError, "prefix must be a str, not int"),
        ({"prefix": "a//b"}, InvalidPathError, "empty path segment"),
        ({"offset": 1}, TypeError, "offset must be a str, not int"),
        ({"chunk_size": -1}, OverflowError, "chunk_size"),
        ({"chunk_size": "5"}, TypeError, "chunk_size must be an int, not str"),
    ],
)
def test_a_listing_fails_at_the_call(
    store: MemoryStore, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        obstore.list(store, **options)


@pytest.mark.parametrize(
    ("method", "paths", "expires_in", "kind", "message"),
    [
        ("get", "k", HOUR, ValueError, "Unsupported HTTP method get"),
        (["GET"], "k", HOUR, TypeError, "method must be a str, not list"),
        ("GET", None, HOUR, TypeError, "Got NoneType"),
        ("GET", b"k", HOUR, TypeError, "Got bytes"),
        ("GET", {"k"}, HOUR, TypeError, "Got set"),
        ("GET", ["k", 1], HOUR, TypeError, "sequence of string paths"),
        ("GET", "a//b", HOUR, InvalidPathError, "empty path segment"),
        ("GET", "k", 60, TypeError, "expires_in must be a timedelta, not int"),
        ("GET", "k", timedelta(-1), ValueError, "expires_in must not be negative"),
    ],
)
def test_a_url_is_not_signed_for_nothing(
    colour: Colour, method: Any, paths: Any, expires_in: Any, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        drive(colour, StoreView(signer(), colour).sign(method, paths, expires_in))


def test_an_async_source_needs_an_async_call(store: MemoryStore) -> None:
    with pytest.raises(ValueError, match="Async input not allowed in 'put'"):
        store.put("new", text_pieces())  # type: ignore[arg-type]
    assert store.list().collect()[0]["path"] == "k"


def test_async_pieces_of_text_are_refused(store: MemoryStore) -> None:
    with pytest.raises(TypeError, match="bytes-like object is required, not 'str'"):
        drive("async", StoreView(store, "async").put("new", text_pieces()))


def test_pieces_of_text_are_refused_when_they_come(store: MemoryStore, colour: Colour) -> None:
    with pytest.raises(TypeError, match=r"a piece of file: .* not 'str': pass \(piece.encode\(\) for piece in file\)"):
        drive(colour, StoreView(store, colour).put("k", iter(["a", "b"])))
    with pytest.raises(TypeError, match="a piece of file"):
        drive(colour, StoreView(store, colour).put("k", (piece for piece in (b"good", "bad")), chunk_size=1))
    assert bytes(store.get("k").bytes()) == b"hello"


def test_what_is_to_be_awaited_is_no_content(store: MemoryStore, colour: Colour) -> None:
    coroutine = store.get_async("k")
    with pytest.raises(ValueError, match=r"coroutine\. file must be awaited first"):
        drive(colour, StoreView(store, colour).put("new", coroutine))
    coroutine.close()


def test_the_path_of_a_pathlib_is_no_text(store: MemoryStore, colour: Colour) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        drive(colour, StoreView(store, colour).put("new", Path("/no/such/file")))
    assert "encode" not in str(caught.value)


@pytest.mark.parametrize("buffer", [np.zeros(3), array.array("d", [1.0]), memoryview(b"abcd")[::2], "text", 5])
def test_a_writer_refuses_the_same(store: MemoryStore, colour: Colour, buffer: Any) -> None:
    async def body() -> None:
        async with StoreView(store, colour).open_writer("k") as writer:
            await writer.write(buffer)

    with pytest.raises((TypeError, ValueError, BufferError), match=r"tobytes\(\)|bytes-like object is required"):
        drive(colour, body())
    assert bytes(store.get("k").bytes()) == b"hello"


def test_a_directory_is_no_content(store: MemoryStore, colour: Colour, tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        drive(colour, StoreView(store, colour).put("new", tmp_path))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do anything")
def test_an_unreadable_file_is_no_content(store: MemoryStore, colour: Colour, tmp_path: Path) -> None:
    path = tmp_path / "closed"
    path.touch(mode=0o000)
    with pytest.raises(PermissionError, match="closed"):
        drive(colour, StoreView(store, colour).put("new", path))


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no sockets among the files")
def test_what_cannot_be_opened_is_no_content(
    store: MemoryStore, colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # The path of a socket must be short.
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        with pytest.raises(OSError, match="socket"):
            drive(colour, StoreView(store, colour).put("new", "socket"))
    assert [meta["path"] for meta in store.list().collect()] == ["k"]


def test_a_closed_file_is_no_content(store: MemoryStore, colour: Colour) -> None:
    file = io.BytesIO(b"x")
    file.close()
    with pytest.raises(ValueError, match="closed file"):
        drive(colour, StoreView(store, colour).put("new", file))


class _Pipe(io.RawIOBase):
    def read(self, size: int = -1) -> bytes:
        return b""


def test_a_file_that_cannot_seek_is_refused_with_a_remedy(store: MemoryStore, colour: Colour) -> None:
    with pytest.raises(OSError, match=r"UnsupportedOperation: seek.*iter\(file.read"):
        drive(colour, StoreView(store, colour).put("new", _Pipe()))


class _Unreadable(io.BytesIO):
    def readinto(self, buffer: Any) -> int:
        raise OSError(5, "broken disk")

    def read(self, size: int | None = -1) -> bytes:
        raise OSError(5, "broken disk")


@pytest.mark.parametrize("options", [{}, {"use_multipart": True, "chunk_size": 2}])
def test_a_file_that_breaks_changes_nothing(store: MemoryStore, colour: Colour, options: dict[str, Any]) -> None:
    with pytest.raises(OSError, match="broken disk"):
        drive(colour, StoreView(store, colour).put("k", _Unreadable(b"abcdef"), **options))
    assert bytes(store.get("k").bytes()) == b"hello"


def test_a_closed_reader_says_so(store: MemoryStore) -> None:
    reader = obstore.open_reader(store, "k")
    reader.close()
    for use in (reader.read, reader.readline, reader.readall, lambda: reader.seek(0)):
        with pytest.raises(ValueError, match="closed"):
            use()


class _Failing(BaseStore):
    """A store whose every operation fails."""

    async def get_object(self, path: str, options: Any) -> Any:
        raise LookupError("mine")

    def put_object(self, path: str, data: Any, options: Any) -> Any:
        raise LookupError("mine")

    async def delete_objects(self, paths: Any) -> None:
        raise LookupError("mine")

    def list_objects(self, options: Any) -> Any:
        raise LookupError("mine")


def test_errors_of_a_store_of_ones_own_pass_through(colour: Colour) -> None:
    view = StoreView(_Failing(), colour)
    for operation in (
        lambda: view.get("k"),
        lambda: view.head("k"),
        lambda: view.put("k", b""),
        lambda: view.put("k", b"xyz", chunk_size=1),
        lambda: view.delete("k"),
        lambda: view.copy("k", "l"),
        lambda: view.rename("k", "l"),
        lambda: view.list().collect(),
        view.list_with_delimiter,
    ):
        with pytest.raises(LookupError, match="mine"):
            drive(colour, operation())


def test_a_local_store_needs_a_directory(tmp_path: Path) -> None:
    with pytest.raises(GenericError, match=r"Unable to canonicalize filesystem root.*mkdir=True"):
        LocalStore(tmp_path / "none")
    with pytest.raises(TypeError, match="int"):
        LocalStore(3)  # type: ignore[arg-type]


def test_a_local_object_is_no_directory(tmp_path: Path, colour: Colour) -> None:
    (tmp_path / "d").mkdir()
    view = StoreView(LocalStore(tmp_path), colour)
    for operation, kind in (
        (lambda: view.get("d"), FileNotFoundError),
        (lambda: view.head("d"), FileNotFoundError),
        (lambda: view.put("d", b""), GenericError),
        (lambda: view.delete("d"), BaseError),
        (lambda: view.put("x" * 300, b""), GenericError),
    ):
        with pytest.raises(kind):
            drive(colour, operation())
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_source_that_breaks_leaves_no_file(tmp_path: Path, colour: Colour) -> None:
    view = StoreView(LocalStore(tmp_path), colour)

    async def body() -> None:
        await view.put("k", view.source(b"abc", b"def", LookupError("mine")), chunk_size=2)

    with pytest.raises(LookupError, match="mine"):
        drive(colour, body())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", [None, 1, b"s3://b"])
def test_a_url_is_text(url: Any) -> None:
    for make in (from_url, S3Store.from_url, HTTPStore):
        with pytest.raises(TypeError, match="url must be a str, not"):
            make(url)


def test_pieces_are_taken_until_their_end(store: MemoryStore, colour: Colour) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a"
        yield b""
        yield b"b"

    drive(colour, StoreView(store, colour).put("new", pieces()))
    assert bytes(store.get("new").bytes()) == b"ab"
