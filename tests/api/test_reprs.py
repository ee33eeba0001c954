"""What objects with a state say of it: enough to see in a debugger where one is."""

import pathlib

import obstore
from obstore._api.cursor import Cursor
from obstore._api.draft import Draft
from obstore._core.types import READ_ALL, WriteOptions
from obstore._io.runtime import run_blocking
from obstore._transfer.upload import Effort
from obstore._wrappers.blocks import DiskBlocks, MemoryBlocks
from obstore.store import MemoryStore


def store_with(**objects: bytes) -> MemoryStore:
    store = MemoryStore()
    for path, content in objects.items():
        store.put(path, content)
    return store


def test_a_listing_says_what_comes_next() -> None:
    stream = store_with(a=b"").list("dir", chunk_size=7)

    assert repr(stream).startswith("<ListStream chunk_size=7 of <Pager ListOptions(prefix='dir'")
    stream.collect()
    assert repr(stream) == "<ListStream chunk_size=7 of <Pager at its end>>"


def test_a_walk_says_how_much_it_knows_of() -> None:
    assert repr(obstore.walk(store_with(a=b""))) == "<WalkStream of <Levels of <MemoryStore objects=1> to come: 1>>"


def test_a_stream_says_whether_it_is_closed() -> None:
    stream = store_with(k=b"hello").get("k").stream(3)

    assert repr(stream) == "<BytesStream min_chunk_size=3>"
    stream.close()
    assert repr(stream) == "<BytesStream closed>"


def test_a_stored_object_says_which_bytes_it_has() -> None:
    stored = run_blocking(store_with(k=b"hello").get_object("k", READ_ALL))

    assert repr(stored).endswith(" 'k' bytes 0..5 of 5>")


def test_a_file_that_is_read_says_where_it_is() -> None:
    cursor = Cursor(MemoryStore(), "k", 10, 4)
    cursor.seek(3, 0)

    assert repr(cursor) == "<Cursor 'k' at 3 of 10>"


def test_a_file_that_is_written_says_how_far_it_is() -> None:
    draft = Draft(MemoryStore(), "k", WriteOptions(), Effort(10, 1))
    draft.keep(memoryview(b"hello"))

    assert repr(draft) == "<Draft 'k' 5 bytes, in memory>"
    run_blocking(draft.publish())
    assert repr(draft) == "<Draft 'k' 5 bytes, closed>"


def test_what_a_cache_is_kept_in_says_how_large_it_may_be(tmp_path: pathlib.Path) -> None:
    assert repr(MemoryBlocks(100)) == "<MemoryBlocks 0 of 100 bytes>"
    assert repr(DiskBlocks(str(tmp_path), 100)) == f"<DiskBlocks {str(tmp_path)!r} max_bytes=100>"
