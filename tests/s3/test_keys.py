"""Keys that are no paths: named to the letter, signed to the letter, and listed whatever is in them."""

import http.client
import pickle
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

import obstore as obs
from obstore import Key
from obstore._testing.colour import Colour, drive
from obstore._testing.verbatim import VERBATIM
from obstore._testing.view import StoreView, raises
from obstore.exceptions import GenericError, InvalidPathError, NotFoundError
from obstore.store import GCSStore, MemoryStore, PrefixStore, S3Store
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving

DATE = "2026-11-22T06:53:57.000Z"
KEYS = {"access_key_id": "AKID", "secret_access_key": "secret", "client_options": {"allow_http": True}}


@pytest.fixture(scope="module", params=["ministack", "swift"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def listing(*keys: str, directories: tuple[str, ...] = (), more: str = "") -> bytes:
    contents = [
        f"<Contents><Key>{key}</Key><LastModified>{DATE}</LastModified><ETag>t</ETag><Size>1</Size></Contents>"
        for key in keys
    ]
    prefixes = [f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>" for name in directories]
    return f"<ListBucketResult>{more}{''.join(contents + prefixes)}</ListBucketResult>".encode()


def test_a_key_is_a_str_that_shows_what_it_is() -> None:
    key = Key("a//b")

    assert key == "a//b"
    assert hash(key) == hash("a//b")
    assert repr(key) == "Key('a//b')"
    assert f"{key}.bak" == "a//b.bak"
    assert isinstance(pickle.loads(pickle.dumps(key)), Key)


def test_a_listing_marks_only_what_is_no_path(server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(server.make_bucket(), **server.options()), colour)

    async def body() -> None:
        await view.fill("plain/path", Key("a/"), Key("a//b"))
        objects = await view.list().collect()

        kinds = {meta["path"]: type(meta["path"]) for meta in objects}
        assert kinds == {"plain/path": str, "a/": Key, "a//b": Key}
        level = await view.list_with_delimiter("a")
        assert level["common_prefixes"] == ["a//"]
        assert type(level["common_prefixes"][0]) is Key
        assert [meta["path"] for meta in (await view.list_with_delimiter(Key("a//")))["objects"]] == ["a//b"]

    drive(colour, body())


def test_a_plain_path_is_what_it_is_everywhere(server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(server.make_bucket(), **server.options()), colour)

    async def body() -> None:
        await view.put("/a/", b"path")
        await view.put(Key("a/"), b"key")

        assert await view.body("a/") == b"path"
        assert await view.body(Key("a/")) == b"key"
        with pytest.raises(InvalidPathError, match=r"Hint: obstore.Key\('a//b'\) is that key"):
            await view.get("a//b")
        await view.delete(Key("a/"))
        assert await view.paths() == ["a"]

    drive(colour, body())


@pytest.mark.parametrize("prefix", ["p", "p/q"])
def test_keys_below_a_prefix_are_named_from_there(server: S3Server, colour: Colour, prefix: str) -> None:
    bucket = server.make_bucket()
    whole = StoreView(S3Store(bucket, **server.options()), colour)
    stores = S3Store(bucket, prefix=prefix, **server.options()), PrefixStore(whole.store, prefix)

    async def body() -> None:
        await whole.fill(*[Key(f"{prefix}/{name}") for name in VERBATIM], Key(f"{prefix}/"), f"{prefix}x")
        for store in stores:
            view = StoreView(store, colour)
            listed = await view.paths()
            assert listed == sorted(VERBATIM)
            for path in listed:
                assert await view.body(path) == f"{prefix}/{path}".encode()
            level = await view.list_with_delimiter(Key("a//"))
            assert Key("a//b") in [meta["path"] for meta in level["objects"]]
            assert (await view.head(Key("a/")))["path"] == "a/"

    drive(colour, body())


def test_a_signed_url_is_for_the_key_to_the_letter(server: S3Server) -> None:
    store = S3Store(server.make_bucket(), **server.options())
    for name in VERBATIM:
        obs.put(store, Key(name), name.encode())
        url = urlsplit(obs.sign(store, "GET", Key(name), timedelta(minutes=1)))
        connection = http.client.HTTPConnection(url.netloc)
        connection.request("GET", f"{url.path}?{url.query}")
        with connection.getresponse() as response:
            assert (response.status, response.read()) == (200, name.encode())
        connection.close()


def test_large_uploads_have_any_key(ministack: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(ministack.make_bucket(), **ministack.options()), colour)
    data = b"0123456789abcdef" * (6 << 16)

    async def body() -> None:
        await view.put(Key("a//b/../\x01"), data, use_multipart=True, chunk_size=5 << 20)
        assert await view.body(Key("a//b/../\x01")) == data

    drive(colour, body())


def test_a_server_that_cannot_write_the_page_is_asked_to_encode_it(swift: S3Server, colour: Colour) -> None:
    options = {**swift.options(), "vendor": "other", "retry_config": {"max_retries": 1}}
    view = StoreView(S3Store(swift.make_bucket(), **options), colour)
    names = ["100%+ é", "a b", "bell\x07", "plain"]

    async def body() -> None:
        await view.fill(*[Key(name) for name in names])
        assert await view.paths() == sorted(names)
        assert await view.paths(offset="a b") == ["bell\x07", "plain"]

    drive(colour, body())


class Pages:
    """A bucket with two keys, one of which no XML can carry. `writes` says how it is written all the same."""

    def __init__(self, writes: str, status: int = 200) -> None:
        self.writes = writes
        self.status = status
        self.encoded: list[bool] = []

    def __call__(self, call: Call) -> Answer:
        self.encoded.append(call.query.get("encoding-type") == "url")
        if self.encoded[-1]:
            directories = ("bell%07/",) if "delimiter" in call.query else ()
            encoded = "<EncodingType>url</EncodingType><Prefix>x%2F</Prefix>"
            return Answer(200, listing("a+b%2Bc/%C3%A9", "bell%07", directories=directories, more=encoded))
        directories = (f"{self.writes}/",) if "delimiter" in call.query else ()
        return Answer(self.status, listing("a b+c/é", self.writes, directories=directories))


@pytest.mark.parametrize(("writes", "asked"), [("bell\x07", [False, False]), ("bell&#x7;", [False, False])])
def test_what_is_against_the_rules_of_xml_is_read_where_it_can_be(writes: str, asked: list[bool]) -> None:
    pages = Pages(writes)
    with serving(pages) as url:
        store = S3Store("b", endpoint=url, **KEYS)
        for _ in range(2):
            assert [meta["path"] for meta in obs.list(store).collect()] == ["a b+c/é", "bell\x07"]

    assert pages.encoded == asked


@pytest.mark.parametrize("writes", ["bell\x07", "bell&#x7;"])
def test_a_page_that_cannot_be_read_is_asked_for_encoded_from_then_on(writes: str, colour: Colour) -> None:
    pages = Pages(writes)
    with serving(pages) as url:
        view = StoreView(S3Store("b", endpoint=url, **KEYS), colour)
        level = drive(colour, view.list_with_delimiter())
        again = drive(colour, view.paths())

    assert level["common_prefixes"] == [Key("bell\x07/")]
    assert [meta["path"] for meta in level["objects"]] == again == ["a b+c/é", "bell\x07"]
    assert pages.encoded == [False, True, True]


def test_a_server_that_fails_all_the_same_is_not_asked_for_long(colour: Colour) -> None:
    calls: list[Call] = []

    def failing(call: Call) -> Answer:
        calls.append(call)
        return Answer(500)

    with serving(failing) as url:
        store = S3Store("b", endpoint=url, retry_config={"max_retries": 1}, **KEYS)
        view = StoreView(store, colour)
        drive(colour, raises(GenericError, view.list().collect()))

    assert ["encoding-type" in call.query for call in calls] == [False, False, True]
    assert not store._encodes_listings


def test_a_key_that_no_list_can_hold_is_deleted_by_its_url() -> None:
    calls: list[Call] = []

    def deleting(call: Call) -> Answer:
        calls.append(call)
        return Answer(200, b"<DeleteResult/>")

    with serving(deleting) as url:
        obs.delete(S3Store("b", endpoint=url, **KEYS), ["a", Key("b\x01"), Key("c//d")])

    assert sorted((call.method, call.path) for call in calls) == [("DELETE", "/b/b%01"), ("POST", "/b")]
    assert next(call.body for call in calls if call.method == "POST").count(b"<Key>") == 2


def test_a_refusal_that_repeats_the_key_is_understood(server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(server.make_bucket(), **server.options()), colour)

    async def body() -> None:
        with pytest.raises(NotFoundError) as caught:
            await view.get(Key("not\x01there"))
        assert caught.value.code == "NoSuchKey"

    drive(colour, body())


def test_google_takes_keys_to_the_letter_too() -> None:
    calls: list[Call] = []

    def answering(call: Call) -> Answer:
        calls.append(call)
        return Answer(200, listing("a//b", "a/") if "list-type" in call.query else b"hello")

    with serving(answering) as url:
        store = GCSStore("b", base_url=url, skip_signature=True, client_options={"allow_http": True})
        listed = [meta["path"] for meta in obs.list(store).collect()]
        for path in listed:
            obs.get(store, path).bytes()

    assert [call.path for call in calls[1:]] == ["/b/a%2F%2Fb", "/b/a%2F"]


@pytest.mark.parametrize("name", ["a/", "/a", "a//b"])
def test_a_store_of_paths_says_that_it_holds_nothing_else(name: str) -> None:
    with pytest.raises(InvalidPathError):
        MemoryStore().put(Key(name), b"")
