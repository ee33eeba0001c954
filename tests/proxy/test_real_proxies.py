"""Through real proxies to a real server, plain and TLS, in both colours."""

from __future__ import annotations

from typing import Any

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store
from tests.servers import S3Server
from tests.servers.forward import PASSWORD, ForwardProxy
from tests.servers.ministack import Certificate
from tests.socket.listener import QUICK, is_tidy, pool_of, without_retries

LARGE = bytes(range(256)) * 12_000


@pytest.fixture(params=["ministack", "ministack_tls"])
def origin(request: pytest.FixtureRequest) -> S3Server:
    """A plain and a TLS server."""
    server: S3Server = request.getfixturevalue(request.param)
    return server


@pytest.fixture
def pem(certificate: Certificate) -> str:
    return certificate.ca_file.read_text()


def store_of(origin: S3Server, bucket: str, pem: str, **client_options: Any) -> S3Store:
    options = origin.options()
    options["client_options"] |= {"root_certificate": pem, "connect_timeout": "20s", **client_options}
    return S3Store(bucket, virtual_hosted_style_request=False, retry_config=QUICK, **options)


async def put_and_get(view: StoreView) -> None:
    # Between 64 KiB and 1 MiB a loop sends by itself, and waits until the socket takes more.
    for content in (b"hello", LARGE[:1_000_000], LARGE, b""):
        await view.put("a key", content, use_multipart=False)
        assert await view.body("a key") == content


async def in_parallel(view: StoreView) -> None:
    await view.put("k", LARGE, use_multipart=True, chunk_size=5 << 20)
    pieces = await view.get_ranges("k", starts=[0, 1_000_000, 2_000_000], lengths=[100_000] * 3, coalesce=0)
    assert [bytes(piece) for piece in pieces] == [LARGE[at : at + 100_000] for at in (0, 1_000_000, 2_000_000)]


def test_objects_are_put_and_got(colour: Colour, proxy: ForwardProxy, origin: S3Server, pem: str) -> None:
    store = store_of(origin, origin.make_bucket(), pem, proxy_url=proxy.url)
    drive(colour, put_and_get(StoreView(store, colour)))

    assert str(pool_of(store).proxy) == proxy.open_url
    assert is_tidy(store)


def test_ranges_are_got_in_parallel(colour: Colour, proxy: ForwardProxy, origin: S3Server, pem: str) -> None:
    store = store_of(origin, origin.make_bucket(), pem, proxy_url=proxy.url)
    drive(colour, in_parallel(StoreView(store, colour)))

    assert is_tidy(store)


def test_local_names_are_resolved_here(
    colour: Colour, microsocks_server: ForwardProxy, origin: S3Server, pem: str
) -> None:
    # "localhost" may be ::1 first, where nothing listens: the next address is tried.
    url = microsocks_server.url.replace("socks5h", "socks5")
    store = store_of(origin, origin.make_bucket(), pem, proxy_url=url)
    host = store.config["endpoint"].replace("127.0.0.1", "localhost")
    store = S3Store(config={**store.config, "endpoint": host}, client_options=store.client_options, retry_config=QUICK)

    drive(colour, put_and_get(StoreView(store, colour)))


@pytest.mark.parametrize("password", [None, "wrong"])
def test_wrong_login_is_refused_once_and_explained(
    colour: Colour, proxy: ForwardProxy, origin: S3Server, pem: str, password: str | None
) -> None:
    url = proxy.open_url if password is None else proxy.url_for("agent", password)
    store = store_of(origin, "bucket", pem, proxy_url=url)
    with pytest.raises(BaseError) as caught:
        drive(colour, StoreView(store, colour).body("k"))
    error = caught.value

    assert (error.attempts, "proxy_url" in str(error.hint)) == (1, True)
    assert proxy.open_url in str(error)
    assert "wrong" not in str(error)
    assert is_tidy(store)


def test_origin_that_is_not_there_is_reported(colour: Colour, proxy: ForwardProxy, pem: str) -> None:
    options: Any = {"client_options": {"proxy_url": proxy.url, "root_certificate": pem}, "retry_config": QUICK}
    store = S3Store("b", endpoint="https://127.0.0.1:1", skip_signature=True, **options)
    with pytest.raises(GenericError, match=r"opens no tunnel to 127\.0\.0\.1:1") as caught:
        drive(colour, StoreView(store, colour).body("k"))

    assert caught.value.attempts == 4
    assert PASSWORD not in str(caught.value)


def test_request_lines_are_those_of_a_proxy(
    tinyproxy_server: ForwardProxy, ministack: S3Server, ministack_tls: S3Server, pem: str
) -> None:
    for origin in (ministack, ministack_tls):
        store_of(origin, origin.make_bucket(), pem, proxy_url=tinyproxy_server.url).put("k", b"x")

    assert f"PUT {ministack.endpoint}/" in tinyproxy_server.log()
    assert f"CONNECT {ministack_tls.endpoint.removeprefix('https://')} HTTP/1.1" in tinyproxy_server.log()


@pytest.mark.parametrize("variable", ["{}_PROXY", "{}_proxy", "ALL_PROXY", "all_proxy"])
def test_environment_is_heeded(
    colour: Colour,
    proxy: ForwardProxy,
    origin: S3Server,
    pem: str,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scheme = origin.endpoint.partition(":")[0]
    name = variable.format(scheme.upper() if variable.isupper() or "PROXY" in variable else scheme)
    monkeypatch.setenv(name, proxy.url)
    store = store_of(origin, origin.make_bucket(), pem)
    drive(colour, put_and_get(StoreView(store, colour)))

    assert repr(pool_of(store).proxy) == f"<Proxy {proxy.open_url} from environment variable {name}>"


def test_excluded_hosts_are_reached_directly(
    ministack: S3Server, tinyproxy_server: ForwardProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", tinyproxy_server.url)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.0/8")
    bucket = ministack.make_bucket()
    store = S3Store(bucket, **ministack.options())
    store.put("unseen", b"x")

    assert pool_of(store).proxy is None
    assert "unseen" not in tinyproxy_server.log()


def test_certificate_of_the_proxy_is_checked(
    colour: Colour, tls_proxy_server: ForwardProxy, ministack: S3Server, pem: str
) -> None:
    bucket = ministack.make_bucket()
    options = ministack.options()
    options["client_options"] |= {"proxy_url": tls_proxy_server.url}
    store = without_retries(S3Store(bucket, **options))
    with pytest.raises(BaseError, match=r"the certificate of the proxy https://127\S+ is not trusted") as caught:
        drive(colour, StoreView(store, colour).body("k"))
    assert "proxy_ca_certificate" in str(caught.value.hint)

    options["client_options"] |= {"proxy_ca_certificate": pem}
    drive(colour, put_and_get(StoreView(S3Store(bucket, **options), colour)))


def test_unknown_authority_of_the_origin_is_refused_through_the_proxy(
    colour: Colour, plain_proxy_server: ForwardProxy, ministack_tls: S3Server
) -> None:
    store = S3Store("b", **ministack_tls.options() | {"client_options": {"proxy_url": plain_proxy_server.url}})
    with pytest.raises(GenericError, match=r"the certificate of 127\.0\.0\.1 is not trusted") as caught:
        drive(colour, StoreView(store, colour).body("k"))

    assert "root_certificate" in str(caught.value.hint)
    assert caught.value.attempts == 1


def test_no_password_is_shown(proxy: ForwardProxy, ministack: S3Server) -> None:
    options = ministack.options()
    options["client_options"] |= {"proxy_url": proxy.url}
    store = S3Store("b", **options)
    explained = store.explain()

    assert explained["through the proxy"].value == proxy.open_url
    for shown in (str(explained), repr(store), repr(pool_of(store)), repr(pool_of(store).options), str(store._client)):
        assert PASSWORD not in shown
