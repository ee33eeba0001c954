"""Batches: their exact bytes, and replies in every shape that servers give them."""

import pytest

from obstore._transfer.batch import make_boundary, read_batch, write_batch
from obstore.exceptions import GenericError

TYPE = "multipart/mixed; boundary=batchresponse_1"


def part(number: int | None, status: str, body: str = "") -> str:
    content_id = "" if number is None else f"Content-ID: {number}\r\n"
    return (
        f"--batchresponse_1\r\nContent-Type: application/http\r\n{content_id}\r\n"
        f"HTTP/1.1 {status}\r\nx-ms-request-id: R{number}\r\nServer: S\r\n\r\n{body}\r\n"
    )


def reply(*parts: str) -> bytes:
    return "".join([*parts, "--batchresponse_1--"]).encode()


def test_the_bytes_of_a_batch() -> None:
    requests = [("/c/a%20b", [("date", "D"), ("x-ms-version", "V"), ("authorization", "A")]), ("/c/d?sig=x", [])]

    assert write_batch("batch_B", requests) == (
        b"--batch_B\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 0\r\n\r\n"
        b"DELETE /c/a%20b HTTP/1.1\r\nContent-Length: 0\r\nDate: D\r\nX-Ms-Version: V\r\nAuthorization: A\r\n\r\n\r\n"
        b"--batch_B\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\nContent-ID: 1\r\n\r\n"
        b"DELETE /c/d?sig=x HTTP/1.1\r\nContent-Length: 0\r\n\r\n\r\n--batch_B--\r\n"
    )


def test_boundaries_differ() -> None:
    assert make_boundary() != make_boundary()
    assert make_boundary().startswith("batch_")


def test_replies_come_back_in_the_order_of_the_requests() -> None:
    body = reply(part(1, "404 The specified blob does not exist.", "<Error/>"), part(0, "202 Accepted"))
    first, second = read_batch(TYPE, body, 2, "GCS")

    assert (first.head.status, first.head.reason, first.body.strip()) == (202, "Accepted", b"")
    assert (second.head.status, second.head.headers["x-ms-request-id"]) == (404, "R1")
    assert second.body.strip() == b"<Error/>"


@pytest.mark.parametrize(
    "body",
    [
        reply(part(0, "202 Accepted")) + b"\r\n",
        reply(part(0, "202 Accepted")).replace(b"\r\n", b"\n"),
        b"preamble\r\n" + reply(part(0, "202 Accepted")),
        reply(part(0, "202")),
        reply(part(0, "202 Accepted")).replace(b"-ID: 0", b"-ID: response-0"),
        reply(part(0, "202 Accepted")).replace(b"-ID: 0", b"-ID: <response-0>"),
    ],
    ids=["final line break", "bare line feeds", "preamble", "no reason", "of Google", "in brackets"],
)
def test_replies_in_other_dress(body: bytes) -> None:
    assert [each.head.status for each in read_batch(TYPE, body, 1, "GCS")] == [202]


def test_the_boundary_may_be_quoted() -> None:
    content_type = 'Multipart/Mixed; charset=utf-8; boundary="batchresponse_1"'

    assert len(read_batch(content_type, reply(part(0, "202 Accepted")), 1, "GCS")) == 1


@pytest.mark.parametrize(
    ("content_type", "body", "problem"),
    [
        (None, b"", "its Content-Type is None"),
        ("application/xml", b"", "its Content-Type is 'application/xml'"),
        (TYPE, reply(part(0, "202 Accepted")), "no part with Content-ID 1"),
        (TYPE, reply(part(None, "403 Forbidden", "<Code>X</Code>")), "no Content-ID: HTTP/1.1 403 Forbidden: <Code>X"),
        (TYPE, reply("--batchresponse_1\r\n\r\nnonsense\r\n"), "a part of it begins with 'nonsense"),
    ],
)
def test_other_replies_are_errors(content_type: str | None, body: bytes, problem: str) -> None:
    with pytest.raises(GenericError, match=problem):
        read_batch(content_type, body, 2, "GCS")
