"""Credentials through SSO, with fakes of the portal and of OIDC."""

import json
import time
from collections.abc import Iterator

import pytest

from obstore._core.times import parse_rfc3339
from obstore.exceptions import GenericError, UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, credential_of, in_future
from tests.servers.fake_http import Answer, Call, serving

START = "https://corp.awsapps.com/start"
NEW_FORM = f"""
    [profile work]
    sso_session = corp
    sso_account_id = 123456789012
    sso_role_name = Reader
    [sso-session corp]
    sso_start_url = {START}
    sso_region = eu-central-1
"""
OLD_FORM = f"""
    [profile work]
    sso_start_url = {START}
    sso_region = eu-central-1
    sso_account_id = 123456789012
    sso_role_name = Reader
"""
CLIENT = {"clientId": "client", "clientSecret": f"client-{SECRET}", "registrationExpiresAt": "2099-01-01T00:00:00Z"}
EXPIRES = 4102444800  # 2100-01-01, in seconds


class Service:
    """The portal and OIDC of one company. `good` are the tokens that the portal accepts."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.good = {"good"}
        self.refresh = Answer(
            body=json.dumps({"accessToken": "renewed", "expiresIn": 3600, "refreshToken": "next"}).encode()
        )
        self.role = {
            "accessKeyId": "AKIDSSO",
            "secretAccessKey": SECRET,
            "sessionToken": "t",
            "expiration": EXPIRES * 1000,
        }

    def __call__(self, call: Call) -> Answer:
        """Answer a call."""
        self.calls.append(call)
        if (call.method, call.path) == ("POST", "/token"):
            return self.refresh
        assert (call.method, call.path) == ("GET", "/federation/credentials")
        if call.headers["x-amz-sso_bearer_token"] not in self.good:
            return Answer(401, b'{"message": "Session token not found or invalid"}')
        return Answer(body=json.dumps({"roleCredentials": self.role}).encode())


@pytest.fixture
def service(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    fake = Service()
    with serving(fake) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO_OIDC", url)
        yield fake


def store() -> S3Store:
    return S3Store("b", profile="work")


def refusal(colour: Colour) -> UnauthenticatedError:
    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(colour, store())
    assert SECRET not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("config", "key"), [(NEW_FORM, "corp"), (OLD_FORM, START)])
def test_both_forms_find_their_token(home: Home, service: Service, colour: Colour, config: str, key: str) -> None:
    home.config(config)
    home.sso_token(key, accessToken="good", expiresAt=in_future(hours=8))

    credential = credential_of(colour, store())

    assert credential == ("AKIDSSO", SECRET, "t", EXPIRES)
    assert service.calls[0].query == {"role_name": "Reader", "account_id": "123456789012"}


def test_the_date_of_version_1_is_read(home: Home, service: Service, colour: Colour) -> None:
    home.config(OLD_FORM)
    home.sso_token(START, accessToken="good", expiresAt=in_future(hours=8).replace("Z", "UTC"))

    assert credential_of(colour, store()).access_key_id == "AKIDSSO"


def test_an_expired_token_is_refreshed_and_kept_for_others(home: Home, service: Service, colour: Colour) -> None:
    home.config(NEW_FORM)
    service.good = {"renewed"}
    file = home.sso_token("corp", accessToken="old", expiresAt=in_future(hours=-1), refreshToken="r", **CLIENT)

    credential_of(colour, store())

    kept = json.loads(file.read_text())
    sent = json.loads(service.calls[0].body)
    assert sent == {
        "clientId": "client",
        "clientSecret": CLIENT["clientSecret"],
        "refreshToken": "r",
        "grantType": "refresh_token",
    }
    assert (kept["accessToken"], kept["refreshToken"], kept["clientId"]) == ("renewed", "next", "client")
    assert 3000 < parse_rfc3339(kept["expiresAt"]).timestamp() - time.time() <= 3600
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_token_that_cannot_be_refreshed_serves_until_it_ends(home: Home, service: Service, colour: Colour) -> None:
    home.config(NEW_FORM)
    service.refresh = Answer(400, b'{"error": "invalid_grant"}')
    home.sso_token("corp", accessToken="good", expiresAt=in_future(minutes=2), refreshToken="r", **CLIENT)

    assert credential_of(colour, store()).access_key_id == "AKIDSSO"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "its token cannot be refreshed"),
        ({"refreshToken": "r", **CLIENT}, "its refresh: 400 invalid_grant"),
        (
            {"refreshToken": "r", **CLIENT, "registrationExpiresAt": "2001-01-01T00:00:00Z"},
            "its client's registration has expired",
        ),
    ],
)
def test_an_expired_login_says_how_to_log_in(
    home: Home, service: Service, colour: Colour, fields: dict[str, str], why: str
) -> None:
    home.config(NEW_FORM)
    service.refresh = Answer(400, b'{"error": "invalid_grant"}')
    home.sso_token("corp", accessToken="old", expiresAt=in_future(hours=-1), **fields)

    error = refusal(colour)

    assert f"SSO session 'corp' of profile 'work' in ~/.aws/config: the session has expired ({why})" in str(error)
    assert (error.hint or "").startswith("aws sso login --profile work;")


def test_a_login_that_was_ended_elsewhere_says_so(home: Home, service: Service, colour: Colour) -> None:
    home.config(NEW_FORM)
    home.sso_token("corp", accessToken="revoked", expiresAt=in_future(hours=8))

    assert "role Reader of account 123456789012: the session has ended Hint: aws sso login" in str(refusal(colour))


def test_without_a_login_it_says_where_it_looked(home: Home, service: Service, colour: Colour) -> None:
    home.config(NEW_FORM)

    assert "nobody has logged in (no " in str(refusal(colour))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"expiresAt": "x"}'])
def test_a_broken_cache_asks_for_a_login(home: Home, service: Service, colour: Colour, text: str) -> None:
    home.config(NEW_FORM)
    home.sso_token("corp").write_text(text)

    assert "aws sso login --profile work" in str(refusal(colour))


@pytest.mark.parametrize("change", [{"expiration": "soon"}, {"accessKeyId": None}])
def test_a_reply_that_cannot_be_read_is_said_unseen(
    home: Home, service: Service, colour: Colour, change: dict[str, object]
) -> None:
    home.config(NEW_FORM)
    home.sso_token("corp", accessToken="good", expiresAt=in_future(hours=8))
    service.role |= change

    assert "its roleCredentials are incomplete" in str(refusal(colour))


def test_an_unknown_session_is_refused_with_those_that_exist(home: Home) -> None:
    home.config(NEW_FORM.replace("[sso-session corp]", "[sso-session crop]"))

    with pytest.raises(GenericError, match=r"no \[sso-session corp\], which profile 'work'.*has: crop"):
        store()


def test_half_a_login_names_what_is_missing(home: Home) -> None:
    home.config(NEW_FORM.replace("sso_role_name = Reader", ""))

    with pytest.raises(GenericError, match="SSO needs sso_role_name too, in profile 'work'"):
        store()


def test_without_endpoints_it_asks_aws_in_the_sessions_region(home: Home) -> None:
    from obstore._s3.credentials.sso import SsoSource, read_login
    from obstore._s3.profiles import load

    files = (str(home.config(NEW_FORM)), "")
    profiles = load({}, files)
    login = read_login("work", profiles.profiles["work"], profiles)
    assert login is not None
    source = SsoSource(login, {})

    assert source._oidc == "https://oidc.eu-central-1.amazonaws.com"
    assert source._portal == "https://portal.sso.eu-central-1.amazonaws.com"
