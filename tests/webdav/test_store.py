"""The class itself: URLs, what is shown, equality and copies."""

import copy
import pickle
from datetime import timedelta
from typing import Any

import pytest

from obstore.exceptions import GenericError
from obstore.store import HTTPStore, from_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://Example.com:443/a/../b c/?x=y z'\"<#f", "https://example.com/b%20c/?x=y%20z%27%22%3C"),
        ("https://h/\u00e9/%7e/%zz/[x]|^`{}", "https://h/%C3%A9/%7e/%zz/[x]|^%60%7B%7D"),
        ("https://user:p%40ss@h:8443/x", "https://user:p%40ss@h:8443/x"),
        ("https://h//a//", "https://h//a//"),
        ("https://h\\a\\b", "https://h/a/b"),
        ("https://[::1]:8/x", "https://[::1]:8/x"),
    ],
)
def test_urls_are_normalised(url: str, expected: str) -> None:
    assert HTTPStore(url).url == expected
    assert HTTPStore.from_url(url) == HTTPStore(url)


@pytest.mark.parametrize("url", ["", "example.com", "/a", "https://", "https://h:port/"])
def test_what_is_no_url_is_a_value_error(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL"):
        HTTPStore(url)


@pytest.mark.parametrize("url", ["ftp://h/", "s3://bucket", "file:///tmp"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises(GenericError, match="from_url"):
        HTTPStore(url)


def test_plain_http_wants_leave() -> None:
    with pytest.raises(GenericError, match="allow_http"):
        HTTPStore("http://h/")

    assert HTTPStore("http://h/", client_options={"allow_http": True}).url == "http://h/"


def test_arguments_are_checked() -> None:
    bad: Any = 5
    with pytest.raises(TypeError, match="url must be a str"):
        HTTPStore(bad)
    with pytest.raises(GenericError, match="listing must be one of"):
        HTTPStore("https://h", listing=bad)
    with pytest.raises(ValueError, match="Invalid key: allow"):
        HTTPStore("https://h", client_options={"allow": 1})


@pytest.mark.parametrize(
    ("url", "arguments", "problem"),
    [
        ("https://h", {"password": "p"}, "password without a username was given.*pass username="),
        ("https://h", {"username": "u", "bearer_token": "t"}, "more than one of username, bearer_token and a user"),
        ("https://u:secret@h", {"username": "u"}, r"a user in https://\*\*\*@h"),
        ("https://u:secret@h", {"bearer_token": "t"}, r"a user in https://\*\*\*@h"),
        ("https://h", {"bearer_token": "Bearer t"}, "characters that no token has.*without 'Bearer'"),
        ("https://h", {"bearer_token": "t\nx"}, "characters that no token has"),
        ("https://h", {"username": "a:b"}, "a username with a colon"),
    ],
)
def test_who_asks_is_said_once_and_whole(url: str, arguments: dict[str, Any], problem: str) -> None:
    with pytest.raises(GenericError, match=problem):
        HTTPStore(url, **arguments)


def test_who_asks_is_text() -> None:
    bad: Any = b"t"
    with pytest.raises(TypeError, match="bearer_token must be a str, not bytes"):
        HTTPStore("https://h", bearer_token=bad)


def test_from_url_passes_on_what_is_an_http_stores() -> None:
    expected = HTTPStore("https://h/x", username="u", password="p", listing="index")

    assert from_url("https://h/x", username="u", password="p", listing="index") == expected
    assert expected != HTTPStore("https://h/x", username="u", listing="index")
    assert pickle.loads(pickle.dumps(expected)) == expected
    assert "p" not in repr(expected).removeprefix('HTTPStore("https://')


def test_secrets_are_not_shown() -> None:
    assert repr(HTTPStore("https://h/a")) == 'HTTPStore("https://h/a")'
    assert repr(HTTPStore("https://user:pass@h/a/?sig=x")) == 'HTTPStore("https://***@h/a/?***")'


def test_settings_are_shown_as_given() -> None:
    store = HTTPStore("https://h", client_options={"timeout": "5s"}, retry_config={"max_retries": 2})

    assert store.client_options == {"timeout": "5s"}
    assert store.retry_config is not None
    assert store.retry_config["max_retries"] == 2
    assert (HTTPStore("https://h").client_options, HTTPStore("https://h").retry_config) == (None, None)


def test_stores_are_equal_by_what_they_were_made_of() -> None:
    store = HTTPStore("https://h", client_options={"timeout": "5s"})

    assert store == HTTPStore("https://h/", client_options={"timeout": "5s"})
    assert store != HTTPStore("https://h/")
    assert HTTPStore("https://h/a") != HTTPStore("https://h/a/")
    assert HTTPStore("https://h/a") != HTTPStore("https://h/a", listing="index")
    assert store != "https://h/"
    with pytest.raises(TypeError, match="unhashable"):
        hash(store)


class Named(HTTPStore):
    def __init__(self, url: str, **arguments: Any) -> None:
        self.name = url


def test_copies_and_pickles_are_made_anew() -> None:
    store = Named("https://u:p@h/?a=b", client_options={"timeout": "5s"}, retry_config={}, listing="index")
    for same in (pickle.loads(pickle.dumps(store)), copy.copy(store), copy.deepcopy(store)):
        assert (type(same), same, same.name) == (Named, store, store.name)

    assert HTTPStore("https://h").__getnewargs_ex__() == (("https://h/",), {})


def test_urls_cannot_be_signed() -> None:
    import obstore

    with pytest.raises(NotImplementedError):
        obstore.sign(HTTPStore("https://h"), "GET", "a", timedelta(1))
