"""Redirects: which are followed, and what is taken along."""

import pytest

from obstore._core.errors import TransportError
from obstore._http.message import Origin
from obstore._http.redirect import MAX_REDIRECTS, Step, is_followed, next_step, resolve
from obstore.exceptions import GenericError
from obstore.testing import Colour, StoreView, raises
from tests.webdav.scripted import Received, bare, reply, run, scripted, store_on

HERE = Origin("https", "here.example", 443)
THERE = Origin("https", "there.example", 443)
SECRETS = [
    ("authorization", "Bearer token"),
    ("cookie", "session=1"),
    ("x-api-key", "key"),
    ("x-amz-security-token", "token"),
    ("x-amz-server-side-encryption-customer-key", "key"),
    ("x-ms-encryption-key", "key"),
    ("x-goog-encryption-key", "key"),
]
HARMLESS = [("range", "bytes=0-9"), ("if-match", '"1"'), ("user-agent", "us")]


def step(target: str = "/a?q", origin: Origin = HERE) -> Step:
    return Step(origin, target, [("host", origin.authority), *SECRETS, *HARMLESS])


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("b", (HERE, "/x/b")),
        ("/b?c=%2F", (HERE, "/b?c=%2F")),
        ("?c", (HERE, "/x/a?c")),
        ("//there.example/b#part", (THERE, "/b")),
        ("https://user:password@there.example", (THERE, "/")),
        ("http://[::1]:81/b", (Origin("http", "::1", 81), "/b")),
        ("/\u00e9 b", (HERE, "/%C3%A9%20b")),
        ("HTTPS://HERE.example:443/b", (HERE, "/b")),
    ],
)
def test_a_location_is_seen_from_where_it_stands(location: str, expected: tuple[Origin, str]) -> None:
    assert resolve(HERE, "/x/a?q", location) == expected


@pytest.mark.parametrize("location", ["ftp://there.example/", "https://:1/", "http://h:x/", "file:///etc/passwd"])
def test_a_location_that_is_no_url_of_http_is_an_error(location: str) -> None:
    with pytest.raises(TransportError) as caught:
        resolve(HERE, "/", location)
    assert caught.value.kind == "redirect"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
def test_reads_follow_all_redirects_and_writes_those_that_keep_the_method(status: int) -> None:
    assert [method for method in ("GET", "HEAD", "PROPFIND") if is_followed(method, status)] == (
        ["GET", "HEAD", "PROPFIND"] if status in (301, 302, 303, 307, 308) else []
    )
    assert is_followed("PUT", status) == (status in (307, 308))


def test_secrets_stay_with_their_origin() -> None:
    same = next_step("GET", step(), "/b", allow_http=False)
    other = next_step("GET", step(), "https://there.example/b", allow_http=False)

    assert same is not None
    assert same.headers == step().headers
    assert other is not None
    assert other.headers == [("host", "there.example"), *HARMLESS]


@pytest.mark.parametrize("origin", [Origin("https", "here.example", 444), Origin("https", "www.here.example", 443)])
def test_another_port_or_subdomain_is_another_origin(origin: Origin) -> None:
    other = next_step("GET", step(), f"{origin}/b", allow_http=False)

    assert other is not None
    assert other.headers == [("host", origin.authority), *HARMLESS]


def test_secrets_do_not_come_back() -> None:
    there = next_step("GET", step(), "https://there.example/b", allow_http=False)
    assert there is not None
    back = next_step("GET", there, "https://here.example/c", allow_http=False)

    assert back is not None
    assert back.headers == [("host", "here.example"), *HARMLESS]


def test_plain_http_needs_leave() -> None:
    with pytest.raises(TransportError, match="not encrypted"):
        next_step("GET", step(), "http://here.example/b", allow_http=False)

    assert next_step("GET", step(), "http://here.example/b", allow_http=True) is not None


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
def test_a_request_with_two_urls_stays(method: str) -> None:
    assert next_step(method, step(), "https://there.example/b", allow_http=False) is None
    assert next_step(method, step(), "/b", allow_http=False) is not None


def test_a_slash_at_the_end_means_a_directory() -> None:
    assert next_step("GET", step("/a?q"), "/a/?q", allow_http=False) is None
    assert next_step("DELETE", step("/a"), "/a/", allow_http=False) is None
    assert next_step("GET", step("/a"), "http://here.example:8080/a/", allow_http=False) is None
    assert next_step("GET", step("/a"), "https://there.example/a/", allow_http=False) is not None
    assert next_step("PROPFIND", step("/a"), "/a/", allow_http=False) is not None


def test_a_loop_ends_where_it_closes() -> None:
    first = next_step("GET", step("/a"), "/b?signature=secret", allow_http=False)
    assert first is not None
    second = next_step("GET", first, "/c", allow_http=False)
    assert second is not None
    with pytest.raises(TransportError, match=r"lead back to https://here\.example/b: a loop"):
        next_step("GET", second, "/b?signature=secret", allow_http=False)


def test_there_is_an_end_to_following() -> None:
    at: Step | None = step("/0")
    for number in range(1, MAX_REDIRECTS + 1):
        assert at is not None
        at = next_step("GET", at, f"/{number}", allow_http=False)
    assert at is not None
    with pytest.raises(TransportError, match="more than 10 redirects"):
        next_step("GET", at, "/more", allow_http=False)


def test_a_read_goes_to_another_server_without_secrets(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.get_range("a", start=0, end=4) == b"data"
        assert (await store.head("a"))["size"] == 4

    def there(request: Received) -> bytes:
        if request.method == "HEAD":
            return bare("200 OK", content_length="4")
        return reply("206 Partial", b"data", content_range="bytes 0-3/8")

    with scripted(there) as other:

        def here(request: Received) -> bytes:
            answer = bare if request.method == "HEAD" else reply
            return answer("302 Found", location=f"http://localhost:{other.server_address[1]}/elsewhere?signed=1")

        with scripted(here) as server:
            options = {"default_headers": {"x-api-key": "secret", "x-amz-security-token": "secret"}}
            run(colour, store_on(f"http://me:secret@{server.authority}/base?key=secret", options), body)

    assert other.asked == ["GET /elsewhere?signed=1", "HEAD /elsewhere?signed=1"]
    assert {name for request in other.received for name in request.headers} == {"host", "range", "user-agent"}
    assert "authorization" in server.received[0].headers


def test_a_write_is_sent_again_where_a_307_says(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.put("a", b"small")
        await store.put("b", bytes(300_000), use_multipart=True)

    def move(request: Received) -> bytes:
        if request.target.startswith("/new"):
            return reply("201 Created", etag='"1"')
        return reply("307 Temporary", location=f"/new{request.target}")

    with scripted(move) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["PUT /a", "PUT /new/a", "PUT /b", "PUT /new/b"]
    assert [len(request.body) for request in server.received] == [5, 5, 300_000, 300_000]


def test_a_write_is_not_turned_into_a_read(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.put("a", b"1")
        except GenericError as error:
            said.append(str(error))

    said: list[str] = []
    with scripted(lambda _: reply("302 Found", location="/login?next=secret")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["PUT /a"]
    assert "redirected to /login, which is not followed" in said[0]


def test_a_loop_is_a_clear_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.get("a")
        except GenericError as error:
            said.append(str(error))

    said: list[str] = []
    with scripted(lambda request: reply("302 Found", location="/b" if request.target == "/a" else "/a")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["GET /a", "GET /b"]
    assert "a loop" in said[0]


def test_what_a_redirect_leads_to_is_tried_again(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.body("a") == b"at last"

    answers = iter([reply("503 Slow Down"), reply("200 OK", b"at last")])
    with scripted(
        lambda request: reply("302 Found", location="/b") if request.target == "/a" else next(answers)
    ) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["GET /a", "GET /b", "GET /a", "GET /b"]


def test_a_redirect_without_a_location_is_an_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(GenericError, store.get("a"))

    with scripted(lambda _: reply("302 Found")) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["GET /a"]
