"""URLs as anyone may see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._http.message import Origin, Request
from obstore._http.redact import shown_url

HERE = Origin("https", "h", 443)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ((), ""),
        ((("list-type", "2"), ("prefix", "a/b"), ("delimiter", "/")), "?list-type=2&prefix=a/b&delimiter=/"),
        ((("partNumber", "3"), ("uploadId", "u")), "?partNumber=3&uploadId=u"),
        ((("uploads", ""),), "?uploads"),
        ((("marker", ""),), "?marker="),
        ((("sig", "hush"), ("se", "2030")), "?sig=***&se=***"),
        ((("hush", ""),), "?***"),
    ],
)
def test_of_a_query_only_what_is_harmless_is_shown(query: tuple[tuple[str, str], ...], shown: str) -> None:
    assert shown_url(HERE, Request("GET", "/b/k", query)) == f"https://h/b/k{shown}"


def test_a_query_in_the_path_is_one_too() -> None:
    request = Request("GET", "/b/k?X-Amz-Signature=hush&versionId=1&hush", (("token", "hush"),))

    assert shown_url(HERE, request) == "https://h/b/k?X-Amz-Signature=***&versionId=1&***&token=***"


def test_where_a_redirect_led_is_shown_instead() -> None:
    there = Origin("http", "::1", 8080)

    assert shown_url(there, Request("GET", "/a", (("b", "c"),)), "/d?e=hush") == "http://[::1]:8080/d?e=***"


def test_of_a_secret_request_only_the_origin_is_shown() -> None:
    request = Request("POST", "/tenant/token", (("prefix", "a"),), is_secret=True)

    assert shown_url(HERE, request) == "https://h/***"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1)))
def test_an_unknown_parameter_shows_no_value(query: dict[str, str]) -> None:
    pairs = tuple((f"x-{name}", f"<{value}>") for name, value in query.items())

    shown = shown_url(HERE, Request("GET", "/", pairs))

    assert not any(value in shown for _, value in pairs)
