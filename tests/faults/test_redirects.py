"""Every redirect met by every operation of a web server's store, in both colours.

What is followed has the right result, and takes no credentials to another server. What is not is an error at
once that says where the server wanted the request to go; the files are as before, and the store works on.
"""

import ssl
from collections.abc import Callable
from itertools import count

import pytest

from obstore._testing.colour import Colour
from obstore.exceptions import BaseError, GenericError
from tests.faults.moves import (
    BOUND,
    FILES,
    OPERATIONS,
    READS,
    SECRET,
    SECRET_HEADERS,
    after,
    attempt,
    moving,
    place_of,
    to,
)
from tests.faults.site import Site, moved_to
from tests.servers import Certificate
from tests.socket.listener import Received


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("name", OPERATIONS)
def test_status(colour: Colour, name: str, status: int) -> None:
    operation = OPERATIONS[name]
    is_followed = operation.method in READS or status in (307, 308)

    def move(request: Received) -> bytes | None:
        return moved_to(place_of(request), status) if request.target.startswith("/data/") else None

    with Site(FILES, moving(operation.method, move)) as site:
        outcome = attempt(colour, site.web_store(), operation)

    sent = [request.target for request in site.requests if request.method == operation.method]
    assert len([target for target in sent if target != "/data/other?key=hush"]) == 1 + is_followed
    if is_followed:
        assert (operation.result, after(operation)) == (outcome, site.files.files)
    else:
        assert isinstance(outcome, GenericError)
        assert f"{status} Moved: redirected to /moved/small, which is not followed" in str(outcome)
        assert site.files.files == FILES


@pytest.mark.parametrize("name", OPERATIONS)
def test_another_server_is_sent_no_credentials(colour: Colour, name: str) -> None:
    operation = OPERATIONS[name]
    with Site(FILES) as there:
        move = moving(operation.method, lambda request: moved_to(f"{there.url}{place_of(request)}"))
        with Site(FILES, move) as here:
            outcome = attempt(colour, here.web_store(), operation)

    asked = [request for request in here.requests if request.method == operation.method]
    assert all(SECRET in f"{request.headers['authorization']}{request.target}" for request in asked)
    assert here.files.files == FILES
    if name in BOUND:
        assert isinstance(outcome, GenericError)
        assert f"redirected to {there.url}/moved/small, which is not followed" in str(outcome)
        assert there.asked == []
        return
    assert (operation.result, after(operation)) == (outcome, there.files.files)
    assert len(there.requests) == 1
    assert SECRET not in str(there.requests)
    assert not SECRET_HEADERS.intersection(*(request.headers for request in there.requests))


def _to_and_fro(request: Received) -> bytes:
    here, there = ("/data/", "/moved/") if request.target.startswith("/data/") else ("/moved/", "/data/")
    return moved_to(request.target.replace(here, there, 1))


def _on_and_on() -> Callable[[Received], bytes]:
    numbers = count(1)
    return lambda request: moved_to(f"/moved/{next(numbers)}")


NOT_A_URL = "which is not a URL of HTTP"
# What the server says, how often it is asked, and what the error says. None of it is asked for again.
WRONG: dict[str, tuple[Callable[[], Callable[[Received], bytes]], int, str]] = {
    "to itself": (lambda: lambda request: moved_to(request.target), 1, "lead back to"),
    "to itself, without a word": (lambda: to(""), 1, "lead back to"),
    "to and fro": (lambda: _to_and_fro, 2, "lead back to"),
    "on and on": (_on_and_on, 11, "more than 10 redirects, the last to"),
    "without a Location": (lambda: to(None), 1, "307 Moved: a redirect without a Location"),
    "to another protocol": (lambda: to("ftp://me:hush@127.0.0.1/x?hush"), 1, NOT_A_URL),
    "to a file": (lambda: to("file:///etc/passwd"), 1, NOT_A_URL),
    "to a script": (lambda: to("javascript:alert(1)"), 1, NOT_A_URL),
    "to no host": (lambda: to("http://:80/x?hush"), 1, NOT_A_URL),
    "to half an address": (lambda: to("http://[::1/x"), 1, NOT_A_URL),
    "to no port": (lambda: to("http://127.0.0.1:http/x"), 1, NOT_A_URL),
    "to a host with spaces": (lambda: to("http://no such host/x"), 1, NOT_A_URL),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("status", [302, 307])
def test_wrong(colour: Colour, kind: str, name: str, status: int) -> None:
    operation, (make, times, says) = OPERATIONS[name], WRONG[kind]
    answer = make()

    def move(request: Received) -> bytes:
        return answer(request).replace(b" 307 ", f" {status} ".encode())

    with Site(FILES, moving(operation.method, move)) as site:
        outcome = attempt(colour, site.web_store(), operation)

    assert isinstance(outcome, GenericError)
    sent = [request for request in site.requests if request.method == operation.method]
    is_followed = operation.method in READS or status == 307
    if is_followed:
        assert says.replace("307", str(status)) in str(outcome)
    else:
        assert "redirected to" in str(outcome) or "without a Location" in str(outcome)
    others = [request for request in sent if request.target == "/data/other?key=hush"]
    assert len(sent) - len(others) == (times if is_followed else 1)
    assert site.files.files == FILES


@pytest.mark.parametrize("name", OPERATIONS)
def test_ten_are_followed(colour: Colour, name: str) -> None:
    operation, numbers = OPERATIONS[name], count(1)

    def move(request: Received) -> bytes | None:
        number = next(numbers)
        if number > 10:
            return None
        return moved_to(f"{place_of(request)}?{number}")

    with Site(FILES, moving(operation.method, move)) as site:
        outcome = attempt(colour, site.web_store(), operation)

    assert (operation.result, after(operation)) == (outcome, site.files.files)


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    return context


@pytest.mark.parametrize("allow_http", [False, True])
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in BOUND])
def test_plain_http_needs_leave(
    colour: Colour, name: str, tls: ssl.SSLContext, certificate: Certificate, allow_http: bool
) -> None:
    operation = OPERATIONS[name]
    with Site(FILES) as there:
        move = moving(operation.method, lambda request: moved_to(f"{there.url}{place_of(request)}"))
        with Site(FILES, move, tls=tls) as here:
            trust = certificate.ca_file.read_bytes()
            outcome = attempt(colour, here.web_store(allow_http=allow_http, root_certificate=trust), operation)

    if allow_http:
        assert (operation.result, after(operation)) == (outcome, there.files.files)
        assert SECRET not in str(there.requests)
    else:
        assert isinstance(outcome, GenericError)
        assert f"redirected from {here.url} to {there.url}, which is not encrypted" in str(outcome)
        assert outcome.hint is not None
        assert "client_options={'allow_http': True}" in outcome.hint
        assert there.connections == 0


SLASHED = [name for name in OPERATIONS if name != "list"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("host", ["", "http://127.0.0.1:1", "https://127.0.0.1"])
@pytest.mark.parametrize("name", SLASHED)
def test_a_slash_says_directory(colour: Colour, name: str, host: str, status: int) -> None:
    """A DELETE or MOVE that is sent on would take the whole of it. A proxy in front changes scheme and port."""
    operation = OPERATIONS[name]

    def move(request: Received) -> bytes:
        return moved_to(f"{host}{request.target.partition('?')[0]}/", status)

    with Site(FILES, moving(operation.method, move)) as site:
        outcome = attempt(colour, site.web_store(), operation)

    assert isinstance(outcome, BaseError)
    assert isinstance(outcome, FileNotFoundError) == (operation.method in {"GET", "HEAD", "DELETE"})
    assert "there is a directory of that name" in str(outcome)
    assert not [target for target in site.asked if target.endswith("l/")]
    assert site.files.files == FILES


def test_directory_that_has_moved_is_not_found(colour: Colour) -> None:
    def move(request: Received) -> bytes:
        return moved_to("/moved/small" if request.target.startswith("/data/") else "/moved/small/", 301)

    with Site(FILES, moving("GET", move)) as site:
        assert isinstance(attempt(colour, site.web_store(), OPERATIONS["get"]), FileNotFoundError)
