"""URLs in the place of a store and a path: every function takes one, and the registry knows its store."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

import obstore
from obstore._testing.colour import COLOURS, Colour, drive
from obstore.exceptions import AlreadyExistsError, GenericError, InvalidPathError
from obstore.store import HTTPStore, LocalStore, MemoryStore, PrefixStore, S3Store, StoreRegistry, registry


@pytest.fixture(autouse=True)
def _nothing_registered() -> Iterator[None]:
    registry.clear()
    yield
    registry.clear()


@pytest.fixture
def memory() -> MemoryStore:
    """A store that answers for `s3://bucket`."""
    store = MemoryStore()
    registry.register("s3://bucket", store)
    return store


@pytest.fixture(params=COLOURS)
def colour(request: pytest.FixtureRequest) -> Colour:
    found: Colour = request.param
    return found


class Calls:
    """The functions of the package in one colour: all are awaited."""

    def __init__(self, colour: Colour) -> None:
        self._colour = colour

    def __getattr__(self, name: str) -> Any:
        if self._colour == "async":
            return getattr(obstore, f"{name}_async")

        async def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(obstore, name)(*args, **kwargs)

        return call


def test_every_function_takes_a_url(memory: MemoryStore, colour: Colour) -> None:
    async def body(calls: Calls) -> None:
        await calls.put("s3://bucket/a%20b/c", b"hello")
        await calls.put("s3://bucket/d", file=b"world", mode="create")
        assert [meta["path"] for meta in memory.list().collect()] == ["a b/c", "d"]
        assert await (await calls.get("s3://bucket/d")).bytes_async() == b"world"
        assert await calls.get_range("s3://bucket/d", start=1, length=2) == b"or"
        assert await calls.get_ranges("s3://bucket/d", starts=[0, 4], lengths=[1, 1]) == [b"w", b"d"]
        assert (await calls.head("s3://bucket/d"))["size"] == 5
        assert (await calls.open_reader("s3://bucket/d")).size == 5
        assert (await calls.list_with_delimiter("s3://bucket"))["common_prefixes"] == ["a b"]
        await calls.copy("s3://bucket/d", "s3://bucket/e")
        await calls.rename("s3://bucket/e", "s3://bucket/f", overwrite=False)
        await calls.delete("s3://bucket/d")
        assert [meta["path"] for meta in memory.list().collect()] == ["a b/c", "f"]

    drive(colour, body(Calls(colour)))


def test_what_is_not_awaited_takes_a_url_too(memory: MemoryStore) -> None:
    with obstore.open_writer("s3://bucket/w") as file:
        file.write(b"written")

    assert [meta["path"] for meta in obstore.list("s3://bucket/").collect()] == ["w"]
    assert obstore.list("s3://bucket/w/").collect() == []
    assert obstore.get(store=memory, path="w").bytes() == b"written"


def test_a_url_is_signed() -> None:
    registry.register("s3://bucket/data", S3Store("bucket", prefix="data", access_key_id="AK", secret_access_key="SK"))

    url = obstore.sign("s3://bucket/data/k", "GET", expires_in=timedelta(hours=1))

    assert url.startswith("https://s3.us-east-1.amazonaws.com/bucket/data/k?")


def test_a_signed_url_is_asked_for_as_it_is() -> None:
    signed = "https://s3.us-east-1.amazonaws.com/bucket/a%2Fb?X-Amz-Date=1&X-Amz-Signature=2"

    store, path = registry.resolve(signed)

    assert isinstance(store, HTTPStore)
    assert (store.url, path) == (signed, "")


@pytest.mark.parametrize("name", ["get", "head", "delete", "open_reader", "open_writer", "list", "list_with_delimiter"])
def test_a_path_beside_a_url_is_refused_with_the_remedy(memory: MemoryStore, name: str) -> None:
    with pytest.raises(ValueError, match=r"beside 'k', got the URL 's3://bucket/a'.*pass the whole URL"):
        getattr(obstore, name)("s3://bucket/a", "k")


def test_a_path_between_a_url_and_a_content_is_refused(memory: MemoryStore) -> None:
    with pytest.raises(ValueError, match="beside 'k'"):
        obstore.put("s3://bucket/a", "k", b"")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="beside 'c'"):
        obstore.copy("s3://bucket/a", "s3://bucket/b", "c")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="beside 'k'"):
        obstore.sign("s3://bucket/a", "GET", "k", timedelta(1))  # type: ignore[call-overload]


def test_half_a_copy_is_refused(memory: MemoryStore) -> None:
    with pytest.raises(ValueError, match="Expected an object store instance, got 'b'"):
        obstore.copy("s3://bucket/a", "b")


def test_what_a_store_lacks_is_still_named(memory: MemoryStore) -> None:
    for call in (lambda: obstore.get(memory), lambda: obstore.copy(memory, "a"), lambda: obstore.delete(memory)):  # type: ignore[call-overload]
        with pytest.raises(TypeError):
            call()


@pytest.mark.parametrize("url", ["s3://bucket/k?versionId=1", "s3://bucket/k#1", "file:///tmp/k?x", "gs://b/k#"])
def test_what_would_be_lost_of_a_url_is_refused(memory: MemoryStore, url: str) -> None:
    with pytest.raises(GenericError, match=r"names no object: it has a (query|fragment)") as caught:
        obstore.put(url, b"")

    assert "%3F" in str(caught.value) or "%23" in str(caught.value)


def test_plain_http_is_allowed_by_registering_a_store() -> None:
    with pytest.raises(GenericError, match=r"http://h:8000 is not encrypted.*registry.register\('http://h:8000'"):
        obstore.get("http://h:8000/k")
    store = HTTPStore("http://h:8000", client_options={"allow_http": True})
    registry.register("http://h:8000", store)

    assert registry.resolve("http://h:8000/a/k") == (store, "a/k")


def test_a_password_is_not_in_the_remedy() -> None:
    with pytest.raises(GenericError) as caught:
        obstore.get("http://me:secret@h/k")

    assert "secret" not in str(caught.value)


def test_the_container_is_no_object(memory: MemoryStore) -> None:
    with pytest.raises(InvalidPathError, match="the empty path"):
        obstore.get("gs://bucket/")


# Copies between stores


def test_a_copy_may_be_in_another_store(memory: MemoryStore, colour: Colour) -> None:
    async def body(calls: Calls) -> None:
        await calls.put("s3://bucket/a", b"x" * 20_000_000, attributes={"Content-Type": "text/plain"})
        await calls.copy("s3://bucket/a", "memory:///b")
        copied = await calls.get("memory:///b")
        assert (copied.attributes, copied.meta["size"]) == ({"Content-Type": "text/plain"}, 20_000_000)
        await copied.bytes_async()
        with pytest.raises(AlreadyExistsError):
            await calls.rename("s3://bucket/a", "memory:///b", overwrite=False)
        await calls.rename("s3://bucket/a", "memory:///b")
        with pytest.raises(FileNotFoundError):
            await calls.head("s3://bucket/a")

    drive(colour, body(Calls(colour)))


# The registry


def test_the_longest_prefix_wins() -> None:
    stores = {
        prefix: MemoryStore()
        for prefix in ("s3://b", "s3://b/data/", "s3://b/data/new", "my-own://", "https://h:8443/x")
    }
    for prefix, store in stores.items():
        registry.register(prefix, store)

    found = {
        url: registry.resolve(url)
        for url in (
            "s3://b/data2/k",
            "S3://b/data/k",
            "s3://b/data/new/k",
            "s3://b/da%74a/../data/k/",
            "my-own://h/k",
            "https://H:8443/x/k",
        )
    }

    assert {url: (store, path) for url, (store, path) in found.items()} == {
        "s3://b/data2/k": (stores["s3://b"], "data2/k"),
        "S3://b/data/k": (stores["s3://b/data/"], "k"),
        "s3://b/data/new/k": (stores["s3://b/data/new"], "k"),
        "s3://b/da%74a/../data/k/": (stores["s3://b/data/"], "k"),
        "my-own://h/k": (stores["my-own://"], "h/k"),
        "https://H:8443/x/k": (stores["https://h:8443/x"], "k"),
    }


def test_a_registration_is_replaced_and_undone() -> None:
    first, second = MemoryStore(), MemoryStore()
    registry.register("s3://b", first)
    registry.register("s3://b/", second)
    assert registry.resolve("s3://b/k") == (second, "k")

    registry.unregister("s3://b")

    assert isinstance(registry.resolve("s3://b/k")[0], S3Store)
    with pytest.raises(KeyError):
        registry.unregister("s3://b")


@pytest.mark.parametrize(
    ("url", "made", "path"),
    [
        ("s3://b/a/k", 'S3Store(bucket="b")', "a/k"),
        ("https://b.s3.eu-west-1.amazonaws.com/a/k", 'S3Store(bucket="b")', "a/k"),
        ("gs://b/k", 'GCSStore(bucket="b")', "k"),
        ("https://storage.googleapis.com/b/k", 'GCSStore(bucket="b")', "k"),
        ("abfss://c@acct.dfs.core.windows.net/a/k", 'AzureStore(container_name="c", account_name="acct")', "a/k"),
        (
            "https://acct.blob.core.windows.net/c/k?sv=1&sig=2",
            'AzureStore(container_name="c", account_name="acct")',
            "k",
        ),
        ("https://h/a/b%20c", 'HTTPStore("https://h/")', "a/b c"),
        ("https://h/a/k?api_key=1#x", 'HTTPStore("https://h/?***")', "a/k"),
        ("https://u:p@h:8443/k", 'HTTPStore("https://***@h:8443/")', "k"),
        ("https://h", 'HTTPStore("https://h/")', ""),
        ("https://h/directory/", 'HTTPStore("https://h/directory/")', ""),
        ("https://h/a%2Fb", 'HTTPStore("https://h/a%2Fb")', ""),
        ("memory:///a/k", "<MemoryStore objects=0>", "a/k"),
        ("file:///tmp/k", "LocalStore", "tmp/k"),
    ],
)
def test_a_store_is_made_for_the_container(url: str, made: str, path: str) -> None:
    store, found = registry.resolve(url)

    assert (repr(store), found) == (made, path)
    assert registry.resolve(url)[0] is store


def test_stores_of_one_container_are_one() -> None:
    first, second = registry.resolve("s3://b/x")[0], registry.resolve("s3://b/y/z")[0]

    assert first is second
    assert registry.resolve("https://h/dir/", is_directory=True) == registry.resolve("https://h/dir")


def test_the_least_recently_used_is_forgotten() -> None:
    small = StoreRegistry(max_stores=2)
    kept, forgotten = small.resolve("s3://a/k")[0], small.resolve("s3://b/k")[0]
    assert small.resolve("s3://a/k")[0] is kept

    small.resolve("s3://c/k")

    assert small.resolve("s3://a/k")[0] is kept
    assert small.resolve("s3://b/k")[0] is not forgotten


def test_what_is_in_memory_stays_until_it_is_cleared() -> None:
    small = StoreRegistry(max_stores=1)
    store, _ = small.resolve("memory:///k")
    small.resolve("s3://a/k"), small.resolve("s3://b/k")
    assert small.resolve("memory:")[0] is store

    small.clear()

    assert small.resolve("memory:///k")[0] is not store


def test_the_environment_is_read_anew_after_a_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    before, _ = registry.resolve("s3://b/k")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    assert registry.resolve("s3://b/k")[0] is before

    registry.clear()

    store, _ = registry.resolve("s3://b/k")
    assert isinstance(store, S3Store)
    assert store.explain()["region"].value == "eu-west-3"


def test_bad_arguments_of_the_registry() -> None:
    with pytest.raises(ValueError, match="max_stores"):
        StoreRegistry(max_stores=0)
    with pytest.raises(ValueError, match="Expected an object store instance"):
        registry.register("s3://b", "s3://b")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="relative URL"):
        registry.register("b", MemoryStore())
    with pytest.raises(GenericError, match="a prefix has no query"):
        registry.register("https://h?x=1", MemoryStore())
    with pytest.raises(GenericError, match="Unable to recognise URL"):
        registry.resolve("ftp://h/k")


def test_a_registry_shows_no_secrets() -> None:
    registry.register("https://user:secret@h/x", MemoryStore())
    registry.resolve("s3://b/k")

    assert repr(registry) == "<StoreRegistry registered=['https://***@h/x'] made=1>"


def test_threads_get_the_same_store() -> None:
    found: list[Any] = []
    together = Barrier(8)

    def look() -> None:
        together.wait()
        found.append(registry.resolve("s3://b/k")[0])

    threads = [Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(map(id, found))) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_may_use_it_though_a_thread_held_it_at_the_fork() -> None:
    code = """
import os, threading
from obstore.store import registry
held, done = threading.Event(), threading.Event()
def hold():
    with registry._lock:
        held.set(); done.wait()
thread = threading.Thread(target=hold); thread.start(); held.wait()
child = os.fork()
if not child:
    registry.resolve("s3://b/k"); os._exit(7)
done.set(); thread.join()
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout == "7\n"


def test_files_are_found_by_their_urls(tmp_path: Path) -> None:
    url = (tmp_path / "a b#.txt").as_uri()

    obstore.put(url, b"hello")

    assert (tmp_path / "a b#.txt").read_bytes() == b"hello"
    assert obstore.open_reader(url).read() == b"hello"
    assert isinstance(registry.resolve(url)[0], LocalStore)


def test_a_wrapper_may_be_registered(memory: MemoryStore) -> None:
    registry.register("team://", PrefixStore(memory, "team"))

    obstore.put("team://a/b", b"")

    assert [meta["path"] for meta in memory.list().collect()] == ["team/a/b"]
