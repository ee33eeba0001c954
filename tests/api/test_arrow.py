"""Listings as Arrow data."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from arro3 import core

import obstore
from obstore._api import arrow
from obstore._core.types import ObjectMeta
from obstore.store import MemoryStore

COLUMNS = ["path", "last_modified", "size", "e_tag", "version"]
THEN = datetime(2024, 2, 29, 23, 59, 59, 999_999, UTC)
LIBRARIES = [name for name, *_ in arrow._LIBRARIES]


def _rows(count: int) -> list[ObjectMeta]:
    return [
        ObjectMeta(
            path=f"dir/{n}é",
            last_modified=THEN - timedelta(days=n * 40_000, microseconds=n),
            size=2**63 + n,
            e_tag=f'"{n}"' if n % 2 else None,
            version=None,
        )
        for n in range(count)
    ]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each library in turn, as if it were the only one."""
    name: str = request.param
    pytest.importorskip(name)
    monkeypatch.setattr(arrow, "_found", None)
    monkeypatch.setattr(arrow, "_LIBRARIES", [each for each in arrow._LIBRARIES if each[0] == name])
    return name


def test_a_batch_has_the_values_of_its_rows(library: str) -> None:
    rows = _rows(4)
    made = arrow.record_batch(rows)
    batch = core.RecordBatch.from_arrow(made)

    assert type(made).__module__.startswith(library.partition(".")[0])
    assert {name: batch[name].to_pylist() for name in COLUMNS} == {
        name: [row[name] for row in rows]  # type: ignore[literal-required]
        for name in COLUMNS
    }


def test_the_schema_is_the_same_with_and_without_rows(library: str) -> None:
    text = core.DataType.utf8()
    for rows in (_rows(0), _rows(3)):
        batch = core.RecordBatch.from_arrow(arrow.record_batch(rows))
        kinds = [field.type for field in map(batch.schema.field, COLUMNS)]

        assert batch.schema.names == COLUMNS
        assert kinds == [text, core.DataType.timestamp("us", tz="UTC"), core.DataType.uint64(), text, text]
        assert [field.nullable for field in map(batch.schema.field, COLUMNS)] == [False, False, False, True, True]
        assert batch.schema.metadata == {}


def test_a_table_has_all_rows(library: str) -> None:
    for count in (0, 3):
        table = core.Table.from_arrow(arrow.table(_rows(count)))

        assert table.num_rows == count
        assert table.schema.names == COLUMNS


def test_arro3_comes_first() -> None:

    assert type(arrow.record_batch([])) is core.RecordBatch
    assert type(arrow.table([])) is core.Table
    assert len(arrow.table([]).to_batches()) == 1


def test_without_a_library_listing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "_found", None)
    monkeypatch.setattr(arrow, "_LIBRARIES", [("no_such_library", *arrow._LIBRARIES[0][1:])])
    remedy = (
        r"^arro3\.core is a required dependency for returning results as arrow\. "
        r"No module named 'arro3\.core'.*`pip install obstore\[arrow\]`"
    )
    store = MemoryStore()

    for function in (obstore.list, obstore.list_with_delimiter, obstore.list_with_delimiter_async):
        with pytest.raises(ModuleNotFoundError, match=remedy):
            function(store, return_arrow=True)


def test_a_listing_as_batches() -> None:
    store = MemoryStore()
    for n in range(5):
        store.put(f"a/{n}", b"x" * n)
    batches = list(obstore.list(store, return_arrow=True, chunk_size=2))

    assert [batch.num_rows for batch in batches] == [2, 2, 1]
    assert all(isinstance(batch, core.RecordBatch) for batch in batches)
    assert [size for batch in batches for size in batch["size"].to_pylist()] == [0, 1, 2, 3, 4]
    assert obstore.list(store, "none", return_arrow=True).collect().num_rows == 0


def test_one_level_as_a_table() -> None:
    store = MemoryStore()
    store.put("a", b""), store.put("b/c", b"")
    listing: Any = obstore.list_with_delimiter(store, return_arrow=True)
    same: Any = asyncio.run(_list_async(store))

    assert isinstance(listing["objects"], core.Table)
    assert listing["objects"]["path"].to_pylist() == same["objects"]["path"].to_pylist() == ["a"]
    assert list(listing["common_prefixes"]) == ["b"]


async def _list_async(store: MemoryStore) -> Any:
    return await obstore.list_with_delimiter_async(store, return_arrow=True)


# In the words of the Arrow C data interface: utf8 with offsets of 32 bits is `u`, uint64 is `L`.
SCHEMA = [
    ["path", "u", False],
    ["last_modified", "tsu:UTC", False],
    ["size", "L", False],
    ["e_tag", "u", True],
    ["version", "u", True],
]


@pytest.mark.parametrize("name", ["arro3", "pyarrow", "nanoarrow"])
def test_one_library_is_enough(name: str) -> None:
    program = Path(__file__).with_name("arrow_alone.py")

    done = subprocess.run([sys.executable, program, name], capture_output=True, check=True)

    results = json.loads(done.stdout)
    assert results["batches"] == [2, 2, 1]
    assert (results["no batches"], results["an empty batch"]) == ([], 0)
    for described in results["described"] + results["tables"]:
        assert described["columns"] == SCHEMA
        assert (described["format"], described["metadata"], described["kind"]) == ("+s", False, name)
    assert all(described["stream"] for described in results["tables"])


def test_without_any_library_a_program_gets_an_import_error() -> None:
    code = (
        "import sys\n"
        "for name in ('arro3', 'arro3.core', 'pyarrow', 'nanoarrow'): sys.modules[name] = None\n"
        "import obstore\n"
        "store = obstore.store.MemoryStore()\n"
        "for function in (obstore.list, obstore.list_with_delimiter, store.list, store.list_with_delimiter):\n"
        "    try:\n"
        "        function(*[store] * (function.__module__ != 'obstore._api.methods'), return_arrow=True)\n"
        "    except ModuleNotFoundError as error:\n"
        "        print(error.name, error)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    lines = done.stdout.decode().splitlines()
    assert len(lines) == 4
    assert all(line.startswith("arro3.core arro3.core is a required dependency") for line in lines)
