"""Clouds are not followed elsewhere: a redirect is an error at once that says where it leads and what to set."""

from collections.abc import Callable
from typing import Any

import pytest

from obstore._testing.colour import Colour, drive
from obstore._testing.view import StoreView
from obstore.exceptions import GenericError
from obstore.store import AzureStore, GCSStore, S3Store
from tests.faults.operations import OPERATIONS
from tests.faults.site import Site, moved_to
from tests.socket.listener import QUICK, is_tidy

KEY = "aGVsbG8="
PLAIN: dict[str, Any] = {"client_options": {"allow_http": True, "timeout": "5s"}, "retry_config": QUICK}


def _gcs(url: str) -> GCSStore:
    return GCSStore("bucket", base_url=url, bearer_token="hush", **PLAIN)


def _azure(url: str) -> AzureStore:
    return AzureStore("bucket", account_name="account", account_key=KEY, endpoint=url, **PLAIN)


def _s3(url: str) -> S3Store:
    return S3Store(
        "bucket",
        endpoint=url,
        region="us-east-1",
        access_key_id="key",
        secret_access_key="hush",
        copy_if_not_exists="header: if-none-match: *",
        **PLAIN,
    )


# Each with what its error advises.
STORES: dict[str, tuple[Callable[[str], Any], str]] = {
    "gcs": (_gcs, "set base_url"),
    "azure": (_azure, "set endpoint"),
    "s3": (_s3, "correct the endpoint, which comes from keyword arguments"),
}


def check(colour: Colour, store: str, name: str, location: str | None, status: int, says: str) -> None:
    make, hint = STORES[store]
    with Site({}, lambda request: moved_to(location, status)) as site:
        made = make(site.url)
        with pytest.raises(GenericError) as caught:
            drive(colour, OPERATIONS[name].run(StoreView(made, colour)))
        assert is_tidy(made)
        made._client.pool.close()

    assert f"{status} Moved: {says}" in str(caught.value)
    assert caught.value.attempts == 1
    assert location is None or hint in str(caught.value.hint)
    assert "hush" not in f"{caught.value!s} {caught.value!r} {caught.value.hint}"


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_operation(colour: Colour, store: str, name: str) -> None:
    with Site({}) as there:
        says = f"redirected to {there.url}/x, which is not followed"
        check(colour, store, name, f"{there.url}/x?sig=hush#hush", 307, says)
    assert there.connections == 0


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("name", ["get", "head", "list", "put", "multipart, begin", "delete", "copy"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_status(colour: Colour, store: str, name: str, status: int) -> None:
    check(colour, store, name, "/login?sig=hush", status, "redirected to /login, which is not followed")
    check(colour, store, name, "ftp://me:hush@host/x", status, "redirected to ftp://***@host/x, which is not followed")
    check(colour, store, name, None, status, "a redirect without a Location")
