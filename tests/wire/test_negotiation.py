"""What is said to a proxy for a tunnel: byte by byte, and with proxies that say no or something else."""

from __future__ import annotations

import pytest

from obstore._core.errors import TransportError
from obstore._http.negotiation import connect, socks
from obstore._http.proxy import parse_proxy
from obstore._io.connect import Negotiation

OPEN, CLOSED = parse_proxy("http://proxy:1", "proxy_url"), parse_proxy("http://user:secret@proxy:1", "proxy_url")
SOCKS, LOGIN = parse_proxy("socks5h://proxy:1", "proxy_url"), parse_proxy("socks5h://user:secret@proxy:1", "proxy_url")


def talk(negotiation: Negotiation, *answers: bytes, step: int = 1) -> tuple[list[bytes], bytes]:
    """Play the proxy: give the answers in pieces; return what was said to it, and what was not read."""
    said, buf, pending = [], bytearray(), list(answers)
    data, measure = next(negotiation)
    while True:
        said.append(data)
        if data and pending:
            incoming = pending.pop(0)
        while (size := measure(buf)) is None:
            assert incoming, "it waits for more than was sent"
            buf += incoming[:step]
            incoming = incoming[step:]
        answer = bytes(buf[:size])
        del buf[:size]
        try:
            data, measure = negotiation.send(answer)
        except StopIteration:
            return said, bytes(buf) + incoming


def refusal(negotiation: Negotiation, *answers: bytes) -> TransportError:
    with pytest.raises(TransportError) as caught:
        talk(negotiation, *answers, step=1 if len(answers[0]) < 1000 else 4096)
    assert "secret" not in f"{caught.value} {caught.value.hint}"
    return caught.value


@pytest.mark.parametrize("step", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 Connection established\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
        b"HTTP/1.1 204 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_connect_is_granted(step: int, answer: bytes) -> None:
    said, rest = talk(connect(OPEN)("host", 443), answer, step=step)

    assert (said[0], rest) == (b"CONNECT host:443 HTTP/1.1\r\nhost: host:443\r\n\r\n", b"")


def test_what_follows_the_head_is_not_taken_for_it() -> None:
    assert talk(connect(OPEN)("host", 443), b"HTTP/1.1 200 OK\r\n\r\nsurplus", step=1000)[1] == b"surplus"


def test_connect_says_who_asks_and_brackets_addresses() -> None:
    said, _ = talk(connect(CLOSED)("::1", 443), b"HTTP/1.1 200 OK\r\n\r\n")

    assert said == [
        b"CONNECT [::1]:443 HTTP/1.1\r\nhost: [::1]:443\r\nproxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, "proxy"),
        (401, "proxy"),
        (403, "proxy"),
        (407, "proxy"),
        (429, "not sent"),
        (502, "not sent"),
        (503, "not sent"),
    ],
)
def test_connect_is_refused(status: int, kind: str) -> None:
    error = refusal(connect(OPEN)("host", 443), b"HTTP/1.1 %d Why Not\r\nContent-Length: 9\r\n\r\n" % status)

    assert (error.kind, error.message) == (
        kind,
        f"the proxy http://proxy:1 opens no tunnel to host:443: {status} Why Not",
    )


def test_hints_say_what_the_proxy_wants() -> None:
    basic = b'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'
    ntlm = b"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\n\r\n"

    assert "give user and password in proxy_url" in str(refusal(connect(OPEN)("h", 1), basic).hint)
    assert "does not accept the user and password in proxy_url" in str(refusal(connect(CLOSED)("h", 1), basic).hint)
    assert "it wants NTLM" in str(refusal(connect(CLOSED)("h", 1), ntlm).hint)
    assert "proxy_excludes" in str(refusal(connect(OPEN)("h", 1), b"HTTP/1.1 403 No\r\n\r\n").hint)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x05\xff",
        b"\x15\x03\x01\x00\x02\x02\x46",  # A TLS alert: an https:// proxy.
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbroken\r\n\r\n",
        b"HTTP/1.1 200 OK\nhost: x\n\n\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000,
    ],
)
def test_garbage_is_not_waited_for(answer: bytes) -> None:
    error = refusal(connect(OPEN)("host", 443), answer)

    assert (error.kind, "does not answer CONNECT with HTTP" in error.message) == ("proxy", True)


GRANTED = b"\5\0\0\1\0\0\0\0\0\0"


@pytest.mark.parametrize("step", [1, 3, 1000])
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("host", b"\3\4host"),
        ("127.0.0.1", b"\1\x7f\0\0\1"),
        ("::1", b"\4" + bytes(15) + b"\1"),
    ],
)
def test_socks_is_granted(step: int, host: str, address: bytes) -> None:
    said, rest = talk(socks(SOCKS)(host, 443), b"\5\0", GRANTED, step=step)

    assert (said, rest) == ([b"\5\1\0", b"\5\1\0" + address + b"\1\xbb"], b"")


@pytest.mark.parametrize("bound", [b"\1" + bytes(6), b"\4" + bytes(18), b"\3\4host\0\0", b"\3\0\0\0"])
def test_address_in_a_socks_reply_is_passed_over(bound: bytes) -> None:
    assert talk(socks(SOCKS)("host", 443), b"\5\0", b"\5\0\0" + bound + b"surplus", step=1000)[1] == b"surplus"


def test_socks_says_who_asks() -> None:
    said, _ = talk(socks(LOGIN)("host", 443), b"\5\2", b"\1\0", GRANTED)

    assert said[:2] == [b"\5\2\0\2", b"\1\4user\6secret"]


def test_socks_does_without_the_password_if_it_is_not_wanted() -> None:
    assert len(talk(socks(LOGIN)("host", 443), b"\5\0", GRANTED)[0]) == 2


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (1, "not sent"),
        (2, "proxy"),
        (3, "not sent"),
        (4, "not sent"),
        (5, "not sent"),
        (6, "not sent"),
        (7, "proxy"),
        (99, "proxy"),
    ],
)
def test_socks_is_refused(status: int, kind: str) -> None:
    error = refusal(socks(SOCKS)("host", 443), b"\5\0", bytes([5, status]))

    assert (error.kind, "opens no tunnel to host:443" in error.message) == (kind, True)


def test_socks_login_is_refused() -> None:
    assert "give user and password in proxy_url" in str(refusal(socks(SOCKS)("h", 1), b"\5\xff").hint)
    assert "RFC 1929" in str(refusal(socks(LOGIN)("h", 1), b"\5\xff").hint)
    assert "check the user and password" in str(refusal(socks(LOGIN)("h", 1), b"\5\2", b"\1\1").hint)
    # Nobody offered the password, so nobody sends it.
    assert refusal(socks(SOCKS)("h", 1), b"\5\2").kind == "proxy"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\4\x5b"])
def test_what_is_no_socks_proxy_is_said_to_be_none(answer: bytes) -> None:
    error = refusal(socks(SOCKS)("h", 1), answer)

    assert (error.kind, error.message) == ("proxy", "the proxy socks5h://proxy:1 does not speak SOCKS 5")
    assert "is it an http:// one?" in str(error.hint)


def test_what_does_not_fit_socks_is_refused() -> None:
    assert "255 bytes" in refusal(socks(SOCKS)("h" * 256, 1), b"\5\0").message
    long = parse_proxy(f"socks5://{'u' * 256}:p@proxy", "proxy_url")
    assert "255 bytes" in refusal(socks(long)("h", 1), b"\5\2").message
