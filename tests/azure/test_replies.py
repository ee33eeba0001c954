"""Replies: listings as the service writes them, refusals, delegation keys."""

from datetime import UTC, datetime

import pytest

from obstore import Key
from obstore._azure.listing import _read_entries_fast, read_page
from obstore._azure.replies import read_delegation_key, read_put_result, read_refusal
from obstore._transfer.failures import Refusal
from obstore.exceptions import GenericError

# In the form of "List Blobs" of the REST reference, with a directory of a hierarchical namespace.
PAGE = """\ufeff<?xml version="1.0" encoding="utf-8"?>
<EnumerationResults ServiceEndpoint="https://acct.blob.core.windows.net/" ContainerName="c">
<Prefix>p/</Prefix><Blobs>
<Blob><Name>p/a &amp; b</Name><Properties><Creation-Time>Thu, 01 Jul 2021 10:45:02 GMT</Creation-Time>
<Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT</Last-Modified><Etag>0x8D93C7D4629C227</Etag>
<Content-Length>8</Content-Length><Content-Type>text/plain</Content-Type><Content-Encoding /></Properties>
<OrMetadata /></Blob>
<BlobPrefix><Name>p/d/</Name></BlobPrefix>
<Blob><Name>p/dir</Name><Properties><Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT</Last-Modified>
<Content-Length>0</Content-Length><ResourceType>directory</ResourceType></Properties></Blob>
<Blob><Name>p/</Name><Properties><Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT</Last-Modified>
<Content-Length>0</Content-Length></Properties></Blob>
<Blob><Name Encoded="true">p/e%EF%BF%BE%25</Name><Properties>
<Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT</Last-Modified><Etag>"0x2"</Etag>
<Content-Length>5</Content-Length><ResourceType>file</ResourceType></Properties></Blob>
</Blobs><NextMarker>M</NextMarker></EnumerationResults>""".encode()


def test_a_page() -> None:
    page = read_page(PAGE, 0)

    assert page.objects == [
        {
            "path": "p/a & b",
            "last_modified": datetime(2021, 7, 1, 10, 45, 2, tzinfo=UTC),
            "size": 8,
            "e_tag": '"0x8D93C7D4629C227"',
            "version": None,
        },
        {
            "path": Key("p/"),
            "last_modified": datetime(2021, 7, 1, 10, 45, 2, tzinfo=UTC),
            "size": 0,
            "e_tag": None,
            "version": None,
        },
        {
            "path": "p/e\ufffe%",
            "last_modified": datetime(2021, 7, 1, 10, 45, 2, tzinfo=UTC),
            "size": 5,
            "e_tag": '"0x2"',
            "version": None,
        },
    ]
    assert (page.common_prefixes, page.token) == (["p/d"], "M")


def test_a_page_below_the_stores_prefix() -> None:
    page = read_page(PAGE, 2)

    assert [meta["path"] for meta in page.objects] == ["a & b", "e\ufffe%"]
    assert page.common_prefixes == ["d"]


def test_what_is_not_beyond_the_offset_is_left_out() -> None:
    assert [meta["path"] for meta in read_page(PAGE, 0, "p/a & b").objects] == ["p/e\ufffe%"]


# As the service writes them: without blanks between the elements.
USUAL = (
    "<Blob><Name>a &amp; b</Name><VersionId>V</VersionId><Properties><Last-Modified>Thu, 01 Jul 2021 10:45:02 GMT"
    "</Last-Modified><Etag>0x1</Etag>{}<Content-Length>8</Content-Length><Content-MD5 /></Properties>"
    "<OrMetadata /></Blob>"
)


@pytest.mark.parametrize(
    ("kind", "is_fast", "paths"),
    [
        ("", True, ["a & b"]),
        ("<Owner>$superuser</Owner><ResourceType>file</ResourceType>", True, ["a & b"]),
        ("<ResourceType>directory</ResourceType>", True, []),
        ("<Nested><ResourceType>directory</ResourceType></Nested>", False, ["a & b"]),
        ("<Odd attribute='1'/>", False, ["a & b"]),
    ],
)
def test_objects_are_read_alike_fast_and_slow(kind: str, is_fast: bool, paths: list[str]) -> None:
    text = f"<E><Blobs>{USUAL.format(kind)}<BlobPrefix><Name>p/</Name></BlobPrefix></Blobs><NextMarker/></E>"
    page = read_page(text.encode(), 0)

    assert (_read_entries_fast(text) is not None) is is_fast
    assert [meta["path"] for meta in page.objects] == paths
    assert page.common_prefixes == ["p"]
    assert page == read_page(text.replace("><", ">\n<").encode(), 0)


def test_properties_in_another_order_are_read_slowly() -> None:
    late = USUAL.format("").replace("</Properties>", "<ResourceType>directory</ResourceType></Properties>")
    text = f"<E><Blobs>{late}</Blobs></E>"

    assert _read_entries_fast(text) is None
    assert read_page(text.encode(), 0).objects == []


def test_an_empty_page_is_the_end() -> None:
    page = read_page(b"<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>", 0)

    assert (page.objects, page.common_prefixes, page.token) == ([], [], None)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not XML"),
        (b"<Error/>", "it is a 'Error' document"),
        (b"<E><Blobs><Blob/></Blobs></E>", "an object has no Name"),
        (b"<E><Blobs><Blob><Name>k</Name></Blob></Blobs></E>", "'k' has no Last-Modified or Content-Length"),
    ],
)
def test_other_documents_are_errors(body: bytes, problem: str) -> None:
    with pytest.raises(GenericError, match=problem):
        read_page(body, 0)


def test_a_refusal() -> None:
    body = (
        "\ufeff<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code><Message>Server failed.\n"
        "RequestId:R\nTime:T</Message><AuthenticationErrorDetail>why</AuthenticationErrorDetail></Error>"
    ).encode()

    assert read_refusal(body, {"x-ms-request-id": "R"}) == Refusal("AuthenticationFailed", "Server failed. why", "R")
    assert read_refusal(body, {}, may_quote=False) == Refusal("AuthenticationFailed", "Server failed.", None)


@pytest.mark.parametrize("body", [b"", b"plain text", b"<broken"])
def test_a_refusal_without_a_document(body: bytes) -> None:
    assert read_refusal(body, {"x-ms-error-code": "BlobNotFound"}) == Refusal("BlobNotFound", None, None)


def test_an_upload_has_a_tag() -> None:
    assert read_put_result({"etag": '"1"', "x-ms-version-id": "V"}) == {"e_tag": '"1"', "version": "V"}
    with pytest.raises(GenericError, match="has no ETag"):
        read_put_result({})


def test_a_delegation_key() -> None:
    texts = {
        "SignedOid": "oid",
        "SignedTid": "tid",
        "SignedStart": "2026-01-01T00:00:00Z",
        "SignedExpiry": "1970-01-02T00:00:00Z",
        "SignedService": "b",
        "SignedVersion": "2023-11-03",
        "Value": "c2VjcmV0",
    }
    body = "".join(f"<{name}>{text}</{name}>" for name, text in texts.items())
    key = read_delegation_key(f"<UserDelegationKey>{body}</UserDelegationKey>".encode(), 7.0)
    odd = read_delegation_key(f"<K>{body.replace('1970-01-02T00:00:00Z', 'soon')}</K>".encode(), 7.0)

    assert (key.object_id, key.version, key.value, key.expires_at) == ("oid", "2023-11-03", b"secret", 86400.0)
    assert odd.expires_at == 7.0
    with pytest.raises(GenericError, match="the delegation key has no SignedOid"):
        read_delegation_key(b"<K/>", 7.0)
