"""Signatures, against vectors that were computed by others (AWS's documentation, a second implementation)."""

import calendar
import hmac
import time
from hashlib import sha256

import pytest

from obstore._http.message import Header, Request
from obstore._s3.credential import Credential
from obstore._s3.sigv4 import EMPTY_SHA256, Signer
from obstore._transfer.canonical import canonical_query, canonical_request, derive_key

KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CREDENTIAL = Credential(KEY, SECRET)


def at(date: str) -> float:
    return calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))


def signature_of(headers: list[tuple[str, str]]) -> str:
    return dict(headers)["authorization"].rpartition("Signature=")[2]


def test_a_put_with_a_body_and_odd_characters() -> None:
    request = Request(
        "PUT",
        "/bkt/a%20b/%C3%A9%21.txt",
        (),
        [("content-type", "text/plain"), ("x-amz-tagging", "a+b=c%2Fd")],
        b"hello",
    )

    _, headers = Signer("us-east-1").sign(request, CREDENTIAL, "127.0.0.1:9000", at("20130524T000000Z"))

    assert signature_of(headers) == "ebe129a0d8e39af35176cc16269f7a0810fd0f56b7096512344a33a2fa6c05d1"
    assert (
        "SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-tagging"
        in dict(headers)["authorization"]
    )


def test_a_listing_with_a_session_token() -> None:
    query = (("list-type", "2"), ("prefix", "p q/"), ("start-after", "p q/é+"))
    credential = Credential(KEY, SECRET, "TOK")

    target, headers = Signer("us-east-1").sign(
        Request("GET", "/bkt", query), credential, "127.0.0.1:9000", at("20130524T000000Z")
    )

    assert signature_of(headers) == "a519489e12de4ed5f1cd7ecdcbed7753d5a19d48a02121db0f2a76310a6fed42"
    assert target == "/bkt?list-type=2&prefix=p%20q%2F&start-after=p%20q%2F%C3%A9%2B"


@pytest.mark.parametrize(
    ("signs_payload", "pays", "expected"),
    [
        (True, False, "a3c787a7ed37f7fdfbfd2d7056a3d7c9d85e6d52a2bfbec73793c0be6e7862d4"),
        (True, True, "7030625a9e9b57ed2a40e63d749f4a4b7714b6e15004cab026152f870dd8565d"),
        (False, False, "653c3d8ea261fd826207df58bc2bb69fbb5003e9eb3c0ef06e4a51f2a81d8699"),
    ],
    ids=["signed payload", "requester pays", "unsigned payload"],
)
def test_another_service(signs_payload: bool, pays: bool, expected: str) -> None:
    signer = Signer("us-east-1", "ec2", signs_payload=signs_payload, pays=pays)

    _, headers = signer.sign(Request("GET", "/"), CREDENTIAL, "ec2.amazon.com", at("20220806T180134Z"))

    assert signature_of(headers) == expected


def test_empty_query_values_and_a_port() -> None:
    credential = Credential("H20ABqCkLZID4rLe", "jMqRDgxSsBqqznfmddGdu1TmmZOJQxdM")
    query = (("delimiter", "/"), ("encoding-type", "url"), ("list-type", "2"), ("prefix", ""))

    _, headers = Signer("us-east-1").sign(
        Request("GET", "/tsm-schemas", query), credential, "localhost:9000", at("20220809T130525Z")
    )

    assert signature_of(headers) == "9ebf2f92872066c99ac94e573b4e1b80f4dbb8a32b1e8e23178318746e7d1b4d"


@pytest.mark.parametrize(
    ("method", "query", "headers", "pays", "expected"),
    [
        ("GET", (), (), False, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
        ("GET", (), (), True, "9ad7c781cc30121f199b47d35ed3528473e4375b63c5d91cd87c927803e4e00a"),
        (
            "PUT",
            (("partNumber", "1"), ("uploadId", "abc123")),
            (),
            False,
            "4fb562e4da520986ae14e0e0259e2a2355625743452bb3c0ab8a6b50d8f0fcd4",
        ),
        (
            "PUT",
            (),
            (("content-type", "text/plain"),),
            False,
            "653d5b202899172830dfe331b817de16c682b8b1e366de1b251ae709a20e20f9",
        ),
        ("PUT", (("prefix", "a b"),), (), False, "e392940dfa4480f872625b35ef1224bfa1ae989c73874df01022e6d1fa4c2f00"),
        (
            "PUT",
            (("partNumber", "2"), ("partNumber", "1")),
            (),
            False,
            "d3d68662bef0097adce4878c453f22ce9449c7084789b03d9abe9e8c05db38e7",
        ),
    ],
    ids=["get", "requester pays", "part", "signed header", "space", "repeated name"],
)
def test_presigned_urls(method: str, query: tuple, headers: tuple, pays: bool, expected: str) -> None:
    target = Signer("us-east-1", pays=pays).presign(
        method,
        "/test.txt",
        CREDENTIAL,
        "examplebucket.s3.amazonaws.com",
        86400,
        at("20130524T000000Z"),
        query,
        headers,
    )

    assert target.rpartition("X-Amz-Signature=")[2] == expected


def test_the_order_of_a_presigned_urls_parameters() -> None:
    target = Signer("us-east-1", pays=True).presign(
        "PUT", "/k", Credential(KEY, SECRET, "T"), "h", 60, at("20130524T000000Z"), (("partNumber", "1"),)
    )

    names = [pair.partition("=")[0] for pair in target.partition("?")[2].split("&")]

    assert names == [
        "partNumber",
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "x-amz-request-payer",
        "X-Amz-Security-Token",
        "X-Amz-Signature",
    ]


def test_runs_of_spaces_in_a_value_count_as_one() -> None:
    headers = [("host", "h"), ("x-amz-meta-k", "hello   world")]

    canonical = canonical_request("GET", "/", "", headers, "host;x-amz-meta-k", EMPTY_SHA256)

    assert "x-amz-meta-k:hello world\n" in canonical


def test_the_query_is_sorted_after_it_is_encoded() -> None:
    assert canonical_query((("b", "1"), ("a key", "a value"), ("plus", "a+b/c=d"))) == (
        "a%20key=a%20value&b=1&plus=a%2Bb%2Fc%3Dd"
    )


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(CREDENTIAL)


def authorization(signer: Signer, credential: Credential, now: float, *headers: Header, authority: str = "h") -> str:
    signed = dict(signer.sign(Request("GET", "/k", (), headers), credential, authority, now)[1])
    return signed["authorization"]


def test_the_signature_follows_all_that_is_signed() -> None:
    signer, now = Signer("us-east-1"), 1369353600.0
    others = [
        authorization(signer, CREDENTIAL, now),
        authorization(signer, CREDENTIAL, now + 1),
        authorization(signer, CREDENTIAL, now + 86400),
        authorization(signer, Credential(KEY, "other"), now),
        authorization(signer, CREDENTIAL._replace(token="t"), now),
        authorization(signer, CREDENTIAL, now, ("range", "bytes=0-1")),
        authorization(signer, CREDENTIAL, now, ("range", "bytes=0-2")),
        authorization(signer, CREDENTIAL, now, authority="other"),
    ]

    assert len({signed.rpartition("=")[2] for signed in others}) == len(others)


def test_a_signature_is_the_same_however_many_kinds_of_requests_were_signed_before() -> None:
    signer, now = Signer("us-east-1"), 1369353600.0
    first = authorization(signer, CREDENTIAL, now, ("range", "bytes=0-1"))

    for n in range(2, 600):
        authorization(signer, CREDENTIAL, now, ("range", f"bytes=0-{n}"))

    assert authorization(signer, CREDENTIAL, now, ("range", "bytes=0-1")) == first
    assert authorization(Signer("us-east-1"), CREDENTIAL, now, ("range", "bytes=0-1")) == first


def test_what_a_value_says_is_not_taken_for_a_header() -> None:
    tricky = ("a", "x-amz-content-sha256:"), ("b", "x-amz-content-sha256: \0")
    sent = dict(Signer("us-east-1").sign(Request("GET", "/k", (), tricky), CREDENTIAL, "h", 1369353600.0)[1])
    signed = sorted((name, value) for name, value in sent.items() if name != "authorization")
    names = ";".join(name for name, _ in signed)
    canonical = canonical_request("GET", "/k", "", signed, names, EMPTY_SHA256)
    scope = "20130524/us-east-1/s3/aws4_request"
    to_sign = f"AWS4-HMAC-SHA256\n20130524T000000Z\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
    key = derive_key(SECRET, "20130524", "us-east-1", "s3")

    assert sent["authorization"].endswith(hmac.new(key, to_sign.encode(), "sha256").hexdigest())
