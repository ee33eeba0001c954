"""The comparison itself: what it sees, and what it overlooks on purpose."""

from tests.servers.fake_http import Call
from tests.wire_comparison.capture import Recording
from tests.wire_comparison.compare import differences
from tests.wire_comparison.known import Known

URL = "http://127.0.0.1:1"


def call(method: str = "PUT", path: str = "/b/k", query: str = "", body: bytes = b"", **headers: str) -> Call:
    return Call(method, path, {}, query, {name.replace("_", "-"): value for name, value in headers.items()}, body)


def compared(theirs: Call, *mine: Call) -> list[str]:
    return differences(Recording([theirs], []), Recording([*mine], []), URL)


def test_another_header_is_seen() -> None:
    assert compared(call(a="1"), call(b="1")) == [
        "PUT /b/k: header a: 1 -> (absent)",
        "PUT /b/k: header b: (absent) -> 1",
    ]


def test_another_body_is_seen_and_its_length_is_not() -> None:
    assert compared(call(body=b"1", content_length="1"), call(body=b"12", content_length="2")) == [
        "PUT /b/k: body: '1' -> '12'"
    ]


def test_another_length_of_the_same_body_is_seen() -> None:
    assert compared(call(content_length="0"), call()) == ["PUT /b/k: header content-length: 0 -> (absent)"]


def test_another_spelling_of_the_path_is_seen() -> None:
    assert compared(call(path="/b/a+b"), call(path="/b/a%2Bb")) == ["PUT /b/a+b: path: /b/a+b -> /b/a%2Bb"]


def test_a_request_too_many_is_seen() -> None:
    assert compared(call(), call("HEAD"), call()) == ["only ours: HEAD /b/k"]


def test_another_order_of_methods_is_seen() -> None:
    theirs, mine = [call(), call("GET")], [call("GET"), call()]

    assert differences(Recording(theirs, []), Recording(mine, []), URL) != []


def test_another_outcome_is_seen() -> None:
    assert differences(Recording([], ["1"]), Recording([], ["2"]), URL) == ["step 0: 1 -> 2"]


def test_an_unsigned_header_is_seen() -> None:
    signed = "AWS4-HMAC-SHA256 SignedHeaders=host;x-a, Signature=" + "0" * 64
    less = "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" + "1" * 64

    [line] = compared(call(authorization=signed, x_a="1", host="h"), call(authorization=less, x_a="1", host="h"))

    assert "unsigned: none" in line
    assert "unsigned: x-a" in line


def test_clock_signature_and_order_are_not() -> None:
    theirs = call(query="b=2&a=1+2", x_amz_date="20260101T000000Z", authorization="Signature=" + "0" * 64)
    mine = call(query="a=1%202&b=2", x_amz_date="20270101T000000Z", authorization="Signature=" + "1" * 64)

    assert compared(theirs, mine) == []


def test_the_order_of_requests_that_may_be_concurrent_is_not() -> None:
    calls = [call("DELETE", "/b/1"), call("DELETE", "/b/2")]

    assert differences(Recording(calls, []), Recording(calls[::-1], []), URL) == []


def test_a_known_difference_that_is_gone_is_stale() -> None:
    known = Known("x", ("s3-*", "gcs-*"), "header a", "because")

    assert known.stale({"s3-put": ["PUT /: header a: 1 -> 2"], "gcs-put": []}) == ["gcs-*"]
