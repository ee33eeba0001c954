"""What is said differently to the services that speak S3's protocol: the effect of every rule on a request."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

import obstore as obs
from obstore._s3.vendors import VENDORS, recognise_host
from obstore.exceptions import GenericError, NotImplementedError, NotSupportedError
from obstore.store import S3Store
from tests.s3.home import COLOURS, Colour
from tests.servers.fake_http import Answer, Call, serving

ENDPOINTS = {
    "aws": "https://s3.eu-west-1.amazonaws.com",
    "r2": "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com",
    "b2": "https://s3.us-west-004.backblazeb2.com",
    "gcs": "https://storage.googleapis.com",
    "wasabi": "https://s3.eu-central-1.wasabisys.com",
    "tigris": "https://t3.storage.dev",
    "coreweave": "https://cwobject.com",
    "spaces": "https://nyc3.digitaloceanspaces.com",
    "ovh": "https://s3.gra.io.cloud.ovh.net",
    "minio": None,
    "ceph": None,
    "swift": None,
}
KEYS: dict[str, Any] = {"access_key_id": "AKID", "secret_access_key": "secret"}


def at(vendor: str, **settings: Any) -> S3Store:
    """A store at a vendor's usual endpoint."""
    endpoint = ENDPOINTS[vendor]
    where = {"endpoint": endpoint} if endpoint else {"endpoint": "https://storage.example", "vendor": vendor}
    return S3Store("bkt", **{**KEYS, **where, **settings})


def scope(store: S3Store) -> str:
    """The region that its requests are signed for."""
    return store._signer.region


class Recorder:
    """A service that takes everything, and what it was sent."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def __call__(self, call: Call) -> Answer:
        self.calls.append(call)
        body = b"<DeleteResult/>" if "delete" in call.query else b""
        body = b"<ListBucketResult/>" if "list-type" in call.query else body
        return Answer(200, body, {"ETag": '"t"'})


@contextmanager
def recording(vendor: str, **settings: Any) -> Iterator[tuple[S3Store, list[Call]]]:
    """A store whose vendor's rules are in force, at a server that keeps what it gets."""
    recorder = Recorder()
    with serving(recorder) as url:
        options = {"client_options": {"allow_http": True}, "endpoint": url, "vendor": vendor}
        yield S3Store("bkt", **{**KEYS, **options, **settings}), recorder.calls


def test_every_vendor_has_an_example_here() -> None:
    assert ENDPOINTS.keys() == VENDORS.keys()


@pytest.mark.parametrize("vendor", [name for name, endpoint in ENDPOINTS.items() if endpoint])
def test_a_vendor_is_recognised_by_its_endpoint(vendor: str) -> None:
    explained = at(vendor).explain()

    assert explained["vendor"] == ("vendor", vendor, "follows from the endpoint")
    for name, value in VENDORS[vendor].settings:
        assert explained[name] == (name, value, f"vendor {vendor}")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("bucket.s3.eu-west-1.amazonaws.com", ("aws", "eu-west-1")),
        ("s3.dualstack.eu-west-1.amazonaws.com", ("aws", "eu-west-1")),
        ("s3-fips.us-gov-west-1.amazonaws.com", ("aws", "us-gov-west-1")),
        ("bucket.vpce-1a.s3.us-east-1.vpce.amazonaws.com", ("aws", "us-east-1")),
        ("s3.cn-north-1.amazonaws.com.cn", ("aws", "cn-north-1")),
        ("s3.amazonaws.com", ("aws", None)),
        ("s3-accelerate.amazonaws.com", ("other", None)),
        ("s3-external-1.amazonaws.com", ("other", None)),
        ("s3-website-eu-west-1.amazonaws.com", ("other", None)),
        ("abc.eu.r2.cloudflarestorage.com", ("r2", None)),
        ("bkt.storage.googleapis.com", ("gcs", None)),
        ("s3.wasabisys.com", ("wasabi", None)),
        ("fly.storage.tigris.dev", ("tigris", None)),
        ("cwlota.com", ("coreweave", None)),
        ("notcwobject.com", ("other", None)),
        ("s3.eu-west-1.amazonaws.com.evil.example", ("other", None)),
        ("backblazeb2.com", ("other", None)),
        ("", ("other", None)),
    ],
)
def test_a_host_is_a_vendors(host: str, expected: tuple[str, str | None]) -> None:
    assert recognise_host(host) == expected


@pytest.mark.parametrize(
    ("vendor", "region"),
    [
        ("aws", "eu-west-1"),
        ("r2", "auto"),
        ("b2", "us-west-004"),
        ("gcs", "auto"),
        ("wasabi", "eu-central-1"),
        ("tigris", "auto"),
        ("coreweave", "us-east-1"),
        ("spaces", "nyc3"),
        ("ovh", "gra"),
        ("minio", "us-east-1"),
    ],
)
def test_requests_are_signed_for_the_vendors_region(vendor: str, region: str) -> None:
    assert scope(at(vendor)) == region
    assert scope(at(vendor, region="mine")) == "mine"
    assert scope(at(vendor, default_region="mine")) == "mine"


def test_a_variable_counts_before_the_vendors_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "mine")

    assert scope(at("b2")) == "mine"


@pytest.mark.parametrize(
    ("vendor", "settings", "expected"),
    [
        ("coreweave", {}, "https://bkt.cwobject.com"),
        ("coreweave", {"addressing_style": "path"}, "https://cwobject.com/bkt"),
        ("coreweave", {"virtual_hosted_style_request": False}, "https://cwobject.com/bkt"),
        ("minio", {}, "https://storage.example/bkt"),
        ("minio", {"addressing_style": "virtual"}, "https://bkt.storage.example"),
        ("ceph", {}, "https://storage.example/bkt"),
        ("swift", {}, "https://storage.example/bkt"),
        ("r2", {}, "https://0123456789abcdef0123456789abcdef.r2.cloudflarestorage.com/bkt"),
    ],
)
def test_the_bucket_stands_where_the_vendor_wants_it(vendor: str, settings: dict[str, Any], expected: str) -> None:
    assert at(vendor, **settings).explain()["requests go to"].value == expected


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize(
    ("vendor", "settings", "expected"),
    [
        ("gcs", {}, [("DELETE", "/bkt/a"), ("DELETE", "/bkt/b")]),
        ("gcs", {"disable_bulk_delete": False}, [("POST", "/bkt")]),
        ("r2", {}, [("POST", "/bkt")]),
    ],
)
def test_objects_are_deleted_as_the_vendor_knows_how(
    vendor: str, settings: dict[str, Any], expected: list[tuple[str, str]], colour: Colour
) -> None:
    with recording(vendor, **settings) as (store, calls):
        if colour == "sync":
            obs.delete(store, ["a", "b"])
        else:
            asyncio.run(obs.delete_async(store, ["a", "b"]))

        assert sorted((call.method, call.path) for call in calls) == expected


@pytest.mark.parametrize(("vendor", "sent"), [("b2", False), ("r2", True), ("aws", True), ("other", True)])
def test_deletions_carry_the_checksum_where_it_is_not_refused(vendor: str, sent: bool) -> None:
    with recording(vendor) as (store, calls):
        obs.delete(store, ["a", "b"])

        [call] = calls
        assert "content-md5" in call.headers
        assert ("x-amz-checksum-sha256" in call.headers) is sent


@pytest.mark.parametrize(("vendor", "encoded"), [("swift", True), ("aws", False), ("other", False)])
def test_listings_are_encoded_where_the_vendor_cannot_do_without(vendor: str, encoded: bool) -> None:
    with recording(vendor) as (store, calls):
        obs.list(store).collect()

        assert [call.query.get("encoding-type") for call in calls] == ["url" if encoded else None]


@pytest.mark.parametrize("vendor", ["r2", "b2", "gcs", "swift"])
def test_tags_are_refused_at_the_call_where_the_vendor_has_none(vendor: str) -> None:
    with recording(vendor) as (store, calls):
        with pytest.raises(NotSupportedError, match=r"has no tags Hint: .*disable_tagging=True"):
            obs.put(store, "k", b"", tags={"a": "b"})
        assert calls == []
        obs.put(store, "k", b"")

        assert len(calls) == 1


@pytest.mark.parametrize(("disabled", "sent"), [(True, False), (False, True)])
def test_what_was_said_about_tags_counts_before_the_vendor(disabled: bool, sent: bool) -> None:
    with recording("r2", disable_tagging=disabled) as (store, calls):
        obs.put(store, "k", b"", tags={"a": "b"})

        assert ("x-amz-tagging" in calls[0].headers) is sent


@pytest.mark.parametrize("vendor", ["b2", "ovh"])
def test_a_conditional_put_is_refused_where_the_vendor_has_none(vendor: str) -> None:
    with recording(vendor) as (store, calls):
        with pytest.raises(NotImplementedError, match=rf"by vendor {vendor}; conditional_put='etag'"):
            obs.put(store, "k", b"", mode="create")

        assert calls == []
    with recording(vendor, conditional_put="etag") as (store, calls):
        obs.put(store, "k", b"", mode="create")

        assert calls[0].headers["if-none-match"] == "*"


def test_a_vendor_may_be_named_in_any_case_and_where_it_is_known_already() -> None:
    assert scope(S3Store("b", endpoint="https://s3.gra.io.cloud.ovh.net", vendor="OVH", **KEYS)) == "gra"
    assert S3Store("b", endpoint="https://storage.example", vendor="Swift", **KEYS)._settings.no_tags_at


def test_a_vendor_may_be_overruled() -> None:
    assert scope(S3Store("b", endpoint="https://t3.storage.dev", vendor="other", **KEYS)) == "us-east-1"


def test_amazon_is_the_vendor_where_there_is_no_endpoint() -> None:
    assert S3Store("b", **KEYS).explain()["vendor"].value == "aws"
    assert S3Store("b", endpoint="http://h", client_options={"allow_http": True}, **KEYS).explain()["vendor"].value == (
        "other"
    )


def test_a_vendor_that_is_none_is_named_with_its_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_VENDOR", "sideways")

    with pytest.raises(GenericError, match=r'"sideways" is not a known vendor, from environment variable AWS_VENDOR'):
        S3Store("b", **KEYS)
