"""Reading from servers that leave things out, or do them badly."""

from datetime import UTC, datetime

import pytest

from obstore.exceptions import (
    GenericError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.testing import Colour, StoreView, raises
from tests.webdav.scripted import Received, bare, chunked, reply, run, scripted, store_on

BODY = bytes(range(256)) * 1024
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def whole(request: Received) -> bytes:
    """Answer GET and HEAD with a body, and nothing about it but its length."""
    return reply("200 OK", BODY)[: None if request.method == "GET" else -len(BODY)]


def test_no_date_and_no_tag_are_missing_not_an_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        result = await store.get("a")

        assert result.meta == {"path": "a", "last_modified": EPOCH, "size": len(BODY), "e_tag": None, "version": None}
        assert await result.bytes() == BODY
        assert await store.head("a") == result.meta

    with scripted(whole) as server:
        run(colour, store_on(server.url), body)


def test_a_date_that_is_none_is_as_good_as_missing(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert (await store.head("a"))["last_modified"] == EPOCH

    with scripted(lambda _: reply("200 OK", last_modified="-1")) as server:
        run(colour, store_on(server.url), body)


@pytest.mark.parametrize(
    "answer",
    [chunked(BODY[:70_000], b"x", BODY[70_001:], etag='"1"'), bare("200 OK", BODY, etag='"1"')],
    ids=["chunked", "until the connection ends"],
)
def test_a_length_that_is_not_said_is_found_out(colour: Colour, answer: bytes) -> None:
    expected = BODY if answer.endswith(BODY) else BODY[:70_000] + b"x" + BODY[70_001:]

    async def body(store: StoreView) -> None:
        result = await store.get("a")
        head = await store.head("a")

        assert (result.meta["size"], result.range) == (len(BODY), (0, len(BODY)))
        assert await result.bytes() == expected
        assert (head["size"], head["e_tag"]) == (len(BODY), '"1"')

    def no_length_for_head(request: Received) -> bytes:
        return bare("200 OK") if request.method == "HEAD" else answer

    with scripted(no_length_for_head) as server:
        run(colour, store_on(server.url), body)


def test_a_chunked_body_that_breaks_off_is_an_error(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(GenericError, store.get("a"))

    with scripted(lambda _: chunked(BODY)[:-20]) as server:
        run(colour, store_on(server.url), body)


@pytest.mark.parametrize("status", ["403 Forbidden", "405 Method Not Allowed", "501 Not Implemented"])
def test_a_head_that_is_refused_is_a_get(colour: Colour, status: str) -> None:
    async def body(store: StoreView) -> None:
        assert (await store.head("a"))["size"] == len(BODY)

    with scripted(lambda request: whole(request) if request.method == "GET" else bare(status)) as server:
        run(colour, store_on(server.url), body)

    assert server.asked == ["HEAD /a", "GET /a"]


def test_what_is_forbidden_to_get_is_forbidden_to_head(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(PermissionDeniedError, store.head("a"))

    with scripted(lambda request: bare("403 No") if request.method == "HEAD" else reply("403 No")) as server:
        run(colour, store_on(server.url), body)


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "410 Gone"])
def test_what_is_not_there_is_a_file_not_found(colour: Colour, status: str) -> None:
    async def body(store: StoreView) -> None:
        await raises(FileNotFoundError, store.get("a"))
        await raises(FileNotFoundError, store.head("a"))

    with scripted(lambda request: bare(status) if request.method == "HEAD" else reply(status)) as server:
        run(colour, store_on(server.url), body)


def test_a_server_without_ranges_is_not_supported(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(NotSupportedError, store.get_range("a", start=1, end=3))
        assert await store.body("a") == BODY

    with scripted(whole) as server:
        run(colour, store_on(server.url), body)


def test_a_path_that_gains_a_slash_is_a_directory(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(FileNotFoundError, store.get("dir"))
        await raises(FileNotFoundError, store.head("dir"))

    def redirect(request: Received) -> bytes:
        answer = bare if request.method == "HEAD" else reply
        return answer("301 Moved", location=f"http://{request.headers['host']}/dir/?q")

    with scripted(redirect) as server:
        run(colour, store_on(server.url), body)


def ranged(request: Received, tag: str, *, cut: int | None = None) -> bytes:
    start = int(request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
    length = len(BODY) - start
    where = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
    status = "206 Partial" if start else "200 OK"
    return bare(status, BODY[start:cut], content_length=str(length), content_range=where, etag=tag)


def test_a_download_with_a_weak_tag_is_resumed_without_if_match(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        assert await store.body("a") == BODY

    answers = iter([100_000, None])
    with scripted(lambda request: ranged(request, 'W/"1"', cut=next(answers))) as server:
        run(colour, store_on(server.url), body)

    assert server.received[1].headers["range"].startswith("bytes=100000-")
    assert "if-match" not in server.received[1].headers


def test_a_changed_object_is_no_mixture_though_if_match_is_ignored(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await raises(PreconditionError, store.body("a"))

    answers = iter([('"1"', 100_000), ('"2"', None)])

    def change(request: Received) -> bytes:
        tag, cut = next(answers)
        return ranged(request, tag, cut=cut)

    with scripted(change) as server:
        run(colour, store_on(server.url), body)

    assert server.received[1].headers["if-match"] == '"1"'


def test_the_query_of_the_url_goes_with_every_request(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.head("a b")
        await store.put("c", b"1")

    with scripted(lambda request: bare("200 OK", content_length="0")) as server:
        run(colour, store_on(f"{server.url}/base/?sig=a%2Fb&x=%7E+y"), body)

    assert server.asked == ["HEAD /base/a%20b?sig=a%2Fb&x=%7E+y", "PUT /base/c?sig=a%2Fb&x=%7E+y"]


@pytest.mark.parametrize(("end", "expected"), [("", "/base"), ("/", "/base/")])
def test_the_empty_path_is_the_url_itself(colour: Colour, end: str, expected: str) -> None:
    async def body(store: StoreView) -> None:
        await store.get("")

    with scripted(whole) as server:
        run(colour, store_on(f"{server.url}/base{end}"), body)

    assert server.asked == [f"GET {expected}"]


def test_user_and_password_are_sent_and_never_shown(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        try:
            await store.get("a")
        except GenericError as error:
            shown.append(f"{error} {error!r} {error.url}")

    shown: list[str] = []
    with scripted(lambda _: reply("400 Bad Request")) as server:
        store = store_on(f"http://me:s%C3%A9cret@{server.authority}/x?token=hidden")
        run(colour, store, body)

    assert server.received[0].headers["authorization"] == "Basic bWU6c8OpY3JldA=="
    assert shown
    assert not any(secret in text for text in [*shown, repr(store)] for secret in ("cret", "hidden"))


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"username": "ü", "password": "p:ss"}, "Basic w7w6cDpzcw=="),
        ({"username": "u"}, "Basic dTo="),
        ({"bearer_token": "abc.def-_~+/=="}, "Bearer abc.def-_~+/=="),
    ],
)
def test_who_asks_is_sent_and_never_shown(arguments: dict[str, str], sent: str, colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        with pytest.raises(UnauthenticatedError, match="pass username= and password=, or bearer_token=") as caught:
            await store.get("a")
        assert sent.partition(" ")[2] not in f"{caught.value} {caught.value!r} {store}"

    with scripted(lambda _: reply("401 Unauthorized")) as server:
        run(colour, store_on(server.url, **arguments), body)

    assert server.received[0].headers["authorization"] == sent


def test_headers_of_the_caller_are_sent_once(colour: Colour) -> None:
    async def body(store: StoreView) -> None:
        await store.get("a")

    headers = {"Authorization": "Bearer token", "user-agent": "mine", "x-key": "1"}
    with scripted(whole) as server:
        run(colour, store_on(server.url, {"default_headers": headers}), body)

    received = server.received[0].headers
    assert [received[name] for name in ("authorization", "user-agent", "x-key")] == ["Bearer token", "mine", "1"]
