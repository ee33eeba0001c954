"""Encryption at rest, on a server that knows it, and other settings that go along with objects."""

from typing import Any

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError
from obstore.store import S3Store
from tests.servers import S3Server

KEY = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="
OTHER_KEY = "MjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjIyMjI="


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"server_side_encryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
        (
            {"server_side_encryption": "aws:kms", "sse_kms_key_id": "alias/k", "sse_bucket_key_enabled": True},
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/k"},
        ),
    ],
    ids=["S3", "KMS"],
)
def test_the_service_encrypts(
    ministack: S3Server, colour: Colour, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    bucket = ministack.make_bucket()
    options = {**ministack.options(), **settings, "multipart_copy_threshold": 5 << 20}
    view = StoreView(S3Store(bucket, **options), colour)

    async def body() -> None:
        await view.put("one", b"1")
        await view.put("parts", bytes(6 << 20), chunk_size=5 << 20, use_multipart=True)
        await view.copy("one", "copy")
        await view.copy("parts", "copy of parts")
        with ministack.client() as s3:
            for path in ("one", "parts", "copy", "copy of parts"):
                head = s3.head_object(Bucket=bucket, Key=path)
                assert {name: head.get(name) for name in expected} == expected
        assert await view.body("one") == b"1"

    drive(colour, body())


def test_a_customers_key_encrypts_and_is_needed(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()

    def view_with(**settings: Any) -> StoreView:
        return StoreView(S3Store(bucket, **ministack.options(), **settings), colour)

    async def body() -> None:
        view = view_with(server_side_encryption="sse-c", sse_customer_key_base64=KEY)
        await view.put("k", b"body")
        await view.put("parts", bytes(6 << 20), chunk_size=5 << 20, use_multipart=True)
        await view.copy("k", "copy")
        assert await view.body("k") == await view.body("copy") == b"body"
        assert (await view.head("parts"))["size"] == 6 << 20
        for other in ({}, {"server_side_encryption": "sse-c", "sse_customer_key_base64": OTHER_KEY}):
            with pytest.raises(BaseError):
                await view_with(**other).get("k")

    drive(colour, body())


def test_a_storage_class_and_tags_are_kept(ministack: S3Server, colour: Colour) -> None:
    bucket = ministack.make_bucket()
    view = StoreView(S3Store(bucket, **ministack.options()), colour)

    async def body() -> None:
        attributes = {"Storage-Class": "STANDARD_IA"}
        await view.put("k", b"1", attributes=attributes, tags={"a b": "c/d"}, use_multipart=False)
        with ministack.client() as s3:
            assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "STANDARD_IA"
            assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a b", "Value": "c/d"}]

    drive(colour, body())


def test_whoever_pays_says_so_under_the_signature(s3_server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(s3_server.make_bucket(), request_payer=True, **s3_server.options()), colour)

    async def body() -> None:
        await view.put("k", b"1")
        assert await view.body("k") == b"1"
        await view.delete("k")

    drive(colour, body())
