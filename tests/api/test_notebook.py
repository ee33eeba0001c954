"""What a notebook shows."""

import asyncio

import pytest

import obstore
from obstore._api.shown import SHOWN
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.store import LocalStore, MemoryStore, S3Store

ODD = "<script>alert(1)<script>.txt"


@pytest.fixture
def store() -> MemoryStore:
    made = MemoryStore()
    made.put(ODD, b"x" * 1536, attributes={"Content-Type": "text/<b>"})
    made.put("dir/a", b"")
    return made


def test_a_listing_is_a_list_and_a_table(store: MemoryStore) -> None:
    listing = store.list().collect()

    assert isinstance(listing, list)
    assert listing == [store.head(ODD), store.head("dir/a")]
    shown = listing._repr_html_()  # type: ignore[attr-defined]
    assert "2 objects, 1.5 kB" in shown
    assert ">dir/a</td>" in shown
    assert "&lt;script&gt;alert(1)&lt;script&gt;.txt" in shown
    assert "<script>" not in shown


def test_sizes_stand_to_the_right_and_all_else_to_the_left(store: MemoryStore) -> None:
    shown = store.list().collect()._repr_html_()  # type: ignore[attr-defined]

    assert '<td style="text-align:right">1.5 kB</td>' in shown
    assert '<td style="text-align:left">dir/a</td>' in shown


def test_a_long_listing_is_not_shown_whole() -> None:
    store = MemoryStore()
    for n in range(SHOWN + 20):
        store.put(f"{n:04}", b"")
    shown = store.list().collect()._repr_html_()  # type: ignore[attr-defined]

    assert f"{SHOWN + 20} objects, 0 B, of which {SHOWN} are shown" in shown
    assert shown.count("<tr>") == SHOWN + 1


@pytest.mark.parametrize("colour", COLOURS)
def test_a_level_is_a_dict_and_a_table(store: MemoryStore, colour: Colour) -> None:
    level = drive(colour, StoreView(store, colour).list_with_delimiter())

    assert level == {"common_prefixes": ["dir"], "objects": [store.head(ODD)]}
    shown = level._repr_html_()
    assert shown.index(">dir/</td>") < shown.index("&lt;script")
    assert "1 directory, 1 object" in shown


def test_a_result_shows_its_metadata_and_keeps_its_bytes(store: MemoryStore) -> None:
    result = obstore.get(store, ODD, options={"range": (0, 10)})
    shown = result._repr_html_()

    assert "1.5 kB (1536 bytes)" in shown
    assert "0 to 10" in shown
    assert "text/&lt;b&gt;" in shown
    assert result.bytes() == b"x" * 10


def test_a_store_shows_its_settings_without_secrets() -> None:
    shown = S3Store("bucket", access_key_id="AKID", secret_access_key="n3ver", region="eu-west-1")._repr_html_()

    assert ">eu-west-1</td>" in shown
    assert "n3ver" not in shown


def test_the_defaults_of_a_store_are_folded_away() -> None:
    said, _, defaults = S3Store("bucket", region="eu-west-1")._repr_html_().partition("<details>")

    assert ">eu-west-1<" in said
    assert "max_connections" not in said
    assert "max_connections" in defaults


def test_a_store_without_settings_shows_what_it_is(tmp_path: object) -> None:
    assert LocalStore(str(tmp_path))._repr_html_().startswith("<code>LocalStore(")


def test_sync_calls_work_in_a_running_loop(store: MemoryStore) -> None:
    async def cell() -> bytes:
        return bytes(store.get("dir/a").bytes()) + bytes(await (await store.get_async(ODD)).bytes_async())

    assert asyncio.run(cell()) == b"x" * 1536
