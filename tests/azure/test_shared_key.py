"""Shared Key, against vectors that were computed by others."""

import calendar
import time
from base64 import b64decode

from obstore._azure.authorization import Authorizer
from obstore._azure.credential import AccessKey, BearerToken, SasToken
from obstore._azure.shared_key import canonical_headers, canonical_query
from obstore._http.message import Request
from tests.servers.azurite import KEY

CREDENTIAL = AccessKey(b64decode(KEY))
NOW = float(calendar.timegm(time.strptime("2026-11-22 06:53:57", "%Y-%m-%d %H:%M:%S")))


def authorization_of(request: Request) -> str:
    _, headers = Authorizer("acct").authorize(request, CREDENTIAL, NOW)
    return dict(headers)["authorization"]


def test_a_put_with_a_body_and_a_condition() -> None:
    headers = [("if-none-match", "*"), ("x-ms-blob-type", "BlockBlob")]
    request = Request("PUT", "/cont/k", (), headers, b"hello")

    assert authorization_of(request) == "SharedKey acct:DnG9a2XkOO7fDNylJ00hp0+VUk8rBAenl+fmLIFBjj0="


def test_a_listing() -> None:
    query = (("restype", "container"), ("comp", "list"), ("prefix", "p/"), ("delimiter", "/"))

    assert authorization_of(Request("GET", "/cont", query)) == (
        "SharedKey acct:HfDh3+v3BUrTZ4ovxY8TD4zR/RQU4s5aBObz53faYQU="
    )


def test_a_range() -> None:
    request = Request("GET", "/cont/k", (), [("range", "bytes=1-3")])

    assert authorization_of(request) == "SharedKey acct:Z4yeU6NlKdq4HfGDi5ctJR6xeV/un5qxFKN0G77VKFc="


def test_an_empty_body_has_no_length_to_sign() -> None:
    with_body, without = (authorization_of(Request("PUT", "/c/k", (), [], body)) for body in (b"x", b""))

    assert with_body != without
    assert without == authorization_of(Request("PUT", "/c/k", (), [], b""))


def test_headers_are_in_the_order_of_the_service() -> None:
    names = ["x-ms-meta-a1", "x-ms-version", "x-ms-meta-ab", "x-ms-meta-a_b", "x-ms-meta-a", "if-match"]

    assert canonical_headers([(name, " v ") for name in names]) == [
        "x-ms-meta-a:v",
        "x-ms-meta-a_b:v",
        "x-ms-meta-a1:v",
        "x-ms-meta-ab:v",
        "x-ms-version:v",
    ]


def test_repeated_parameters_are_one_line() -> None:
    assert canonical_query((("b", "2"), ("A", "x y"), ("b", "1"))) == ["a:x y", "b:1,2"]


def test_inner_blanks_are_left_alone() -> None:
    assert canonical_headers([("x-ms-meta-k", "a   b")]) == ["x-ms-meta-k:a   b"]


def test_a_version_of_the_request_is_kept() -> None:
    request = Request("PUT", "/c/k", (), [("x-ms-version", "2026-02-06")])
    _, headers = Authorizer("acct").authorize(request, None, NOW)

    assert [value for name, value in headers if name == "x-ms-version"] == ["2026-02-06"]


def test_a_token_goes_into_a_header() -> None:
    target, headers = Authorizer("acct").authorize(Request("GET", "/c/k"), BearerToken("T"), NOW)

    assert target == "/c/k"
    assert dict(headers)["authorization"] == "Bearer T"


def test_a_sas_goes_into_the_query() -> None:
    sas = SasToken((("sp", "r"), ("sig", "a+/=")))
    requests = [Request("GET", "/c/k"), Request("GET", "/c", (("comp", "list"),))]
    authorized = [Authorizer("acct").authorize(request, sas, NOW) for request in requests]

    assert [target for target, _ in authorized] == [
        "/c/k?sp=r&sig=a%2B%2F%3D",
        "/c?comp=list&sp=r&sig=a%2B%2F%3D",
    ]
    assert not any("authorization" in dict(headers) for _, headers in authorized)


def test_without_a_credential_nobody_is_named() -> None:
    target, headers = Authorizer("acct").authorize(Request("GET", "/c/k"), None, NOW)

    assert target == "/c/k"
    assert dict(headers) == {"date": "Sun, 22 Nov 2026 06:53:57 GMT", "x-ms-version": "2023-11-03"}


def test_the_signature_follows_all_that_is_signed() -> None:
    authorizer = Authorizer("acct")
    requests = [
        Request("GET", "/c/k"),
        Request("HEAD", "/c/k"),
        Request("GET", "/c/other"),
        Request("GET", "/c/k", (("comp", "tags"),)),
        Request("GET", "/c/k", (), [("range", "bytes=0-1")]),
        Request("GET", "/c/k", (), [("range", "bytes=0-2")]),
        Request("PUT", "/c/k"),
        Request("PUT", "/c/k", (), (), b"1"),
        Request("PUT", "/c/k", (), (), b"12"),
    ]

    signed = [dict(authorizer.authorize(request, CREDENTIAL, NOW)[1])["authorization"] for request in requests]

    assert signed == [authorization_of(request) for request in requests]
    assert len(set(signed)) == len(requests)
    assert dict(authorizer.authorize(requests[0], CREDENTIAL, NOW + 1)[1])["authorization"] not in signed


def test_a_signature_is_the_same_however_many_kinds_of_requests_were_signed_before() -> None:
    authorizer = Authorizer("acct")
    for n in range(1, 600):
        authorizer.authorize(Request("PUT", "/c/k", (), (), bytes(n)), CREDENTIAL, NOW)

    _, headers = authorizer.authorize(Request("PUT", "/c/k", (), (), b"1"), CREDENTIAL, NOW)

    assert dict(headers)["authorization"] == authorization_of(Request("PUT", "/c/k", (), (), b"1"))
