from collections.abc import Mapping

import pytest

from obstore._core.types import READ_ALL, READ_HEAD, Bounded, ListOptions, ReadOptions, WriteOptions
from obstore._gcs.config import GCSSettings
from obstore._gcs.requests import Requests
from obstore._http.message import Origin, Request

ORIGIN = Origin("https", "storage.googleapis.com", 443)
SETTINGS = GCSSettings("b.1", ORIGIN, "", signs=True, user_project=None, kms_key_name=None)
REQUESTS = Requests(SETTINGS, None, ())


def shown(request: Request) -> tuple[str, str, dict[str, str]]:
    return request.method, request.path, dict(request.headers)


def test_a_get_asks_for_what_is_stored_and_not_what_is_compressed_in_it() -> None:
    assert shown(REQUESTS.get_object("a/k", READ_ALL)) == ("GET", "/b%2E1/a%2Fk", {"accept-encoding": "gzip"})
    assert REQUESTS.get_object("k", READ_HEAD).method == "HEAD"


def test_a_generation_is_part_of_the_query() -> None:
    request = REQUESTS.get_object("k", ReadOptions(range=Bounded(1, 3), version="17", if_match='"x"'))

    assert request.query == (("generation", "17"),)
    assert dict(request.headers) == {"accept-encoding": "gzip", "range": "bytes=1-2", "if-match": '"x"'}


@pytest.mark.parametrize(
    ("mode", "condition", "idempotent"),
    [("overwrite", None, True), ("create", "0", False), ({"version": "17", "e_tag": '"x"'}, "17", False)],
)
def test_a_put_is_conditional_on_a_generation(mode: object, condition: str | None, idempotent: bool) -> None:
    request = REQUESTS.put_object("k", b"data", WriteOptions(mode=mode))  # type: ignore[arg-type]

    assert dict(request.headers).get("x-goog-if-generation-match") == condition
    assert request.idempotent is idempotent


@pytest.mark.parametrize(
    ("default", "attributes", "expected"),
    [
        (None, {}, "application/octet-stream"),
        ("text/css", {}, "text/css"),
        ("text/css", {"Content-Type": "a/b"}, "a/b"),
    ],
)
def test_a_put_always_says_what_it_is(default: str | None, attributes: Mapping[str, str], expected: str) -> None:
    requests, options = Requests(SETTINGS, default, ()), WriteOptions(attributes=attributes)

    for request in (requests.put_object("k", b"", options), requests.create_multipart_upload("k", options)):
        assert [value for name, value in request.headers if name == "content-type"] == [expected]


def test_attributes_become_headers() -> None:
    options = WriteOptions(attributes={"Storage-Class": "NEARLINE", "Key": "value"}, tags={"not": "sent"})
    headers = dict(REQUESTS.put_object("k", b"", options).headers)

    assert headers["x-goog-storage-class"] == "NEARLINE"
    assert headers["x-goog-meta-key"] == "value"
    assert not any("tag" in name for name in headers)


def test_the_paying_project_and_the_key_are_named() -> None:
    settings = SETTINGS._replace(user_project="payer", kms_key_name="projects/p/k")
    requests = Requests(settings, None, [("x-own", "1")])
    options = WriteOptions()
    writes = [
        requests.put_object("k", b"", options),
        requests.create_multipart_upload("k", options),
        requests.copy_object("source-bucket", "k", "l", overwrite=True),
    ]
    others = [
        requests.get_object("k", READ_ALL),
        requests.delete_object("k"),
        requests.list_objects(ListOptions(), delimiter=False),
        requests.upload_part("k", "u", 1, b""),
        requests.complete_multipart_upload("k", "u", [], options),
        requests.abort_multipart_upload("k", "u"),
    ]

    for request in writes + others:
        headers = dict(request.headers)
        assert (headers["x-own"], headers["x-goog-user-project"]) == ("1", "payer")
        assert ("x-goog-encryption-kms-key-name" in headers) is (request in writes)


def test_a_copy_names_its_source() -> None:
    request = REQUESTS.copy_object("b.2", "a/b", "c", overwrite=False)

    assert shown(request) == (
        "PUT",
        "/b%2E1/c",
        {"x-goog-copy-source": "b%2E2/a%2Fb", "x-goog-if-generation-match": "0"},
    )


def test_a_listing_has_the_parameters_in_the_references_order() -> None:
    options = ListOptions(prefix="p", offset="p/q", token="t", max_keys=5)

    assert REQUESTS.list_objects(options, delimiter=True).query == (
        ("list-type", "2"),
        ("delimiter", "/"),
        ("prefix", "p/"),
        ("continuation-token", "t"),
        ("start-after", "p/q"),
        ("max-keys", "5"),
    )
    assert REQUESTS.list_objects(ListOptions(), delimiter=False).query == (("list-type", "2"),)


def test_a_completion_has_the_quotes_of_its_etags_as_they_are() -> None:
    request = REQUESTS.complete_multipart_upload("k", "u&1", [{"ETag": '"a"'}, {"ETag": '"<b>"'}], WriteOptions())

    assert request.body == (
        b'<CompleteMultipartUpload><Part><ETag>"a"</ETag><PartNumber>1</PartNumber></Part>'
        b'<Part><ETag>"&lt;b&gt;"</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>'
    )
    assert request.query == (("uploadId", "u&1"),)
