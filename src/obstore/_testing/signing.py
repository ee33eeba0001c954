"""Signed URLs, used by an HTTP client that knows nothing of the store."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import timedelta

from obstore._testing.behaviour import behaviour
from obstore._testing.view import StoreView, raises

MINUTE = timedelta(minutes=1)
ODD = "test signed/a b=c/\u03c0+%25&?#.bin"


def _request(method: str, url: str, data: bytes | None = None) -> tuple[int, bytes]:
    """Send a request, past any proxy, and return the status and the body of the reply."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data, method=method)  # noqa: S310 - the store's own URL
    try:
        with opener.open(request, timeout=60) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@behaviour("signing", needs={"sign"})
async def a_signed_url_can_be_fetched(store: StoreView) -> None:
    """With no more than the URL, whatever the key is."""
    for key in ("file.txt", ODD):
        await store.put(key, b"arbitrary data")
        url = await store.sign("GET", key, MINUTE)

        assert _request("GET", url) == (200, b"arbitrary data")


@behaviour("signing", needs={"sign"})
async def a_signed_url_can_be_put_to(store: StoreView) -> None:
    """And deleted, if it was signed for that."""
    url = await store.sign("PUT", "d/new", MINUTE)
    status, _ = _request("PUT", url, b"arbitrary data")

    assert status in {200, 201}
    assert await store.body("d/new") == b"arbitrary data"
    status, _ = _request("DELETE", await store.sign("DELETE", "d/new", MINUTE))
    assert status in {200, 202, 204}
    assert await store.paths() == []


@behaviour("signing", needs={"sign"})
async def many_urls_are_signed_at_once(store: StoreView) -> None:
    """One for each path, in their order; a single path gives a single URL."""
    await store.fill("a", "b", "c")
    urls = await store.sign("GET", ["b", "a", "c"], MINUTE)

    assert [_request("GET", url)[1] for url in urls] == [b"b", b"a", b"c"]
    assert isinstance(await store.sign("GET", "a", MINUTE), str)
    assert await store.sign("GET", [], MINUTE) == []


@behaviour("signing", needs={"sign"})
async def a_signed_url_is_for_one_method_and_path(store: StoreView) -> None:
    """Used otherwise the service refuses it."""
    await store.fill("a", "b")
    url = await store.sign("GET", "a", MINUTE)

    assert _request("PUT", url, b"other")[0] == 403
    assert _request("GET", url.replace("/a?", "/b?"))[0] == 403
    assert await store.body("a") == b"a"


@behaviour("signing", needs={"sign"})
async def a_url_is_signed_for_a_method_and_a_time(store: StoreView) -> None:
    """A method that HTTP does not have, and a time before now, are errors."""
    await raises(ValueError, store.sign("get", "a", MINUTE))
    await raises(ValueError, store.sign("FETCH", "a", MINUTE))
    await raises(ValueError, store.sign("GET", "a", -MINUTE))


@behaviour("signing", lacks={"sign"})
async def a_store_that_cannot_sign_says_so(store: StoreView) -> None:
    """There is no URL to sign."""
    await raises((ValueError, NotImplementedError), store.sign("GET", "a", MINUTE))
