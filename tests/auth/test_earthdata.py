"""Earthdata: an archive that gives credentials, and the login server it sends clients to."""

import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests

from obstore._testing.colour import Colour, drive
from obstore.auth.earthdata import NasaEarthdataAsyncCredentialProvider, NasaEarthdataCredentialProvider
from obstore.exceptions import UnauthenticatedError
from obstore.store import S3Store
from tests.servers.fake_http import Answer, Call, serving

LOGIN = ("me", "pass word")
BASIC = "Basic bWU6cGFzcyB3b3Jk"
GIVEN = {
    "accessKeyId": "AKID",
    "secretAccessKey": "secret",
    "sessionToken": "session",
    "expiration": "2040-01-02 03:04:05+00:00",
}


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is logged in."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("EARTHDATA_HOST", "EARTHDATA_TOKEN", "EARTHDATA_USERNAME", "EARTHDATA_PASSWORD", "NETRC"):
        monkeypatch.delenv(name, raising=False)


@dataclass
class Earthdata:
    """An archive and a login server, each on a port of its own."""

    archive: str = ""
    login: str = ""
    seen: list[Call] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.archive}/s3credentials"

    @property
    def login_host(self) -> str:
        return self.login.removeprefix("http://")

    def answer_archive(self, call: Call) -> Answer:
        self.seen.append(call)
        if call.path == "/redirect":
            assert call.query == {"code": "a code"}
            headers = {"Location": "/s3credentials", "Set-Cookie": "accessToken=granted; Path=/; HttpOnly"}
            return Answer(307, b"", headers)
        if call.headers.get("authorization") == "Bearer good" or "accessToken=granted" in call.headers.get(
            "cookie", ""
        ):
            return Answer(200, json.dumps(GIVEN).encode())
        return Answer(302, b"", {"Location": f"{self.login}/oauth/authorize?client=x"})

    def answer_login(self, call: Call) -> Answer:
        self.seen.append(call)
        if call.headers.get("authorization") == BASIC:
            return Answer(302, b"", {"Location": f"{self.archive}/redirect?code=a+code"})
        return Answer(200, b"<html>please log in</html>")

    @property
    def passwords_went_to(self) -> set[str]:
        return {call.path for call in self.seen if call.headers.get("authorization", "").startswith("Basic")}


@pytest.fixture
def earthdata() -> Iterator[Earthdata]:
    found = Earthdata()
    with serving(found.answer_archive) as found.archive, serving(found.answer_login) as found.login:
        yield found


Ask = Callable[..., dict[str, Any]]


def ask(url: str, **options: Any) -> dict[str, Any]:
    return dict(NasaEarthdataCredentialProvider(url, **options)())


def ask_async(url: str, **options: Any) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        return dict(await NasaEarthdataAsyncCredentialProvider(url, **options)())

    return drive("async", run())


def ask_with_requests(url: str, **options: Any) -> dict[str, Any]:
    with requests.Session() as session:
        return ask(url, session=session, **options)


def ask_with_aiohttp(url: str, **options: Any) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        jar = aiohttp.CookieJar(unsafe=True)  # Cookies of addresses that are numbers.
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            return dict(await NasaEarthdataAsyncCredentialProvider(url, session=session, **options)())

    return drive("async", run())


every_way = pytest.mark.parametrize("way", [ask, ask_async, ask_with_requests, ask_with_aiohttp])


@every_way
def test_a_token_is_answered_at_once(earthdata: Earthdata, way: Ask) -> None:
    found = way(earthdata.url, auth="good")

    assert found == {
        "access_key_id": "AKID",
        "secret_access_key": "secret",
        "token": "session",
        "expires_at": datetime(2040, 1, 2, 3, 4, 5, tzinfo=UTC),
    }
    assert len(earthdata.seen) == 1


@every_way
def test_a_token_that_is_not_accepted_is_sent_nowhere_else(earthdata: Earthdata, way: Ask) -> None:
    with pytest.raises(UnauthenticatedError, match=r"does not accept the token.*Hint: pass auth="):
        way(earthdata.url, auth="bad")

    assert len(earthdata.seen) == 1


@every_way
def test_a_password_goes_to_the_login_server_alone(earthdata: Earthdata, way: Ask) -> None:
    found = way(earthdata.url, auth=LOGIN, host=earthdata.login_host)

    assert found["access_key_id"] == "AKID"
    assert earthdata.passwords_went_to == {"/oauth/authorize"}


@every_way
def test_a_wrong_password_is_said(earthdata: Earthdata, way: Ask) -> None:
    with pytest.raises(UnauthenticatedError, match="gave no credentials: 200"):
        way(earthdata.url, auth=("me", "wrong"), host=earthdata.login_host)


def test_another_login_server_gets_no_password(earthdata: Earthdata) -> None:
    with pytest.raises(UnauthenticatedError):
        ask(earthdata.url, auth=LOGIN, host="urs.example.org")

    assert earthdata.passwords_went_to == set()


def test_an_archive_that_sends_in_circles_is_left() -> None:
    circle = serving(lambda call: Answer(302, b"", {"Location": call.path}))
    with circle as url, pytest.raises(UnauthenticatedError, match="in circles"):
        ask(url, auth=LOGIN)


def test_no_login_is_said_when_it_is_needed(earthdata: Earthdata) -> None:
    provider = NasaEarthdataCredentialProvider(earthdata.url)

    with pytest.raises(UnauthenticatedError, match=r"no Earthdata login.*EARTHDATA_TOKEN.*netrc"):
        provider()


def test_a_login_is_found_in_the_environment(earthdata: Earthdata, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARTHDATA_HOST", earthdata.login_host)
    monkeypatch.setenv("EARTHDATA_USERNAME", LOGIN[0])
    monkeypatch.setenv("EARTHDATA_PASSWORD", LOGIN[1])
    assert ask(earthdata.url)["token"] == "session"
    assert earthdata.passwords_went_to == {"/oauth/authorize"}

    monkeypatch.setenv("EARTHDATA_TOKEN", "good")
    earthdata.seen.clear()
    assert ask(earthdata.url)["token"] == "session"
    assert earthdata.passwords_went_to == set()


def test_a_login_is_found_in_netrc(earthdata: Earthdata, tmp_path: Path) -> None:
    file = tmp_path / ".netrc"
    file.write_text(f'machine {earthdata.login_host}\nlogin me\npassword "pass word"\n')
    file.chmod(0o600)

    assert ask(earthdata.url, host=earthdata.login_host)["token"] == "session"


def test_a_netrc_that_cannot_be_read_is_said(earthdata: Earthdata, tmp_path: Path) -> None:
    file = tmp_path / ".netrc"
    file.write_text("machine\n")
    file.chmod(0o600)

    with pytest.raises(ValueError, match=r"login for urs\.earthdata\.nasa\.gov could not be read"):
        NasaEarthdataCredentialProvider(earthdata.url)


def test_a_closed_provider_gives_nothing(earthdata: Earthdata) -> None:
    provider = NasaEarthdataCredentialProvider(earthdata.url, auth="good")
    provider.close()
    with pytest.raises(ValueError, match="closed"):
        provider()

    waiting = NasaEarthdataAsyncCredentialProvider(earthdata.url, auth="good")
    drive("async", waiting.close())
    with pytest.raises(ValueError, match="closed"):
        waiting.session  # noqa: B018


@pytest.mark.parametrize("kind", [NasaEarthdataCredentialProvider, NasaEarthdataAsyncCredentialProvider])
def test_a_store_has_the_region_and_survives_a_pickle(earthdata: Earthdata, kind: Any, colour: Colour) -> None:
    def bucket(call: Call) -> Answer:
        assert call.headers["x-amz-security-token"] == "session"
        assert "/us-west-2/s3/" in call.headers["authorization"]
        return Answer(200, b"hello")

    with serving(bucket) as url:
        provider = kind(earthdata.url, auth="good")
        options = {"allow_http": True}
        made = S3Store("bucket", endpoint=url, client_options=options, credential_provider=provider)
        store = pickle.loads(pickle.dumps(made))

        async def read() -> bytes:
            return bytes(await (await store.get_async("k")).bytes_async())

        assert (bytes(store.get("k").bytes()) if colour == "sync" else drive("async", read())) == b"hello"
