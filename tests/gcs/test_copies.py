"""Copies that one request is not enough for, and copies from another bucket."""

import json
from collections.abc import Iterator

import pytest

import obstore
from obstore._gcs.copying import rewrite
from obstore.exceptions import AlreadyExistsError
from obstore.store import GCSStore, MemoryStore, PrefixStore
from tests.gcs.conftest import Run
from tests.gcs.files import authorized_user
from tests.servers.fake_http import Call
from tests.servers.gcs_fake import GcsFake

LARGE = bytes(range(256)) * 4


@pytest.fixture
def store(fake: GcsFake) -> GCSStore:
    """A bucket where a copy of more than 500 bytes is too much for one request."""
    fake.copy_limit = 500
    return store_on(fake, fake.make_bucket("copies"))


def store_on(fake: GcsFake, bucket: str, **more: str) -> GCSStore:
    more = more or {"service_account_key": json.dumps(fake.identities.key_file())}
    return GCSStore(bucket, base_url=fake.url, config=more)


def rewrites(fake: GcsFake) -> Iterator[Call]:
    return (call for call in fake.calls if "/rewriteTo/" in call.path)


def test_a_large_copy_takes_several_requests(fake: GcsFake, store: GCSStore, run: Run) -> None:
    store.put("a b/c", LARGE, attributes={"Content-Type": "text/plain", "key": "value"})

    run(store.copy_object("a b/c", "d", overwrite=True))

    copied = store.get("d")
    assert copied.bytes() == LARGE
    assert copied.attributes == {"Content-Type": "text/plain", "key": "value"}
    assert [call.query.get("rewriteToken") for call in rewrites(fake)] == [None, "token 500", "token 1000"]


def test_a_small_copy_takes_one(fake: GcsFake, store: GCSStore, run: Run) -> None:
    store.put("a", b"small")
    fake.calls.clear()

    run(store.copy_object("a", "b", overwrite=True))

    assert [(call.method, call.path) for call in fake.calls] == [("PUT", "/copies/b")]


def test_a_large_copy_replaces_nothing_unasked(fake: GcsFake, store: GCSStore, run: Run) -> None:
    store.put("a", LARGE)
    store.put("b", b"there")
    run(store.copy_object("a", "c", overwrite=False))

    with pytest.raises(AlreadyExistsError) as caught:
        run(store.copy_object("a", "b", overwrite=False))

    assert caught.value.path == "b"
    assert (store.get("b").bytes(), store.get("c").bytes()) == (b"there", LARGE)


def test_a_rewrite_that_finds_its_target_taken_says_so(fake: GcsFake, store: GCSStore, run: Run) -> None:
    store.put("a", LARGE)
    store.put("b", b"there")

    with pytest.raises(AlreadyExistsError) as caught:
        run(rewrite(store, store, "a", "b", overwrite=False))

    assert (caught.value.path, caught.value.code) == ("b", "conditionNotMet")
    assert "At least one of the pre-conditions did not hold" in str(caught.value)


def test_a_kms_key_and_a_payer_go_with_a_rewrite(fake: GcsFake) -> None:
    fake.copy_limit = 500
    key = json.dumps(fake.identities.key_file())
    store = store_on(
        fake, fake.make_bucket("paid"), service_account_key=key, user_project="payer", kms_key_name="projects/p/k"
    )
    store.put("a", LARGE)

    store.copy("a", "b")

    assert [(call.query["destinationKmsKeyName"], call.headers["x-goog-user-project"]) for call in rewrites(fake)] == [
        ("projects/p/k", "payer")
    ] * 3


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_an_object_is_copied_from_another_bucket_at_the_service(
    fake: GcsFake, store: GCSStore, run: Run, content: bytes
) -> None:
    other = PrefixStore(store_on(fake, fake.make_bucket("other")), "p")
    other.put("a", content)
    fake.calls.clear()

    assert store.can_copy_from(other)
    run(store.copy_from(other, "a", "b", overwrite=False))

    assert store.get("b").bytes() == content
    assert [call for call in fake.calls if call.method == "GET"] == fake.calls[-1:]


def test_a_missing_source_in_another_bucket_is_named(fake: GcsFake, store: GCSStore, run: Run) -> None:
    other = store_on(fake, fake.make_bucket("other"))

    with pytest.raises(FileNotFoundError) as caught:
        run(store.copy_from(other, "none", "b", overwrite=True))

    assert caught.value.path == "none"  # type: ignore[attr-defined]


def test_only_buckets_of_one_account_copy_from_each_other(fake: GcsFake, store: GCSStore) -> None:
    person = json.dumps(authorized_user(fake.url))
    stranger = json.dumps({**authorized_user(fake.url), "refresh_token": "another"})
    of_person = store_on(fake, "b", service_account_key=person)

    assert of_person.can_copy_from(store_on(fake, "c", service_account_key=person))
    assert not of_person.can_copy_from(store_on(fake, "c", service_account_key=stranger))
    assert not of_person.can_copy_from(store)
    assert not store.can_copy_from(MemoryStore())
    assert not store.can_copy_from(GCSStore("c", service_account_key=json.dumps(fake.identities.key_file())))
    assert not store_on(fake, "b", bearer_token="1").can_copy_from(store_on(fake, "c", bearer_token="2"))


def test_urls_of_two_buckets_are_copied_at_the_service(fake: GcsFake, store: GCSStore) -> None:
    other = store_on(fake, fake.make_bucket("other"))
    other.put("a", LARGE)
    obstore.store.registry.register("gs://copies", store)
    obstore.store.registry.register("gs://other", other)
    try:
        obstore.copy("gs://other/a", "gs://copies/b")
    finally:
        obstore.store.registry.clear()

    assert store.get("b").bytes() == LARGE
    assert len(list(rewrites(fake))) == 3
