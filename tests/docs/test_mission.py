"""What the library set out to be: its examples, letter for letter, and every name that they come with."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.docs.pages import Block, run_all

CONSTRUCTING = """
from obstore.store import S3Store

store = S3Store("bucket-name", region="us-east-1", skip_signature=True)
"""

SYNC = """
import obstore as obs

store = obs.store.MemoryStore()

obs.put(store, "file.txt", b"hello world!")
response = obs.get(store, "file.txt")
response.meta
# {'path': 'file.txt',
#  'last_modified': datetime.datetime(2024, 10, 21, 16, 19, 45, 102620, tzinfo=datetime.timezone.utc),
#  'size': 12,
#  'e_tag': '0',
#  'version': None}
assert response.bytes() == b"hello world!"

byte_range = obs.get_range(store, "file.txt", offset=0, length=5)
assert byte_range == b"hello"

obs.copy(store, "file.txt", "other.txt")
assert obs.get(store, "other.txt").bytes() == b"hello world!"
"""

ASYNC = """
import obstore as obs

store = obs.store.MemoryStore()

await obs.put_async(store, "file.txt", b"hello world!")
response = await obs.get_async(store, "file.txt")
response.meta
# {'path': 'file.txt',
#  'last_modified': datetime.datetime(2024, 10, 21, 16, 20, 36, 477418, tzinfo=datetime.timezone.utc),
#  'size': 12,
#  'e_tag': '0',
#  'version': None}
assert await response.bytes_async() == b"hello world!"

byte_range = await obs.get_range_async(store, "file.txt", offset=0, length=5)
assert byte_range == b"hello"

await obs.copy_async(store, "file.txt", "other.txt")
resp = await obs.get_async(store, "other.txt")
assert await resp.bytes_async() == b"hello world!"
"""

CLASSES = [
    "S3Store",
    "GCSStore",
    "AzureStore",
    "HTTPStore",
    "LocalStore",
    "MemoryStore",
    "PrefixStore",
    "S3Config",
    "GCSConfig",
    "AzureConfig",
    "ClientConfig",
    "RetryConfig",
]
OPERATIONS = [
    "copy",
    "delete",
    "get",
    "get_range",
    "get_ranges",
    "head",
    "list",
    "list_with_delimiter",
    "open",
    "put",
    "rename",
    "sign",
]


@pytest.mark.parametrize("example", [CONSTRUCTING, SYNC, ASYNC], ids=["constructing", "sync", "async"])
def test_an_example_runs_as_it_stands(example: str) -> None:
    names = run_all([Block(Path(__file__), 1, example, None)])

    assert "store" in names


def test_the_metadata_are_those_of_the_example() -> None:
    names = run_all([Block(Path(__file__), 1, SYNC, None)])
    meta = names["response"].meta

    assert list(meta) == ["path", "last_modified", "size", "e_tag", "version"]
    assert (meta["path"], meta["size"], meta["version"]) == ("file.txt", 12, None)
    assert meta["last_modified"].utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    ("module", "name"),
    [
        *[("obstore.store", name) for name in CLASSES],
        *[("obstore", name) for name in OPERATIONS],
        *[("obstore", f"{name}_async") for name in OPERATIONS],
        ("obstore.fsspec", "AsyncFsspecStore"),
    ],
)
def test_a_name_can_be_imported(module: str, name: str) -> None:
    assert getattr(importlib.import_module(module), name) is not None
