"""Resumable uploads: large objects that are stored on condition, without being held in memory."""

import json
from collections.abc import Iterator

import pytest

from obstore._core.types import WriteOptions
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError, PreconditionError
from obstore.store import GCSStore
from tests.gcs.conftest import Run
from tests.servers.gcs_fake import QUANTUM, GcsFake

MIB = 1 << 20


@pytest.fixture
def store(fake: GcsFake) -> GCSStore:
    key = json.dumps(fake.identities.key_file())
    return GCSStore(fake.make_bucket("resumed"), base_url=fake.url, service_account_key=key)


@pytest.fixture(params=COLOURS)
def view(request: pytest.FixtureRequest, store: GCSStore) -> StoreView:
    colour: Colour = request.param
    return StoreView(store, colour)


def pattern(length: int) -> bytes:
    return bytes(range(256)) * (length // 256) + bytes(length % 256)


@pytest.mark.parametrize("length", [0, 1, QUANTUM, QUANTUM + 1, MIB, 2 * MIB, 3 * MIB + 7])
@pytest.mark.parametrize("chunk_size", [MIB, QUANTUM + 5])
def test_pieces_are_joined(fake: GcsFake, view: StoreView, length: int, chunk_size: int) -> None:
    content = pattern(length)

    async def body() -> None:
        result = await view.put(
            "a/b",
            iter([content[:10], content[10:]]),
            mode="create",
            chunk_size=chunk_size,
            attributes={"Content-Type": "text/plain"},
        )
        found = await view.get("a/b")
        assert (result["e_tag"], result["version"]) == (found.meta["e_tag"], found.meta["version"])
        assert found.attributes == {"Content-Type": "text/plain"}
        assert await view.body("a/b") == content

    drive(view.colour, body())
    assert fake.open_sessions == 0


def test_a_small_object_takes_one_request(fake: GcsFake, view: StoreView) -> None:
    async def body() -> None:
        await view.put("k", b"small", mode="create")
        await view.put("l", iter([b"small"]), mode="create", use_multipart=False)

    drive(view.colour, body())
    assert {call.method for call in fake.calls} == {"PUT"}
    assert not any("content-range" in call.headers for call in fake.calls)


def test_one_piece_is_under_way_at_a_time(fake: GcsFake, view: StoreView) -> None:
    async def body() -> None:
        await view.put("k", pattern(6 * MIB), mode="create", chunk_size=MIB, max_concurrency=12)

    drive(view.colour, body())
    starts = [call.headers["content-range"] for call in fake.calls if "content-range" in call.headers]
    assert [int(each.removeprefix("bytes ").partition("-")[0]) for each in starts] == [
        0,
        *[number * MIB - QUANTUM for number in range(1, 7)],
    ]  # fmt: skip


def test_what_is_there_is_not_replaced(fake: GcsFake, view: StoreView) -> None:
    async def body() -> None:
        await view.put("k", b"there")
        with pytest.raises(AlreadyExistsError):
            await view.put("k", pattern(2 * MIB), mode="create", chunk_size=MIB)
        assert await view.body("k") == b"there"

    drive(view.colour, body())
    assert fake.open_sessions == 0


def test_the_condition_holds_when_the_last_byte_is_there(fake: GcsFake, store: GCSStore, view: StoreView) -> None:
    def meanwhile() -> Iterator[bytes]:
        yield pattern(2 * MIB)
        store.put("k", b"somebody else's")
        yield pattern(2 * MIB)

    async def body() -> None:
        with pytest.raises(AlreadyExistsError):
            await view.put("k", meanwhile(), mode="create", chunk_size=MIB)
        assert await view.body("k") == b"somebody else's"

    drive(view.colour, body())
    assert fake.open_sessions == 0


def test_a_generation_is_replaced(view: StoreView) -> None:
    async def body() -> None:
        first = await view.put("k", b"1")
        await view.put("k", pattern(2 * MIB), mode=first, chunk_size=MIB)
        with pytest.raises(PreconditionError):
            await view.put("k", pattern(2 * MIB), mode=first, chunk_size=MIB)

    drive(view.colour, body())


def test_a_source_that_fails_leaves_nothing(fake: GcsFake, view: StoreView) -> None:
    def failing() -> Iterator[bytes]:
        yield pattern(2 * MIB)
        raise RuntimeError("the source broke")

    async def body() -> None:
        with pytest.raises(RuntimeError, match="the source broke"):
            await view.put("k", failing(), mode="create", chunk_size=MIB)
        assert await view.paths() == []

    drive(view.colour, body())
    assert fake.open_sessions == 0


def test_what_the_service_did_not_take_is_sent_again(fake: GcsFake, view: StoreView) -> None:
    fake.persists_at_most = QUANTUM
    content = pattern(2 * MIB + 3)

    async def body() -> None:
        await view.put("k", content, mode="create", chunk_size=MIB)
        assert await view.body("k") == content

    drive(view.colour, body())


def test_what_fails_in_passing_is_sent_again(fake: GcsFake, store: GCSStore, run: Run) -> None:
    async def body() -> None:
        upload = await store.create_multipart_upload("k", WriteOptions(mode="create"))
        fake.faults.append(503)
        await upload.put_part(0, pattern(MIB))
        fake.faults.append(503)
        await upload.complete()

    run(body())
    assert store.get("k").bytes() == pattern(MIB)


def test_a_service_that_takes_nothing_is_given_up(fake: GcsFake, store: GCSStore, run: Run) -> None:
    fake.persists_at_most = 0

    async def body() -> None:
        upload = await store.create_multipart_upload("k", WriteOptions(mode="create"))
        await upload.put_part(0, pattern(MIB))

    with pytest.raises(GenericError, match="stands at byte 0, and does not go on from 0"):
        run(body())


def test_the_url_of_an_upload_is_not_shown(fake: GcsFake, store: GCSStore, run: Run) -> None:
    async def body() -> None:
        upload = await store.create_multipart_upload("k", WriteOptions(mode="create"))
        fake.faults.append(403)
        await upload.complete()

    with pytest.raises(BaseError) as caught:
        run(body())

    assert "session" not in str(caught.value)
    assert caught.value.url == "REDACTED"


def test_what_is_cancelled_already_is_cancelled(fake: GcsFake, store: GCSStore, run: Run) -> None:
    async def body() -> None:
        upload = await store.create_multipart_upload("k", WriteOptions(mode="create"))
        await upload.abort()
        await upload.abort()

    run(body())
    assert fake.open_sessions == 0
