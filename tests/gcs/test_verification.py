"""What is read is compared with the CRC32C that the service has of it."""

import json

import pytest

from obstore._core import checksums
from obstore._testing.colour import COLOURS, Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import GCSStore
from tests.servers.gcs_fake import GcsFake

DATA = bytes(range(256)) * 8192


@pytest.fixture(params=COLOURS)
def view(request: pytest.FixtureRequest, fake: GcsFake) -> StoreView:
    colour: Colour = request.param
    key = json.dumps(fake.identities.key_file())
    return StoreView(GCSStore(fake.make_bucket("verified"), base_url=fake.url, service_account_key=key), colour)


@pytest.mark.parametrize("data", [b"", b"123456789", DATA], ids=len)
def test_the_service_agrees_with_our_checksum(view: StoreView, data: bytes) -> None:
    async def body() -> None:
        await view.put("k", data)
        assert await view.body("k") == data
        await view.put("parts", iter([DATA, DATA, DATA, data]), use_multipart=True)
        assert await view.body("parts") == DATA * 3 + data

    drive(view.colour, body())


@pytest.mark.parametrize("data", [b"123456789", DATA], ids=len)
def test_a_damaged_object_is_an_error(fake: GcsFake, view: StoreView, data: bytes) -> None:
    async def body() -> None:
        await view.put("k", data)
        fake.damages = True
        with pytest.raises(
            GenericError, match=r"the crc32c checksum of what was read from k is .* as the service says"
        ):
            await view.body("k")
        await view.get_range("k", start=0, end=len(data) - 1)

    drive(view.colour, body())


def test_a_checksum_that_would_take_long_is_not_computed(
    fake: GcsFake, view: StoreView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "_accelerator", lambda name: None)

    async def body() -> None:
        await view.put("k", DATA)
        fake.damages = True
        assert await view.body("k") != DATA

    drive(view.colour, body())
