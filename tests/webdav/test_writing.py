"""Writing: parents, copies and renames, and what must not be destroyed on the way."""

import tempfile
from pathlib import Path

import pytest

from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, NotSupportedError, PermissionDeniedError
from obstore.testing import Colour, StoreView, raises
from tests.servers.web import WebServer
from tests.webdav.scripted import Received, bare, reply, run, scripted, store_on

SERVERS = ["wsgidav_server", "apache_server", "nginx_server"]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> WebServer:
    """Each real server in turn, empty."""
    found: WebServer = request.getfixturevalue(request.param)
    found.clear()
    return found


def test_a_directory_is_not_deleted_with_all_that_is_in_it(server: WebServer, colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.fill("d/a", "d/e/b")
        await raises((BaseError, FileNotFoundError), store.delete("d"))

        assert await store.paths() == ["d/a", "d/e/b"]

    run(colour, store_on(server.url), body)


def test_a_directory_is_not_replaced_by_an_object(server: WebServer, colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.fill("d/a", "b")
        await raises(AlreadyExistsError, store.copy("b", "d"))
        await raises(AlreadyExistsError, store.rename("b", "d"))
        await raises(BaseError, store.put("d", b""))

        assert await store.paths() == ["b", "d/a"]

    run(colour, store_on(server.url), body)


def test_writers_may_make_the_same_directories_at_once(server: WebServer, colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        names = [f"a/b/c/{number}" for number in range(8)]

        async def put(name: str) -> None:
            await store.put(name, name.encode())

        await store.concurrently([lambda name=name: put(name) for name in names])  # type: ignore[misc]
        assert await store.paths() == names

    run(colour, store_on(server.url), body)


def test_a_large_object_waits_on_disk_and_leaves_nothing(
    server: WebServer, colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(range(256)) * 100_000

    async def body(store: StoreView) -> None:
        await store.put("a", b"old")
        await raises(OSError, store.put("a", store.source(data, OSError("broken")), chunk_size=1_000_000))
        assert await store.body("a") == b"old"
        await store.put("a", data, chunk_size=1_000_000)
        assert await store.body("a") == data

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run(colour, store_on(server.url), body)

    assert list(tmp_path.iterdir()) == []


def test_parents_are_made_from_the_nearest_down(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.put("a/b/c/d", b"1")

    known = {"/x/"}

    def strict(request: Received) -> bytes:
        target = request.target.removesuffix("/")
        if f"{target.rpartition('/')[0]}/" not in known:
            return reply("409 Conflict")
        if request.method == "MKCOL":
            known.add(request.target)
        return reply("201 Created", etag='"1"')

    with scripted(strict) as server:
        run(colour, store_on(f"{server.url}/x/"), body)

    assert server.asked == [
        "PUT /x/a/b/c/d",
        "MKCOL /x/a/b/c/",
        "MKCOL /x/a/b/",
        "MKCOL /x/a/",
        "MKCOL /x/a/b/",
        "MKCOL /x/a/b/c/",
        "PUT /x/a/b/c/d",
    ]


@pytest.mark.parametrize("status", ["403 Forbidden", "405 Method Not Allowed"])
def test_another_writer_may_be_faster(colour: Colour, status: str) -> None:
    async def body(store: StoreView) -> None:
        await store.put("a/b", b"1")

    found = b'<multistatus xmlns="DAV:"><response><href>/a/</href><propstat><prop><resourcetype><collection/>'
    found += b"</resourcetype></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    puts = iter([reply("409 Conflict"), reply("201 Created")])
    others = {"MKCOL": reply(status), "PROPFIND": reply("207 Multi-Status", found)}

    with scripted(lambda request: next(puts) if request.method == "PUT" else others[request.method]) as server:
        run(colour, store_on(server.url), body)

    assert server.asked[-1] == "PUT /a/b"


def test_a_forbidden_directory_is_an_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(PermissionDeniedError, store.put("a/b", b"1"))

    with scripted(lambda request: reply("409 No" if request.method == "PUT" else "403 Forbidden")) as server:
        run(colour, store_on(server.url), body)


def test_a_store_whose_url_is_not_there_says_so(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.put("a/b", b"1")
        except GenericError as error:
            said.append(str(error))

    said: list[str] = []
    with scripted(lambda _: reply("409 Conflict")) as server:
        run(colour, store_on(f"{server.url}/x"), body)

    assert "is there a collection at http://" in said[0]


def test_attributes_are_headers_and_metadata_is_dropped(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        result = await store.put("a", b"1", attributes={"Content-Type": "a/b", "Cache-Control": "no", "mine": "x"})
        await store.put("b", b"1")

        assert result == {"e_tag": None, "version": None}

    with scripted(lambda _: reply("201 Created")) as server:
        run(colour, store_on(server.url, {"default_content_type": "c/d"}), body)

    first, second = (request.headers for request in server.received)
    assert (first["content-type"], first["cache-control"], second["content-type"]) == ("a/b", "no", "c/d")
    assert not any("mine" in name for name in first)


@pytest.mark.parametrize("mode", ["create", {"e_tag": '"1"'}])
def test_conditional_puts_are_refused_unsent(colour: Colour, mode: object) -> None:
    async def body(store: StoreView) -> None:
        await raises(NotImplementedError, store.put("a", b"1", mode=mode))

    with scripted(lambda _: reply("201 Created")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == []


def test_a_rename_is_one_request(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.rename("a", "b c")

    with scripted(lambda _: reply("201 Created")) as server:
        run(colour, store_on(f"http://me:secret@{server.authority}/x?key=1"), body)

    [request] = server.received
    assert (request.method, request.target) == ("MOVE", "/x/a?key=1")
    assert request.headers["destination"] == f"{server.url}/x/b%20c"
    assert request.headers["overwrite"] == "F"


@pytest.mark.parametrize("status", ["405 Method Not Allowed", "501 Not Implemented"])
def test_a_rename_without_move_is_a_copy_and_a_deletion(colour: Colour, status: str) -> None:
    async def body(store: StoreView) -> None:
        await store.rename("a", "b")

    with scripted(lambda request: reply(status if request.method == "MOVE" else "201 Created")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["MOVE /a", "COPY /a", "DELETE /a"]


def test_a_server_that_cannot_write_is_not_supported(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        for doing in (store.put("a", b""), store.delete("a"), store.copy("a", "b"), store.rename("a", "b")):
            await raises(NotSupportedError, doing)

    def read_only(request: Received) -> bytes:
        return bare("200 OK", content_length="1") if request.method == "HEAD" else reply("405 Method Not Allowed")

    with scripted(read_only) as server:
        run(colour, store_on(server.url), body)


def test_what_was_done_in_part_is_an_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.delete("a")
        except GenericError as error:
            said.append(str(error))

    said: list[str] = []
    failed = (
        b'<multistatus xmlns="DAV:"><response><href>/a</href>'
        b"<status>HTTP/1.1 423 Locked</status></response></multistatus>"
    )
    with scripted(lambda _: reply("207 Multi-Status", failed)) as server:
        run(colour, store_on(server.url), body)

    assert "DELETE was done in part only: HTTP/1.1 423 Locked" in said[0]


def test_all_deletions_are_tried(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(FileNotFoundError, store.delete(["a", "missing", "b"]))

    with scripted(lambda request: reply("404 No" if "missing" in request.target else "200 OK")) as server:
        run(colour, store_on(server.url), body)

    assert sorted(server.asked) == ["DELETE /a", "DELETE /b", "DELETE /missing"]


def test_an_object_is_not_copied_or_moved_onto_itself(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.copy("a", "a")
        await store.rename("a", "a")
        await raises(AlreadyExistsError, store.rename("a", "a", overwrite=False))

    with scripted(lambda _: bare("200 OK", content_length="1")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["HEAD /a"] * 3


def test_the_condition_a_server_names_is_in_the_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.put("a", b"1")
        except GenericError as error:
            caught.append(error)

    caught: list[GenericError] = []
    said = b'<d:error xmlns:d="DAV:" xmlns:s="urn:s"><d:quota-not-exceeded/><s:message>Too much</s:message></d:error>'
    with scripted(lambda _: reply("423 Locked", said)) as server:
        run(colour, store_on(server.url), body)

    [error] = caught
    assert (error.code, error.status) == ("quota-not-exceeded", 423)
    assert "423 Locked: quota-not-exceeded: Too much" in str(error)
