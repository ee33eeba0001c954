import pytest
from hypothesis import given
from hypothesis import strategies as st

from obstore._core.errors import GenericError
from obstore._core.path import encode_path
from obstore._core.url import Url, parse_scheme, split_url, url_path_to_prefix


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://b", Url("s3", "", "b", None, "", "")),
        ("S3://Bucket/K", Url("s3", "", "Bucket", None, "/K", "")),
        ("s3://u:p@b:99/x?q=1#f", Url("s3", "u:p", "b", 99, "/x", "q=1")),
        ("s3://b#f?g", Url("s3", "", "b", None, "", "")),
        (" s3://b/a b\n", Url("s3", "", "b", None, "/a b", "")),
        ("s3:\n//b", Url("s3", "", "b", None, "", "")),
        ("s3://b/a%2Fb", Url("s3", "", "b", None, "/a%2Fb", "")),
        ("abfss://c@a.dfs.core.windows.net/p", Url("abfss", "c", "a.dfs.core.windows.net", None, "/p", "")),
        ("HTTPS://Host.Example:443/P", Url("https", "", "host.example", None, "/P", "")),
        ("http://h:80/", Url("http", "", "h", None, "/", "")),
        ("http://h:443/", Url("http", "", "h", 443, "/", "")),
        ("http://h:/", Url("http", "", "h", None, "/", "")),
        ("http://h:0080/", Url("http", "", "h", None, "/", "")),
        ("http://a@b@h/", Url("http", "a@b", "h", None, "/", "")),
        ("http://[::1]:8080/x", Url("http", "", "[::1]", 8080, "/x", "")),
        ("http://[::FF]", Url("http", "", "[::ff]", None, "", "")),
        ("https:\\\\h\\x", Url("https", "", "h", None, "/x", "")),
        ("https:h/x", Url("https", "", "h", None, "/x", "")),
        ("http:///h/x", Url("http", "", "h", None, "/x", "")),
        ("http://%41b/", Url("http", "", "ab", None, "/", "")),
        ("http://b\u00fccher.example/", Url("http", "", "xn--bcher-kva.example", None, "/", "")),
        ("file:///p", Url("file", "", "", None, "/p", "")),
        ("file:/p", Url("file", "", "", None, "/p", "")),
        ("file:p", Url("file", "", "", None, "/p", "")),
        ("file:////p", Url("file", "", "", None, "/p", "")),
        ("file://LOCALHOST/p", Url("file", "", "", None, "/p", "")),
        ("file://host/p", Url("file", "", "host", None, "/p", "")),
        ("file:///C:/x", Url("file", "", "", None, "/C:/x", "")),
        ("memory:", Url("memory", "", "", None, "", "")),
        ("memory:x", Url("memory", "", "", None, "x", "")),
        ("memory:///x", Url("memory", "", "", None, "/x", "")),
        ("s3:b", Url("s3", "", "", None, "b", "")),
    ],
)
def test_split_url(url: str, expected: Url) -> None:
    assert expected == split_url(url)


@pytest.mark.parametrize("url", ["", "foo", "foo/bar", "/a", "://x", "1s3://x", "a b://x", "//h/x"])
def test_without_a_scheme_it_is_no_url(url: str) -> None:
    with pytest.raises(ValueError, match="relative URL without a base"):
        split_url(url)


@pytest.mark.parametrize("url", ["http://h:99999/", "s3://b:x/", "http://h:-1/", "http://h:8\u0660/", "http://h:1:2/"])
def test_an_impossible_port_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="invalid port number"):
        split_url(url)


@pytest.mark.parametrize(
    "url", ["https://a b/x", "s3://b\\c/d", "http://a|b/", "http://a%20b/", "http://a%zzb/", "s3://b\x7f/"]
)
def test_an_impossible_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="invalid domain character"):
        split_url(url)


@pytest.mark.parametrize("url", ["http://[::1/", "http://[::1]x/", "http://[]/", "http://[x]/"])
def test_an_impossible_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="invalid IPv6 address"):
        split_url(url)


@pytest.mark.parametrize(
    "url", ["http://", "https:///", "http://u@/x", "https:?q", "s3://:80", "file://:", "memory://u@"]
)
def test_an_empty_host_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="empty host"):
        split_url(url)


@given(st.text() | st.text().map("http://{}".format) | st.text().map("s3://{}".format))
def test_split_url_raises_nothing_but_value_errors(url: str) -> None:
    try:
        parts = split_url(url)
    except ValueError:
        return

    assert parts.scheme == parts.scheme.lower()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://b/p", "s3"),
        ("s3a://b/p", "s3"),
        ("S3://B", "s3"),
        ("s3://b:99/x", "s3"),
        ("gs://b/p", "gcs"),
        ("gcs://b/p", "gcs"),
        ("az://c/p", "azure"),
        ("adl://c/p", "azure"),
        ("azure://c/p", "azure"),
        ("abfs://c/p", "azure"),
        ("abfss://c@a.dfs.core.windows.net/p", "azure"),
        ("file:///p", "local"),
        ("file:/p", "local"),
        ("file:p", "local"),
        ("file://localhost/p", "local"),
        ("memory:", "memory"),
        ("memory://", "memory"),
        ("memory:///anything", "memory"),
        ("memory:x", "memory"),
        ("http://host/p", "http"),
        ("http://b.s3.amazonaws.com/p", "http"),
        ("https://host/p", "http"),
        ("https://storage.googleapis.com/b", "gcs"),
        ("https://storage.googleapis.com/b/k?X-Goog-Date=1&X-Goog-Signature=2", "http"),
        ("https://b.storage.googleapis.com/p", "gcs"),
        ("https://storage.cloud.google.com/b/p", "gcs"),
        ("https://evilstorage.googleapis.com/b", "http"),
        ("https://s3.cn-north-1.amazonaws.com.cn/b/p", "s3"),
        ("https://b.s3.amazonaws.com/p?X-Amz-Signature=2", "http"),
        ("https://a.blob.core.windows.net/c/p", "azure"),
        ("https://a.dfs.core.windows.net", "azure"),
        ("https://a.blob.core.windows.net//", "azure"),
        ("https://a.dfs.fabric.microsoft.com/c", "azure"),
        ("https://a.blob.fabric.microsoft.com/c", "azure"),
        ("https://s3.eu-west-1.amazonaws.com/b/p", "s3"),
        ("https://b.s3.amazonaws.com/p", "s3"),
        ("https://evilamazonaws.com/x", "s3"),
        ("https://x.r2.cloudflarestorage.com/b", "s3"),
        ("https://h/a%20b/\u00e9/\U0001f642/%2520", "http"),
        ("s3://b/a/../c", "s3"),
    ],
)
def test_parse_scheme(url: str, expected: str) -> None:
    assert expected == parse_scheme(url)


@pytest.mark.parametrize(
    "url",
    ["unix:/x", "memory://h/", "file://h/x", "s3:b", "s3:///b", "s3://", "az://", "ftp://h/x", "s4://b"],
)
def test_an_unknown_url_is_quoted(url: str) -> None:
    with pytest.raises(GenericError) as caught:
        parse_scheme(url)

    assert f'Generic URL error: Unable to recognise URL "{url}"' == str(caught.value)


def test_an_unknown_url_is_quoted_without_its_secrets() -> None:
    with pytest.raises(GenericError) as caught:
        parse_scheme("zz://user:secret@h/x?sig=secret")

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "s3://b/a//b",
        "s3://b//",
        "gs://b/a//",
        "file:///a//b",
        "memory:///a//b",
        "http://h/a//b",
        "s3://b/a/..//c",
    ],
)
def test_an_empty_segment_is_refused(url: str) -> None:
    with pytest.raises(GenericError, match=r"Generic URL error: Path .* contained empty path segment"):
        parse_scheme(url)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", ""),
        ("/", ""),
        ("/a", "a"),
        ("a/", "a"),
        ("/a/b%20c/", "a/b c"),
        ("/a/../b", "b"),
        ("/../../b", "b"),
        ("/a/./b/.", "a/b"),
        ("/a/b/..", "a"),
        ("/%2e%2E/b", "b"),
        ("/a/.%2e/b", "b"),
        ("/foo%2F%252E%252E%2Fbar", "foo/%2E%2E/bar"),
        ("/%48%45%4C%4C%4F", "HELLO"),
        ("/100%", "100%"),
        ("/.../..a", ".../..a"),
    ],
)
def test_url_path_to_prefix(path: str, expected: str) -> None:
    assert expected == url_path_to_prefix(path)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/a//b", "contained empty path segment"),
        ("/a/..//b", "contained empty path segment"),
        ("/a%2F%2Fb", "contained empty path segment"),
        ("/a%2F..%2Fb", "illegal character sequence"),
        ("/a%0Ab", "illegal character sequence"),
        ("/%FF", "is not UTF-8"),
    ],
)
def test_url_path_to_prefix_refuses(path: str, message: str) -> None:
    with pytest.raises(GenericError, match=f"Generic URL error: .*{message}") as caught:
        url_path_to_prefix(path)

    assert caught.value.store == "URL"


segments = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1).filter(
    lambda segment: segment not in (".", "..")
)


@given(st.lists(segments, min_size=1).map("/".join))
def test_an_encoded_path_is_read_back_unchanged(path: str) -> None:
    assert path == url_path_to_prefix("/" + encode_path(path))
