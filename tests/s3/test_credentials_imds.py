"""Credentials of a machine's role; above all, how soon it is known that there are none."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from obstore.exceptions import GenericError, UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import Colour, Home, credential_of, document, in_future
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving
from tests.servers.process import free_ports

ROLES = "/latest/meta-data/iam/security-credentials/"


class Machine:
    """A metadata service. `token` is its answer to the request for one."""

    def __init__(
        self, token: Answer | None = None, credentials: bytes | None = None, roles: str = "role\nother"
    ) -> None:
        self.calls: list[Call] = []
        self.token = token or Answer(body=b"session")
        self.roles = roles
        self.credentials = credentials or document()

    def __call__(self, call: Call) -> Answer:
        """Answer a call."""
        self.calls.append(call)
        if call.path == "/latest/api/token":
            return self.token
        if self.token.status == 200 and call.headers.get("x-aws-ec2-metadata-token") != "session":
            return Answer(401)
        if call.path == ROLES:
            return Answer(body=self.roles.encode()) if self.roles else Answer(404)
        return Answer(body=self.credentials) if call.path == f"{ROLES}role" else Answer(404)


@pytest.fixture(autouse=True)
def _enabled(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")


def on(url: str, **settings: Any) -> S3Store:
    return S3Store("b", metadata_endpoint=url, **settings)


def refusal(colour: Colour, store: S3Store) -> str:
    with pytest.raises(UnauthenticatedError) as caught:
        credential_of(colour, store)
    return str(caught.value)


def test_a_real_service_is_asked_in_three_steps(ministack: S3Server, colour: Colour) -> None:
    credential = credential_of(colour, on(ministack.endpoint))

    assert credential.access_key_id.startswith("ASIA")
    assert credential.token
    assert 3000 < (credential.expires_at or 0) - time.time() <= 3600


def test_the_sessions_token_goes_with_every_question(colour: Colour) -> None:
    machine = Machine()
    with serving(machine) as url:
        credential_of(colour, on(url + "/"))

    token, roles, credentials = machine.calls
    assert (token.method, token.headers["x-aws-ec2-metadata-token-ttl-seconds"]) == ("PUT", "600")
    assert [roles.path, credentials.path] == [ROLES, f"{ROLES}role"]


@pytest.mark.parametrize("variable", ["AWS_EC2_METADATA_SERVICE_ENDPOINT", "AWS_METADATA_ENDPOINT"])
def test_a_variable_names_the_service(monkeypatch: pytest.MonkeyPatch, colour: Colour, variable: str) -> None:
    with serving(Machine()) as url:
        monkeypatch.setenv(variable, url)

        assert credential_of(colour, S3Store("b")).access_key_id == "AKIDNEW"


@pytest.mark.parametrize("status", [403, 404, 405])
def test_version_1_is_used_when_asked_for(colour: Colour, status: int) -> None:
    machine = Machine(Answer(status))
    with serving(machine) as url:
        refused = refusal(colour, on(url))
        credential = credential_of(colour, on(url, imdsv1_fallback=True))

    assert f"asked for a token: {status}" in refused
    assert "imdsv1_fallback=True" in refused
    assert credential.access_key_id == "AKIDNEW"


@pytest.mark.parametrize(
    ("machine", "why"),
    [
        (Machine(roles=""), "the machine has no role"),
        (Machine(roles="<html>"), "the machine has no role"),
        (Machine(roles="gone"), "404"),
        (Machine(credentials=document(Code="AssumeRoleUnauthorizedAccess", Message="not trusted")), "not trusted"),
        (Machine(credentials=b"<html>"), "not JSON"),
        (Machine(Answer(400, b"bad")), "asked for a token: 400 bad"),
    ],
)
def test_what_is_wrong_is_said(colour: Colour, machine: Machine, why: str) -> None:
    with serving(machine) as url:
        assert why in refusal(colour, on(url))


def test_expired_credentials_are_used_while_the_service_has_no_others(colour: Colour) -> None:
    with serving(Machine(credentials=document(Expiration=in_future(hours=-1)))) as url:
        credential = credential_of(colour, on(url))

    assert 590 < (credential.expires_at or 0) - time.time() <= 600


@contextmanager
def silence() -> Iterator[str]:
    """Listen, and never answer: as an address that swallows packets, but on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_off_the_cloud_it_gives_up_within_about_a_second(colour: Colour) -> None:
    with silence() as url:
        started = time.monotonic()
        text = refusal(colour, on(url))
        elapsed = time.monotonic() - started

    assert "no bytes for 1 s" in text
    assert elapsed < 2.0


def test_an_address_where_nobody_listens_is_known_at_once(colour: Colour) -> None:
    started = time.monotonic()
    text = refusal(colour, on(f"http://127.0.0.1:{free_ports(1)[0]}"))

    assert "Connection refused" in text
    assert time.monotonic() - started < 1.0


def test_time_and_attempts_can_be_set(monkeypatch: pytest.MonkeyPatch, colour: Colour) -> None:
    monkeypatch.setenv("AWS_METADATA_SERVICE_TIMEOUT", "0.1")
    monkeypatch.setenv("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "2")
    with silence() as url:
        started = time.monotonic()
        text = refusal(colour, on(url))

    assert "no bytes for 0.1 s" in text
    assert 0.2 <= time.monotonic() - started < 0.9


def test_a_hop_too_many_is_no_obstacle_for_version_1(monkeypatch: pytest.MonkeyPatch, colour: Colour) -> None:
    with silence() as url:
        text = refusal(colour, on(url, imdsv1_fallback=True, metadata_service_timeout="100ms"))

    assert "no bytes for 0.1 s" in text  # The second question is asked, and gets no answer here either.


@pytest.mark.parametrize("name", ["metadata_service_timeout", "metadata_service_num_attempts"])
def test_a_limit_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(GenericError, match=f'"soon", from config=, is no {name}'):
        S3Store("b", config={name: "soon"})


def test_it_can_be_disabled(monkeypatch: pytest.MonkeyPatch, colour: Colour) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "TRUE")

    assert "disabled by environment variable AWS_EC2_METADATA_DISABLED" in refusal(colour, S3Store("b"))
