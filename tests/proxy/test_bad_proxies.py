"""Proxies that refuse, babble, stall, close or lie: the right error each time, and nothing left open."""

from __future__ import annotations

import asyncio
import ssl
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
import trustme

from obstore._http.pool import Pool
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store
from tests.socket.listener import QUICK, Listener, Peer, Script, is_tidy, one_after_another, pool_of, reply, serving

SECRET = "u:s3cr3t"


def saying(*answers: bytes) -> Script:
    """Answer each request head in turn, and close."""

    def script(peer: Peer) -> None:
        for answer in answers:
            peer.read_head()
            peer.send(answer)

    return script


def stall(peer: Peer) -> None:
    peer.read_head()
    peer.wait_for_end()


def close_at_once(peer: Peer) -> None:
    peer.close()


def reset(peer: Peer) -> None:
    peer.read_head()
    peer.reset()


def store_behind(
    proxy: Listener, origin: str = "https://bucket.invalid", *, scheme: str = "http", **more: Any
) -> S3Store:
    options = {"allow_http": True, "connect_timeout": "300ms", "timeout": "300ms", **more}
    options["proxy_url"] = f"{scheme}://{SECRET}@127.0.0.1:{proxy.port}"
    return S3Store("b", endpoint=origin, skip_signature=True, client_options=options, retry_config=QUICK)


def failure(store: S3Store, colour: Colour) -> BaseError:
    with pytest.raises(GenericError) as caught:
        drive(colour, StoreView(store, colour).body("k"))
    error = caught.value
    assert "s3cr3t" not in f"{error} {error.hint} {error.__cause__!r}"
    assert is_tidy(store)
    return error


FOREVER = 4  # The first attempt, and the retries of QUICK.


@pytest.mark.parametrize(
    ("script", "message", "attempts"),
    [
        (saying(b"HTTP/1.1 407 Authenticate\r\nProxy-Authenticate: Basic\r\n\r\n"), "407 Authenticate", 1),
        (saying(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), "403 Forbidden", 1),
        (saying(b"HTTP/1.1 502 Bad Gateway\r\n\r\n"), "502 Bad Gateway", FOREVER),
        (saying(b"220 smtp.example ESMTP\r\n"), "does not answer CONNECT with HTTP", 1),
        (saying(b"HTTP/1.1 200 OK\r\n\r\nsurplus"), "it sent more than the answer", FOREVER),
        (saying(b"HTTP/1.1 200 O"), "it closed the connection", FOREVER),
        (saying(b"HTTP/1.1 200 OK\r\n\r\n"), "TLS handshake with bucket.invalid failed", FOREVER),
        (close_at_once, "no tunnel to bucket.invalid:443 through the proxy", FOREVER),
        (reset, "no tunnel to bucket.invalid:443 through the proxy", FOREVER),
        (stall, "it did not answer within 0.3 s", FOREVER),
    ],
)
def test_tunnel_that_is_not_made(colour: Colour, script: Script, message: str, attempts: int) -> None:
    with Listener(script) as proxy:
        error = failure(store_behind(proxy), colour)

        assert message in str(error)
        assert f"http://127.0.0.1:{proxy.port}" in str(error)
        assert (error.attempts, proxy.connections) == (attempts, attempts)


@pytest.mark.parametrize(
    ("script", "message", "attempts"),
    [
        (lambda peer: peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "does not speak SOCKS 5", 1),
        (lambda peer: peer.send(b"\5\xff"), "wants another kind of login", 1),
        (lambda peer: peer.send(b"\5\2\1\1"), "does not accept the user and password", 1),
        (lambda peer: peer.send(b"\5\0\5\2"), "its rules do not allow it", 1),
        (lambda peer: peer.send(b"\5\0\5\5"), "connection refused there", FOREVER),
        (close_at_once, "no tunnel to bucket.invalid:443 through the proxy", FOREVER),
        (Peer.wait_for_end, "it did not answer within 0.3 s", FOREVER),
    ],
)
def test_socks_tunnel_that_is_not_made(colour: Colour, script: Script, message: str, attempts: int) -> None:
    def and_wait(peer: Peer) -> None:
        script(peer)
        if script is not close_at_once:
            peer.wait_for_end()

    with Listener(and_wait) as proxy:
        error = failure(store_behind(proxy, scheme="socks5h"), colour)

        assert message in str(error)
        assert (error.attempts, proxy.connections) == (attempts, attempts)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (saying(reply(b"<html>", status="407 Proxy Authentication Required")), "407 Proxy Authentication Required"),
        (saying(*[reply(b"<html>", status="502 Bad Gateway")] * FOREVER), "502 Bad Gateway"),
        (saying(b"220 smtp.example ESMTP\r\n\r\n"), "not an HTTP/1.1 reply"),
        (close_at_once, "connection closed"),
        (stall, "no bytes for 0.3 s"),
    ],
)
def test_relay_that_fails(colour: Colour, script: Script, message: str) -> None:
    with Listener(script) as proxy:
        error = failure(store_behind(proxy, "http://bucket.invalid"), colour)

        assert message in str(error).replace("connection lost", "connection closed")
        assert f"through the proxy http://127.0.0.1:{proxy.port} failed" in str(error)
        if "407" in message:
            assert "proxy_url" in str(error.hint)


def test_next_attempt_may_succeed(colour: Colour) -> None:
    with Listener(one_after_another(close_at_once, serving(b"hello"))) as proxy:
        store = store_behind(proxy, "http://bucket.invalid")

        assert drive(colour, StoreView(store, colour).body("k")) == b"hello"
        assert proxy.requests[0].target == "http://bucket.invalid/b/k"
        assert proxy.requests[0].headers["host"] == "bucket.invalid"
        assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


def test_call_that_waits_for_a_proxy_can_be_cancelled() -> None:
    async def cancel(store: S3Store) -> None:
        task = asyncio.ensure_future(store.get_async("k"))
        while not asked.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    def note_and_stall(peer: Peer) -> None:
        peer.read_head()
        asked.set()
        peer.wait_for_end()

    asked = threading.Event()
    with Listener(note_and_stall) as proxy:
        store = store_behind(proxy)
        asyncio.run(cancel(store))

        assert is_tidy(store)


def test_proxy_that_is_not_there_is_named(colour: Colour) -> None:
    with Listener(close_at_once) as gone:
        pass
    error = failure(store_behind(gone), colour)

    assert f"cannot connect to the proxy http://127.0.0.1:{gone.port}" in str(error)
    assert error.hint == "is it running? It is named by proxy_url (from client_options)"


def test_certificate_of_the_proxy_must_be_for_its_name(colour: Colour) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("other.example").configure_cert(context)
    with Listener(stall, context) as proxy:
        pem = authority.cert_pem.bytes().decode()
        error = failure(store_behind(proxy, scheme="https", proxy_ca_certificate=pem), colour)

        assert f"the certificate of the proxy https://127.0.0.1:{proxy.port} is not trusted: IP address" in str(error)
        assert "a name that the certificate is for" in str(error.hint)


class Tunnel(Listener):
    """A proxy that makes every tunnel, wherever to, into one to itself: a TLS server with this certificate."""

    def __init__(self, *names: str, **dates: Any) -> None:
        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, **dates).configure_cert(context)
        self.pem = authority.cert_pem.bytes().decode()

        def script(peer: Peer) -> None:
            peer.read_head()
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
            context.wrap_socket(peer.sock, server_side=True).close()

        super().__init__(script)


# A proxy that looks into the traffic signs for all hosts, so its authority may vouch for them.
@pytest.mark.parametrize("key", ["root_certificate", "proxy_ca_certificate"])
@pytest.mark.parametrize(
    ("name", "not_after", "message", "hint"),
    [
        ("other.example", None, "not trusted: Hostname mismatch", "a name that the certificate is for"),
        ("bucket.invalid", datetime(2020, 1, 1, tzinfo=UTC), "not trusted: certificate has expired", "must be renewed"),
    ],
)
def test_certificate_behind_the_proxy_is_refused(
    colour: Colour, key: str, name: str, not_after: datetime | None, message: str, hint: str
) -> None:
    with Tunnel(name, not_after=not_after) as proxy:
        error = failure(store_behind(proxy, **{key: proxy.pem}), colour)

        assert f"the certificate of bucket.invalid is {message}" in str(error)
        assert hint in str(error.hint)
        assert error.attempts == 1


def test_authority_behind_the_proxy_is_unknown(colour: Colour) -> None:
    with Tunnel("bucket.invalid") as proxy:
        error = failure(store_behind(proxy), colour)

        assert "the certificate of bucket.invalid is not trusted" in str(error)
        assert "root_certificate" in str(error.hint)


@pytest.mark.parametrize("key", ["root_certificate", "proxy_ca_certificate"])
def test_certificate_that_cannot_be_read_is_named(key: str) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n"

    with pytest.raises(ValueError, match=rf"No certificates found in {key} \(from client_options\)"):
        S3Store("b", client_options={"proxy_url": "http://p", key: "/etc/ssl/ca.pem"})
    with pytest.raises(
        GenericError, match=rf"{key} \(from client_options\) holds a certificate that cannot be decoded"
    ):
        S3Store("b", client_options={"proxy_url": "http://p", key: broken})


def test_setting_of_the_environment_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROXY_URL", "u:s3cr3t@proxy")
    with pytest.raises(
        GenericError, match=r"proxy_url \(from environment variable AWS_PROXY_URL\) .* no scheme"
    ) as caught:
        S3Store("b", skip_signature=True)

    assert "s3cr3t" not in str(caught.value)


def test_empty_url_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://p")
    through, directly = S3Store("b", skip_signature=True), S3Store("b", skip_signature=True, proxy_url="")

    assert str(pool_of(through).proxy) == "http://p:80"
    assert pool_of(directly).proxy is None


def test_context_must_be_one() -> None:
    with pytest.raises(TypeError, match=r"ssl_context \(from client_options\) must be an ssl.SSLContext, not str"):
        S3Store("b", client_options={"ssl_context": "TLS"})


def test_stores_with_different_proxies_share_no_connections() -> None:
    def pool_through(**options: Any) -> Pool:
        return pool_of(S3Store("b", skip_signature=True, client_options=options))

    one, same, other = (pool_through(proxy_url=f"http://{login}@p") for login in ("u:1", "u:1", "u:2"))
    assert one is same
    assert one is not other
    assert one is not pool_through()
