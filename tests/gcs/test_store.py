"""What is particular to `GCSStore`: what it sends, and what it makes of refusals."""

import json
import pickle
from datetime import timedelta
from typing import Any

import pytest

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    GenericError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import GCSStore, from_url
from tests.servers.gcs_fake import PUBLIC, REQUESTER_PAYS, GcsFake
from tests.servers.google_identity import EMAIL

QUICK: Any = {"backoff": {"init_backoff": timedelta(0), "max_backoff": timedelta(0)}}


def store_of(fake: GcsFake, bucket: str | None = None, **more: Any) -> GCSStore:
    bucket = fake.make_bucket("bucket") if bucket is None else bucket
    credentials = {} if "skip_signature" in more else {"service_account_key": json.dumps(fake.identities.key_file())}
    return GCSStore(bucket, base_url=fake.url, **credentials, **more)


# Anonymous


def test_anonymous_stays_anonymous_for_writes(fake: GcsFake) -> None:
    store = store_of(fake, PUBLIC, skip_signature=True)
    store.put("a", b"1")
    store.put("b", b"2" * 6, use_multipart=True)
    store.copy("a", "c")
    store.list().collect()
    store.delete(["a", "b", "c"])

    assert len(fake.calls) >= 8
    assert not [call for call in fake.calls if "authorization" in call.headers]


def test_anonymous_where_it_is_not_allowed_is_unauthenticated(fake: GcsFake) -> None:
    with pytest.raises(UnauthenticatedError, match=r"401 .*AuthenticationRequired.*Anonymous caller"):
        store_of(fake, skip_signature=True).get("a")


def test_anonymous_signs_no_urls(fake: GcsFake) -> None:
    with pytest.raises(UnauthenticatedError, match="cannot be signed with no credentials"):
        obstore.sign(store_of(fake, skip_signature=True), "GET", "a", timedelta(minutes=1))


# Generations


def test_a_put_says_which_generation_it_made(fake: GcsFake) -> None:
    store = store_of(fake)
    result = store.put("a", b"1")

    assert result == {"e_tag": store.head("a")["e_tag"], "version": store.head("a")["version"]}
    assert result["version"] is not None
    assert [meta["version"] for meta in store.list().collect()] == [result["version"]]


def test_an_update_needs_a_generation(fake: GcsFake) -> None:
    store = store_of(fake)
    e_tag = store.put("a", b"1")["e_tag"]
    with pytest.raises(GenericError, match="Version required for conditional update"):
        store.put("a", b"2", mode={"e_tag": e_tag})


def test_an_update_of_another_generation_fails(fake: GcsFake) -> None:
    store = store_of(fake)
    first = store.put("a", b"1")
    second = store.put("a", b"2", mode=first)

    with pytest.raises(PreconditionError, match="PreconditionFailed"):
        store.put("a", b"3", mode=first)
    with pytest.raises(PreconditionError):
        store.put("missing", b"3", mode=second)
    assert bytes(store.get("a", options={"version": first["version"]}).bytes()) == b"1"


def test_a_source_in_parts_may_be_conditional_too(fake: GcsFake) -> None:
    store = store_of(fake)
    store.put("a", iter([b"1" * (6 << 20), b"2"]), mode="create")
    with pytest.raises(AlreadyExistsError):
        store.put("a", iter([b"1" * (6 << 20), b"2"]), mode="create")

    assert store.head("a")["size"] == (6 << 20) + 1
    assert fake.unfinished_uploads == 0


# Refusals


def test_a_missing_object_is_named_with_the_services_words(fake: GcsFake) -> None:
    store = store_of(fake, prefix="pre")
    with pytest.raises(NotFoundError) as caught:
        store.get("a b")
    error = caught.value

    assert (error.status, error.code, error.request_id) == (404, "NoSuchKey", "upload-id-of-request")
    assert error.path == "pre/a b"
    assert "No such object: bucket/pre/a b" in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_deleting_what_is_missing_is_not_found_and_the_rest_is_deleted(fake: GcsFake) -> None:
    store = store_of(fake)
    for path in ("a", "b"):
        store.put(path, b"")
    with pytest.raises(NotFoundError, match="missing"):
        store.delete(["a", "missing", "b"])

    assert store.list().collect() == []


def test_a_missing_source_of_a_copy_is_named_and_an_existing_target_is(fake: GcsFake) -> None:
    store = store_of(fake)
    store.put("there", b"")
    with pytest.raises(NotFoundError, match="missing"):
        store.copy("missing", "there")
    with pytest.raises(NotFoundError, match="missing"):
        store.copy("missing", "free", overwrite=False)
    store.put("source", b"")
    with pytest.raises(AlreadyExistsError, match="there already exists"):
        store.copy("source", "there", overwrite=False)


def test_a_missing_bucket_is_not_found(fake: GcsFake) -> None:
    store = store_of(fake, "no-such-bucket")
    for operation in (lambda: store.get("a"), lambda: store.put("a", b""), lambda: store.list().collect()):
        with pytest.raises(NotFoundError, match="NoSuchBucket"):
            operation()


def test_a_refused_token_is_unauthenticated(fake: GcsFake) -> None:
    with pytest.raises(UnauthenticatedError) as caught:
        GCSStore("bucket", base_url=fake.url, bearer_token="s3cr3t").get("a")

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("status", "kind"), [(403, PermissionDeniedError), (400, GenericError)])
def test_other_refusals_have_their_usual_meaning(fake: GcsFake, status: int, kind: type[Exception]) -> None:
    store = store_of(fake)
    fake.faults.append(status)
    with pytest.raises(kind, match=f"{status}"):
        store.get("a")


def test_what_passes_is_asked_again(fake: GcsFake) -> None:
    store = store_of(fake, retry_config=QUICK)
    store.put("a", b"1")
    fake.faults += [503, 429, 408]

    assert bytes(store.get("a").bytes()) == b"1"


# Who pays


def test_the_requester_pays(fake: GcsFake) -> None:
    with pytest.raises(GenericError, match="UserProjectMissing"):
        store_of(fake, REQUESTER_PAYS).put("a", b"1")
    store = store_of(fake, REQUESTER_PAYS, user_project="payer")
    store.put("a", b"1")
    url = obstore.sign(store, "GET", "a", timedelta(minutes=1))

    assert bytes(store.get("a").bytes()) == b"1"
    assert "?userProject=payer&X-Goog-Algorithm=" in url


# Signed URLs


def test_a_signed_url_is_readable(fake: GcsFake) -> None:
    url = obstore.sign(store_of(fake, prefix="a.b"), "GET", "c d/e.txt", timedelta(minutes=1))

    assert url.startswith(f"{fake.url}/bucket/a.b/c%20d/e.txt?X-Goog-Algorithm=GOOG4-RSA-SHA256&")
    assert f"X-Goog-Credential={EMAIL.replace('@', '%40')}%2F" in url


def test_a_url_is_not_signed_for_more_than_seven_days(fake: GcsFake) -> None:
    with pytest.raises(GenericError, match="can't be longer than 604800 seconds"):
        obstore.sign(store_of(fake), "GET", "a", timedelta(days=8))
    assert fake.calls == []


# Making stores


def test_a_store_is_shown_by_bucket_and_prefix() -> None:
    assert repr(GCSStore("b", prefix="p", skip_signature=True)) == 'GCSStore(bucket="b", prefix="p")'
    assert repr(from_url("gs://b/p", skip_signature=True)) == 'GCSStore(bucket="b", prefix="p")'


def test_a_store_survives_pickling(fake: GcsFake) -> None:
    store = store_of(fake)
    store.put("a", b"1")
    copy = pickle.loads(pickle.dumps(store))

    assert copy == store
    assert bytes(copy.get("a").bytes()) == b"1"


def test_plain_http_is_refused_to_who_does_not_want_it(fake: GcsFake) -> None:
    with pytest.raises(GenericError, match="allow_http is off"):
        store_of(fake, client_options={"allow_http": False})


def test_an_unreadable_credentials_file_is_found_out_at_once() -> None:
    with pytest.raises(GenericError, match="source: OpenCredentials"):
        GCSStore("b", application_credentials="does_not_exist.json")
