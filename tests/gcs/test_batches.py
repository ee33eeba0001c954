"""Deleting many objects: in batches, where the service has them and there are enough objects."""

import json

import pytest

from obstore.exceptions import PermissionDeniedError
from obstore.store import GCSStore
from tests.gcs.conftest import Run
from tests.servers.gcs_fake import GcsFake


@pytest.fixture
def store(fake: GcsFake) -> GCSStore:
    key = json.dumps(fake.identities.key_file())
    return GCSStore(fake.make_bucket("batches"), prefix="p", base_url=fake.url, service_account_key=key)


def fill(store: GCSStore, count: int) -> list[str]:
    paths = [f"a b/{number:03}#%" for number in range(count)]
    for path in paths:
        store.put(path, b"")
    return paths


def test_many_are_deleted_by_the_hundred(fake: GcsFake, store: GCSStore, run: Run) -> None:
    paths = fill(store, 230)
    fake.calls.clear()

    run(store.delete_objects(paths))

    assert [call.path for call in fake.calls] == ["/batch/storage/v1"] * 3
    assert store.list().collect() == []


def test_few_are_deleted_one_by_one(fake: GcsFake, store: GCSStore, run: Run) -> None:
    paths = fill(store, 19)
    fake.calls.clear()

    run(store.delete_objects(paths))

    assert [call.method for call in fake.calls] == ["DELETE"] * 19


def test_all_are_tried_and_the_first_failure_is_raised(fake: GcsFake, store: GCSStore, run: Run) -> None:
    paths = fill(store, 30)
    with pytest.raises(FileNotFoundError) as caught:
        run(store.delete_objects(["none", *paths[:10], "neither", *paths[10:]]))

    assert (caught.value.path, caught.value.code) == ("p/none", "notFound")  # type: ignore[attr-defined]
    assert "No such object: batches/p/none" in str(caught.value)
    assert store.list().collect() == []


def test_what_a_batch_was_too_busy_for_is_sent_by_itself(fake: GcsFake, store: GCSStore, run: Run) -> None:
    paths = fill(store, 30)
    fake.calls.clear()
    batches = fake._answer_batch

    def busy(call: object) -> object:
        fake.faults[:] = [503, 429]
        return batches(call)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fake, "_answer_batch", busy)
        run(store.delete_objects(paths))

    assert [call.method for call in fake.calls] == ["POST", "DELETE", "DELETE"]
    assert store.list().collect() == []


def test_what_has_no_batches_is_asked_once(fake: GcsFake, store: GCSStore, run: Run) -> None:
    fake.has_json_api = False
    paths = fill(store, 50)
    fake.calls.clear()

    run(store.delete_objects(paths[:25]))
    run(store.delete_objects(paths[25:]))

    assert [call.method for call in fake.calls].count("POST") == 1
    assert store.list().collect() == []


def test_a_batch_that_is_forbidden_is_forbidden(fake: GcsFake, store: GCSStore, run: Run) -> None:
    paths = fill(store, 25)
    fake.faults.append(403)

    with pytest.raises(PermissionDeniedError):
        run(store.delete_objects(paths))
