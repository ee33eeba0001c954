"""The JSON API, where something else than our own fake is the judge."""

import uuid

import pytest

from obstore._gcs.copying import rewrite
from obstore.exceptions import GenericError, NotFoundError
from obstore.store import GCSStore
from tests.gcs.conftest import EMULATOR_URL, Run
from tests.servers.gcs_emulator import GcsEmulator


@pytest.fixture
def store(emulator: GcsEmulator, monkeypatch: pytest.MonkeyPatch) -> GCSStore:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", emulator.url.removeprefix("http://"))
    return GCSStore(emulator.make_bucket(f"test-{uuid.uuid4().hex}"))


@pytest.mark.parametrize("key", ["a", "a b/c", "é%2F+#?&"])
def test_an_object_is_rewritten(emulator: GcsEmulator, store: GCSStore, run: Run, key: str) -> None:
    other = GCSStore(emulator.make_bucket(f"test-{uuid.uuid4().hex}"))
    emulator.put(other.config["bucket"], key, b"hello")

    run(rewrite(store, other, key, f"copy of/{key}", overwrite=True))

    assert emulator.get(store.config["bucket"], f"copy of/{key}") == b"hello"


def test_what_is_not_there_is_not_rewritten(store: GCSStore, run: Run) -> None:
    with pytest.raises(NotFoundError):
        run(rewrite(store, store, "none", "b", overwrite=True))


@pytest.mark.skipif(EMULATOR_URL is not None, reason="what follows is this emulator's")
def test_a_batch_is_understood(emulator: GcsEmulator, store: GCSStore, run: Run) -> None:
    bucket = store.config["bucket"]
    keys = [f"a b/{number:03}" for number in range(60)]
    for key in keys:
        emulator.put(bucket, key, b"x")

    # It does what it is asked, but its reply has no Content-IDs, and no line between headers and parts.
    with pytest.raises(GenericError, match="the reply to a batch cannot be read: a part of it begins with ''"):
        run(store.delete_objects(keys))

    assert emulator.keys(bucket) == []
