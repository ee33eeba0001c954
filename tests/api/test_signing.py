"""Signed URLs, as the surface makes them. Signatures themselves: tests of the clouds."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError, NotSupportedError
from obstore.store import MemoryStore, PrefixStore, S3Store

HOUR = timedelta(hours=1)


@pytest.fixture(params=COLOURS)
def view(request: pytest.FixtureRequest) -> StoreView:
    colour: Colour = request.param
    return StoreView(S3Store("b", prefix="p", access_key_id="AK", secret_access_key="SECRET"), colour)


def test_one_path_gives_one_url(view: StoreView) -> None:
    url: str = drive(view.colour, view.sign("GET", "a b", timedelta(minutes=2, milliseconds=900)))
    query = parse_qs(urlsplit(url).query)

    assert urlsplit(url).path == "/b/p/a%20b"
    assert query["X-Amz-Expires"] == ["120"]
    assert "SECRET" not in url


@pytest.mark.parametrize("paths", [["a", "b"], ("a", "b")])
def test_several_paths_give_as_many_in_order(view: StoreView, paths: Any) -> None:
    urls = drive(view.colour, view.sign("PUT", paths, HOUR))

    assert [urlsplit(url).path for url in urls] == ["/b/p/a", "/b/p/b"]
    assert drive(view.colour, view.sign("PUT", [], HOUR)) == []


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "HEAD", "PATCH", "TRACE", "DELETE", "OPTIONS", "CONNECT"])
def test_every_method_of_http_can_be_signed(view: StoreView, method: str) -> None:
    assert "X-Amz-Signature=" in drive(view.colour, view.sign(method, "k", HOUR))


def test_a_wrapper_signs_what_it_wraps(view: StoreView) -> None:
    wrapped = StoreView(PrefixStore(view.store, "q"), view.colour)
    assert urlsplit(drive(view.colour, wrapped.sign("GET", "k", HOUR))).path == "/b/p/q/k"


def test_memory_cannot_sign(view: StoreView) -> None:
    with pytest.raises(NotImplementedError, match="sign"):
        drive(view.colour, StoreView(MemoryStore(), view.colour).sign("GET", "k", HOUR))


def test_query_and_headers_are_signed(view: StoreView) -> None:
    url = drive(
        view.colour,
        view.sign(
            "PUT", "k", HOUR, query={"partNumber": "1", "uploadId": "a b"}, headers=[("Content-Type", "text/csv")]
        ),
    )
    query = parse_qs(urlsplit(url).query)

    assert url.partition("?")[2].startswith("partNumber=1&uploadId=a%20b&X-Amz-Algorithm=")
    assert query["X-Amz-SignedHeaders"] == ["content-type;host"]


def test_a_wrapper_passes_them_on(view: StoreView) -> None:
    wrapped = StoreView(PrefixStore(view.store, "q"), view.colour)
    url = drive(view.colour, wrapped.sign("GET", "k", HOUR, query={"response-content-type": "a/b"}))
    assert parse_qs(urlsplit(url).query)["response-content-type"] == ["a/b"]


@pytest.mark.parametrize(
    ("extras", "kind", "message"),
    [
        ({"query": {"": "x"}}, ValueError, "query has an empty name"),
        ({"query": {"X-Amz-Date": "x"}}, ValueError, "query must not have 'X-Amz-Date'"),
        ({"query": {"a": 1}}, TypeError, "query must have names and values of type str"),
        ({"query": "a=b"}, TypeError, "query must have names and values of type str"),
        ({"headers": {"Host": "h"}}, ValueError, "the header 'Host' cannot be signed"),
        ({"headers": {"content-length": "1"}}, ValueError, "cannot be signed"),
        ({"headers": {"authorization": "1"}}, ValueError, "cannot be signed"),
        ({"headers": {"User-Agent": "1"}}, ValueError, "cannot be signed"),
        ({"headers": {"a b": "1"}}, ValueError, "'a b' is not a header's name"),
        ({"headers": {"a": "1\r\nb: 2"}}, ValueError, "characters that no header can carry"),
        ({"headers": {"a": "\udc80"}}, ValueError, "characters that no header can carry"),
    ],
)
def test_what_cannot_be_signed_is_refused(
    view: StoreView, extras: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        drive(view.colour, view.sign("GET", "k", HOUR, **extras))


def test_a_url_of_s3_lasts_seven_days_at_most(view: StoreView) -> None:
    assert "X-Amz-Expires=604800&" in drive(view.colour, view.sign("GET", "k", timedelta(days=7)))
    with pytest.raises(GenericError, match=r"at most 604800 seconds \(7 days\), not 604801"):
        drive(view.colour, view.sign("GET", "k", timedelta(days=7, seconds=1)))


class SigningStore(MemoryStore):
    """As stores were written before there was more to sign."""

    def sign_url(self, method: str, path: str, expires_in: float) -> str:  # type: ignore[override]
        return f"{method} {path} {expires_in:.0f}"


class TakingStore(MemoryStore):
    def sign_url(self, method: str, path: str, expires_in: float, **more: Any) -> str:  # type: ignore[override]
        return f"{method} {path} {more}"


def test_a_store_that_signs_neither_says_so(view: StoreView) -> None:
    old = StoreView(PrefixStore(SigningStore(), "p"), view.colour)

    assert drive(view.colour, old.sign("GET", "k", HOUR)) == "GET p/k 3600"
    with pytest.raises(NotSupportedError, match="signs URLs without query"):
        drive(view.colour, old.sign("GET", "k", HOUR, query={"a": "b"}))

    new = StoreView(TakingStore(), view.colour)
    assert drive(view.colour, new.sign("GET", "k", HOUR, headers={"A": "b"})) == "GET k {'headers': (('a', 'b'),)}"
