"""`S3Store` on a server that checks signatures: what the contract suite does not show."""

import socket
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView, raises
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store
from tests.servers import S3Server


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


@pytest.fixture(scope="module")
def bucket(ministack: S3Server) -> str:
    return ministack.make_bucket()


def make(server: S3Server, bucket: str, **changes: object) -> S3Store:
    return S3Store(bucket, **{**server.options(), **changes})


async def failure(view: StoreView, path: str = "k") -> BaseError:
    try:
        await view.get(path)
    except BaseError as error:
        return error
    raise AssertionError("it did not fail")


def test_a_wrong_secret_is_refused_with_all_that_the_server_said(
    ministack: S3Server, bucket: str, colour: Colour
) -> None:
    store = make(ministack, bucket, secret_access_key="not-the-secret")
    error = drive(colour, failure(StoreView(store, colour)))

    assert isinstance(error, PermissionDeniedError)
    assert (error.store, error.path, error.status, error.code) == ("S3", "k", 403, "SignatureDoesNotMatch")
    assert error.request_id
    assert error.method == "GET"
    assert "not-the-secret" not in str(error) + repr(error)


def test_a_missing_bucket_is_not_found(ministack: S3Server, colour: Colour) -> None:
    error = drive(colour, failure(StoreView(make(ministack, "no-such-bucket-here"), colour)))

    assert isinstance(error, NotFoundError)
    assert (error.status, error.code) == (404, "NoSuchBucket")


def test_listing_and_writing_in_a_missing_bucket_fail_too(ministack: S3Server, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await raises(NotFoundError, view.list().collect())
        await raises(NotFoundError, view.list_with_delimiter())
        await raises(NotFoundError, view.put("k", b""))
        await raises(BaseError, view.delete("k"))

    drive(colour, body(StoreView(make(ministack, "no-such-bucket-here"), colour)))


def test_strangers_are_refused(ministack: S3Server, bucket: str, colour: Colour) -> None:
    options = ministack.options()
    store = S3Store(bucket, skip_signature=True, **{k: v for k, v in options.items() if "access_key" not in k})
    error = drive(colour, failure(StoreView(store, colour)))

    assert isinstance(error, PermissionDeniedError | UnauthenticatedError)


def test_without_credentials_the_error_lists_what_was_tried(
    ministack: S3Server, bucket: str, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    options = {name: value for name, value in ministack.options().items() if "access_key" not in name}
    error = drive(colour, failure(StoreView(S3Store(bucket, **options), colour)))

    for tried in ("access_key_id", "metadata"):
        assert tried in str(error)


@pytest.mark.parametrize("changes", [{}, {"disable_bulk_delete": True}])
def test_many_objects_are_listed_in_pages_and_deleted(
    ministack: S3Server, colour: Colour, changes: dict[str, object]
) -> None:
    bucket = ministack.make_bucket()
    # One by one takes a request for each.
    number = 30 if changes else 1500
    names = [f"p/{n:04}" for n in range(number)]
    view = StoreView(make(ministack, bucket, **changes), colour)

    async def body() -> None:
        with ThreadPoolExecutor(8) as threads:
            assert len([*threads.map(lambda name: view.store.put(name, b""), names)]) == number
        chunks = await view.list("p", chunk_size=400).drain()
        assert [len(chunk) for chunk in chunks[:-1]] == [400] * (number // 400)
        assert [meta["path"] for chunk in chunks for meta in chunk] == names
        assert await view.paths("p", offset=names[number // 3]) == names[number // 3 + 1 :]
        assert await view.paths(offset=names[-1]) == []
        assert len((await view.list_with_delimiter("p"))["objects"]) == number
        await view.delete([*names, "never/was/there"])
        assert await view.paths() == []

    drive(colour, body())


@pytest.fixture
def _names_below_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve them, as RFC 6761 (6.3) wants and not every machine does."""
    resolve = socket.getaddrinfo

    def resolving(host: Any, *args: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolving)


@pytest.mark.usefixtures("_names_below_localhost")
@pytest.mark.parametrize("style", [{"addressing_style": "virtual"}, {"virtual_hosted_style_request": True}])
def test_the_bucket_may_stand_in_the_host(
    ministack: S3Server, bucket: str, colour: Colour, style: dict[str, object]
) -> None:
    host = ministack.endpoint.replace("127.0.0.1", "localhost")
    endpoint = host if "addressing_style" in style else host.replace("//", f"//{bucket}.")
    view = StoreView(make(ministack, bucket, endpoint=endpoint, **style), colour)

    async def body() -> None:
        await view.put("in the host", b"hello")
        assert await view.body("in the host") == b"hello"
        assert "in the host" in await view.paths()
        with ministack.client() as s3:
            assert s3.get_object(Bucket=bucket, Key="in the host")["ContentLength"] == 5
        await view.delete("in the host")

    drive(colour, body())


class _BrokeError(Exception):
    pass


def test_an_upload_whose_source_breaks_leaves_nothing(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()
    view = StoreView(make(ministack, bucket), colour)

    async def body() -> None:
        await view.put("k", b"before")
        source: Iterator[bytes] | AsyncIterator[bytes] = view.source(bytes(5 << 20), bytes(5 << 20), _BrokeError())
        await raises(_BrokeError, view.put("k", source))
        assert await view.body("k") == b"before"
        with ministack.client() as s3:
            assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []

    drive(colour, body())


@pytest.mark.parametrize("algorithm", ["sha256", "crc64nvme"])
def test_content_is_stored_with_its_checksum(ministack: S3Server, bucket: str, colour: Colour, algorithm: str) -> None:
    view = StoreView(make(ministack, bucket, checksum_algorithm=algorithm), colour)

    async def body() -> None:
        await view.put("sum", b"123456789")
        assert await view.body("sum") == b"123456789"
        await view.put("parts", b"x" * 100_000, chunk_size=50_000, use_multipart=True)
        assert (await view.head("parts"))["size"] == 100_000

    drive(colour, body())


def test_an_exclusive_copy_has_to_be_configured(ministack: S3Server, bucket: str, colour: Colour) -> None:
    from obstore.exceptions import NotSupportedError

    view = StoreView(make(ministack, bucket), colour)

    async def body() -> None:
        await view.put("source", b"")
        await raises(NotSupportedError, view.copy("source", "target", overwrite=False))
        assert "target" not in await view.paths()

    drive(colour, body())


def test_conditional_puts_may_be_forbidden(ministack: S3Server, bucket: str, colour: Colour) -> None:
    view = StoreView(make(ministack, bucket, conditional_put="disabled"), colour)

    async def body() -> None:
        await raises(NotImplementedError, view.put("conditional", b"", mode="create"))
        await raises(NotImplementedError, view.put("conditional", b"", mode={"e_tag": '"1"'}))
        await view.put("conditional", b"")

    drive(colour, body())


def test_a_prefix_is_before_all_paths(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()
    inner, outer = StoreView(make(ministack, bucket, prefix="a/b"), colour), StoreView(make(ministack, bucket), colour)

    async def body() -> None:
        await inner.put("k", b"1")
        assert await outer.paths() == ["a/b/k"]
        assert await inner.paths() == ["k"]
        assert (await inner.head("k"))["path"] == "k"
        assert isinstance(await failure(inner, "none"), NotFoundError)

    drive(colour, body())


def test_unsigned_content_is_accepted(ministack: S3Server, bucket: str, colour: Colour) -> None:
    view = StoreView(make(ministack, bucket, unsigned_payload=True), colour)

    async def body() -> None:
        await view.put("unsigned", b"hello")
        assert await view.body("unsigned") == b"hello"
        await view.delete("unsigned")

    drive(colour, body())


@pytest.mark.parametrize("note", ["höhe", "日本"])
def test_metadata_beyond_ascii_is_sent_as_it_is_signed(
    ministack: S3Server, bucket: str, colour: Colour, note: str
) -> None:
    async def check(view: StoreView) -> None:
        await view.put("note", b"x", attributes={"note": note})

        assert (await view.get("note")).attributes["note"] == note

    drive(colour, check(StoreView(make(ministack, bucket), colour)))
