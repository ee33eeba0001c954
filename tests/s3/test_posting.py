"""Forms for uploading, posted as a browser would."""

import json
import uuid
from base64 import b64decode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from obstore._s3.credential import Credential
from obstore._s3.posting import make_fields
from obstore._s3.sigv4 import Signer
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.s3.test_signing import send
from tests.servers import S3Server

MINUTE = timedelta(minutes=1)

# The example of "Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)" in the S3 API reference.
EXAMPLE_KEY = Credential("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
EXAMPLE_POLICY = (
    "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2tldCI6ICJzaWd2"
    "NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwNCiAgICB7ImFjbCI6ICJwdWJsaWMt"
    "cmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29t"
    "L3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4"
    "LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0s"
    "DQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZP"
    "RE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1B"
    "Qy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9"
)
EXAMPLE_TIME = 1_451_347_200  # 2015-12-29T00:00:00Z


def test_the_signature_is_that_of_the_documentation() -> None:
    signature = Signer("us-east-1").sign_policy(EXAMPLE_POLICY, EXAMPLE_KEY, EXAMPLE_TIME)
    assert signature == "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e"


def test_a_policy_allows_every_field() -> None:
    fields = make_fields(
        Signer("us-east-1"),
        EXAMPLE_KEY._replace(token="TOKEN"),
        "bkt",
        "up/${filename}",
        60,
        EXAMPLE_TIME,
        {"acl": "private"},
        [["content-length-range", 1, 99]],
    )
    policy = json.loads(b64decode(fields["policy"]))
    credential = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"

    assert list(fields)[-2:] == ["policy", "x-amz-signature"]
    assert fields["x-amz-security-token"] == "TOKEN"
    assert policy == {
        "expiration": "2015-12-29T00:01:00Z",
        "conditions": [
            {"bucket": "bkt"},
            {"acl": "private"},
            ["starts-with", "$key", "up/"],
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
            {"x-amz-credential": credential},
            {"x-amz-date": "20151229T000000Z"},
            {"x-amz-security-token": "TOKEN"},
            ["content-length-range", 1, 99],
        ],
    }


async def presign(view: StoreView, path: str, expires_in: timedelta = MINUTE, **options: Any) -> Any:
    store = view.store
    if view.colour == "sync":
        return store.presign_post(path, expires_in, **options)
    return await store.presign_post_async(path, expires_in, **options)


def post(url: str, fields: Mapping[str, str], content: bytes, file_name: str = "f.txt") -> int:
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file_name}"\r\n\r\n')
    body = "".join(parts).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    status, _, _ = send("POST", url, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    return status


def test_a_form_can_be_posted(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()
    view = StoreView(S3Store(bucket, prefix="p", **ministack.options()), colour)

    async def body() -> None:
        form = await presign(view, "k", fields={"Content-Type": "text/csv"})
        assert post(form["url"], form["fields"], b"a,b") == 204
        result = await view.get("k")
        assert (result.attributes["Content-Type"], await result.bytes()) == ("text/csv", b"a,b")

        form = await presign(view, "up/${filename}", conditions=[["content-length-range", 1, 5]])
        assert post(form["url"], form["fields"], b"12345", "name.txt") == 204
        assert await view.body("up/name.txt") == b"12345"
        assert post(form["url"], form["fields"], b"123456", "long.txt") == 400

        form = await presign(view, "other")
        changed = {**form["fields"], "key": "p/another"}
        assert post(form["url"], changed, b"") == 403
        forged = {**form["fields"], "x-amz-signature": "0" * 64}
        assert post(form["url"], forged, b"") == 403

    drive(colour, body())


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"fields": {"key": "x"}}, ValueError, "fields must not have 'key'"),
        ({"fields": {"a": 1}}, TypeError, "fields must have names and values of type str"),
        ({"conditions": "x"}, TypeError, "conditions must be a list of conditions"),
        ({"conditions": {"acl": "private"}}, TypeError, "conditions must be a list of conditions"),
        ({"expires_in": timedelta(days=8)}, GenericError, "at most 604800 seconds"),
        ({"expires_in": -MINUTE}, ValueError, "expires_in must not be negative"),
    ],
)
def test_a_form_that_cannot_be_is_refused(
    colour: Colour, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    view = StoreView(S3Store("b", access_key_id="AK", secret_access_key="SK"), colour)
    with pytest.raises(kind, match=message):
        drive(colour, presign(view, "k", **options))
