"""Keys that are no paths: named to the letter, signed to the letter, listed whatever is in them."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

import obstore
from obstore import Key
from obstore._testing.colour import drive
from obstore._testing.verbatim import DOTTED, NOT_IN_XML, PLAINER
from obstore._testing.view import StoreView
from obstore.exceptions import InvalidPathError
from obstore.fsspec import AsyncFsspecStore
from obstore.store import AzureStore, PrefixStore
from obstore.testing import Colour
from tests.azure.test_azurite import container_sas, copy_from
from tests.azure.test_store import KEY
from tests.servers.azurite import Azurite
from tests.servers.fake_http import Answer, Call, serving

MINUTE = timedelta(minutes=1)
NAMES = PLAINER + NOT_IN_XML
BACKSLASHED = ("..\\other\\k", "a\\..\\b", "a/..\\b", "a\\.", "a/b\\./c")
PROPERTIES = (
    "<Properties><Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT</Last-Modified><Etag>0x1</Etag>"
    "<Content-Length>1</Content-Length></Properties>"
)
OBJECT = {"ETag": '"0x1"', "Last-Modified": "Thu, 01 Jul 2021 10:45:02 GMT"}


def open_store(azurite: Azurite, container: str | None = None, **settings: Any) -> AzureStore:
    credential = {} if "sas_key" in settings else {"account_key": azurite.key}
    return AzureStore(container or azurite.make_container(), **azurite.options(), **credential, **settings)


class Container:
    """A service that lists `names` as they are given, in XML, and has an object wherever it is asked for one."""

    def __init__(self, *names: str, directories: tuple[str, ...] = ()) -> None:
        self.calls: list[Call] = []
        blobs = [f"<Blob>{name}{PROPERTIES}</Blob>" for name in names]
        prefixes = [f"<BlobPrefix>{name}</BlobPrefix>" for name in directories]
        self.page = f"<EnumerationResults><Blobs>{''.join(blobs + prefixes)}</Blobs><NextMarker /></EnumerationResults>"

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        return Answer(200, self.page.encode()) if "comp" in call.query else Answer(200, b"x", OBJECT)

    def view(self, url: str, colour: Colour, **settings: Any) -> StoreView:
        options: dict[str, Any] = {"endpoint": url, "client_options": {"allow_http": True}, "account_key": KEY}
        return StoreView(AzureStore("c", account_name="acct", **options, **settings), colour)


def test_a_listing_marks_only_what_is_no_path(azurite: Azurite, colour: Colour) -> None:
    view = StoreView(open_store(azurite), colour)

    async def body() -> None:
        await view.fill("plain/path", Key("a/"), Key("a//b"))

        kinds = {meta["path"]: type(meta["path"]) for meta in await view.list().collect()}
        assert kinds == {"plain/path": str, "a/": Key, "a//b": Key}
        level = await view.list_with_delimiter("a")
        assert ([meta["path"] for meta in level["objects"]], level["common_prefixes"]) == (["a/"], ["a//"])
        assert type(level["common_prefixes"][0]) is Key
        assert await view.paths(Key("a//")) == ["a//b"]

    drive(colour, body())


def test_a_plain_path_is_what_it_is_everywhere(azurite: Azurite, colour: Colour) -> None:
    view = StoreView(open_store(azurite), colour)

    async def body() -> None:
        await view.put("/a/", b"path")
        await view.put(Key("a/"), b"key")

        assert (await view.body("a/"), await view.body(Key("a/"))) == (b"path", b"key")
        with pytest.raises(InvalidPathError, match=r"Hint: obstore.Key\('a//b'\) is that key"):
            await view.get("a//b")
        await view.delete(Key("a/"))
        assert await view.paths() == ["a"]

    drive(colour, body())


@pytest.mark.parametrize("prefix", ["p", "p/q"])
def test_keys_below_a_prefix_are_named_from_there(azurite: Azurite, colour: Colour, prefix: str) -> None:
    container = azurite.make_container()
    whole = StoreView(open_store(azurite, container), colour)
    stores = open_store(azurite, container, prefix=prefix), PrefixStore(whole.store, prefix)

    async def body() -> None:
        await whole.fill(*[Key(f"{prefix}/{name}") for name in PLAINER], Key(f"{prefix}/"), f"{prefix}x")
        for store in stores:
            view = StoreView(store, colour)
            listed = await view.paths()
            assert listed == sorted(PLAINER)
            for path in listed:
                assert await view.body(path) == f"{prefix}/{path}".encode()
            level = await view.list_with_delimiter(Key("a//"))
            assert [meta["path"] for meta in level["objects"]] == ["a//", "a//b"]
            assert await view.paths("a", offset=Key("a//")) == ["a///b", "a//b", "a/b", "a/b/"]
            assert (await view.head(Key("a/")))["path"] == "a/"
        assert f"{prefix}/" in await whole.paths(prefix)

    drive(colour, body())


def test_ranges_and_blocks_have_any_key(azurite: Azurite, colour: Colour) -> None:
    view = StoreView(open_store(azurite), colour)
    data = bytes(range(250)) * 100

    async def body() -> None:
        for name in NAMES:
            await view.put(Key(name), data, use_multipart=True, chunk_size=10_000)

            assert await view.get_range(Key(name), start=9_990, end=10_010) == data[9_990:10_010]
            assert await view.get_ranges(Key(name), starts=[0, 20_000], lengths=[5, 7]) == [data[:5], data[:7]]
            assert await (await view.get(Key(name), range={"suffix": 9})).bytes() == data[-9:]

    drive(colour, body())


def test_a_signed_url_is_for_the_key_to_the_letter(azurite: Azurite) -> None:
    store = open_store(azurite)
    for name in NAMES:
        obstore.put(store, Key(name), name.encode())
        with urlopen(obstore.sign(store, "GET", Key(name), MINUTE)) as reply:
            assert reply.read() == name.encode()


@pytest.mark.parametrize("has_sas", [False, True])
def test_any_key_is_copied_from_another_container(azurite: Azurite, colour: Colour, *, has_sas: bool) -> None:
    container = azurite.make_container()
    sas = {"sas_key": container_sas(azurite, container, "rwl", 600)} if has_sas else {}
    source = StoreView(open_store(azurite, container, **sas), colour)
    view = StoreView(open_store(azurite), colour)

    async def body() -> None:
        for name in NAMES:
            await source.put(Key(name), name.encode())
            await copy_from(view, source.store, Key(name), Key(f"{name}/to"), overwrite=True)
            assert await view.body(Key(f"{name}/to")) == name.encode()

    drive(colour, body())


def test_batches_delete_what_they_name(azurite: Azurite, colour: Colour) -> None:
    view = StoreView(open_store(azurite), colour)

    async def body() -> None:
        await view.fill("kept", *[Key(name) for name in NAMES])
        await view.delete([Key(name) for name in NAMES])
        assert await view.paths() == ["kept"]

    drive(colour, body())


TREE = {Key("a/"): b"", Key("a/b"): b"1", Key("d//e"): b"22", Key("f/"): b"", Key("plain"): b"333"}


def test_a_tree_is_copied_with_every_key(azurite: Azurite) -> None:
    source, target = open_store(azurite), open_store(azurite)
    for path, data in TREE.items():
        source.put(path, data)

    assert obstore.copy_tree(source, None, target, "copy").done == len(TREE)
    assert {meta["path"] for meta in target.list("copy").collect()} == {f"copy/{path}" for path in TREE}
    assert obstore.copy_tree(source, None, target, "copy").skipped == len(TREE)
    assert obstore.delete_prefix(target, "copy").done == len(TREE)


def test_a_tree_is_downloaded_without_the_markers_of_directories(azurite: Azurite, tmp_path: Path) -> None:
    store = open_store(azurite)
    for path, data in TREE.items():
        store.put(path, data)
    summary = obstore.download_tree(store, None, tmp_path)

    assert (summary.done, [failure.path for failure in summary.failures]) == (2, ["d//e"])
    assert (tmp_path / "a" / "b").read_bytes() == b"1"
    assert not (tmp_path / "f").exists()


def test_a_file_system_removes_markers_with_their_directory(azurite: Azurite, tmp_path: Path) -> None:
    store = open_store(azurite)
    for path, data in TREE.items():
        store.put(path, data)
    fs = AsyncFsspecStore(store)

    assert fs.cat("a", recursive=True) == {"a/b": b"1"}
    fs.get("a", str(tmp_path / "a"), recursive=True)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["b"]
    for directory in ("a", "f"):
        fs.rm(directory, recursive=True)
    assert fs.find("") == ["d//e", "plain"]


def test_what_xml_cannot_carry_is_listed_percent_encoded(colour: Colour) -> None:
    encoded = '<Name Encoded="true">100%25%07+%C3%A9//</Name>'
    service = Container("<Name>a &amp; %41</Name>", encoded, directories=('<Name Encoded="true">%07/</Name>',))

    async def body(view: StoreView) -> None:
        level = await view.list_with_delimiter()
        names = [meta["path"] for meta in level["objects"]]
        assert (names, level["common_prefixes"]) == (["a & %41", "100%\x07+é//"], ["\x07/"])
        assert [type(name) for name in [*names, *level["common_prefixes"]]] == [str, Key, Key]
        await view.list_with_delimiter(level["common_prefixes"][0])
        await view.get(names[1])

    with serving(service) as url:
        drive(colour, body(service.view(url, colour)))
    assert service.calls[1].query["prefix"] == "\x07/"
    assert service.calls[2].path == "/c/100%25%07%2B%C3%A9//"


def test_an_object_that_is_the_prefix_has_no_name_below_it(colour: Colour) -> None:
    service = Container("<Name>p/</Name>", "<Name>p//</Name>", "<Name>p/a</Name>", directories=("<Name>p//</Name>",))

    async def body(view: StoreView) -> None:
        level = await view.list_with_delimiter()
        assert ([meta["path"] for meta in level["objects"]], level["common_prefixes"]) == (["/", "a"], ["/"])
        assert await view.body(Key("/")) == b"x"

    with serving(service) as url:
        drive(colour, body(service.view(url, colour, prefix="p")))
    assert [call.path for call in service.calls] == ["/c", "/c/p//"]


@pytest.mark.parametrize("name", [*map(Key, DOTTED), *BACKSLASHED, *map(Key, BACKSLASHED)], ids=repr)
def test_a_name_that_would_be_resolved_is_sent_to_nobody(name: str, colour: Colour) -> None:
    service = Container()

    async def body(view: StoreView) -> None:
        for doing in (
            view.get(name),
            view.head(name),
            view.get_range(name, start=0, end=1),
            view.get_ranges(name, starts=[0], ends=[1]),
            view.put(name, b""),
            view.put(name, [b"12", b"34"], use_multipart=True, chunk_size=2),
            view.delete(name),
            view.delete(["a", name]),
            view.copy(name, "a"),
            view.copy("a", name),
            view.rename("a", name),
            copy_from(view, view.store, name, "a", overwrite=True),
            view.sign("GET", name, MINUTE),
        ):
            with pytest.raises(InvalidPathError, match=r"Azure holds no name with a segment '\.\.?'"):
                await doing

    with serving(service) as url:
        drive(colour, body(service.view(url, colour)))
    assert service.calls == []


@pytest.mark.parametrize("name", ["..a", "a..", "a/.b", "...", "a\\b", "a\\", ".\n", "..b\\x"])
def test_other_names_with_dots_and_backslashes_are_names(name: str, azurite: Azurite, colour: Colour) -> None:
    view = StoreView(open_store(azurite), colour)

    async def body() -> None:
        await view.put(Key(name), b"x")
        assert await view.paths() == [name.replace("\\", "/")]

    drive(colour, body())


def test_a_listing_has_names_that_cannot_be_read(colour: Colour) -> None:
    service = Container("<Name>../up</Name>", "<Name>a</Name>", directories=("<Name>../</Name>",))

    async def body(view: StoreView) -> None:
        level = await view.list_with_delimiter()
        assert [meta["path"] for meta in level["objects"]] == ["../up", "a"]
        for doing in (view.get(level["objects"][0]["path"]), view.list_with_delimiter(level["common_prefixes"][0])):
            with pytest.raises(InvalidPathError, match="perhaps in another container Hint: give it another name"):
                await doing

    with serving(service) as url:
        drive(colour, body(service.view(url, colour)))


def test_the_hint_about_a_plain_path_is_no_key_that_is_refused() -> None:
    store = AzureStore("c", account_name="acct", account_key=KEY)

    with pytest.raises(InvalidPathError, match=r"illegal .* Hint: Azure holds no name with a segment '\.\.'"):
        store.get("a/../b")
    with pytest.raises(InvalidPathError, match=r"Hint: obstore.Key\('a//b'\)"):
        store.get("a//b")
