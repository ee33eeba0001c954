"""Signed URLs, as the surface makes them. Signatures themselves: tests of the clouds."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
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
