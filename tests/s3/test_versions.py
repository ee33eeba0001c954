"""Versions of objects, and uploads that nobody completed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from obstore._s3.replies import UploadEntry, read_uploads, read_versions
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError, NotFoundError
from obstore.store import S3Store
from tests.s3.test_credentials_container import Agent
from tests.servers import S3Server
from tests.servers.fake_http import Answer, serving


@pytest.fixture(params=["ministack", "swift"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def bucket(server: S3Server) -> str:
    bucket = server.make_bucket()
    with server.client() as s3:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


async def everything(stream: Any, colour: Colour) -> list[Any]:
    if colour == "sync":
        return [item for chunk in stream for item in chunk]
    return [item async for chunk in stream for item in chunk]


async def call(view: StoreView, name: str, *args: Any, **options: Any) -> Any:
    if view.colour == "sync":
        return getattr(view.store, name)(*args, **options)
    return await getattr(view.store, f"{name}_async")(*args, **options)


def test_versions_are_listed_read_and_deleted(server: S3Server, bucket: str, colour: Colour) -> None:
    view = StoreView(S3Store(bucket, prefix="p", **server.options()), colour)

    async def body() -> None:
        first = await view.put("d/k", b"one")
        second = await view.put("d/k", b"second")
        await view.put("d/k2", b"")
        await view.put("e", b"")
        await view.delete("d/k")
        found = await everything(view.store.list_versions("d", chunk_size=2), colour)
        of_one = await everything(view.store.list_versions(path="d/k"), colour)

        assert [version["path"] for version in found] == ["d/k"] * 3 + ["d/k2"]
        assert [version["is_delete_marker"] for version in found] == [True, False, False, False]
        assert [version["is_latest"] for version in found] == [True, False, False, True]
        assert [version["size"] for version in found] == [0, 6, 3, 0]
        assert [version["version"] for version in found[1:3]] == [second["version"], first["version"]]
        assert found[1]["e_tag"] == second["e_tag"]
        assert found[0]["e_tag"] is None
        assert of_one == found[:3]
        assert len(await everything(view.store.list_versions(), colour)) == 5

        with pytest.raises(NotFoundError):
            await view.get("d/k")
        assert await (await view.get("d/k", version=first["version"])).bytes() == b"one"
        head = await view.get("d/k", version=second["version"], head=True)
        assert (head.meta["size"], head.meta["version"]) == (6, second["version"])

        await call(view, "delete_version", "d/k", found[0]["version"])
        assert await view.body("d/k") == b"second"
        await call(view, "delete_version", "d/k", second["version"])
        assert await view.body("d/k") == b"one"

    drive(colour, body())


def test_a_listing_of_versions_goes_on_where_the_page_ended(colour: Colour) -> None:
    version = (
        "<Version><Key>p/{key}</Key><VersionId>{id}</VersionId><IsLatest>true</IsLatest>"
        "<LastModified>2026-11-22T06:53:57Z</LastModified><ETag>&quot;t&quot;</ETag><Size>1</Size></Version>"
    )
    more = (
        "<IsTruncated>true</IsTruncated><NextKeyMarker>p/a &amp; b</NextKeyMarker>"
        "<NextVersionIdMarker>v1</NextVersionIdMarker>"
    )
    pages = [version.format(key="a &amp; b", id="v1") + more, version.format(key="c", id="null")]
    agent = Agent(*(Answer(200, f"<ListVersionsResult>{page}</ListVersionsResult>".encode()) for page in pages))
    with serving(agent) as url:
        options = {"access_key_id": "AK", "secret_access_key": "SK", "client_options": {"allow_http": True}}
        store = S3Store("b", prefix="p", endpoint=url, **options)
        found = drive(colour, everything(store.list_versions(), colour))

    assert [(each["path"], each["version"]) for each in found] == [("a & b", "v1"), ("c", "null")]
    assert [call.query for call in agent.calls] == [
        {"versions": "", "prefix": "p/"},
        {"versions": "", "key-marker": "p/a & b", "version-id-marker": "v1", "prefix": "p/"},
    ]


def test_what_is_no_page_of_versions_is_an_error() -> None:
    for body in (b"", b"<ListBucketResult/>", b"<ListVersionsResult><Version/></ListVersionsResult>"):
        with pytest.raises(GenericError):
            read_versions(body)


@pytest.mark.parametrize(
    ("arguments", "kind"), [({"prefix": "a", "path": "b"}, ValueError), ({"prefix": 1}, TypeError)]
)
def test_arguments_are_checked_at_once(arguments: dict[str, Any], kind: type[Exception]) -> None:
    store = S3Store("b", skip_signature=True)
    with pytest.raises(kind):
        store.list_versions(**arguments)
    with pytest.raises(TypeError, match="version must be a str"):
        store.delete_version("k", None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="older_than must be a timedelta"):
        store.abort_multipart_uploads(older_than=3600)  # type: ignore[arg-type]


def test_uploads_that_were_left_are_found_and_aborted(server: S3Server, colour: Colour) -> None:
    bucket = server.make_bucket()
    view = StoreView(S3Store(bucket, prefix="p", **server.options()), colour)

    async def body() -> None:
        with server.client() as s3:
            ids = {
                key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
                for key in ("p/d/a", "p/d/b", "p/e", "other")
            }
            s3.upload_part(Bucket=bucket, Key="p/d/a", UploadId=ids["p/d/a"], PartNumber=1, Body=b"x")
        found = await everything(view.store.list_multipart_uploads("d"), colour)

        assert [(each["path"], each["upload_id"]) for each in found] == [("d/a", ids["p/d/a"]), ("d/b", ids["p/d/b"])]
        assert abs(found[0]["initiated"] - datetime.now(UTC)) < timedelta(minutes=10)
        assert await call(view, "abort_multipart_uploads", "d", older_than=timedelta(hours=1)) == []
        aborted = await call(view, "abort_multipart_uploads", "d", older_than=timedelta(hours=-1))
        assert [each["path"] for each in aborted] == ["d/a", "d/b"]
        assert [each["path"] for each in await everything(view.store.list_multipart_uploads(), colour)] == ["e"]

    drive(colour, body())


def test_a_page_of_uploads_says_how_it_goes_on() -> None:
    page = read_uploads(
        b"<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
        b"<NextUploadIdMarker>u</NextUploadIdMarker><Upload><Key>k</Key><UploadId>u</UploadId>"
        b"<Initiated>2026-11-22T06:53:57.000Z</Initiated></Upload></ListMultipartUploadsResult>"
    )

    assert page.markers == ("k", "u")
    assert page.entries == [UploadEntry("k", "u", datetime(2026, 11, 22, 6, 53, 57, tzinfo=UTC))]
