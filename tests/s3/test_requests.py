"""What goes on the wire: the requests of the S3 API, to the byte."""

from datetime import UTC, datetime

import pytest

from obstore._core.types import READ_ALL, READ_HEAD, Bounded, ListOptions, ReadOptions, WriteOptions
from obstore._http.message import Request
from obstore._s3.config import KEYS, read_settings
from obstore._s3.requests import Requests

START = "x-amz-server-side-encryption"
KEY = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
CUSTOMER_KEY = {
    f"{START}-customer-algorithm": "AES256",
    f"{START}-customer-key": KEY,
    f"{START}-customer-key-md5": "GoDL8oWeAZVZNl1r5Hh5Tg==",
}
PARTS = [{"ETag": '"p1"', "ChecksumSHA256": "c1"}, {"ETag": '"p2"'}]


def requests(
    content_type: str | None = None, headers: list[tuple[str, str]] | None = None, **given: object
) -> Requests:
    settings = KEYS.explicit(("arguments", {"bucket": "bkt", "endpoint": "http://h", **given}))
    return Requests(read_settings(settings), content_type, headers or [])


def line(request: Request) -> tuple[str, str, list[tuple[str, str]]]:
    return request.method, request.path, [*request.query]


def sent(request: Request) -> dict[str, str]:
    names = [name for name, _ in request.headers]
    assert names == [name.lower() for name in names]
    assert len(names) == len(set(names))
    return dict(request.headers)


def every(made: Requests) -> dict[str, Request]:
    return {
        "get": made.get_object("k", READ_ALL),
        "head": made.get_object("k", READ_HEAD),
        "put": made.put_object("k", b"", WriteOptions()),
        "create": made.create_multipart_upload("k", WriteOptions()),
        "part": made.upload_part("k", "u", 1, b""),
        "part copy": made.upload_part_copy("k", "u", 1, made.copy_source("s")),
        "complete": made.complete_multipart_upload("k", "u", PARTS, WriteOptions()),
        "abort": made.abort_multipart_upload("k", "u"),
        "list": made.list_objects(ListOptions(), delimiter=False),
        "delete many": made.delete_objects(["k"]),
        "delete": made.delete_object("k"),
        "copy": made.copy_object(made.copy_source("s"), "k", None),
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("get", ("GET", "/bkt/k", [])),
        ("head", ("HEAD", "/bkt/k", [])),
        ("put", ("PUT", "/bkt/k", [])),
        ("create", ("POST", "/bkt/k", [("uploads", "")])),
        ("part", ("PUT", "/bkt/k", [("partNumber", "1"), ("uploadId", "u")])),
        ("part copy", ("PUT", "/bkt/k", [("partNumber", "1"), ("uploadId", "u")])),
        ("complete", ("POST", "/bkt/k", [("uploadId", "u")])),
        ("abort", ("DELETE", "/bkt/k", [("uploadId", "u")])),
        ("list", ("GET", "/bkt", [("list-type", "2")])),
        ("delete many", ("POST", "/bkt", [("delete", "")])),
        ("delete", ("DELETE", "/bkt/k", [])),
        ("copy", ("PUT", "/bkt/k", [])),
    ],
)
def test_every_operation_has_its_method_path_and_query(name: str, expected: tuple[str, str, object]) -> None:
    assert line(every(requests())[name]) == expected


def test_in_virtual_hosted_style_the_path_begins_with_the_key() -> None:
    made = every(requests(virtual_hosted_style_request=True))

    assert (made["get"].path, made["list"].path, made["delete many"].path) == ("/k", "/", "/")


def test_a_key_is_encoded_once() -> None:
    assert requests().object_path("a b/é!~%.txt") == "/bkt/a%20b/%C3%A9%21~%25.txt"
    assert requests().object_path("AZaz09-._~/x") == "/bkt/AZaz09-._~/x"


def test_a_read_has_its_range_conditions_and_version() -> None:
    when = datetime(2026, 11, 22, 6, 53, 57, 999_999, tzinfo=UTC)
    request = requests().get_object("k", ReadOptions(Bounded(1, 4), '"a"', '"b"', when, when, "v+1"))

    date = "Sun, 22 Nov 2026 06:53:57 GMT"
    assert line(request) == ("GET", "/bkt/k", [("versionId", "v+1")])
    assert sent(request) == {
        "range": "bytes=1-3",
        "if-match": '"a"',
        "if-none-match": '"b"',
        "if-modified-since": date,
        "if-unmodified-since": date,
    }


def test_a_write_has_its_attributes_and_tags() -> None:
    attributes = {
        "Content-Type": "text/plain",
        "Cache-Control": "no-store",
        "Content-Disposition": "inline",
        "Content-Encoding": "gzip",
        "Content-Language": "en",
        "Storage-Class": "GLACIER",
        "mine": "1",
    }
    options = WriteOptions(attributes, {"a b": "c/d"})
    expected = {
        "content-type": "text/plain",
        "cache-control": "no-store",
        "content-disposition": "inline",
        "content-encoding": "gzip",
        "content-language": "en",
        "x-amz-storage-class": "GLACIER",
        "x-amz-meta-mine": "1",
    }
    tagged = sent(requests().put_object("k", b"", options))

    assert tagged.pop("x-amz-tagging") in {"a+b=c%2Fd", "a%20b=c%2Fd"}
    assert tagged == expected
    assert sent(requests(disable_tagging=True).put_object("k", b"", options)) == expected
    assert sent(requests(disable_tagging=True).create_multipart_upload("k", options)) == expected


def test_a_content_type_of_its_own_counts_before_the_default() -> None:
    made = requests("application/json")

    assert sent(made.put_object("k", b"", WriteOptions())) == {"content-type": "application/json"}
    assert sent(made.put_object("k", b"", WriteOptions({"Content-Type": "x/y"}))) == {"content-type": "x/y"}


@pytest.mark.parametrize(
    ("options", "condition", "repeatable"),
    [
        (WriteOptions(), {}, True),
        (WriteOptions(mode="create"), {"if-none-match": "*"}, False),
        (WriteOptions(mode={"e_tag": '"1"'}), {"if-match": '"1"'}, False),
    ],
)
def test_a_conditional_write_is_not_repeated_blindly(
    options: WriteOptions, condition: dict[str, str], repeatable: bool
) -> None:
    put = requests().put_object("k", b"", options)
    complete = requests().complete_multipart_upload("k", "u", PARTS, options)

    assert sent(put) == condition
    assert sent(complete) == {"content-type": "application/xml", **condition}
    assert put.idempotent is complete.idempotent is repeatable
    assert put.retries_conflict is ("if-match" in condition)


def test_checksums_go_with_what_has_content() -> None:
    sha = every(requests(checksum_algorithm="sha256"))
    empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    assert sent(sha["put"]) == sent(sha["part"]) == {"x-amz-checksum-sha256": empty}
    assert sent(sha["create"]) == {"x-amz-checksum-algorithm": "SHA256"}
    nvme = requests(checksum_algorithm="crc64nvme")
    assert sent(nvme.put_object("k", b"123456789", WriteOptions())) == {"x-amz-checksum-crc64nvme": "rosUhgp5mIg="}
    assert sent(every(nvme)["create"]) == {"x-amz-checksum-algorithm": "CRC64NVME"}


def test_the_completion_lists_the_parts_in_order() -> None:
    assert (
        every(requests())["complete"].body
        == (
            f'<CompleteMultipartUpload xmlns="{NAMESPACE}">'
            '<Part><ETag>"p1"</ETag><ChecksumSHA256>c1</ChecksumSHA256><PartNumber>1</PartNumber></Part>'
            '<Part><ETag>"p2"</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>'
        ).encode()
    )


def test_a_listing_says_where_it_begins_and_continues() -> None:
    options = ListOptions("p/q r", "p/q r/é+", "tok/+=", 7)
    query = dict(requests().list_objects(options, delimiter=True).query)

    assert query == {
        "continuation-token": "tok/+=",
        "delimiter": "/",
        "list-type": "2",
        "max-keys": "7",
        "prefix": "p/q r/",
        "start-after": "p/q r/é+",
    }


def test_a_bulk_deletion_carries_its_digests() -> None:
    request = requests().delete_objects(["a"])

    assert request.body == f'<Delete xmlns="{NAMESPACE}"><Object><Key>a</Key></Object></Delete>'.encode()
    assert sent(request) == {
        "content-type": "application/xml",
        "content-md5": "JuqpggSF4mbwhmPoLCy7DQ==",
        "x-amz-checksum-sha256": "Dr4tTgYd80m+WXyOfaG+oCOhWbrg+ypw78p8E5W+FDk=",
    }


def test_keys_are_escaped_in_a_bulk_deletion() -> None:
    assert b"<Key>a&amp;&lt;b&gt;\xc3\xa9</Key>" in bytes(requests().delete_objects(["a&<b>é"]).body or b"")


def test_a_copy_names_its_source_without_a_slash_before_it() -> None:
    made = requests()

    assert sent(made.copy_object(made.copy_source("a b/é"), "t", None)) == {"x-amz-copy-source": "bkt/a%20b/%C3%A9"}
    assert sent(made.copy_object(made.copy_source("s"), "t", ("cf-copy", "*")))["cf-copy"] == "*"
    part = made.upload_part_copy("t", "u", 2, [*made.copy_source("s"), ("x-amz-copy-source-range", "bytes=0-9")])
    assert sent(part) == {"x-amz-copy-source": "bkt/s", "x-amz-copy-source-range": "bytes=0-9"}


def test_encryption_by_the_service_is_said_where_objects_are_made() -> None:
    made = every(requests(server_side_encryption="aws:kms", sse_kms_key_id="id"))

    assert {name for name, request in made.items() if START in sent(request)} == {"put", "create", "copy"}


def test_a_customers_key_is_said_where_objects_are_touched() -> None:
    made = every(requests(server_side_encryption="sse-c", sse_customer_key_base64=KEY))
    touching = {name for name, request in made.items() if CUSTOMER_KEY.items() <= sent(request).items()}

    assert touching == {"get", "head", "put", "create", "part", "part copy", "complete", "copy"}
    for name in ("copy", "part copy"):
        of_source = {header.replace("x-amz", "x-amz-copy-source"): value for header, value in CUSTOMER_KEY.items()}
        assert of_source.items() <= sent(made[name]).items()


def test_default_headers_go_with_every_request() -> None:
    made = every(requests(headers=[("x-amz-mine", "1")]))

    assert all(sent(request)["x-amz-mine"] == "1" for request in made.values())
