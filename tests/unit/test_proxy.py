"""Which proxy leads to an origin, and what its URL says."""

import pytest

from obstore._core.errors import GenericError
from obstore._http.message import Origin
from obstore._http.proxy import Proxy, choose_proxy, format_head_for, is_excluded, parse_proxy

HTTP = Origin("http", "bucket.example.com", 80)
HTTPS = Origin("https", "bucket.example.com", 443)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://proxy", ("http", "proxy", 80, None, "")),
        ("HTTP://Proxy.Example:3128/", ("http", "proxy.example", 3128, None, "")),
        ("https://proxy", ("https", "proxy", 443, None, "")),
        ("socks5://proxy", ("socks5", "proxy", 1080, None, "")),
        ("socks5h://u:p@[::1]:1", ("socks5h", "::1", 1, "u", "p")),
        ("http://us%40er:p%3Aa%2Fs%20s@proxy:1", ("http", "proxy", 1, "us@er", "p:a/s s")),
        ("http://user@proxy:1", ("http", "proxy", 1, "user", "")),
        ("http://user:a:b@proxy:1", ("http", "proxy", 1, "user", "a:b")),
        ("http://@proxy:1", ("http", "proxy", 1, None, "")),
        (" http://proxy:1 ", ("http", "proxy", 1, None, "")),
    ],
)
def test_url_is_read(text: str, expected: tuple[str, str, int, str | None, str]) -> None:
    assert tuple(parse_proxy(text, "proxy_url")[:5]) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("proxy.example:3128", "it has no scheme"),
        ("user:secret@proxy.example:3128", "it has no scheme"),
        ("", "it has no scheme"),
        ("ftp://user:secret@proxy", "'ftp' is not a scheme of proxies"),
        ("socks4://proxy", "'socks4' is not a scheme of proxies"),
        ("http://user:sec/ret@proxy", "percent-encode"),
        ("http://user:secret#1@proxy", "percent-encode"),
        ("http://", "cannot be read"),
        ("socks5://", "it has no host"),
        ("http://user:secret@proxy:port", "cannot be read"),
        ("http://proxy:65536", "cannot be read"),
        ("http://pro xy:1", "cannot be read"),
        ("http://user:secret%ff@proxy", "cannot be read"),
    ],
)
def test_what_is_no_url_is_refused_without_showing_the_password(text: str, why: str) -> None:
    with pytest.raises(GenericError) as caught:
        parse_proxy(text, "environment variable HTTPS_PROXY")

    assert "environment variable HTTPS_PROXY is not the URL of a proxy" in str(caught.value)
    assert why in str(caught.value)
    assert caught.value.hint is not None
    assert "sec" not in str(caught.value).replace("secure", "")
    assert caught.value.__cause__ is None


def test_password_is_in_no_text() -> None:
    proxy = parse_proxy("http://user:secret@[::1]:3128", "proxy_url")

    assert str(proxy) == "http://[::1]:3128"
    assert repr(proxy) == "<Proxy http://[::1]:3128 from proxy_url>"


@pytest.mark.parametrize(
    ("excludes", "host", "port", "expected"),
    [
        ("", "a.example.com", 443, False),
        (" , ,", "a.example.com", 443, False),
        ("*", "a.example.com", 443, True),
        ("example.com", "example.com", 443, True),
        ("example.com", "a.example.com", 443, True),
        ("example.com", "a.b.example.com", 443, True),
        ("example.com", "notexample.com", 443, False),
        ("example.com", "example.com.evil.org", 443, False),
        (".example.com", "a.example.com", 443, True),
        (".example.com", "example.com", 443, True),
        ("*.example.com", "a.example.com", 443, True),
        ("EXAMPLE.com", "A.example.COM", 443, True),
        ("example.com.", "a.example.com", 443, True),
        ("example.com", "a.example.com.", 443, True),
        ("other.org example.com", "example.com", 443, True),
        ("other.org, example.com", "example.com", 443, True),
        ("example.com:443", "a.example.com", 443, True),
        ("example.com:8443", "a.example.com", 443, False),
        ("localhost", "localhost", 9000, True),
        ("localhost", "127.0.0.1", 9000, False),
        (".", "a.example.com", 443, False),
        ("*.", "a.example.com", 443, False),
        (":443", "a.example.com", 443, False),
        ("127.0.0.1", "127.0.0.1", 9000, True),
        ("127.0.0.1:9000", "127.0.0.1", 9000, True),
        ("127.0.0.1:9001", "127.0.0.1", 9000, False),
        ("0.0.1", "127.0.0.1", 9000, False),
        ("10.0.0.0/8", "10.20.30.40", 80, True),
        ("10.1.2.3/8", "10.20.30.40", 80, True),
        ("10.0.0.0/8", "11.20.30.40", 80, False),
        ("10.0.0.0/8", "ten.example.com", 80, False),
        ("10.0.0.0/99", "10.0.0.1", 80, False),
        ("10.0.0.0/8", "::1", 80, False),
        ("::1", "::1", 80, True),
        ("[::1]", "::1", 80, True),
        ("[::1]:80", "::1", 80, True),
        ("[::1]:81", "::1", 80, False),
        ("fd00::/8", "fd00:1::2", 80, True),
        ("0:0:0:0:0:0:0:1", "::1", 80, True),
        ("[", "::1", 80, False),
    ],
)
def test_exclusions(excludes: str, host: str, port: int, expected: bool) -> None:
    assert is_excluded(Origin("https", host, port), excludes) is expected


def chosen(origin: Origin, **environment: str) -> str | None:
    proxy = choose_proxy(origin, None, "", environment)
    return None if proxy is None else f"{proxy} {proxy.source.split()[-1]}"


def test_environment_names_proxies() -> None:
    every = {"HTTP_PROXY": "http://h", "HTTPS_PROXY": "http://s", "ALL_PROXY": "http://a"}

    assert chosen(HTTP, **every) == "http://h:80 HTTP_PROXY"
    assert chosen(HTTPS, **every) == "http://s:80 HTTPS_PROXY"
    assert chosen(HTTPS, ALL_PROXY="socks5://a") == "socks5://a:1080 ALL_PROXY"
    assert chosen(HTTPS, HTTP_PROXY="http://h") is None
    assert chosen(HTTP) is None


def test_lower_case_counts_first() -> None:
    assert chosen(HTTPS, HTTPS_PROXY="http://upper", https_proxy="http://lower") == "http://lower:80 https_proxy"
    assert chosen(HTTPS, HTTPS_PROXY="http://upper", https_proxy="") == "http://upper:80 HTTPS_PROXY"
    assert chosen(HTTPS, HTTPS_PROXY="http://p", NO_PROXY="", no_proxy="bucket.example.com") is None
    assert chosen(HTTPS, HTTPS_PROXY="http://p", NO_PROXY="*", no_proxy="other.org") == "http://p:80 HTTPS_PROXY"


def test_cgi_script_does_not_take_a_proxy_from_its_client() -> None:
    # https://httpoxy.org: the header `Proxy` of a request becomes HTTP_PROXY.
    assert chosen(HTTP, REQUEST_METHOD="GET", HTTP_PROXY="http://evil") is None
    assert (
        chosen(HTTP, REQUEST_METHOD="GET", HTTP_PROXY="http://evil", http_proxy="http://p") == "http://p:80 http_proxy"
    )
    assert chosen(HTTPS, REQUEST_METHOD="GET", HTTPS_PROXY="http://p") == "http://p:80 HTTPS_PROXY"


def test_variable_may_lack_the_scheme() -> None:
    assert chosen(HTTPS, HTTPS_PROXY="proxy.example:3128") == "http://proxy.example:3128 HTTPS_PROXY"


def test_variable_that_does_not_count_is_not_read() -> None:
    assert chosen(HTTPS, HTTPS_PROXY="http://p", ALL_PROXY="socks://q") == "http://p:80 HTTPS_PROXY"
    assert chosen(HTTPS, HTTPS_PROXY="ftp://p", NO_PROXY="example.com") is None
    with pytest.raises(GenericError, match=r"environment variable ALL_PROXY .* 'socks' is not a scheme"):
        chosen(HTTPS, ALL_PROXY="socks://q")


EXPLICIT = parse_proxy("http://explicit", "proxy_url")


def test_explicit_proxy_counts_before_the_environment() -> None:
    environment = {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}

    assert choose_proxy(HTTPS, EXPLICIT, "", environment) is EXPLICIT
    assert choose_proxy(HTTPS, EXPLICIT, "example.com", environment) is None


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "fd00:ec2::254",
        "fe80::a9fe:a9fe",
        "Metadata.Google.Internal",
    ],
)
@pytest.mark.parametrize("explicit", [None, EXPLICIT])
def test_services_of_the_machine_are_never_asked_through_a_proxy(host: str, explicit: Proxy | None) -> None:
    assert choose_proxy(Origin("http", host, 80), explicit, "", {"HTTP_PROXY": "http://p"}) is None


def test_relay_gets_the_whole_url_and_the_password() -> None:
    proxy = parse_proxy("http://Aladdin:open sesame@proxy".replace(" ", "%20"), "proxy_url")
    head = format_head_for(Origin("http", "host", 8080), proxy)("GET", "/a?b", [("host", "host:8080")])

    # The credentials of RFC 7617, section 2.
    assert head == (
        b"GET http://host:8080/a?b HTTP/1.1\r\nhost: host:8080\r\n"
        b"proxy-authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"
    )


@pytest.mark.parametrize(("url", "origin"), [("http://u:p@proxy", HTTPS), ("socks5h://u:p@proxy", HTTP)])
def test_password_goes_to_no_origin(url: str, origin: Origin) -> None:
    head = format_head_for(origin, parse_proxy(url, "proxy_url"))("GET", "/", [])

    assert head == b"GET / HTTP/1.1\r\n\r\n"
