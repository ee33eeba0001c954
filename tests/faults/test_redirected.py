"""What goes wrong where a redirect has led: who is named, what is tried again, and how a download goes on."""

from collections.abc import Callable
from itertools import count

import pytest

from obstore._testing.colour import Colour
from obstore.exceptions import GenericError, PreconditionError, UnauthenticatedError
from tests.faults.moves import BOUND, FILES, OPERATIONS, SECRET_HEADERS, Operation, after, attempt, moving, place_of, to
from tests.faults.operations import LARGE
from tests.faults.site import Site, moved_to
from tests.socket.listener import ETAG, Peer, Received, part_of, reply


def _unavailable(request: Received) -> bytes:
    return reply(status="503 Service Unavailable")


def _lost(request: Received) -> bytes:
    return b"HTTP/1.1 2"


MAY_BE_REPEATED = ("GET", "HEAD", "PROPFIND", "PUT")


@pytest.mark.parametrize("fault", [_unavailable, _lost])
@pytest.mark.parametrize("name", [name for name in OPERATIONS if name not in BOUND])
@pytest.mark.parametrize("times", [1, 2])
def test_after_a_failure_the_way_begins_anew(
    colour: Colour, name: str, fault: Callable[[Received], bytes], times: int
) -> None:
    """The first server may have chosen a broken one, and chooses again."""
    operation, failures = OPERATIONS[name], count(1)

    def fail(request: Received) -> bytes | None:
        return fault(request) if request.method == operation.method and next(failures) <= times else None

    with Site(FILES, fail) as there:
        move = moving(operation.method, lambda request: moved_to(f"{there.url}{place_of(request)}"))
        with Site(FILES, move) as here:
            outcome = attempt(colour, here.web_store(), operation)

    sent = [request for request in here.requests if "/other" not in request.target]
    if fault is _lost and operation.method not in MAY_BE_REPEATED:
        assert isinstance(outcome, GenericError)
        assert f", redirected to {there.url}/moved/small, failed: " in str(outcome)
        assert len(sent) == len(there.requests) == 1
    else:
        assert (operation.result, after(operation)) == (outcome, there.files.files)
        assert len(sent) == len(there.requests) == times + 1


def test_server_that_wants_to_know_who_asks_is_named(colour: Colour) -> None:
    with Site(FILES, lambda request: reply(status="401 Unauthorized")) as there:
        move = moving("GET", lambda request: moved_to(f"{there.url}{place_of(request)}"))
        with Site(FILES, move) as here:
            outcome = attempt(colour, here.web_store(), OPERATIONS["get"])

    assert isinstance(outcome, UnauthenticatedError)
    assert f", redirected to {there.url}/moved/small, failed: 401" in str(outcome)
    assert outcome.hint is not None
    assert f"{there.url} is not told who asks" in outcome.hint


def test_server_that_is_not_there_is_named(colour: Colour) -> None:
    with Site(FILES) as there:
        pass
    with Site(FILES, moving("GET", lambda request: moved_to(f"{there.url}{place_of(request)}"))) as here:
        outcome = attempt(colour, here.web_store(), OPERATIONS["get"])

    assert isinstance(outcome, GenericError)
    assert f", redirected to {there.url}/moved/small, failed" in str(outcome)
    assert outcome.hint == f"is a server listening at {there.url}?"


class Broken(Site):
    """Breaks off in the middle of the first body."""

    def _script(self, peer: Peer) -> None:
        while (request := peer.read_request()) is not None:
            whole = self.files.answer(request)
            if "range" not in request.headers:
                peer.send(whole[: len(whole) // 2])
                return
            peer.send(whole)


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("name", ["large", "stream"])
def test_download_goes_on_where_the_redirect_leads_next(colour: Colour, name: str, status: int) -> None:
    operation = OPERATIONS["stream"] if name == "stream" else Operation("GET", lambda view: view.body("large"), LARGE)
    with Broken(FILES) as first, Site(FILES) as second:
        mirrors = iter([first.url, second.url])
        move = moving("GET", lambda request: moved_to(f"{next(mirrors)}{place_of(request)}", status))
        with Site(FILES, move) as here:
            assert attempt(colour, here.web_store(), operation) == LARGE

    assert [first.asked, second.asked] == [["GET /moved/large"]] * 2
    rest = second.requests[0].headers
    assert (rest["if-match"], rest["range"].endswith(f"-{len(LARGE) - 1}")) == (ETAG, True)
    assert not SECRET_HEADERS & {*rest}


def test_download_is_no_mixture_of_what_two_servers_have(colour: Colour) -> None:
    def another(request: Received) -> bytes:
        return part_of(LARGE[::-1], request).replace(ETAG.encode(), b'"2"')

    with Broken(FILES) as first, Site(FILES, another) as second:
        mirrors = iter([first.url, second.url])
        move = moving("GET", lambda request: moved_to(f"{next(mirrors)}{place_of(request)}"))
        with Site(FILES, move) as here:
            assert isinstance(attempt(colour, here.web_store(), OPERATIONS["stream"]), PreconditionError)


@pytest.mark.parametrize("answer", [to(None), to("ftp://127.0.0.1/x"), to("/data/large?key=hush")])
def test_download_whose_rest_is_nowhere_is_an_error(colour: Colour, answer: Callable[[Received], bytes]) -> None:
    with Broken(FILES) as first:

        def move(request: Received) -> bytes:
            return answer(request) if "range" in request.headers else moved_to(f"{first.url}{place_of(request)}")

        with Site(FILES, moving("GET", move)) as here:
            outcome = attempt(colour, here.web_store(), OPERATIONS["stream"])

    assert isinstance(outcome, GenericError)
    assert "redirect" in str(outcome)
