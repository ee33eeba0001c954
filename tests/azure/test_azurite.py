"""`AzureStore` on Azurite: what is particular to Azure, checked by a server that can say no."""

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urlsplit
from urllib.request import urlopen

import pytest

import obstore
from obstore._core.types import WriteOptions
from obstore._io.runtime import run_blocking
from obstore._testing.colour import concurrently, drive
from obstore._testing.keys import ODD
from obstore._testing.view import StoreView, raises
from obstore.exceptions import (
    AlreadyExistsError,
    GenericError,
    NotFoundError,
    NotSupportedError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, MemoryStore
from obstore.testing import Colour
from tests.azure.identities import Identities, jwt
from tests.servers.azurite import Azurite

MINUTE = timedelta(minutes=1)
CPK = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
WRONG_KEY = "d3Jvbmcga2V5"


@pytest.fixture
def store(azurite: Azurite) -> AzureStore:
    return AzureStore(azurite.make_container(), account_key=azurite.key, **azurite.options())


@pytest.fixture
def view(store: AzureStore, colour: Colour) -> StoreView:
    return StoreView(store, colour)


def run(view: StoreView, body: Any) -> None:
    drive(view.colour, body(view))


# Authorisation


def test_a_wrong_key_is_refused(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        with pytest.raises(PermissionDeniedError) as caught:
            await view.put("k", b"")
        error = caught.value

        assert (error.status, error.code) == (403, "AuthorizationFailure")
        assert error.request_id
        assert WRONG_KEY not in str(error)

    store = AzureStore(azurite.make_container(), account_key=WRONG_KEY, **azurite.options())
    run(StoreView(store, colour), body)


def test_nobody_is_refused(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await raises(PermissionDeniedError, view.put("k", b""))

    store = AzureStore(azurite.make_container(), skip_signature=True, account_key=azurite.key, **azurite.options())
    run(StoreView(store, colour), body)


def test_the_emulator_needs_no_settings(azurite: Azurite, colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"body")

        assert await view.body("k") == b"body"

    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", azurite.endpoint.rpartition("/")[0])
    run(StoreView(AzureStore(azurite.make_container(), use_emulator=True), colour), body)


def test_a_connection_string_opens_the_container(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"body")

        assert await view.body("k") == b"body"

    text = f"AccountName={azurite.account};AccountKey={azurite.key};BlobEndpoint={azurite.endpoint};"
    run(StoreView(AzureStore(azurite.make_container(), connection_string=text), colour), body)


def test_metadata_is_signed_in_the_order_of_the_service(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        attributes = {"a1": "1", "a_b": "2", "ab": "3", "a": "inner   blanks"}
        await view.put("k", b"", attributes=attributes)
        found = (await view.get("k")).attributes

        assert {name: found[name] for name in attributes} == attributes

    run(view, body)


def test_odd_keys_are_encoded_and_signed_rightly(view: StoreView) -> None:
    keys = [key for key in ODD if "\\" not in key]

    async def body(view: StoreView) -> None:
        await view.fill(*keys)

        assert await view.paths() == sorted(keys)
        for key in keys:
            assert await view.body(key) == key.encode()
            await view.copy(key, "copy")
            assert await view.body("copy") == key.encode()
        await view.delete([*keys, "copy"])
        assert await view.paths() == []

    run(view, body)


# Signed URLs, and the SAS in one


def send(azurite: Azurite, method: str, url: str, data: bytes = b"") -> int:
    target = url[url.index("/", 8) :]
    headers = {"x-ms-blob-type": "BlockBlob"} if method == "PUT" else {}
    return azurite.request(method, target, headers, data)[0]


def test_a_signed_url_is_for_one_method_and_object(azurite: Azurite, view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("a b/é%", "other")
        get, head = [await view.sign(method, "a b/é%", MINUTE) for method in ("GET", "HEAD")]
        put, delete = [await view.sign(method, "new", MINUTE) for method in ("PUT", "DELETE")]

        assert [send(azurite, "GET", get), send(azurite, "HEAD", head)] == [200, 200]
        assert send(azurite, "PUT", get) == 403
        assert send(azurite, "GET", get.replace("/a%20b/%C3%A9%25?", "/other?")) == 403
        assert [send(azurite, "PUT", put, b"new"), send(azurite, "GET", put)] == [201, 403]
        assert await view.body("new") == b"new"
        assert [send(azurite, "PUT", delete), send(azurite, "DELETE", delete)] == [403, 202]

    run(view, body)


def test_a_signed_url_says_how_the_reply_is_described(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"a,b")
        query = {"rscd": "attachment", "response-content-type": "text/csv"}
        url = await view.sign("GET", "k", MINUTE, query=query)
        with urlopen(url, timeout=60) as reply:
            found = reply.headers["content-disposition"], reply.headers["content-type"], reply.read()

        assert found == ("attachment", "text/csv", b"a,b")
        with pytest.raises(HTTPError) as caught:
            urlopen(url.replace("attachment", "inline"), timeout=60)
        caught.value.close()
        assert caught.value.code == 403
        await raises(NotSupportedError, view.sign("GET", "k", MINUTE, headers={"content-type": "a/b"}))
        await raises(NotSupportedError, view.sign("GET", "k", MINUTE, query={"se": "2099-01-01"}))

    run(view, body)


def test_a_url_for_posting_cannot_be_signed(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await raises(NotSupportedError, view.sign("POST", "k", MINUTE))

    run(view, body)


def with_sas(azurite: Azurite, store: AzureStore, url: str) -> AzureStore:
    container = store.config["container_name"]
    return AzureStore(container, sas_key=urlsplit(url).query, **azurite.options())


def test_a_sas_permits_what_it_says(azurite: Azurite, view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("k", "other")
        limited = with_sas(azurite, view.store, await view.sign("GET", "k", MINUTE))
        other = StoreView(limited, view.colour)

        assert await other.body("k") == b"k"
        assert (await other.head("k"))["size"] == 1
        for doing in (other.put("k", b""), other.body("other"), other.delete("k")):
            with pytest.raises(PermissionDeniedError) as caught:
                await doing
            assert "sig=" not in str(caught.value)
        with pytest.raises(GenericError, match="URLs cannot be signed with a SAS"):
            await other.sign("GET", "k", MINUTE)

    run(view, body)


def container_sas(azurite: Azurite, container: str, permissions: str, lifetime: float) -> str:
    """Make a SAS for a whole container, by the documentation and not by the library."""
    times = [
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at)) for at in (time.time() - 3600, time.time() + lifetime)
    ]
    resource = f"/blob/{azurite.account}/{container}"
    lines = [permissions, *times, resource, "", "", "", "2023-11-03", "c", *[""] * 7]
    signature = hmac.digest(b64decode(azurite.key), "\n".join(lines).encode(), "sha256")
    start, end = times
    query = {"sp": permissions, "st": start, "se": end, "sv": "2023-11-03", "sr": "c", "sig": b64encode(signature)}
    return f"?{urlencode(query)}"


def test_an_expired_sas_is_named(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        with pytest.raises(PermissionDeniedError, match=r"the SAS \(SAS, from keyword arguments\) expired 6\d s ago"):
            await view.body("k")

    container = azurite.make_container()
    sas = container_sas(azurite, container, "racwdl", -60)
    run(StoreView(AzureStore(container, sas_key=sas, **azurite.options()), colour), body)


def test_a_container_is_used_with_a_sas_alone(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("a b", "c", "d")
        await view.copy("a b", "e")
        await view.delete(["a b", "c"])

        assert await view.body("e") == b"a b"
        assert await view.paths() == ["d", "e"]

    container = azurite.make_container()
    sas = container_sas(azurite, container, "racwdl", 3600)
    run(StoreView(AzureStore(container, sas_key=sas, **azurite.options()), colour), body)


# Tokens


def token(**claims: Any) -> str:
    now = int(time.time())
    usual = {"iss": "https://sts.windows.net/t/", "aud": "https://storage.azure.com", "oid": "O", "tid": "T"}
    return jwt(**{**usual, "nbf": now - 60, "iat": now - 60, "exp": now + 3600, **claims})


def test_a_token_of_entra_reads_and_writes(azurite_tls: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"body")

        assert await view.body("k") == b"body"
        assert await view.paths() == ["k"]
        await view.delete(["k"])

    entra = Identities({"access_token": token(), "expires_in": 3599})
    with entra.running() as url:
        application: dict[str, Any] = {"client_id": "ID", "client_secret": "S", "tenant_id": "T", "authority_host": url}
        store = AzureStore(azurite_tls.make_container(), **application, **azurite_tls.options())
        run(StoreView(store, colour), body)

    assert len(entra.calls) == 1


def test_a_token_for_somebody_else_is_refused(azurite_tls: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await raises((PermissionDeniedError, UnauthenticatedError), view.put("k", b"body"))

    store = AzureStore(
        azurite_tls.make_container(), token=token(aud="https://vault.azure.net"), **azurite_tls.options()
    )
    run(StoreView(store, colour), body)


def test_a_token_signs_urls_through_a_delegation_key(azurite_tls: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("a b", "c")
        urls = await view.sign("GET", ["a b", "c"], MINUTE)
        signed = [dict(parse_qsl(urlsplit(url).query)) for url in urls]
        (long,) = await view.sign("GET", ["c"], timedelta(hours=3))

        assert [send(azurite_tls, "GET", url) for url in [*urls, long]] == [200, 200, 200]
        assert send(azurite_tls, "GET", urls[0].replace("/a%20b?", "/c?")) == 403
        assert signed[0]["skoid"] == "O"
        # Both were signed with one key, whose life is that of many URLs.
        assert signed[0]["ske"] == signed[1]["ske"]
        assert dict(parse_qsl(urlsplit(long).query))["ske"] != signed[0]["ske"]

    store = AzureStore(azurite_tls.make_container(), token=token(), **azurite_tls.options())
    run(StoreView(store, colour), body)


# Conditions


def test_of_many_who_create_one_wins(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        async def create(number: int) -> int | None:
            try:
                await view.put("k", str(number).encode(), mode="create")
            except AlreadyExistsError:
                return None
            return number

        numbers = await concurrently(view.colour, [partial(create, number) for number in range(8)])
        (winner,) = [number for number in numbers if number is not None]

        assert await view.body("k") == str(winner).encode()

    run(view, body)


def test_an_update_wants_the_version_it_knows(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        first = await view.put("k", b"1")
        (listed,) = await view.list().collect()
        await view.put("k", b"2", mode={"e_tag": listed["e_tag"]})

        await raises(PreconditionError, view.put("k", b"3", mode=first))
        await raises(PreconditionError, view.put("missing", b"3", mode=first))
        await raises(GenericError, view.put("k", b"3", mode={}))
        assert await view.body("k") == b"2"

    run(view, body)


def in_colour(view: StoreView, doing: Callable[[], Coroutine[Any, Any, Any]]) -> Coroutine[Any, Any, Any]:
    """Run what calls the store's primitives as an operation of the view's colour would."""

    async def run_it() -> Any:
        return run_blocking(doing()) if view.colour == "sync" else await doing()

    return run_it()


def test_parts_are_published_on_condition(view: StoreView) -> None:
    async def upload() -> None:
        started = await view.store.create_multipart_upload("k", WriteOptions(mode="create"))
        await started.put_part(1, b"second")
        await started.put_part(0, b"first ")
        await started.complete()

    async def body(view: StoreView) -> None:
        await in_colour(view, upload)

        assert await view.body("k") == b"first second"
        await raises(AlreadyExistsError, in_colour(view, upload))

    run(view, body)


def test_of_two_uploads_the_first_to_finish_wins(view: StoreView) -> None:
    async def rivals() -> None:
        one, two = [await view.store.create_multipart_upload("k", WriteOptions()) for _ in range(2)]
        await one.put_part(0, b"one")
        await two.put_part(0, b"two")
        await two.complete()
        await one.complete()

    async def body(view: StoreView) -> None:
        with pytest.raises(GenericError, match="another upload to the same object has been finished"):
            await in_colour(view, rivals)

        assert await view.body("k") == b"two"

    run(view, body)


# Deleting


def test_all_of_a_batch_are_tried(view: StoreView) -> None:
    keys = [f"k{number:03}" for number in range(300)]

    async def body(view: StoreView) -> None:
        await view.fill(*keys[:3], *keys[-3:])
        with pytest.raises(
            NotFoundError, match=r"Object at location k003 not found: DELETE .*/k003 failed: 404"
        ) as caught:
            await view.delete(keys)

        assert (caught.value.path, caught.value.status, caught.value.code) == ("k003", 404, "BlobNotFound")
        assert await view.paths() == []

    run(view, body)


def test_one_object_is_deleted_by_itself(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("k")
        await view.delete("k")

        await raises(FileNotFoundError, view.delete("k"))
        await view.delete([])

    run(view, body)


def test_a_batch_with_a_token(azurite_tls: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("a b", "c")
        await view.delete(["a b", "c"])

        assert await view.paths() == []

    store = AzureStore(azurite_tls.make_container(), token=token(), **azurite_tls.options())
    run(StoreView(store, colour), body)


# Copies from another container


async def copy_from(view: StoreView, other: AzureStore, source: str, target: str, *, overwrite: bool) -> None:
    copying = view.store.copy_from(other, source, target, overwrite=overwrite)
    await copying if view.colour == "async" else run_blocking(copying)


def test_an_object_is_copied_from_another_container(azurite: Azurite, colour: Colour) -> None:
    store, other = (
        AzureStore(azurite.make_container(), account_key=azurite.key, prefix=prefix, **azurite.options())
        for prefix in ("to", "from")
    )

    async def body(view: StoreView) -> None:
        await StoreView(other, colour).put("a b", b"hello", attributes={"colour": "red"})
        assert store.can_copy_from(other)
        await copy_from(view, other, "a b", "c", overwrite=False)
        assert await view.body("c") == b"hello"
        assert (await view.get("c")).attributes["colour"] == "red"
        await raises(AlreadyExistsError, copy_from(view, other, "a b", "c", overwrite=False))
        await raises(FileNotFoundError, copy_from(view, other, "none", "d", overwrite=True))

    run(StoreView(store, colour), body)


def test_a_container_with_a_sas_is_copied_from_with_it(azurite: Azurite, colour: Colour) -> None:
    name = azurite.make_container()
    other = AzureStore(name, sas_key=container_sas(azurite, name, "rwl", 600), **azurite.options())
    store = AzureStore(azurite.make_container(), account_key=azurite.key, **azurite.options())

    async def body(view: StoreView) -> None:
        await StoreView(other, colour).put("a", b"hello")
        await copy_from(view, other, "a", "b", overwrite=True)
        assert await view.body("b") == b"hello"

    run(StoreView(store, colour), body)


def test_another_credential_signs_the_source(azurite: Azurite, colour: Colour) -> None:
    name = azurite.make_container()
    other = AzureStore(azurite.make_container(), account_key=azurite.key, **azurite.options())
    store = AzureStore(name, sas_key=container_sas(azurite, name, "rwlc", 600), **azurite.options())

    async def body(view: StoreView) -> None:
        await StoreView(other, colour).put("a", b"hello")
        await copy_from(view, other, "a", "b", overwrite=True)
        assert await view.body("b") == b"hello"

    run(StoreView(store, colour), body)


def test_only_containers_of_one_account_copy_from_each_other(azurite: Azurite) -> None:
    store = AzureStore("c", account_key=azurite.key, **azurite.options())

    assert not store.can_copy_from(MemoryStore())
    assert not store.can_copy_from(AzureStore("c", account_name="other", account_key=azurite.key))
    assert not store.can_copy_from(AzureStore("d", account_key=azurite.key, encryption_key=CPK, **azurite.options()))


# Everything else


def test_the_end_of_an_object(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"0123456789", attributes={"colour": "red"})
        await view.put("empty", b"")
        results = [await view.get("k", range={"suffix": length}) for length in (3, 99, 0)]

        assert [await result.bytes() for result in results] == [b"789", b"0123456789", b""]
        assert [result.range for result in results] == [(7, 10), (0, 10), (10, 10)]
        assert {result.meta["size"] for result in results} == {10}
        assert {result.attributes["colour"] for result in results} == {"red"}
        assert await (await view.get("empty", range={"suffix": 3})).bytes() == b""
        await raises(FileNotFoundError, view.get("missing", range={"suffix": 3}))
        await raises(PreconditionError, view.get("k", range={"suffix": 3}, if_match='"0x1"'))

    run(view, body)


def test_tags_and_tiers_are_kept(azurite: Azurite, view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"", tags={"team/a": "red blue"}, attributes={"Storage-Class": "Cool"})
        url = await view.sign("GET", "k", MINUTE)
        result = await view.get("k")

        assert result.attributes["Content-Type"] == "application/octet-stream"
        assert send(azurite, "GET", url) == 200

    run(view, body)


def test_a_copy_of_what_is_missing_is_about_the_source(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("there")

        with pytest.raises(NotFoundError, match="Object at location missing not found"):
            await view.copy("missing", "there")
        with pytest.raises(AlreadyExistsError, match="Object at location there already exists"):
            await view.copy("there", "there", overwrite=False)
        assert await view.body("there") == b"there"

    run(view, body)


def test_a_listing_begins_after_its_offset(view: StoreView) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("p/a", "p/b", "p/c", "q")

        assert await view.paths("p", offset="p/a") == ["p/b", "p/c"]
        assert await view.paths("p", offset="p/bb") == ["p/c"]
        assert await view.paths(offset="p/c") == ["q"]

    run(view, body)


def test_a_missing_container_is_told_apart(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        with pytest.raises(NotFoundError, match="the container must exist") as caught:
            await view.put("k", b"")

        assert caught.value.code == "ContainerNotFound"

    store = AzureStore("no-such-container", account_key=azurite.key, **azurite.options())
    run(StoreView(store, colour), body)


def test_a_store_below_a_prefix(azurite: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.fill("a", "d/b")
        await view.copy("a", "c")

        assert await view.paths() == ["a", "c", "d/b"]
        assert await view.paths("d") == ["d/b"]
        assert (await view.head("d/b"))["path"] == "d/b"
        assert sorted(meta["path"] for meta in obstore.list(whole).collect()) == ["some/p/a", "some/p/c", "some/p/d/b"]
        await view.delete(["a", "c", "d/b"])

    container = azurite.make_container()
    whole = AzureStore(container, account_key=azurite.key, **azurite.options())
    store = AzureStore(container, prefix="some/p/", account_key=azurite.key, **azurite.options())
    run(StoreView(store, colour), body)


def test_a_token_that_ends_is_renewed(azurite_tls: Azurite, colour: Colour) -> None:
    async def body(view: StoreView) -> None:
        await view.put("k", b"")
        await view.head("k")

    machine = Identities(*({"access_token": token(n=n), "expires_on": time.time() - 1} for n in range(2)))
    with machine.running() as url:
        store = AzureStore(azurite_tls.make_container(), msi_endpoint=url, **azurite_tls.options())
        run(StoreView(store, colour), body)

    assert len(machine.calls) == 2
