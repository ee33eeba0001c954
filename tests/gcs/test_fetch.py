"""Requests to services that hand out credentials, over `obstore._transfer.fetch`."""

import time

import pytest

from obstore._core.errors import TransportError
from obstore._transfer.fetch import fetch
from tests.gcs.conftest import Run
from tests.servers.fake_http import Answer, Call, serving


def test_a_reply_of_any_status_is_returned(run: Run) -> None:
    calls: list[Call] = []

    def handle(call: Call) -> Answer:
        calls.append(call)
        return Answer(int(call.query["status"]), b"body", {"X-Own": "1"})

    with serving(handle) as url:
        for status in (200, 404, 503, 302):
            reply = run(fetch("POST", f"{url}/a%20b?status={status}", [("x-sent", "2")], b"data"))
            assert (reply.status, reply.body, reply.headers["x-own"]) == (status, b"body", "1")

    assert [(call.path, call.headers["x-sent"], call.body) for call in calls] == [("/a%20b", "2", b"data")] * 4


def test_not_now_is_asked_again(run: Run) -> None:
    statuses = [503, 429, 200, 500]

    with serving(lambda call: Answer(statuses.pop(0))) as url:
        assert run(fetch("GET", url, retries=2)).status == 200
    assert statuses == [500]


def test_without_a_reply_the_transports_error_is_raised(run: Run) -> None:
    started = time.monotonic()
    with pytest.raises(TransportError, match=r"cannot connect to 127\.0\.0\.1:9"):
        run(fetch("GET", "http://127.0.0.1:9/"))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("url", ["ftp://host", "no url", "http://"])
def test_only_urls_of_http_are_asked(run: Run, url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        run(fetch("GET", url))
