"""Signed URLs with more in them than a method and a path, used by a client that knows nothing of the store."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import timedelta

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.store import S3Store
from tests.servers import S3Server

MINUTE = timedelta(minutes=1)


def send(
    method: str, url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    """Send a request, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data, dict(headers or {}), method=method)
    try:
        with opener.open(request, timeout=60) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture(params=["ministack", "swift"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


def test_a_url_can_say_how_the_reply_is_described(server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(server.make_bucket(), **server.options()), colour)

    async def body() -> None:
        await view.put("k", b"a,b")
        query = {"response-content-disposition": "attachment", "response-content-type": "text/csv"}
        url = await view.sign("GET", "k", MINUTE, query=query)
        status, headers, content = send("GET", url)

        assert (status, content) == (200, b"a,b")
        assert (headers["content-disposition"], headers["content-type"]) == ("attachment", "text/csv")
        assert send("GET", url.replace("text%2Fcsv", "text%2Fhtml"))[0] == 403

    drive(colour, body())


def test_a_signed_header_must_be_sent_as_it_is(server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(server.make_bucket(), **server.options()), colour)

    async def body() -> None:
        headers = {"Content-Type": "text/csv", "x-amz-meta-who": "me"}
        url = await view.sign("PUT", "k", MINUTE, headers=headers)

        assert send("PUT", url, b"1", {**headers, "Content-Type": "text/html"})[0] == 403
        assert send("PUT", url, b"1", headers)[0] == 200
        assert (await view.get("k")).attributes == {"Content-Type": "text/csv", "who": "me"}

    drive(colour, body())


def test_others_can_upload_parts(server: S3Server, colour: Colour) -> None:
    bucket = server.make_bucket()
    view = StoreView(S3Store(bucket, **server.options()), colour)

    async def body() -> None:
        with server.client() as s3:
            upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
            parts = []
            for number in (1, 2):
                query = {"partNumber": str(number), "uploadId": upload_id}
                status, headers, _ = send("PUT", await view.sign("PUT", "k", MINUTE, query=query), b"x" * (5 << 20))
                assert status == 200
                parts.append({"ETag": headers["etag"], "PartNumber": number})
            s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": parts})

        assert (await view.head("k"))["size"] == 10 << 20

    drive(colour, body())
