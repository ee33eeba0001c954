"""Requests, as they go on the wire."""

from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from obstore._azure.config import AzureSettings
from obstore._azure.encryption import encryption_headers
from obstore._azure.requests import Requests, make_block_id
from obstore._core.types import Bounded, ListOptions, ReadOptions, WriteOptions
from obstore._http.message import Origin, Request

CPK = b64encode(b"\x07" * 32).decode()
CPK_SHA256 = "S7Bvjk46dxXSAdVz0KpCN2LlXavWGiwCJ4+lbMbSlOA="
ETAG = '"0x8DC"'
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def requests(content_type: str | None = None, **settings: Any) -> Requests:
    found = AzureSettings("acct", "c", Origin("https", "acct.example", 443), "", False, True, True)
    return Requests(found._replace(**settings), content_type, [("x-default", "1")])


def headers_of(request: Request) -> dict[str, str]:
    found = dict(request.headers)
    assert found.pop("x-default") == "1"
    assert len(found) == len(request.headers) - 1
    return found


def test_a_key_is_encoded_and_a_version_asked_for() -> None:
    request = requests().get_object("a b/é+%2F", ReadOptions(version="V"))

    assert (request.method, request.path, request.query) == ("GET", "/c/a%20b/%C3%A9%2B%252F", (("versionid", "V"),))


def test_a_range_is_for_bodies_only() -> None:
    wanted = ReadOptions(range=Bounded(1, 4))

    assert headers_of(requests().get_object("k", wanted)) == {"range": "bytes=1-3"}
    assert headers_of(requests().get_object("k", wanted._replace(head=True))) == {}
    assert requests().get_object("k", wanted._replace(head=True)).method == "HEAD"


def test_a_date_does_not_count_beside_a_tag() -> None:
    options = ReadOptions(if_match=ETAG, if_unmodified_since=NOON, if_none_match='"1"', if_modified_since=NOON)

    assert headers_of(requests().get_object("k", options)) == {"if-match": ETAG, "if-none-match": '"1"'}


def test_attributes_and_tags_of_a_put() -> None:
    options = WriteOptions({"Content-Type": "a/b", "Storage-Class": "Cool", "colour": "red"}, {"t/a": "x y"})

    assert headers_of(requests("c/d").put_object("k", b"", options)) == {
        "x-ms-blob-type": "BlockBlob",
        "x-ms-blob-content-type": "a/b",
        "x-ms-access-tier": "Cool",
        "x-ms-meta-colour": "red",
        "x-ms-tags": "t%2Fa=x+y",
    }
    assert headers_of(requests("c/d").put_object("k", b"", WriteOptions()))["x-ms-blob-content-type"] == "c/d"
    assert "x-ms-tags" not in headers_of(requests(sends_tags=False).put_object("k", b"", options))


@pytest.mark.parametrize(
    ("mode", "condition", "idempotent"),
    [
        ("overwrite", {}, True),
        ("create", {"if-none-match": "*"}, False),
        ({"e_tag": ETAG}, {"if-match": ETAG}, False),
    ],
)
def test_conditions_of_a_put(mode: Any, condition: dict[str, str], idempotent: bool) -> None:
    options = WriteOptions(mode=mode)
    put, listed = requests().put_object("k", b"", options), requests().put_block_list("k", [], options)

    assert headers_of(put) == {"x-ms-blob-type": "BlockBlob", **condition}
    assert headers_of(listed) == condition
    assert (put.idempotent, listed.idempotent) == (idempotent, idempotent)


def test_a_block_list() -> None:
    ids = [b64encode(text).decode() for text in (b"numero1", b"numero2", b"numero3")]
    request = requests().put_block_list("k", ids, WriteOptions({"colour": "red"}))

    assert request.query == (("comp", "blocklist"),)
    assert headers_of(request) == {"x-ms-meta-colour": "red"}
    assert request.body == (
        b'<?xml version="1.0" encoding="utf-8"?>\n<BlockList>\n\t<Uncommitted>bnVtZXJvMQ==</Uncommitted>\n'
        b"\t<Uncommitted>bnVtZXJvMg==</Uncommitted>\n\t<Uncommitted>bnVtZXJvMw==</Uncommitted>\n</BlockList>"
    )


def test_block_ids_are_random_and_equally_long() -> None:
    ids = {make_block_id() for _ in range(50)}

    assert len(ids) == 50
    assert {len(b64decode(each)) for each in ids} == {32}
    assert all(int(b64decode(each), 16) >= 0 for each in ids)


def test_a_listing_asks_in_the_order_of_the_reference() -> None:
    options = ListOptions("p/q", offset="p/q/r", max_keys=7)
    first = requests().list_objects(options, delimiter=True)
    later = requests().list_objects(options._replace(token="T"), delimiter=False)

    expected = "restype=container comp=list prefix=p/q/ delimiter=/ startFrom=p/q/r maxresults=7"
    assert [f"{name}={value}" for name, value in first.query] == expected.split()
    assert ("marker", "T") in later.query
    assert "startFrom" not in dict(later.query)
    assert first.path == "/c"


def test_an_emulator_is_not_asked_to_begin_somewhere() -> None:
    request = requests(is_emulator=True, service_path="/acct").list_objects(ListOptions(offset="k"), delimiter=False)

    assert (request.path, request.query) == ("/acct/c", (("restype", "container"), ("comp", "list")))


def test_a_copy() -> None:
    request = requests().copy_object("a", "b", "https://acct.example/c/a", overwrite=False)

    assert (request.method, request.path, request.idempotent) == ("PUT", "/c/b", False)
    assert headers_of(request) == {"x-ms-copy-source": "https://acct.example/c/a", "if-none-match": "*"}


def test_the_hash_of_a_customers_key() -> None:
    key = b64encode(b"1" * 32).decode()

    assert dict(encryption_headers(key, "config="))["x-ms-encryption-key-sha256"] == (
        "ioNmXzeYcn8U+SrQ5smf2rCO5zHWzWRMExIj/S9P7So="
    )


def test_a_customers_key_goes_with_content() -> None:
    keyed = requests(encryption_headers=encryption_headers(CPK, "config="))
    expected = {
        "x-ms-encryption-key": CPK,
        "x-ms-encryption-key-sha256": CPK_SHA256,
        "x-ms-encryption-algorithm": "AES256",
    }
    sent = [
        keyed.get_object("k", ReadOptions()),
        keyed.put_object("k", b"", WriteOptions()),
        keyed.put_block("k", "id", b""),
        keyed.put_block_list("k", [], WriteOptions()),
    ]

    assert all(expected.items() <= headers_of(request).items() for request in sent)
    assert all(request.is_secret for request in sent)
    assert headers_of(keyed.list_objects(ListOptions(), delimiter=False)) == {}
    assert headers_of(keyed.delete_object("k")) == {}


def test_a_copy_with_a_customers_key_is_a_put_from_a_url() -> None:
    keyed = requests(encryption_headers=encryption_headers(CPK, "config="))
    headers = headers_of(keyed.copy_object("a", "b", "U", overwrite=True))

    assert headers.pop("x-ms-copy-source") == "U"
    assert headers.pop("x-ms-version") == "2026-02-06"
    assert headers.pop("x-ms-blob-type") == "BlockBlob"
    assert headers == {
        f"x-ms-{which}{name}": value
        for which in ("", "source-")
        for name, value in [
            ("encryption-key", CPK),
            ("encryption-key-sha256", CPK_SHA256),
            ("encryption-algorithm", "AES256"),
        ]
    }


def test_a_delegation_key_is_asked_of_the_service() -> None:
    request = requests(service_path="/acct").get_delegation_key("S", "E")

    assert (request.method, request.path) == ("POST", "/acct/")
    assert request.query == (("restype", "service"), ("comp", "userdelegationkey"))
    assert request.body == (
        b'<?xml version="1.0" encoding="utf-8"?>\n<KeyInfo>\n\t<Start>S</Start>\n\t<Expiry>E</Expiry>\n</KeyInfo>'
    )
