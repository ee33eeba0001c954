"""A bucket whose region nobody said, or said wrongly, is found where it is."""

import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

import obstore as obs
from obstore._core.errors import TransportError
from obstore._http.client import Failure
from obstore._http.message import Head, Request, Response
from obstore._s3.config import KEYS, S3Settings, read_settings
from obstore._s3.region import moved_to, region_in
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import BaseError, GenericError, NotFoundError, PermissionDeniedError
from obstore.store import S3Store
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving
from tests.servers.regions import Regions, regions

KEY: dict[str, Any] = {"access_key_id": "AKID", "secret_access_key": "secret"}
ANONYMOUS: dict[str, Any] = {"skip_signature": True}
DEFAULT, HERE = "s3.us-east-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Regions]:
    with regions(monkeypatch, bkt="eu-west-1", new_bucket="ap-south-1", china="cn-north-1") as found:
        yield found


def read(store: S3Store, colour: Colour, path: str = "k") -> bytes:
    view = StoreView(store, colour)
    return drive(colour, view.body(path))


def failure_of(store: S3Store, colour: Colour, path: str = "k") -> BaseError:
    async def body(view: StoreView) -> BaseError:
        with pytest.raises(BaseError) as caught:
            await view.get(path)
        return caught.value

    return drive(colour, body(StoreView(store, colour)))


def test_a_public_bucket_needs_no_region(amazon: Regions, colour: Colour) -> None:
    store = S3Store("bkt", skip_signature=True, **amazon.options())

    assert read(store, colour) == b"hello"
    assert amazon.places() == [(DEFAULT, None), (HERE, None)]
    assert all("authorization" not in call.headers for call in amazon.calls)


def test_what_was_learned_is_kept_and_shown(amazon: Regions, colour: Colour) -> None:
    store = S3Store("bkt", **KEY, **amazon.options())
    before = store.explain()["region"]
    assert read(store, colour) == read(store, colour) == b"hello"

    assert amazon.places() == [(DEFAULT, "us-east-1"), (HERE, "eu-west-1"), (HERE, "eu-west-1")]
    assert before == ("region", "us-east-1", "default")
    assert store.explain()["region"] == ("region", "eu-west-1", "discovered")
    assert store.explain()["requests go to"].value == f"https://{HERE}/bkt"
    assert "region" not in store.config
    assert pickle.loads(pickle.dumps(store)) == store


def test_a_wrong_region_is_corrected_and_both_are_shown(amazon: Regions, colour: Colour) -> None:
    store = S3Store("bkt", region="ap-south-1", **KEY, **amazon.options())

    assert read(store, colour) == b"hello"
    assert store.explain()["region"] == (
        "region",
        "eu-west-1",
        "discovered, in place of 'ap-south-1' from keyword arguments",
    )


@pytest.mark.parametrize("style", [{}, {"addressing_style": "virtual"}])
@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("bucket", ["bkt", "new-bucket"])
@pytest.mark.parametrize("credentials", [KEY, ANONYMOUS])
def test_every_form_of_refusal_is_understood(
    amazon: Regions, bucket: str, tells: bool, style: dict[str, Any], credentials: dict[str, Any]
) -> None:
    amazon.tells = tells
    store = S3Store(bucket, **credentials, **style, **amazon.options())

    assert bytes(obs.get(store, "k").bytes()) == b"hello"
    assert obs.head(store, "k")["size"] == 5
    assert obs.put(store, "k", b"x" * 100_000)["e_tag"] == '"t"'
    assert len(amazon.calls) == 4


@pytest.mark.parametrize("credentials", [KEY, ANONYMOUS])
def test_a_head_is_told_by_asking_for_the_bucket(amazon: Regions, colour: Colour, credentials: dict[str, Any]) -> None:
    amazon.is_curt = True
    store = S3Store("bkt", **credentials, **amazon.options())

    assert drive(colour, StoreView(store, colour).head("k"))["size"] == 5
    assert [call.path for call in amazon.calls] == ["/bkt/k", "/bkt", "/bkt/k"]


def test_a_refusal_for_another_reason_is_the_callers(amazon: Regions, colour: Colour) -> None:
    error = failure_of(S3Store("missing", **KEY, **amazon.options()), colour)

    assert isinstance(error, NotFoundError)
    assert len(amazon.calls) == 1


def test_it_is_tried_once(amazon: Regions, colour: Colour) -> None:
    amazon.lies = "ap-south-1"
    error = failure_of(S3Store("bkt", **KEY, **amazon.options()), colour)

    assert len(amazon.calls) == 2
    assert isinstance(error, GenericError)
    assert error.status == 301
    assert str(error.hint) == "is 'ap-south-1', from discovered, the bucket's region?"


@pytest.mark.parametrize("region", ["evil.example/", "eu-west-1.evil.example", "cn-north-1", "@evil.example"])
def test_nobody_else_is_sent_a_signature(amazon: Regions, colour: Colour, region: str) -> None:
    amazon.lies = region
    error = failure_of(S3Store("bkt", **KEY, **amazon.options()), colour)

    assert error.status == 301
    assert amazon.places() == [(DEFAULT, "us-east-1")]


def test_threads_that_find_out_at_once_all_succeed(amazon: Regions) -> None:
    store = S3Store("bkt", **KEY, **amazon.options())
    with ThreadPoolExecutor(8) as threads:
        bodies = [*threads.map(lambda _: bytes(obs.get(store, "k").bytes()), range(40))]

    assert bodies == [b"hello"] * 40
    assert {(host, scope) for host, scope in amazon.places()} == {(DEFAULT, "us-east-1"), (HERE, "eu-west-1")}


def test_signed_urls_follow(amazon: Regions, colour: Colour) -> None:
    store = S3Store("bkt", **KEY, **amazon.options())
    read(store, colour)

    assert obs.sign(store, "GET", "k", timedelta(minutes=1)).startswith(f"https://{HERE}/bkt/k?")


def test_a_region_that_does_not_exist_is_named_with_its_source(amazon: Regions, colour: Colour) -> None:
    store = S3Store("bkt", region="eu-wset-1", **KEY, **amazon.options())
    error = failure_of(store, colour)

    assert error.attempts == 3
    assert str(error.hint) == (
        "is there a region 'eu-wset-1'? It comes from keyword arguments; left out, the bucket's own is found"
    )


def refuse(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Failure:
    response = Response(Head(status, "", headers or {}, True), body, None)  # type: ignore[arg-type]
    return Failure(Request("GET", "/"), 1, 0.0, response, body)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (refuse(403, headers={"x-amz-bucket-region": "eu-west-1"}), "eu-west-1"),
        (refuse(503, headers={"x-amz-bucket-region": "eu-west-1"}), None),
        (refuse(400, b"<Error><Region>eu-west-1</Region></Error>"), "eu-west-1"),
        (refuse(301, b"<Error><Endpoint>b.s3-eu-west-1.amazonaws.com</Endpoint></Error>"), "eu-west-1"),
        (refuse(301, b"<Error><Endpoint>b.s3.amazonaws.com</Endpoint></Error>"), None),
        (refuse(301, b"<Error><Endpoint>evil.example</Endpoint></Error>"), None),
        (refuse(400, b"<Region>broken"), None),
        (refuse(400, b"nothing"), None),
        (Failure(Request("GET", "/"), 1, 0.0, None, b""), None),
    ],
)
def test_a_refusal_names_the_region(failure: Failure, expected: str | None) -> None:
    assert region_in(failure) == expected


def settings(**given: object) -> S3Settings:
    return read_settings(KEYS.explicit(("arguments", {"bucket": "bkt", **given})))


def test_a_custom_endpoint_stays_where_it_is() -> None:
    here = settings(endpoint="http://h:9000")
    moved = moved_to(here, "garage")

    assert moved is not None
    assert (moved.region, moved.origin, moved.base_path) == ("garage", here.origin, "/bkt")
    assert moved_to(settings(endpoint="http://h", skip_signature=True), "garage") is None
    assert moved_to(here, "us-east-1") is None
    assert moved_to(here, "a/b\r\n") is None


def test_a_server_elsewhere_says_which_region_it_signs_for(ministack: S3Server, colour: Colour) -> None:
    store = S3Store(ministack.make_bucket(), **{**ministack.options(), "region": "eu-west-1"})
    obs.put(store, "k", b"signed again")

    assert read(store, colour) == b"signed again"
    assert store.explain()["region"].value == ministack.region


def test_a_strict_server_says_it_too(swift: S3Server, colour: Colour) -> None:
    store = S3Store(swift.make_bucket(), **{**swift.options(), "region": "eu-west-1"})
    obs.put(store, "k", b"signed again")

    assert read(store, colour) == b"signed again"
    assert store.explain()["region"].value == swift.region


def test_an_endpoint_in_another_region_is_named(colour: Colour) -> None:
    def elsewhere(call: Call) -> Answer:
        return Answer(301, b"", {"x-amz-bucket-region": "eu-west-1"})

    with serving(elsewhere) as url:
        store = S3Store("b", endpoint=url, skip_signature=True, client_options={"allow_http": True})
        error = failure_of(store, colour)

    assert str(error.hint) == (
        "the bucket is in 'eu-west-1', and the endpoint, from keyword arguments, is elsewhere: "
        "leave it out, or correct it"
    )


@pytest.mark.parametrize(
    ("code", "given", "hint"),
    [
        ("AccessDenied", ANONYMOUS, "requests are not signed (skip_signature), and this is not public"),
        ("AccessDenied", KEY, "signed with: key pair AKID, from keyword arguments"),
        ("InvalidAccessKeyId", KEY, "look at the credentials: key pair AKID, from keyword arguments"),
        ("SignatureDoesNotMatch", KEY, "look at the credentials"),
    ],
)
def test_a_refusal_says_who_was_refused(code: str, given: dict[str, Any], hint: str, colour: Colour) -> None:
    def refusing(call: Call) -> Answer:
        return Answer(403, f"<Error><Code>{code}</Code></Error>".encode())

    with serving(refusing) as url:
        error = failure_of(S3Store("b", endpoint=url, client_options={"allow_http": True}, **given), colour)

    assert isinstance(error, PermissionDeniedError)
    assert hint in str(error.hint)
    assert "secret" not in str(error)


def test_no_reply_is_no_region() -> None:
    failure = Failure(Request("GET", "/"), 1, 0.0, None, b"")
    failure.__cause__ = TransportError("not sent", "cannot resolve host 'x'")

    assert region_in(failure) is None


def test_who_watches_a_store_goes_on_watching_where_it_has_moved(amazon: Regions) -> None:
    store = S3Store("bkt", **KEY, **amazon.options())
    seen: list[int] = []
    store.on_response(lambda event: seen.append(event.status))
    obs.get(store, "k").bytes()
    store.on_response(lambda event: seen.append(-event.status))
    obs.get(store, "k").bytes()

    assert seen == [301, 200, 200, -200]
    assert store.metrics().requests == {"GET": {"2xx": 2, "3xx": 1}}
