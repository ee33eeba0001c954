"""Deleting many objects and one, on services that can and that cannot do it in bulk."""

from collections.abc import Callable
from xml.sax.saxutils import escape

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError, NotFoundError, PermissionDeniedError
from obstore.store import S3Store
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving

NAMES = [f"k{n}" for n in range(5)]


def refusal(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def result(*errors: tuple[str, str]) -> Answer:
    entries = "".join(
        f"<Error><Key>{escape(key)}</Key><Code>{code}</Code><Message>m</Message></Error>" for key, code in errors
    )
    return Answer(200, f"<DeleteResult>{entries}</DeleteResult>".encode())


class Service:
    """Deletes one by one, and answers requests in bulk as it is told."""

    def __init__(self, in_bulk: Callable[[Call], Answer], single: Answer | None = None) -> None:
        self._in_bulk = in_bulk
        self._single = single or Answer(204)
        self.calls: list[str] = []

    def __call__(self, call: Call) -> Answer:
        self.calls.append(f"{call.method} {call.path}{'?delete' if 'delete' in call.query else ''}")
        return self._in_bulk(call) if "delete" in call.query else self._single


def run(service: Service, colour: Colour, *deletions: list[str]) -> BaseError | None:
    """Delete, and return the error of the last deletion."""

    async def body(view: StoreView) -> BaseError | None:
        error = None
        for paths in deletions:
            try:
                await view.delete(paths)
            except BaseError as caught:
                error = caught
        return error

    options = {"access_key_id": "AK", "secret_access_key": "SK", "client_options": {"allow_http": True}}
    with serving(service) as url:
        return drive(colour, body(StoreView(S3Store("b", endpoint=url, **options), colour)))


@pytest.mark.parametrize(
    "answer", [refusal(501, "NotImplemented"), refusal(405, "MethodNotAllowed"), refusal(400, "NotImplemented")]
)
def test_a_service_without_bulk_deletion_is_asked_for_it_once(colour: Colour, answer: Answer) -> None:
    service = Service(lambda _: answer)

    assert run(service, colour, NAMES, NAMES) is None
    assert service.calls.count("POST /b?delete") == 1
    assert sorted(service.calls[1:]) == sorted([f"DELETE /b/{name}" for name in NAMES] * 2)


def test_another_refusal_is_one(colour: Colour) -> None:
    service = Service(lambda _: refusal(400, "MalformedXML"))
    error = run(service, colour, NAMES)

    assert isinstance(error, GenericError)
    assert (error.code, service.calls) == ("MalformedXML", ["POST /b?delete"])


def test_a_single_object_is_deleted_without_a_document(colour: Colour) -> None:
    service = Service(lambda _: result())

    assert run(service, colour, ["only"]) is None
    assert service.calls == ["DELETE /b/only"]


def test_an_empty_result_means_that_all_are_gone(colour: Colour) -> None:
    service = Service(lambda _: Answer(200, b"<DeleteResult/>"))

    assert run(service, colour, NAMES) is None
    assert service.calls == ["POST /b?delete"]


@pytest.mark.parametrize(("code", "kind"), [("AccessDenied", PermissionDeniedError), ("Other", GenericError)])
def test_the_first_key_that_failed_is_raised(colour: Colour, code: str, kind: type[BaseError]) -> None:
    error = run(Service(lambda _: result(("k1", code), ("k3", "Later"))), colour, NAMES)

    assert type(error) is kind
    assert (error.path, error.code) == ("k1", code)
    assert "DeleteObjects request failed for key k1: m" in str(error)


def test_keys_that_failed_in_passing_are_tried_again_alone(colour: Colour) -> None:
    service = Service(lambda _: result(("k1", "InternalError"), ("k2", "NoSuchKey"), ("k3", "SlowDown")))

    assert run(service, colour, NAMES) is None
    assert sorted(service.calls[1:]) == ["DELETE /b/k1", "DELETE /b/k3"]


def test_all_batches_are_tried_before_a_failure_is_raised(colour: Colour) -> None:
    names = [f"{n:04}" for n in range(2500)]
    service = Service(lambda call: result(("0000", "Other")) if b"<Key>0000<" in call.body else result())
    error = run(service, colour, names)

    assert error is not None
    assert (error.path, service.calls) == ("0000", ["POST /b?delete"] * 3)


def test_a_key_that_xml_cannot_carry_is_deleted_alone(colour: Colour) -> None:
    service = Service(lambda _: result())

    assert run(service, colour, ["a", "b\ufffe", "c"]) is None
    assert sorted(service.calls) == ["DELETE /b/b%EF%BF%BE", "POST /b?delete"]


def test_what_is_not_there_is_deleted_already(colour: Colour) -> None:
    assert run(Service(lambda _: result(), refusal(404, "NoSuchKey")), colour, ["k"]) is None
    assert isinstance(run(Service(lambda _: result(), refusal(404, "NoSuchBucket")), colour, ["k"]), NotFoundError)


def test_real_servers_agree(s3_server: S3Server, colour: Colour) -> None:
    view = StoreView(S3Store(s3_server.make_bucket(), **s3_server.options()), colour)

    async def body() -> None:
        await view.fill("a&<b>", "c", "d")
        await view.delete("c")
        await view.delete("never was")
        assert await view.paths() == ["a&<b>", "d"]
        await view.delete(["a&<b>", "d", "never was"])
        assert await view.paths() == []

    drive(colour, body())
