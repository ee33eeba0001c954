"""S3's replies. Listings are read in two ways, which have to agree."""

from datetime import UTC, datetime

import pytest

from obstore._core.types import ListPage
from obstore._s3.replies import DeleteError, read_delete_errors
from obstore._transfer import xml_listing
from obstore._transfer.xml_listing import read_page
from obstore._transfer.xml_replies import is_error_document, read_refusal, read_text
from obstore.exceptions import GenericError

NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
DATE = "2026-11-22T06:53:57.000Z"
OWNER = "<Owner><ID>i</ID><DisplayName>n</DisplayName></Owner>"
NESTED = "<RestoreStatus><Key>not-me</Key><Size>99</Size></RestoreStatus>"


def entry(key: str, size: int = 1, tag: str | None = '"t"', more: str = "") -> str:
    e_tag = "" if tag is None else f"<ETag>{tag}</ETag>"
    return f"<Contents><Key>{key}</Key><LastModified>{DATE}</LastModified>{e_tag}<Size>{size}</Size>{more}</Contents>"


def page(*content: str, attributes: str = NAMESPACE) -> bytes:
    return f"<?xml version='1.0'?><ListBucketResult{attributes}>{''.join(content)}</ListBucketResult>".encode()


def prefix(name: str) -> str:
    return f"<CommonPrefixes><Prefix>{name}</Prefix></CommonPrefixes>"


TOKEN = "<IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>"
ODD_ORDER = f"<Contents><Size>3</Size><ETag>x</ETag><LastModified>{DATE}</LastModified><Key>odd</Key></Contents>"

SHAPES = {
    "nothing": page("<Name>b</Name><KeyCount>0</KeyCount>"),
    "one": page(entry("a")),
    "many": page(*(entry(f"a{n}", n) for n in range(20))),
    "no namespace": page(entry("a"), entry("b"), attributes=""),
    "single quotes": page(entry("a"), attributes=NAMESPACE.replace('"', "'")),
    "prefixed names": page(entry("a"), entry("b"))
    .replace(b"<", b"<n:")
    .replace(b"<n:/", b"</n:")
    .replace(b"<n:?", b"<?")
    .replace(b"xmlns=", b"xmlns:n="),
    "mark": b"\xef\xbb\xbf" + page(entry("a")),
    "references": page(entry("a&amp;b&lt;c&gt;&#233;&#x1F600;", tag="&quot;t&quot;")),
    "quotes in a key": page(entry("a&quot;b&apos;")),
    "no tag": page(entry("a", tag=None), entry("b", tag=None)),
    "tag on some": page(entry("a"), entry("b", tag=None)),
    "owner": page(entry("a", more=OWNER), entry("b", more=OWNER)),
    "owner on some": page(entry("a", more=OWNER), entry("b")),
    "nested": page(entry("a", more=NESTED), entry("b", more=NESTED)),
    "nested first": page(entry("a").replace("<Key>a", NESTED + "<Key>a")),
    "odd order": page(ODD_ORDER),
    "one odd": page(entry("a"), ODD_ORDER, entry("b")),
    "directories": page(prefix("p/"), prefix("q&amp;r/")),
    "directories after": page(entry("a"), entry("b"), prefix("p/"), prefix("q/")),
    "directories among": page(entry("a"), prefix("p/"), entry("b"), prefix("q/"), entry("c")),
    "white space": page("\n  ", entry("a").replace("><", ">\n    <"), "\n  ", entry("b").replace("><", ">\n    <")),
    "empty elements": page(entry("a", more="<Owner/>"), entry("b", more="<Owner/>")),
    "empty key": page(entry("")),
    "spaces": page(entry(" a "), entry("b\tc")),
    "tail": page(entry("a"), TOKEN),
    "token first": page(TOKEN, entry("a"), entry("b")),
    "not in ascii": page(entry("é"), entry("日本")),
    "attributes": page(entry("a"), entry("b").replace("<Contents>", '<Contents n="1">')),
    "comment": page("<!-- <Contents> -->", entry("a")),
    "character data": page(entry("<![CDATA[a<b]]>")),
}


def read_slowly(body: bytes, patch: pytest.MonkeyPatch) -> ListPage:
    with patch.context() as patched:
        patched.setattr(xml_listing, "_read_entries_fast", lambda text: None)
        return read_page(body, 0)


@pytest.mark.parametrize("shape", SHAPES)
def test_both_ways_of_reading_a_page_agree(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_page(SHAPES[shape], 0) == read_slowly(SHAPES[shape], monkeypatch)


def test_a_page_is_objects_directories_and_a_token() -> None:
    found = read_page(page(entry("p/a", 3, "&quot;t&quot;"), prefix("p/d/"), TOKEN), 2)

    modified = datetime(2026, 11, 22, 6, 53, 57, tzinfo=UTC)
    assert found.objects == [
        {"path": "a", "last_modified": modified, "size": 3, "e_tag": '"t"', "version": None},
    ]
    assert (found.common_prefixes, found.token) == (["d"], "a&b")


def test_an_empty_page_is_one() -> None:
    assert read_page(SHAPES["nothing"], 0) == ListPage([], [], None)


def test_what_belongs_to_an_inner_element_is_not_the_objects() -> None:
    [first, _] = read_page(SHAPES["nested"], 0).objects

    assert (first["path"], first["size"]) == ("a", 1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not XML"),
        (b"<html>", "not XML"),
        (b"<html></html>", "'html' document"),
        (page("<Contents><Key>a</Key></Contents>"), "no Key, LastModified or Size"),
        (page(entry("a"), "<Contents><Key>b</Key></Contents>"), "no Key, LastModified or Size"),
        (b"\xff\xfe", "not UTF-8"),
        (page(entry("a"))[:-10], "not XML"),
    ],
)
def test_what_is_no_page_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(GenericError, match=message):
        read_page(body, 0)


@pytest.mark.parametrize(
    "body", [b"", b"<DeleteResult/>", b"<DeleteResult></DeleteResult>", f"<DeleteResult{NAMESPACE}/>".encode()]
)
def test_a_deletion_of_which_nothing_is_said_succeeded(body: bytes) -> None:
    assert read_delete_errors(body) == []


def test_failed_deletions_are_told_from_successful_ones() -> None:
    body = (
        f"<DeleteResult{NAMESPACE}><Deleted><Key>a</Key></Deleted>"
        "<Error><Key>b&amp;c</Key><Code>AccessDenied</Code><Message>No</Message></Error>"
        "<Error><Key>d</Key></Error></DeleteResult>"
    )

    assert read_delete_errors(body.encode()) == [DeleteError("b&c", "AccessDenied", "No"), DeleteError("d", "", "")]


def test_a_deletion_with_a_broken_reply_fails() -> None:
    with pytest.raises(GenericError, match="not XML"):
        read_delete_errors(b"<DeleteResult>")


ERROR = b"<Error><Code>SlowDown</Code><Message>Wait</Message><RequestId>r</RequestId></Error>"


@pytest.mark.parametrize("start", [b"", b"\n ", b'<?xml version="1.0" encoding="UTF-8"?>', b'<?xml version="1.0"?>\n'])
def test_an_error_is_one_whatever_its_status(start: bytes) -> None:
    assert is_error_document(start + ERROR)
    assert is_error_document(start + ERROR.replace(b"<Error>", f"<Error{NAMESPACE}>".encode()))


@pytest.mark.parametrize(
    "body", [b"", b"<CopyObjectResult/>", b"<DeleteResult><Error></Error></DeleteResult>", b"<Errors/>", b"Error"]
)
def test_other_replies_are_no_errors(body: bytes) -> None:
    assert not is_error_document(body)


def test_a_refusal_has_code_message_and_request_id() -> None:
    assert read_refusal(ERROR, None) == ("SlowDown", "Wait", "r")
    assert read_refusal(ERROR, "header") == ("SlowDown", "Wait", "header")


@pytest.mark.parametrize("body", [b"", b"Bad Gateway", b"<html", b"\x00\xff"])
def test_a_refusal_in_other_words_says_nothing(body: bytes) -> None:
    assert read_refusal(body, "id") == (None, None, "id")


def test_a_missing_element_is_named() -> None:
    assert read_text(b"<r><UploadId>u</UploadId></r>", "UploadId", "S3") == "u"
    with pytest.raises(GenericError, match="the reply has no UploadId"):
        read_text(b"<r/>", "UploadId", "S3")
    with pytest.raises(GenericError, match="not XML"):
        read_text(b"", "UploadId", "S3")
