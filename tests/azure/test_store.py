"""What Azurite cannot be brought to do: replies of the service's own making, and requests seen from its side."""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from obstore._testing.colour import drive
from obstore._testing.view import StoreView, raises
from obstore.exceptions import (
    AlreadyExistsError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
)
from obstore.store import AzureStore
from obstore.testing import Colour
from tests.servers.azurite import KEY
from tests.servers.fake_http import Answer, Call, serving

OBJECT = {"ETag": '"1"', "Last-Modified": "Sun, 22 Nov 2026 06:53:57 GMT", "Content-Type": "a/b"}
CPK = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="


class Scripted:
    """Gives its answers one after the other, and keeps the calls."""

    def __init__(self, *answers: Answer) -> None:
        self.calls: list[Call] = []
        self.when_called: Callable[[], None] = lambda: None
        self._answers = list(answers)

    def handle(self, call: Call) -> Answer:
        self.calls.append(call)
        self.when_called()
        return self._answers.pop(0)

    @contextmanager
    def view(self, colour: Colour, **settings: Any) -> Iterator[StoreView]:
        """Yield a store on this service, which does not wait before it asks again."""
        retry = {"backoff": {"init_backoff": timedelta(), "max_backoff": timedelta()}, "max_retries": 2}
        credential: dict[str, Any] = (
            {} if {"token", "sas_key", "credential_provider"} & settings.keys() else {"account_key": KEY}
        )
        with serving(self.handle) as url:
            options: dict[str, Any] = {"endpoint": url, "client_options": {"allow_http": True}, "retry_config": retry}
            yield StoreView(AzureStore("c", account_name="acct", **options, **credential, **settings), colour)
        assert not self._answers


def ok(body: bytes = b"", status: int = 200, **headers: str) -> Answer:
    return Answer(status, body, {**OBJECT, **{name.replace("_", "-"): value for name, value in headers.items()}})


def refusal(status: int, code: str) -> Answer:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.\nRequestId:R</Message></Error>"
    return Answer(status, body.encode(), {"x-ms-error-code": code, "x-ms-request-id": "R"})


def test_a_directory_is_no_object(colour: Colour) -> None:
    service = Scripted(ok(x_ms_resource_type="directory"), ok(x_ms_resource_type="file"))

    async def body(view: StoreView) -> None:
        await raises(FileNotFoundError, view.get("d"))
        assert await view.body("d/file") == b""

    with service.view(colour) as view:
        drive(colour, body(view))


def test_the_end_of_an_object_that_changes_is_that_of_one_object(colour: Colour) -> None:
    service = Scripted(
        ok(b"old old"),
        refusal(412, "ConditionNotMet"),
        Answer(200, b"new", {**OBJECT, "ETag": '"2"'}),
        Answer(206, b"ew", {**OBJECT, "ETag": '"2"', "Content-Range": "bytes 1-2/3"}),
    )

    async def body(view: StoreView) -> None:
        assert await (await view.get("k", range={"suffix": 2})).bytes() == b"ew"

    with service.view(colour) as view:
        drive(colour, body(view))
    asked = [(call.method, call.headers.get("range"), call.headers.get("if-match")) for call in service.calls]

    assert asked == [
        ("HEAD", None, None),
        ("GET", "bytes=5-6", '"1"'),
        ("HEAD", None, None),
        ("GET", "bytes=1-2", '"2"'),
    ]


def test_the_end_of_an_object_that_always_changes(colour: Colour) -> None:
    service = Scripted(*[ok(b"body"), refusal(412, "ConditionNotMet")] * 4)

    async def body(view: StoreView) -> None:
        await raises(PreconditionError, view.get("k", range={"suffix": 2}))

    with service.view(colour) as view:
        drive(colour, body(view))


# Copies


def test_a_copy_that_takes_its_time_is_awaited(colour: Colour) -> None:
    pending: Any = {"x_ms_copy_id": "I", "x_ms_copy_status": "pending"}
    service = Scripted(ok(status=202, **pending), ok(**pending), ok(x_ms_copy_id="I", x_ms_copy_status="success"))

    async def body(view: StoreView) -> None:
        await view.copy("a b", "c")

    with service.view(colour) as view:
        drive(colour, body(view))
        source = f"{view.store._origin}/c/a%20b"

    assert [(call.method, call.path) for call in service.calls] == [("PUT", "/c/c"), ("HEAD", "/c/c"), ("HEAD", "/c/c")]
    assert service.calls[0].headers["x-ms-copy-source"] == source
    assert service.calls[0].headers["content-length"] == "0"


@pytest.mark.parametrize("status", ["failed", "aborted"])
def test_a_copy_that_fails_later(status: str, colour: Colour) -> None:
    pending: Any = {"x_ms_copy_id": "I", "x_ms_copy_status": "pending"}
    why = "404 gone"
    end = ok(x_ms_copy_id="I", x_ms_copy_status=status, x_ms_copy_status_description=why)
    service = Scripted(ok(status=202, **pending), end)

    async def body(view: StoreView) -> None:
        with pytest.raises(GenericError, match=f"the copy to c {status}: 404 gone"):
            await view.copy("a", "c")

    with service.view(colour) as view:
        drive(colour, body(view))


def test_a_target_that_somebody_else_wrote_is_not_awaited(colour: Colour) -> None:
    service = Scripted(ok(status=202, x_ms_copy_id="I", x_ms_copy_status="pending"), ok())

    async def body(view: StoreView) -> None:
        await view.copy("a", "c")

    with service.view(colour) as view:
        drive(colour, body(view))


@pytest.mark.parametrize("status", [409, 412])
def test_an_object_that_is_there_is_not_replaced(status: int, colour: Colour) -> None:
    service = Scripted(refusal(status, "BlobAlreadyExists"), refusal(status, "BlobAlreadyExists"))

    async def body(view: StoreView) -> None:
        with pytest.raises(AlreadyExistsError, match="Object at location b already exists"):
            await view.copy("a", "b", overwrite=False)
        await raises(AlreadyExistsError, view.put("b", b"", mode="create"))

    with service.view(colour) as view:
        drive(colour, body(view))

    assert [call.headers["if-none-match"] for call in service.calls] == ["*", "*"]


def test_a_pending_copy_is_no_object_that_exists(colour: Colour) -> None:
    service = Scripted(refusal(409, "PendingCopyOperation"))

    async def body(view: StoreView) -> None:
        with pytest.raises(GenericError, match=r"409 .*PendingCopyOperation: No"):
            await view.copy("a", "b")

    with service.view(colour) as view:
        drive(colour, body(view))


@pytest.mark.parametrize(
    ("credential", "query", "header"),
    [
        ({}, {"sp": "r", "sr": "b"}, None),
        ({"sas_key": "sp=rw&sig=x%3D"}, {"sp": "rw", "sig": "x="}, None),
        ({"token": "T"}, {}, "Bearer T"),
    ],
    ids=["key", "sas", "token"],
)
def test_a_copy_with_a_customers_key(
    credential: dict[str, str], query: dict[str, str], header: str | None, colour: Colour
) -> None:
    service = Scripted(ok(status=201, x_ms_copy_status="success"))

    async def body(view: StoreView) -> None:
        await view.copy("a", "b")

    with service.view(colour, encryption_key=CPK, **credential) as view:
        drive(colour, body(view))
    headers = service.calls[0].headers
    found = dict(parse_qsl(urlsplit(headers["x-ms-copy-source"]).query))

    assert headers["x-ms-version"] == "2026-02-06"
    assert headers["x-ms-source-encryption-key"] == headers["x-ms-encryption-key"] == CPK
    assert headers.get("x-ms-copy-source-authorization") == header
    assert query.items() <= found.items()
    assert bool(found) is bool(query)


def test_a_copy_that_is_too_large_for_one_request_is_made_of_blocks(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("obstore._azure.copying._BLOCK_SIZE", 4)
    head = ok(b"0123456789", x_ms_meta_colour="red", Cache_Control="no-store")
    service = Scripted(refusal(413, "RequestBodyTooLarge"), head, *[ok(status=201)] * 4)

    async def body(view: StoreView) -> None:
        await view.copy("a", "b", overwrite=False)

    with service.view(colour, encryption_key=CPK) as view:
        drive(colour, body(view))
    _, asked, *blocks, publishing = service.calls

    assert (asked.method, asked.path) == ("HEAD", "/c/a")
    assert sorted(call.headers["x-ms-source-range"] for call in blocks) == ["bytes=0-3", "bytes=4-7", "bytes=8-9"]
    for call in blocks:
        assert (call.query["comp"], call.headers["content-length"]) == ("block", "0")
        assert call.headers["x-ms-source-if-match"] == '"1"'
        assert call.headers["x-ms-source-encryption-key"] == call.headers["x-ms-encryption-key"] == CPK
        assert "sig=" in call.headers["x-ms-copy-source"]
    in_order = sorted(blocks, key=lambda call: call.headers["x-ms-source-range"])
    listed = publishing.body.decode()
    assert [listed.index(call.query["blockid"]) for call in in_order] == sorted(
        listed.index(call.query["blockid"]) for call in blocks
    )
    assert publishing.headers["if-none-match"] == "*"
    assert publishing.headers["x-ms-meta-colour"] == "red"
    assert publishing.headers["x-ms-blob-cache-control"] == "no-store"


def test_an_object_that_changes_while_its_blocks_are_copied_is_no_mixture(colour: Colour) -> None:
    service = Scripted(refusal(413, "RequestBodyTooLarge"), ok(b"0123456789"), refusal(412, "SourceCondition"))

    async def body(view: StoreView) -> None:
        await raises(PreconditionError, view.copy("a", "b"))

    with service.view(colour, encryption_key=CPK) as view:
        drive(colour, body(view))


def test_a_customers_key_hides_the_url_in_errors(colour: Colour) -> None:
    service = Scripted(refusal(404, "BlobNotFound"))

    async def body(view: StoreView) -> None:
        with pytest.raises(NotFoundError, match="GET REDACTED failed: 404"):
            await view.get("k")

    with service.view(colour, encryption_key=CPK) as view:
        drive(colour, body(view))

    assert service.calls[0].headers["x-ms-encryption-algorithm"] == "AES256"


# Deletions


def batch_reply(*statuses: str) -> Answer:
    parts = [
        f"--b\r\nContent-Type: application/http\r\nContent-ID: {number}\r\n\r\nHTTP/1.1 {status}\r\n"
        f"x-ms-error-code: C{number}\r\n\r\n\r\n"
        for number, status in enumerate(statuses)
    ]
    return Answer(202, "".join([*parts, "--b--"]).encode(), {"Content-Type": "multipart/mixed; boundary=b"})


def test_each_part_of_a_batch_is_authorised(colour: Colour) -> None:
    service = Scripted(batch_reply("202 Accepted", "202 Accepted"))

    async def body(view: StoreView) -> None:
        await view.delete(["a b", "c"])

    with service.view(colour, prefix="p") as view:
        drive(colour, body(view))
    (call,) = service.calls
    text = call.body.decode()

    assert (call.method, call.path, call.raw_query) == ("POST", "/c", "restype=container&comp=batch")
    assert call.headers["content-type"].startswith("multipart/mixed; boundary=batch_")
    assert [line for line in text.splitlines() if line.startswith("DELETE")] == [
        "DELETE /c/p/a%20b HTTP/1.1",
        "DELETE /c/p/c HTTP/1.1",
    ]
    assert text.count("Authorization: SharedKey acct:") == 2
    assert text.count("X-Ms-Version: 2023-11-03\r\n") == 2


def test_what_became_of_a_part(colour: Colour) -> None:
    service = Scripted(batch_reply("202 Accepted", "403 Forbidden"), batch_reply("404 Not Found", "403 Forbidden"))

    async def body(view: StoreView) -> None:
        with pytest.raises(PermissionDeniedError) as caught:
            await view.delete(["a", "b"])
        assert (caught.value.path, caught.value.code) == ("b", "C1")
        await raises(FileNotFoundError, view.delete(["a", "b"]))

    with service.view(colour) as view:
        drive(colour, body(view))


def test_a_deletion_whose_reply_was_lost_has_succeeded(colour: Colour) -> None:
    service = Scripted(
        Answer(500), refusal(404, "BlobNotFound"), Answer(500), batch_reply("404 Not Found", "202 Accepted")
    )

    async def body(view: StoreView) -> None:
        await view.delete("a")
        await view.delete(["a", "b"])

    with service.view(colour) as view:
        drive(colour, body(view))


# Requests as the service sees them


def test_a_sas_is_part_of_every_request(colour: Colour) -> None:
    listing = ok(b"<E><Blobs/></E>")
    service = Scripted(ok(b"body"), ok(status=201), listing, batch_reply("202 Accepted", "202 Accepted"))

    async def body(view: StoreView) -> None:
        await view.body("k")
        await view.put("k", b"")
        await view.paths()
        await view.delete(["a", "b"])

    with service.view(colour, sas_key="sp=rwdl&sig=x%2By%3D") as view:
        drive(colour, body(view))

    assert all(call.query["sig"] == "x+y=" for call in service.calls)
    assert not any("authorization" in call.headers for call in service.calls)
    assert service.calls[-1].body.count(b"?sp=rwdl&sig=x%2By%3D HTTP/1.1") == 2


def test_without_a_signature_nothing_is_said_of_credentials(colour: Colour) -> None:
    service = Scripted(ok(b"body"))

    async def body(view: StoreView) -> None:
        await view.body("k")

    with service.view(colour, skip_signature=True, token="T") as view:
        drive(colour, body(view))

    assert "authorization" not in service.calls[0].headers


def test_a_listing_is_asked_to_begin_somewhere(colour: Colour) -> None:
    page = "<E><Blobs>{}</Blobs><NextMarker>{}</NextMarker></E>"
    blob = "<Blob><Name>p/{}</Name><Properties><Last-Modified>Sun, 22 Nov 2026 06:53:57 GMT</Last-Modified>"
    blob += "<Content-Length>0</Content-Length></Properties></Blob>"
    pages = [page.format(blob.format("b") + blob.format("c"), "M"), page.format(blob.format("d"), "")]
    service = Scripted(*[ok(text.encode()) for text in pages])

    async def listed(view: StoreView) -> None:
        assert await view.paths(offset="b") == ["c", "d"]

    with service.view(colour, prefix="p") as view:
        drive(colour, listed(view))
    queries = [dict(call.query) for call in service.calls]

    assert [query.get("startFrom") for query in queries] == ["p/b", None]
    assert [query.get("marker") for query in queries] == [None, "M"]


def test_every_attempt_is_authorised_anew(colour: Colour) -> None:
    tokens = iter(["one", "two"])
    service = Scripted(Answer(503), ok(b"body"))

    async def body(view: StoreView) -> None:
        service.when_called = view.store._credentials.invalidate
        await view.body("k")

    with service.view(colour, credential_provider=lambda: {"token": next(tokens), "expires_at": None}) as view:
        drive(colour, body(view))

    assert [call.headers["authorization"] for call in service.calls] == ["Bearer one", "Bearer two"]


def test_a_role_that_is_missing_is_named(colour: Colour) -> None:
    service = Scripted(refusal(403, "AuthorizationPermissionMismatch"))

    async def body(view: StoreView) -> None:
        with pytest.raises(PermissionDeniedError, match="Storage Blob Data Contributor"):
            await view.get("k")

    with service.view(colour, token="T") as view:
        drive(colour, body(view))


def test_a_customers_key_is_not_quoted_in_errors(colour: Colour) -> None:
    detail = f"<AuthenticationErrorDetail>x-ms-encryption-key:{CPK}</AuthenticationErrorDetail>"
    body = f"<Error><Code>AuthenticationFailed</Code><Message>No.</Message>{detail}</Error>"
    service = Scripted(Answer(403, body.encode()))

    async def doing(view: StoreView) -> None:
        with pytest.raises(PermissionDeniedError, match="AuthenticationFailed: No") as caught:
            await view.put("k", b"")
        assert CPK not in str(caught.value)

    with service.view(colour, encryption_key=CPK) as view:
        drive(colour, doing(view))


def test_a_store_is_pickled_with_its_settings() -> None:
    store = AzureStore("c", account_name="acct", account_key=KEY, prefix="p")
    copy = pickle.loads(pickle.dumps(store))

    assert copy == store
    assert copy.config == {"container_name": "c", "account_name": "acct", "account_key": KEY}


def test_a_store_is_explained_without_its_secrets() -> None:
    told = str(AzureStore("c", account_name="acct", account_key=KEY).explain())

    assert "https://acct.blob.core.windows.net/c" in told
    assert "account key, from keyword arguments" in told
    assert KEY not in told
