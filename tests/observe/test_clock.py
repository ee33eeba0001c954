"""A machine whose clock is wrong."""

import time
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

import pytest

from obstore._s3.clock import clock_hint, offset_of
from obstore._testing.colour import drive
from obstore.exceptions import PermissionDeniedError
from obstore.store import S3Store
from obstore.testing import Colour, StoreView
from tests.observe.conftest import Serve
from tests.webdav.scripted import Received, reply

Make = Callable[..., S3Store]
HOUR = 3600
SKEWED = b"<Error><Code>RequestTimeTooSkewed</Code><Message>The difference is too large.</Message></Error>"


def stamp(seconds: float) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


def strict(ahead: float) -> Callable[[Received], bytes]:
    """Serve as S3 does whose clock is ahead of ours: what is signed 15 minutes off is refused."""

    def answer(request: Received) -> bytes:
        now = time.time() + ahead
        signed_at = request.headers["x-amz-date"]
        date = formatdate(now, usegmt=True)
        if stamp(now - 900) <= signed_at <= stamp(now + 900):
            return reply("200 OK", b"" if request.method != "GET" else b"hello", etag='"1"', date=date)
        return reply("403 Forbidden", b"" if request.method == "HEAD" else SKEWED, date=date)

    return answer


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, 86400 * 400])
def test_the_offset_is_learned_once(serve: Serve, s3: Make, colour: Colour, ahead: float) -> None:
    server = serve(strict(ahead))
    view = StoreView(s3(server), colour)

    async def body() -> None:
        await view.put("k", b"123")
        await (await view.get("k")).bytes()

    drive(colour, body())

    assert [request.method for request in server.received] == ["PUT", "PUT", "GET"]


def test_the_refusal_of_a_head_has_no_text(serve: Serve, s3: Make, colour: Colour) -> None:
    server = serve(strict(HOUR))

    drive(colour, StoreView(s3(server), colour).head("k"))

    assert len(server.received) == 2


def test_signed_urls_count_by_the_services_clock(serve: Serve, s3: Make) -> None:
    from datetime import timedelta

    store = s3(serve(strict(HOUR)))
    store.head("k")

    query = parse_qs(urlsplit(store.sign("GET", "k", timedelta(hours=1))).query)

    assert query["X-Amz-Date"][0] > stamp(time.time() + HOUR - 60)


def test_a_head_that_is_forbidden_is_not_repeated(serve: Serve, s3: Make) -> None:
    server = serve(lambda _: reply("403 Forbidden", date=formatdate(usegmt=True)))

    with pytest.raises(PermissionDeniedError):
        s3(server).head("k")

    assert len(server.received) == 1


def test_where_it_does_not_help_the_error_names_the_clock(serve: Serve, s3: Make, colour: Colour) -> None:
    server = serve(lambda _: reply("403 Forbidden", SKEWED, date=formatdate(time.time() + HOUR, usegmt=True)))

    with pytest.raises(PermissionDeniedError, match="RequestTimeTooSkewed") as caught:
        drive(colour, StoreView(s3(server), colour).get("k"))

    assert len(server.received) == 2
    assert caught.value.attempts == 2
    assert caught.value.hint is not None
    assert "s behind the service's: set it, as NTP does" in caught.value.hint


def test_a_refusal_without_a_date_teaches_nothing(serve: Serve, s3: Make) -> None:
    server = serve(lambda _: reply("403 Forbidden", SKEWED))

    with pytest.raises(PermissionDeniedError, match="Hint: set this machine's clock"):
        s3(server).get("k")

    assert len(server.received) == 1


def test_the_hint_says_which_way() -> None:
    epoch = "Thu, 01 Jan 1970 00:00:00 GMT"

    assert clock_hint(epoch, 7200.0) == "this machine's clock is 7200 s ahead of the service's: set it, as NTP does"
    assert clock_hint(epoch, -7200.0).startswith("this machine's clock is 7200 s behind")
    assert clock_hint(None, 0.0) == clock_hint("noon", 0.0) == "set this machine's clock, as NTP does"
    assert offset_of("", 0.0) is None
