"""Directory buckets, on a service made from AWS's documentation, whose signatures botocore recomputes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError, PermissionDeniedError
from obstore.store import S3Store
from tests.servers.fake_http import Answer, Call, serving

BASE = Credentials("AKBASE", "base-secret", "base-token")
BUCKET = "data--use1-az4--x-s3"
PAGE = "".join(
    f"<Contents><Key>{key}</Key><LastModified>2026-11-22T06:53:57Z</LastModified><Size>1</Size></Contents>"
    for key in ("p/c", "p/a", "p/b")
)


class DirectoryBucket:
    """Hands out sessions, and checks who signed what with which name of the service."""

    def __init__(self, life: float = 300.0) -> None:
        self.life = life
        self.sessions: list[Credentials] = []
        self.calls: list[Call] = []
        self.reply: Answer | None = None

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        is_base = "session" in call.query or "x-amz-copy-source" in call.headers
        header, other = "x-amz-security-token", "x-amz-s3session-token"
        credentials = BASE if is_base else self._session(call)
        if not is_base:
            header, other = other, header
        if credentials is None or call.headers.get(header) != credentials.token or other in call.headers:
            return refusal("ExpiredToken", 400)
        if call.headers["authorization"] != recomputed(call, credentials):
            return refusal("SignatureDoesNotMatch")
        return self._answer(call)

    def _session(self, call: Call) -> Credentials | None:
        token = call.headers.get("x-amz-s3session-token")
        return next((session for session in self.sessions if session.token == token), None)

    def _answer(self, call: Call) -> Answer:
        if "session" in call.query:
            return self.reply or self._create()
        if "list-type" in call.query:
            if "start-after" in call.query or not call.query.get("prefix", "/").endswith("/"):
                return refusal("InvalidArgument", 400)
            return Answer(200, f"<ListBucketResult>{PAGE}</ListBucketResult>".encode())
        if "delete" in call.query:
            return Answer(200, b"<DeleteResult/>")
        if "x-amz-copy-source" in call.headers:
            return Answer(200, b'<CopyObjectResult><ETag>"c"</ETag></CopyObjectResult>')
        return Answer(200, b"data", {"ETag": '"e"'})

    def _create(self) -> Answer:
        number = len(self.sessions)
        self.sessions.append(Credentials(f"AKSESSION{number}", f"secret{number}", f"token{number}"))
        expiration = (datetime.now(UTC) + timedelta(seconds=self.life)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Answer(
            200,
            f"<CreateSessionResult><Credentials><SessionToken>token{number}</SessionToken>"
            f"<SecretAccessKey>secret{number}</SecretAccessKey><AccessKeyId>AKSESSION{number}</AccessKeyId>"
            f"<Expiration>{expiration}</Expiration></Credentials></CreateSessionResult>".encode(),
        )

    def created(self) -> int:
        return sum("session" in call.query for call in self.calls)


def refusal(code: str, status: int = 403) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


def recomputed(call: Call, credentials: Credentials) -> str:
    """Return the `Authorization` that botocore would send for a call."""
    auth = S3SigV4Auth(credentials, "s3express", "us-east-1")
    names = call.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in call.query.items())
    headers = {name: call.headers[name] for name in names if name != "host"}
    request = AWSRequest(call.method, f"http://{call.headers['host']}{call.path}?{query}", headers, call.body)
    request.context["timestamp"] = call.headers["x-amz-date"]
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={';'.join(names)}, "
        f"Signature={auth.signature(text, request)}"
    )


@pytest.fixture
def bucket() -> DirectoryBucket:
    return DirectoryBucket()


@pytest.fixture
def view(bucket: DirectoryBucket, colour: Colour) -> Iterator[StoreView]:
    key = {"access_key_id": "AKBASE", "secret_access_key": "base-secret", "session_token": "base-token"}
    with serving(bucket) as url:
        store = S3Store(BUCKET, prefix="p", endpoint=url, s3_express=True, client_options={"allow_http": True}, **key)
        yield StoreView(store, colour)


NO_DATE = (
    b"<CreateSessionResult><Credentials><AccessKeyId>a</AccessKeyId><SecretAccessKey>secret text</SecretAccessKey>"
    b"<SessionToken>t</SessionToken><Expiration>soon</Expiration></Credentials></CreateSessionResult>"
)


def test_requests_are_signed_with_a_session(bucket: DirectoryBucket, view: StoreView) -> None:
    async def body() -> None:
        assert await view.body("k") == b"data"
        await view.put("a b/é", b"x", tags={"a": "b"})
        await view.delete(["a", "b"])
        assert await view.paths() == ["a", "b", "c"]

    drive(view.colour, body())

    assert bucket.created() == 1
    assert bucket.calls[0].raw_query in {"session", "session="}
    assert all("x-amz-s3session-token" in call.headers for call in bucket.calls[1:])


def test_copies_are_signed_with_the_stores_own_credentials(bucket: DirectoryBucket, view: StoreView) -> None:
    drive(view.colour, view.copy("a", "b"))

    assert [call.method for call in bucket.calls] == ["PUT"]
    assert bucket.calls[0].headers["x-amz-security-token"] == "base-token"


def test_an_offset_is_applied_here(view: StoreView) -> None:
    assert not view.store.lists_in_order

    async def body() -> None:
        assert await view.paths(offset="a") == ["b", "c"]
        assert await view.paths(offset="z") == []

    drive(view.colour, body())


def test_a_session_that_ends_soon_is_renewed(bucket: DirectoryBucket, view: StoreView) -> None:
    bucket.life = 30.0

    async def body() -> None:
        await view.head("k")
        view.store._sessions._current._fresh_until = 0.0
        await view.head("k")
        await view.head("k")

    drive(view.colour, body())

    assert bucket.created() == 2
    assert [call.headers.get("x-amz-s3session-token") for call in bucket.calls][-1] == "token1"


def test_a_session_that_the_service_has_ended_is_renewed(bucket: DirectoryBucket, view: StoreView) -> None:
    async def body() -> None:
        assert await view.body("k") == b"data"
        bucket.sessions[0] = Credentials("gone", "gone", "gone")
        view.store._sessions._current._fetched_at -= 60.0
        assert await view.body("k") == b"data"

    drive(view.colour, body())

    assert bucket.created() == 2


def test_many_at_once_share_a_session(bucket: DirectoryBucket, view: StoreView) -> None:
    async def body() -> None:
        if view.colour == "sync":
            with ThreadPoolExecutor(8) as threads:
                list(threads.map(view.store.head, ["k"] * 16))
        else:
            await view.concurrently([lambda: view.head("k")] * 16)

    drive(view.colour, body())

    assert bucket.created() == 1


@pytest.mark.parametrize(
    "document",
    [
        b"secret text",
        b"<CreateSessionResult/>",
        b"<CreateSessionResult><Credentials/></CreateSessionResult>",
        NO_DATE,
    ],
)
def test_a_session_that_cannot_be_read_is_an_error(bucket: DirectoryBucket, view: StoreView, document: bytes) -> None:
    bucket.reply = Answer(200, document)
    with pytest.raises(GenericError) as caught:
        drive(view.colour, view.head("k"))

    assert "secret text" not in str(caught.value)


def test_whoever_gets_no_session_is_told_so(bucket: DirectoryBucket, view: StoreView) -> None:
    bucket.reply = refusal("AccessDenied")
    with pytest.raises(PermissionDeniedError, match="AccessDenied"):
        drive(view.colour, view.head("k"))


def test_a_signed_url_needs_no_session(bucket: DirectoryBucket, view: StoreView) -> None:
    url = drive(view.colour, view.sign("GET", "k", timedelta(hours=1)))

    assert "%2Fs3express%2Faws4_request" in url
    assert "X-Amz-Security-Token=base-token" in url
    assert bucket.calls == []
