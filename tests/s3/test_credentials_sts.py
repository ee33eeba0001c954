"""Roles: assumed with keys at a real STS, and with tokens at a fake one."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from obstore._s3.credentials.sts import find_service
from obstore._transfer.config import Setting
from obstore.exceptions import GenericError, UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, credential_of, drive, sts_document
from tests.servers import S3Server
from tests.servers.boto import client
from tests.servers.fake_http import Answer, Call, serving

ARN = "arn:aws:iam::123456789012:role/reader"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ANYONE = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}


@pytest.fixture(scope="module")
def role(ministack: S3Server) -> str:
    """A role of the real service's that may do everything."""
    name = f"role-{uuid4().hex}"
    with client("iam", ministack.endpoint, (ministack.access_key_id, ministack.secret_access_key)) as iam:
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(ANYONE))
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_policy(EVERYTHING))
    arn: str = made["Role"]["Arn"]
    return arn


def _policy(statement: Mapping[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_role_assumed_through_a_profile_reads_and_writes(
    home: Home, ministack: S3Server, role: str, colour: Colour
) -> None:
    home.config(f"""
        [profile work]
        role_arn = {role}
        source_profile = base
        role_session_name = me
        duration_seconds = 900
        region = us-east-1
        services = local
        [services local]
        s3 =
          endpoint_url = {ministack.endpoint}
        sts =
          endpoint_url = {ministack.endpoint}
    """)
    home.credentials(f"""
        [base]
        aws_access_key_id = {ministack.access_key_id}
        aws_secret_access_key = {ministack.secret_access_key}
    """)
    store = S3Store(ministack.make_bucket(), profile="work", allow_http=True)

    async def write_and_read() -> bytes:
        await store.put_async("key", b"content")
        return bytes(await (await store.get_async("key")).bytes_async())

    assert drive(colour, write_and_read) == b"content"
    assert drive(colour, store._credentials.get).token


def test_a_role_that_is_passed_is_assumed_with_the_keys(
    home: Home, ministack: S3Server, role: str, colour: Colour
) -> None:
    store = S3Store("b", **ministack.options(), role_arn=role, endpoint_url_sts=ministack.endpoint)

    assert credential_of(colour, store).token


def test_a_refusal_of_the_real_service_is_told(home: Home, ministack: S3Server, role: str, colour: Colour) -> None:
    options = ministack.options() | {"secret_access_key": SECRET}
    store = S3Store("b", **options, role_arn=role, endpoint_url_sts=ministack.endpoint)

    with pytest.raises(UnauthenticatedError, match="403 SignatureDoesNotMatch") as caught:
        credential_of(colour, store)

    assert SECRET not in str(caught.value)


class Sts:
    """An STS that remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.answer: Answer | None = None

    def __call__(self, call: Call) -> Answer:
        """Answer a call."""
        self.calls.append(call)
        return self.answer or Answer(body=sts_document(call.form["Action"]))


@pytest.fixture
def sts(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    fake = Sts()
    with serving(fake) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        yield fake


def test_all_that_a_profile_says_of_a_role_is_asked_for(home: Home, sts: Sts, colour: Colour) -> None:
    home.config(f"""
        [default]
        role_arn = {ARN}
        source_profile = default
        external_id = from&elsewhere
        role_session_name = me@corp
        duration_seconds = 1800
        aws_access_key_id = AKIDBASE
        aws_secret_access_key = {SECRET}
        aws_session_token = base-token
    """)

    credential_of(colour, S3Store("b", region="eu-west-1"))

    [call] = sts.calls
    assert call.form == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": ARN,
        "RoleSessionName": "me@corp",
        "DurationSeconds": "1800",
        "ExternalId": "from&elsewhere",
    }
    assert "/eu-west-1/sts/aws4_request" in call.headers["authorization"]
    assert call.headers["x-amz-security-token"] == "base-token"


def test_arguments_say_the_same(home: Home, sts: Sts, colour: Colour) -> None:
    store = S3Store(
        "b",
        access_key_id="a",
        secret_access_key=SECRET,
        role_arn=ARN,
        external_id="x",
        role_duration_seconds="900",
    )

    credential_of(colour, store)

    form = sts.calls[0].form
    assert (form["ExternalId"], form["DurationSeconds"], form["RoleSessionName"]) == ("x", "900", "obstore")


def test_roles_are_assumed_from_the_innermost_outwards(home: Home, sts: Sts, colour: Colour) -> None:
    home.config(f"""
        [default]
        role_arn = arn:outer
        source_profile = inner
        [profile inner]
        role_arn = arn:inner
        credential_source = Environment
        [profile unused]
        aws_access_key_id = AKIDBASE
        aws_secret_access_key = {SECRET}
    """)
    store = S3Store("b", profile="default", access_key_id="AKIDBASE", secret_access_key=SECRET)
    source = store._profiles
    assert source is not None
    from obstore._s3.credentials.profile import find_source

    found = find_source(source, store._settings_by_name)
    assert found is not None
    drive(colour, found.fetch)

    assert [call.form["RoleArn"] for call in sts.calls] == ["arn:inner", "arn:outer"]
    assert "Credential=AKIDROLE/" in sts.calls[1].headers["authorization"]


def test_a_web_identity_is_read_anew_each_time_and_sent_in_the_body(
    home: Home, sts: Sts, tmp_path: Path, colour: Colour
) -> None:
    file = tmp_path / "token"
    store = S3Store("b", web_identity_token_file=str(file), role_arn=ARN)
    for text in ("first.jwt\n", "second.jwt"):
        file.write_text(text)
        credential_of(colour, store)
        store._credentials.invalidate()  # type: ignore[attr-defined]

    assert [call.form["WebIdentityToken"] for call in sts.calls] == ["first.jwt", "second.jwt"]
    call = sts.calls[0]
    assert (call.method, call.raw_query, call.form["Action"]) == ("POST", "", "AssumeRoleWithWebIdentity")
    assert (call.form["RoleSessionName"], call.form["DurationSeconds"]) == ("WebIdentitySession", "3600")
    assert "authorization" not in call.headers


def test_a_profile_may_have_a_web_identity(home: Home, sts: Sts, tmp_path: Path, colour: Colour) -> None:
    (tmp_path / "token").write_text("a.jwt")
    home.config(f"[default]\nrole_arn = {ARN}\nweb_identity_token_file = {tmp_path}/token\nrole_session_name = n\n")

    assert credential_of(colour, S3Store("b")).access_key_id == "AKIDROLE"
    assert sts.calls[0].form["RoleSessionName"] == "n"


REFUSAL = (
    b"<ErrorResponse><Error><Code>ExpiredTokenException</Code><Message>Token expired</Message></Error></ErrorResponse>"
)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(400, REFUSAL), "400 ExpiredTokenException: Token expired"),
        (Answer(400, b"<a/>"), "400"),
        (Answer(200, b"not XML " + SECRET.encode()), "200, and a reply that cannot be read"),
        (Answer(200, b"<a><Credentials/></a>"), "no key pair in it"),
        (Answer(200, b"<a/>"), "no Credentials in it"),
    ],
)
def test_a_refusal_is_told_without_the_token(
    home: Home, sts: Sts, tmp_path: Path, colour: Colour, answer: Answer, why: str
) -> None:
    (tmp_path / "token").write_text(SECRET)
    sts.answer = answer

    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(colour, S3Store("b", web_identity_token_file=str(tmp_path / "token"), role_arn=ARN))

    assert why in str(caught.value)
    assert SECRET not in f"{caught.value} {caught.value.__cause__!r}"


def test_a_token_file_that_is_missing_is_named(home: Home, sts: Sts, colour: Colour) -> None:
    store = S3Store("b", web_identity_token_file="/nowhere/token", role_arn=ARN)

    with pytest.raises(UnauthenticatedError, match=r"/nowhere/token cannot be read.*keyword arguments names it"):
        credential_of(colour, store)


def test_an_endpoint_that_is_none_is_named(home: Home, colour: Colour) -> None:
    store = S3Store("b", access_key_id="a", secret_access_key="s", role_arn=ARN, endpoint_url_sts="nonsense")

    with pytest.raises(UnauthenticatedError, match=r"endpoint of STS is 'nonsense'.*endpoint_url_sts"):
        credential_of(colour, store)


@pytest.mark.parametrize("duration", ["899", "12h 1s", "x"])
def test_a_duration_that_no_role_has_is_refused(home: Home, duration: str) -> None:
    with pytest.raises(GenericError, match="from keyword arguments"):
        S3Store("b", role_arn=ARN, web_identity_token_file="/t", role_duration_seconds=duration)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ("https://sts.us-east-1.amazonaws.com", "us-east-1")),
        ({"region": "eu-west-1"}, ("https://sts.eu-west-1.amazonaws.com", "eu-west-1")),
        ({"region": "cn-north-1"}, ("https://sts.cn-north-1.amazonaws.com.cn", "cn-north-1")),
        ({"endpoint_url_sts": "http://localhost:1/"}, ("http://localhost:1", "us-east-1")),
        ({"endpoint": "http://localhost:1/"}, ("https://sts.us-east-1.amazonaws.com", "us-east-1")),
    ],
)
def test_the_service_is_the_regions(settings: dict[str, str], expected: tuple[str, str]) -> None:
    assert find_service({name: Setting(value, "argument") for name, value in settings.items()}) == expected
