"""Credentials of a container's role."""

from pathlib import Path

import pytest

from obstore._s3.credentials.container import container_url
from obstore._transfer.config import Setting
from obstore.exceptions import UnauthenticatedError
from obstore.store import S3Store
from tests.s3.home import SECRET, Colour, Home, credential_of, document
from tests.servers import S3Server
from tests.servers.fake_http import Answer, Call, serving


class Agent:
    """An agent that remembers who asked."""

    def __init__(self, *answers: Answer) -> None:
        self.calls: list[Call] = []
        self._answers = [*answers]

    def __call__(self, call: Call) -> Answer:
        """Answer a call: with the answers given, the last one again and again."""
        self.calls.append(call)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def test_a_real_agents_reply_is_read(home: Home, ministack: S3Server, colour: Colour) -> None:
    store = S3Store("b", container_credentials_full_uri=f"{ministack.endpoint}/v2/credentials/x")

    credential = credential_of(colour, store)

    assert credential.access_key_id.startswith("ASIA")
    assert credential.token
    assert credential.expires_at


def test_the_token_file_is_read_each_time_and_stripped(home: Home, tmp_path: Path, colour: Colour) -> None:
    agent, file = Agent(Answer(body=document())), tmp_path / "token"
    with serving(agent) as url:
        store = S3Store(
            "b",
            container_credentials_full_uri=f"{url}/v1/credentials?x=1",
            container_authorization_token_file=str(file),
        )
        for text in ("one\n", " two\r\n"):
            file.write_text(text)
            credential_of(colour, store)
            store._credentials.invalidate()  # type: ignore[attr-defined]

    assert [call.headers["authorization"] for call in agent.calls] == ["one", "two"]
    assert agent.calls[0].raw_query == "x=1"


def test_the_token_may_be_in_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch, colour: Colour) -> None:
    agent = Agent(Answer(body=document()))
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", f"Basic {SECRET}")
    with serving(agent) as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        store = S3Store("b")
        credential_of(colour, store)

    assert agent.calls[0].headers["authorization"] == f"Basic {SECRET}"
    assert SECRET not in str(store.explain())


def test_without_a_token_none_is_sent(home: Home, colour: Colour) -> None:
    agent = Agent(Answer(body=document()))
    with serving(agent) as url:
        credential_of(colour, S3Store("b", container_credentials_full_uri=url))

    assert "authorization" not in agent.calls[0].headers


def test_a_busy_agent_is_asked_again(home: Home, colour: Colour) -> None:
    agent = Agent(Answer(503), Answer(body=document("AKIDLATE")))
    with serving(agent) as url:
        credential = credential_of(colour, S3Store("b", container_credentials_full_uri=url))

    assert credential.access_key_id == "AKIDLATE"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(404, b'{"code": "NoRole", "message": "no role here"}'), "404 NoRole: no role here"),
        (Answer(403, b"go away"), "403 go away"),
        (Answer(body=b"[]"), "the reply cannot be read: not a JSON object"),
        (Answer(body=document(SecretAccessKey=None)), "no SecretAccessKey in it"),
    ],
)
def test_what_an_agent_refuses_is_said(home: Home, colour: Colour, answer: Answer, why: str) -> None:
    with serving(Agent(answer)) as url, pytest.raises(UnauthenticatedError, match="container credentials at") as caught:
        credential_of(colour, S3Store("b", container_credentials_full_uri=url))

    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "cannot be read: No such file"), (" \n", "is empty"), ("a\nb", "break")]
)
def test_a_token_file_that_is_no_use_is_named(
    home: Home, tmp_path: Path, colour: Colour, content: str | None, why: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    store = S3Store(
        "b", container_credentials_full_uri="http://localhost:1/", container_authorization_token_file=str(file)
    )

    with pytest.raises(UnauthenticatedError, match=why) as caught:
        credential_of(colour, store)

    assert "container_authorization_token_file" in str(caught.value) or "keyword arguments" in str(caught.value)


@pytest.mark.parametrize("url", ["http://storage.example/", "http://169.254.1.1/", "nonsense"])
def test_no_token_goes_to_a_stranger_without_encryption(home: Home, colour: Colour, url: str) -> None:
    store = S3Store("b", container_credentials_full_uri=url, container_authorization_token=SECRET)

    with pytest.raises(UnauthenticatedError, match=r"without encryption|not a URL"):
        credential_of(colour, store)


@pytest.mark.parametrize("uri", ["/v2/credentials/x", "v2/credentials/x"])
def test_a_relative_uri_is_the_agents_of_ecs(uri: str) -> None:
    settings = {"container_credentials_relative_uri": Setting(uri, "argument")}

    assert container_url(settings) == "http://169.254.170.2/v2/credentials/x"
