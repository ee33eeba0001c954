"""Listings: what servers make of PROPFIND, and what is done where they do not know it."""

from datetime import UTC, datetime

import pytest

from obstore._webdav.autoindex import read_index
from obstore._webdav.multistatus import read_entries
from obstore._webdav.walk import is_cut_short, may_have_past
from obstore.exceptions import GenericError, NotSupportedError, PermissionDeniedError
from obstore.testing import Colour, StoreView, raises
from tests.servers.web import WebServer
from tests.webdav.scripted import Received, bare, reply, run, scripted, store_on

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
FILE = f"<D:resourcetype/><D:getcontentlength>3</D:getcontentlength><D:getlastmodified>{DATE}</D:getlastmodified>"
FOLDER = "<D:resourcetype><D:collection/></D:resourcetype>"


def response(href: str, properties: str, status: str = "HTTP/1.1 200 OK") -> str:
    propstat = f"<D:propstat><D:prop>{properties}</D:prop><D:status>{status}</D:status></D:propstat>"
    return f"<D:response><D:href>{href}</D:href>{propstat}</D:response>"


def document(*responses: str) -> bytes:
    head = '<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">'
    return (head + "".join(responses) + "</D:multistatus>").encode()


def multistatus(*responses: str) -> bytes:
    return reply("207 Multi-Status", document(*responses), content_type="application/xml")


def paths(body: bytes, requested: str = "/base/", directory: str = "") -> list[str]:
    return [entry.path for entry in read_entries(body, requested, directory)]


@pytest.mark.parametrize("origin", ["", "http://h", "https://user@h.example:8443", "//h"])
@pytest.mark.parametrize("base", ["/base/", "/base"])
def test_urls_may_be_absolute_or_not(origin: str, base: str) -> None:
    body = document(
        response(origin + base, FOLDER), response(f"{origin}/base/a%20b", FILE), response(f"{origin}/base/d/", FOLDER)
    )

    assert paths(body) == ["a b", "d"]


def test_paths_are_decoded_once() -> None:
    names = ["caf%c3%a9", "caf%C3%A9", "%2525", "a+b", "a&amp;b", "%23", "%FF", "a%2Fb"]
    body = document(response("/base/", FOLDER), *[response(f"/base/{name}", FILE) for name in names])

    assert paths(body) == ["café", "café", "%25", "a+b", "a&b", "#", "base/%FF"[5:], "a/b"]


def test_a_proxy_may_have_another_path_before_it() -> None:
    body = document(response("/inner/d/", FOLDER), response("/inner/d/a", FILE), response("/inner/d/e/b", FILE))

    assert paths(body, "/outer/d/", "d") == ["d/a", "d/e/b"]


def test_only_what_lies_below_is_listed() -> None:
    assert paths(document(response("/base/d/", FOLDER)), "/base/d/", "d") == []
    assert paths(document(response("/base/d/e", FILE)), "/base/d/", "d") == ["d/e"]
    assert paths(document(response("/base/d", FOLDER), response("/base/dd", FILE)), "/base/d/", "d") == []
    assert paths(document()) == []


def test_what_is_known_is_read_and_the_rest_is_missing() -> None:
    [entry] = read_entries(document(response("/a", FILE + '<D:getetag>W/"1"</D:getetag>')), "/", "")
    [unquoted] = read_entries(document(response("/a", "<D:getetag>1-2</D:getetag>")), "/", "")

    assert (entry.size, entry.e_tag) == (3, 'W/"1"')
    assert entry.last_modified == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)
    assert (unquoted.size, unquoted.e_tag, unquoted.last_modified.year) == (None, '"1-2"', 1970)


def test_missing_properties_stand_apart() -> None:
    body = document(
        "<D:response><D:href>/a</D:href>"
        "<D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
        f"<D:propstat><D:prop>{FILE}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )

    assert [entry.size for entry in read_entries(body, "/", "")] == [3]


def test_what_was_deleted_meanwhile_is_left_out() -> None:
    gone = "<D:response><D:href>/b</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>"

    assert paths(document(response("/a", FILE), gone), "/") == ["a"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "not XML"),
        (b"<html></html>", "'html' document"),
        (document(response("/a", FILE, "HTTP/1.1 403 Forbidden")), "could not describe /a: HTTP/1.1 403"),
        (document("<D:response/>"), "has no href"),
        (document(response("/a", "<D:getlastmodified>yesterday</D:getlastmodified>")), "yesterday"),
    ],
)
def test_what_cannot_be_read_is_an_error(body: bytes, message: str) -> None:
    with pytest.raises(GenericError, match=message):
        paths(body, "/")


def test_a_directory_before_the_offset_is_not_visited() -> None:
    visited = [may_have_past("b", offset) for offset in (None, "", "a", "b", "b/", "b/c", "b0", "c")]

    assert visited == [True, True, True, True, True, True, False, False]


def test_a_listing_of_one_level_may_be_cut_short() -> None:
    level = read_entries(document(response("/d/", FOLDER), response("/a", FILE)), "/", "")
    deep = read_entries(document(response("/d/", FOLDER), response("/d/b", FILE)), "/", "")

    assert is_cut_short(level, "")
    assert not is_cut_short(deep, "")
    assert not is_cut_short(level[1:], "")


def test_a_server_that_takes_infinity_for_one_is_walked(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.paths() == ["a", "d/b", "d/e/c"]
        assert await store.paths(offset="d/b") == ["d/e/c"]
        assert await store.paths("d") == ["d/b", "d/e/c"]

    tree = {
        "/x/": [response("/x/", FOLDER), response("/x/a", FILE), response("/x/d/", FOLDER)],
        "/x/d/": [response("/x/d/", FOLDER), response("/x/d/b", FILE), response("/x/d/e/", FOLDER)],
        "/x/d/e/": [response("/x/d/e/", FOLDER), response("/x/d/e/c", FILE)],
    }
    with scripted(lambda request: multistatus(*tree[request.target])) as server:
        run(colour, store_on(f"{server.url}/x"), body)


def test_a_server_that_refuses_infinity_is_not_asked_twice(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.paths() == ["a"]
        assert await store.paths() == ["a"]

    refusal = b'<D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>'

    def flat(request: Received) -> bytes:
        if request.headers["depth"] == "infinity":
            return reply("403 Forbidden", refusal)
        return multistatus(response("/", FOLDER), response("/a", FILE))

    with scripted(flat) as server:
        run(colour, store_on(server.url), body)

    assert [request.headers["depth"] for request in server.received] == ["infinity", "1", "1"]


def test_a_forbidden_listing_is_forbidden(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(PermissionDeniedError, store.paths())

    with scripted(lambda _: reply("403 Forbidden")) as server:
        run(colour, store_on(server.url), body)


@pytest.mark.parametrize(
    "answer",
    [
        reply("405 Method Not Allowed"),
        reply("501 Unsupported method ('PROPFIND')"),
        reply("200 OK", b"<html></html>", content_type="text/html"),
    ],
)
def test_a_server_without_webdav_names_the_remedy(colour: Colour, answer: bytes) -> None:
    async def body(store: StoreView) -> None:
        for doing in (store.paths(), store.list_with_delimiter("a")):
            try:
                await doing
            except NotSupportedError as error:
                said.append(str(error))

    said: list[str] = []
    with scripted(lambda _: answer) as server:
        run(colour, store_on(f"{server.url}/?key=secret"), body)

    assert len(said) == len(server.asked) == 2
    assert all("does not speak WebDAV" in text and "listing='index'" in text for text in said)
    assert not any("secret" in text for text in said)


def test_a_404_of_a_server_that_only_reads_is_not_an_empty_store(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(NotSupportedError, store.paths())

    with scripted(lambda request: reply("404 No" if request.method == "PROPFIND" else "200 OK")) as server:
        run(colour, store_on(server.url), body)


def test_a_directory_that_is_not_there_is_empty(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.paths("a") == await store.paths() == []

    with scripted(lambda _: reply("404 Not Found")) as server:
        run(colour, store_on(server.url), body)


def test_a_size_that_is_not_listed_is_asked_for(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert [(meta["path"], meta["size"]) for meta in await store.list().collect()] == [("a", 3), ("b", 7)]

    def sizes(request: Received) -> bytes:
        if request.method == "HEAD":
            return bare("200 OK", content_length="7")
        return multistatus(response("/a", FILE), response("/b", "<D:resourcetype/>"))

    with scripted(sizes) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["PROPFIND /", "HEAD /b"]


PAGE = b"""<!DOCTYPE html><html><body><h1>Index of /x y/</h1>
<a href="?C=N;O=D">Name</a> <a href="../">../</a> <a href="/">root</a> <a href="#top">top</a>
<a href="a%20b.txt">a b.txt</a> <a href="d/">d/</a> <a href="/x%20y/abs&amp;.txt">abs</a> <a href="d/deep">deep</a>
<a href="http://elsewhere/x%20y/c">c</a> <a href="http://h:81/x%20y/full">full</a> <a href="mailto:me@h">me</a>
<A HREF='caf%C3%A9'>caf</A> <a>no link</a> <a href="d/">again</a></body></html>"""


def test_an_index_is_its_links_to_children() -> None:
    entries = read_index(PAGE, "http://h:81/x%20y/", "x y")

    assert [(entry.path, entry.is_directory) for entry in entries] == [
        ("x y/a b.txt", False),
        ("x y/d", True),
        ("x y/abs&.txt", False),
        ("x y/full", False),
        ("x y/café", False),
    ]


def test_what_is_no_page_is_no_index() -> None:
    with pytest.raises(GenericError, match="not an index"):
        read_index(b"\x89PNG\r\n", "http://h/", "")


@pytest.mark.parametrize("name", ["apache_server", "nginx_server"])
def test_indexes_of_real_servers_are_listed(request: pytest.FixtureRequest, name: str, colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        level = await store.list_with_delimiter()

        assert await store.paths() == sorted(tree)
        assert await store.paths("d") == ["d/e/%41", "d/q?r#s"]
        assert await store.paths("not/there") == []
        assert (level["common_prefixes"], [meta["path"] for meta in level["objects"]]) == (["d", "x y"], ["a"])
        for meta in await store.list().collect():
            assert meta == await store.head(meta["path"])
            assert meta["size"] == len(tree[meta["path"]])
        await raises(FileNotFoundError, store.head("d"))

    server: WebServer = request.getfixturevalue(name)
    server.clear()
    tree = {"a": b"1", "d/e/%41": b"22", "d/q?r#s": b"3" * 2000, "x y/caf\u00e9 <&>": b""}
    for path, data in tree.items():
        place = server.data / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    run(colour, store_on(server.index_url, listing="index"), body)


@pytest.mark.parametrize("name", ["wsgidav_server", "apache_server", "flat_apache_server", "nginx_server"])
def test_a_tree_is_listed_from_any_of_its_directories(
    request: pytest.FixtureRequest, name: str, colour: Colour
) -> None:
    async def body(store: StoreView) -> None:
        assert await store.paths() == ["b/1", "b/c/2", "d/3"]
        assert await store.paths("b") == ["b/1", "b/c/2"]
        assert (await store.list_with_delimiter())["common_prefixes"] == ["b", "d", "empty"]
        assert await store.body("b/c/2") == b"a/b/c/2"

    server: WebServer = request.getfixturevalue(name)
    server.clear()
    run(colour, store_on(server.url), lambda store: store.fill("a/b/1", "a/b/c/2", "a/d/3", "other", "a/empty/x"))
    run(colour, store_on(server.url), lambda store: store.delete("a/empty/x"))
    run(colour, store_on(f"{server.url}/a/"), body)
