"""Copies that the service makes: in parts, on conditions, and between buckets."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obstore._io.runtime import run_blocking
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView, raises
from obstore.exceptions import (
    AlreadyExistsError,
    GenericError,
    NotFoundError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
)
from obstore.store import MemoryStore, PrefixStore, S3Store
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving

DATA = bytes(range(256)) * (12 << 12)  # 12 MiB: three parts
ATTRIBUTES = {"Content-Type": "text/csv", "Cache-Control": "no-cache", "who": "me"}


@pytest.fixture(params=["ministack", "swift"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def test_a_large_object_is_copied_in_parts(server: S3Server, colour: Colour) -> None:
    bucket = server.make_bucket()
    view = StoreView(S3Store(bucket, prefix="p", multipart_copy_threshold=5 << 20, **server.options()), colour)

    async def body() -> None:
        await view.put("big", DATA, attributes=ATTRIBUTES, use_multipart=False)
        await view.copy("big", "d/copy")
        result = await view.get("d/copy")
        assert result.attributes == ATTRIBUTES
        assert await result.bytes() == DATA
        with server.client() as s3:
            # The ETag of an upload in parts says how many there were.
            assert s3.head_object(Bucket=bucket, Key="p/d/copy")["ETag"].endswith('-3"')
            assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []

    drive(colour, body())


def test_a_small_object_is_copied_at_once(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()
    view = StoreView(S3Store(bucket, multipart_copy_threshold=5 << 20, **ministack.options()), colour)

    async def body() -> None:
        for size in (0, 5 << 20):
            await view.put("small", bytes(size), use_multipart=False)
            await view.copy("small", "copy")
            head = await view.head("copy")
            assert head["size"] == size
            assert "-" not in str(head["e_tag"])

    drive(colour, body())


def test_an_exclusive_copy_has_attributes_and_leaves_the_target(server: S3Server, colour: Colour) -> None:
    options = {"copy_if_not_exists": "multipart", "multipart_copy_threshold": 5 << 20, **server.options()}
    bucket = server.make_bucket()
    view = StoreView(S3Store(bucket, **options), colour)

    async def body() -> None:
        await view.put("small", b"1", attributes=ATTRIBUTES)
        await view.put("big", DATA, attributes=ATTRIBUTES, use_multipart=False)
        for source in ("small", "big"):
            await view.copy(source, f"copy of {source}", overwrite=False)
            assert (await view.get(f"copy of {source}", head=True)).attributes == ATTRIBUTES
            await raises(AlreadyExistsError, view.copy(source, "small", overwrite=False))
        assert await view.body("small") == b"1"
        await raises(NotFoundError, view.copy("nothing", "new", overwrite=False))
        with server.client() as s3:
            assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []

    drive(colour, body())


def test_copies_go_between_buckets(server: S3Server, colour: Colour) -> None:
    one, other = (
        S3Store(server.make_bucket(), prefix="p", multipart_copy_threshold=5 << 20, **server.options())
        for _ in range(2)
    )
    target, source = PrefixStore(other, "q"), PrefixStore(one, "r")

    async def take(copying: Coroutine[Any, Any, None]) -> None:
        if colour == "sync":
            run_blocking(copying)
        else:
            await copying

    async def body() -> None:
        view = StoreView(source, colour)
        await view.put("a b/é", b"small", attributes=ATTRIBUTES)
        await view.put("big", DATA, use_multipart=False)
        for path in ("a b/é", "big"):
            assert target.can_copy_from(source)
            await take(target.copy_from(source, path, f"new/{path}", overwrite=True))
        assert await StoreView(other, colour).paths() == ["q/new/a b/é", "q/new/big"]
        result = await StoreView(target, colour).get("new/a b/é")
        assert (result.attributes, await result.bytes()) == (ATTRIBUTES, b"small")
        assert await StoreView(target, colour).body("new/big") == DATA
        await raises(NotFoundError, take(target.copy_from(source, "nothing", "x", overwrite=True)))

    drive(colour, body())


def make(bucket: str = "a", **settings: Any) -> S3Store:
    return S3Store(bucket, **{"access_key_id": "AK", "secret_access_key": "SK", **settings})


def provider() -> dict[str, Any]:
    expiry = datetime.now(UTC) + timedelta(hours=1)
    return {"access_key_id": "AK", "secret_access_key": "SK", "token": None, "expires_at": expiry}


def other_provider() -> dict[str, Any]:
    return provider()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (make(), make("b"), True),
        (make(), make("b", prefix="p"), True),
        (make(), make("b", virtual_hosted_style_request=True), True),
        (make("a", addressing_style="virtual"), make("b", addressing_style="virtual"), True),
        (make(), make("b", region="eu-west-1"), False),
        (make(), make("b", endpoint="https://elsewhere"), False),
        (make(), make("b", secret_access_key="other"), False),
        (make(), make("b", session_token="T"), False),
        (make(), make("b", request_payer=True), False),
        (make(), make("b", skip_signature=True), False),
        (S3Store("a", skip_signature=True), S3Store("b", skip_signature=True), True),
        (S3Store("a", credential_provider=provider), S3Store("b", credential_provider=provider), True),
        (S3Store("a", credential_provider=provider), S3Store("b", credential_provider=other_provider), False),
        (make(), MemoryStore(), False),
        (MemoryStore(), make(), False),
    ],
)
def test_who_can_copy_from_whom(one: Any, other: Any, expected: bool) -> None:
    assert one.can_copy_from(other) is expected
    assert one.can_copy_from(PrefixStore(other, "x")) is expected


class Copier:
    """A service that refuses to copy an object of `size` at once, and copies parts.

    It has tags for the object. Of the real servers, one drops the tags of uploads in parts, and the others know none.
    """

    def __init__(
        self, size: int, part: Callable[[int], Answer] | None = None, *, tagging: Answer | None = None
    ) -> None:
        self._size = size
        self._tagging = tagging or Answer(
            200, b"<Tagging><TagSet><Tag><Key>a b</Key><Value>c</Value></Tag></TagSet></Tagging>"
        )
        self._part = part or (lambda _: Answer(200, b'<CopyPartResult><ETag>"p"</ETag></CopyPartResult>'))
        self.calls: list[Call] = []

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        if call.method == "HEAD":
            return _Sized(200, headers={"ETag": '"e"', "x-amz-meta-k": "v"}, size=self._size)
        if call.method == "GET":
            return self._tagging
        if call.method == "DELETE":
            return Answer(204)
        if "uploads" in call.query:
            return Answer(200, b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
        if "partNumber" in call.query:
            return self._part(int(call.query["partNumber"]))
        if "uploadId" in call.query:
            return Answer(200, b'<CompleteMultipartUploadResult><ETag>"c-1"</ETag></CompleteMultipartUploadResult>')
        text = "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120"
        return Answer(400, f"<Error><Code>InvalidRequest</Code><Message>{text}</Message></Error>".encode())

    def names(self) -> list[str]:
        return [f"{call.method} {call.raw_query}".strip() for call in self.calls]


class _Sized(Answer):
    """The answer to a HEAD of an object that is larger than anyone would send."""

    def __init__(self, status: int, headers: dict[str, str], size: int) -> None:
        super().__init__(status, _Length(size), headers)  # type: ignore[arg-type]


class _Length:
    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size


def run(copier: Copier, colour: Colour, **settings: Any) -> None:
    with serving(copier) as url:
        view = StoreView(make("b", endpoint=url, client_options={"allow_http": True}, **settings), colour)
        drive(colour, view.copy("s", "t"))


def test_what_the_service_finds_too_large_is_copied_in_parts(colour: Colour) -> None:
    copier = Copier((5 << 30) + 1)
    run(copier, colour)
    parts = {int(call.query["partNumber"]): call.headers for call in copier.calls if "partNumber" in call.query}

    assert copier.names()[:4] == ["PUT", "HEAD", "GET tagging=", "POST uploads="]
    assert {name: copier.calls[3].headers[name] for name in ("x-amz-meta-k", "x-amz-tagging")} == {
        "x-amz-meta-k": "v",
        "x-amz-tagging": "a+b=c",
    }
    assert copier.names()[-1] == "POST uploadId=u"
    assert sorted(parts) == [*range(1, 22)]
    assert parts[1]["x-amz-copy-source-range"] == "bytes=0-268435455"
    assert parts[21]["x-amz-copy-source-range"] == "bytes=5368709120-5368709120"
    assert {headers["x-amz-copy-source-if-match"] for headers in parts.values()} == {'"e"'}
    assert {headers["x-amz-copy-source"] for headers in parts.values()} == {"b/s"}


def test_another_invalid_request_is_one(colour: Colour) -> None:
    copier = Copier(100)
    with pytest.raises(GenericError, match="InvalidRequest"):
        run(copier, colour)

    assert copier.names() == ["PUT", "HEAD"]


def test_a_source_that_changes_is_an_error_and_leaves_nothing(colour: Colour) -> None:
    def part(number: int) -> Answer:
        if number < 3:
            return Answer(200, b'<CopyPartResult><ETag>"p"</ETag></CopyPartResult>')
        return Answer(412, b"<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>")

    copier = Copier(6 << 30, part)
    with pytest.raises(PreconditionError, match="changed"):
        run(copier, colour)

    assert "DELETE uploadId=u" in copier.names()
    assert "POST uploadId=u" not in copier.names()


def test_an_exclusive_copy_must_be_told_how() -> None:
    with pytest.raises(NotSupportedError):
        make().copy("a", "b", overwrite=False)


@pytest.mark.parametrize(
    "reply",
    [Answer(501), Answer(404), Answer(400), Answer(405), Answer(200, bytes(1 << 17))],
    ids=["unknown", "none", "bad request", "no method", "the object"],
)
def test_a_service_without_tags_copies_without_them(colour: Colour, reply: Answer) -> None:
    copier = Copier(6 << 30, tagging=reply)
    run(copier, colour)

    assert copier.names()[-1] == "POST uploadId=u"
    assert all("x-amz-tagging" not in call.headers for call in copier.calls)


def test_tags_that_may_not_be_read_are_not_dropped(colour: Colour) -> None:
    copier = Copier(6 << 30, tagging=Answer(403))
    with pytest.raises(PermissionDeniedError):
        run(copier, colour)

    assert copier.names() == ["PUT", "HEAD", "GET tagging="]


def test_tags_are_left_alone_where_tagging_is_off(colour: Colour) -> None:
    copier = Copier(6 << 30)
    run(copier, colour, disable_tagging=True)

    assert "GET tagging=" not in copier.names()
