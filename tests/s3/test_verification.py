"""What is read is compared with the checksum that the service has of it."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from obstore._core.checksums import digest_of, encode_digest
from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import S3Store
from tests.s3.test_credentials_container import Agent
from tests.servers import S3Server
from tests.servers.fake_http import Answer, serving

DATA = bytes(range(256)) * 8192
FAST = ("sha256", "sha1", "crc32")


@pytest.fixture
def agent() -> Agent:
    return Agent(Answer())


@pytest.fixture
def url(agent: Agent) -> Iterator[str]:
    with serving(agent) as found:
        yield found


def view_at(url: str, colour: Colour, **settings: Any) -> StoreView:
    options = {"access_key_id": "AK", "secret_access_key": "SK", "client_options": {"allow_http": True}}
    return StoreView(S3Store("b", endpoint=url, **options, **settings), colour)


def described(algorithm: str, data: bytes, checksum: bytes | None = None) -> dict[str, str]:
    digest = digest_of(algorithm, data) if checksum is None else checksum
    return {"ETag": '"1"', f"x-amz-checksum-{algorithm}": encode_digest(digest)}


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "crc32", "crc32c", "crc64nvme"])
@pytest.mark.parametrize("server", ["ministack", "swift"])
def test_a_server_agrees_with_our_checksums(
    request: pytest.FixtureRequest, server: str, colour: Colour, algorithm: str
) -> None:
    s3_server: S3Server = request.getfixturevalue(server)
    view = StoreView(S3Store(s3_server.make_bucket(), checksum_algorithm=algorithm, **s3_server.options()), colour)

    async def body() -> None:
        for data in (b"", b"123456789", DATA):
            await view.put("k", data)
            assert await view.body("k") == data
        await view.put("parts", DATA, chunk_size=1 << 20, use_multipart=True)
        assert await view.body("parts") == DATA

    drive(colour, body())


@pytest.mark.parametrize("algorithm", FAST)
@pytest.mark.parametrize("data", [b"", b"123456789", DATA], ids=["empty", "small", "large"])
def test_damaged_bytes_are_an_error(agent: Agent, url: str, colour: Colour, algorithm: str, data: bytes) -> None:
    view = view_at(url, colour)
    wrong = digest_of(algorithm, b"something else")

    async def body() -> None:
        for checksum, is_right in ((None, True), (wrong, False)):
            agent._answers = [Answer(200, data, described(algorithm, data, checksum))]
            for read in (lambda result: result.bytes(), lambda result: result.stream(100_000).drain()):
                result = await view.get("k")
                if is_right:
                    content = await read(result)
                    assert data == (content if isinstance(content, bytes) else b"".join(content))
                    continue
                with pytest.raises(
                    GenericError, match=f"the {algorithm} checksum of what was read from k is"
                ) as caught:
                    await read(result)
                assert (caught.value.path, caught.value.store) == ("k", "S3")
                assert wrong.hex() in str(caught.value)
        assert all(call.headers["x-amz-checksum-mode"] == "ENABLED" for call in agent.calls)

    drive(colour, body())


def test_the_last_chunk_of_damaged_bytes_is_kept_back(agent: Agent, url: str, colour: Colour) -> None:
    view = view_at(url, colour)
    agent._answers = [Answer(200, DATA, described("crc32", DATA, b"0000"))]

    async def take(stream: Any) -> bytes:
        return next(stream) if colour == "sync" else await anext(stream)

    async def body() -> None:
        stream = (await view.get("k")).raw.stream(1 << 20)
        assert len(await take(stream)) == 1 << 20
        with pytest.raises(GenericError, match="crc32"):
            await take(stream)

    drive(colour, body())


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-crc32": "AAAAAA==-3"},
        {"x-amz-checksum-sha512": b64encode(bytes(64)).decode()},
        {"x-amz-checksum-crc64nvme": b64encode(bytes(8)).decode()},
    ],
    ids=["of its parts", "unknown", "slow"],
)
def test_what_cannot_be_compared_is_not(
    agent: Agent, url: str, colour: Colour, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("obstore._core.checksums.is_fast", lambda name: "64" not in name)
    agent._answers = [Answer(200, b"data", {"ETag": '"1"', **headers})]
    assert drive(colour, view_at(url, colour).body("k")) == b"data"


def test_a_slow_checksum_is_compared_if_it_was_chosen(
    agent: Agent, url: str, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("obstore._core.checksums.is_fast", lambda name: False)
    agent._answers = [Answer(200, b"data", described("crc64nvme", b"other"))]
    with pytest.raises(GenericError, match="crc64nvme"):
        drive(colour, view_at(url, colour, checksum_algorithm="crc64nvme").body("k"))


def test_it_can_be_switched_off(agent: Agent, url: str, colour: Colour) -> None:
    agent._answers = [Answer(200, b"data", described("sha256", b"other"))]
    view = view_at(url, colour, response_checksum_validation="when_required")

    assert drive(colour, view.body("k")) == b"data"
    assert "x-amz-checksum-mode" not in agent.calls[0].headers


def test_a_range_is_not_compared_with_the_whole(agent: Agent, url: str, colour: Colour) -> None:
    headers = {**described("sha256", b"data"), "Content-Range": "bytes 1-2/4"}
    agent._answers = [Answer(206, b"at", headers)]

    assert drive(colour, view_at(url, colour).get_range("k", start=1, end=3)) == b"at"
    assert "x-amz-checksum-mode" not in agent.calls[0].headers
