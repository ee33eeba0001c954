"""The operations that are timed, and the checks that they did what they claim.

Everything goes through methods that both packages have. An operation checks the size of what it
got each time; a `verify_*` compares contents, once, before the clock starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.content import GIB, KIB, MIB, PAGE_KEYS, data, listed_keys
from benchmarks.drive import Op, Store
from benchmarks.site import Scheme, Site

Verify = Callable[[Op, Store, Site], None]


class WrongAnswerError(Exception):
    """A client returned, or stored, something else than it should have."""


def expect(actual: object, expected: object) -> None:
    if actual != expected:
        msg = f"expected {expected!r:.80}, got {actual!r:.80}"
        raise WrongAnswerError(msg)


def expect_same(actual: object, expected: bytes, what: str) -> None:
    if bytes(actual) != expected:  # type: ignore[call-overload]
        msg = f"{what}: wrong content"
        raise WrongAnswerError(msg)


# Imported in the functions: the parent reads the table of rows without either package.
def s3(site: Site, scheme: Scheme = "plain", bucket: str = "bkt") -> Store:
    from obstore.store import S3Store

    options: dict[str, Any] = {"allow_http": True}
    if scheme == "tls":
        options = {"root_certificate": Path(site.ca).read_bytes()}
    keys: dict[str, Any] = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret", "region": "us-east-1"}
    return S3Store(bucket, endpoint=site.origin(scheme), client_options=options, **keys)


def s3_tls(site: Site) -> Store:
    return s3(site, "tls")


def gcs(site: Site) -> Store:
    from obstore.store import GCSStore

    options: dict[str, Any] = {"base_url": site.plain, "bearer_token": "token"}
    return GCSStore("bkt", client_options={"allow_http": True}, **options)


def azure(site: Site) -> Store:
    from obstore.store import AzureStore

    options: dict[str, Any] = {"account_name": "account", "account_key": "c2VjcmV0", "endpoint": site.plain}
    return AzureStore("bkt", client_options={"allow_http": True}, **options)


def http(site: Site) -> Store:
    from obstore.store import HTTPStore

    return HTTPStore(f"{site.plain}/bkt", client_options={"allow_http": True})


def local(site: Site) -> Store:
    from obstore.store import LocalStore

    return LocalStore(site.bucket)


def memory(site: Site) -> Store:
    del site
    from obstore.store import MemoryStore

    return MemoryStore()


def get(key: str, size: int) -> Op:
    def run(store: Store) -> None:
        expect(len(store.get(key).bytes()), size)

    return run


def get_async(key: str, size: int) -> Op:
    async def run(store: Store) -> None:
        result = await store.get_async(key)
        expect(len(await result.bytes_async()), size)

    return run


def put(key: str, size: int, **options: Any) -> Op:
    def run(store: Store) -> None:
        expect("e_tag" in store.put(key, data(size), **options), expected=True)

    return run


def put_then_get(key: str, size: int) -> Op:
    def run(store: Store) -> None:
        store.put(key, data(size))
        expect(len(store.get(key).bytes()), size)

    return run


def head(store: Store) -> None:
    expect(store.head("k1")["size"], KIB)


async def head_async(store: Store) -> None:
    meta = await store.head_async("k1")
    expect(meta["size"], KIB)


# Two MiB apart, twice what get_ranges bridges by default: each range is a request.
STARTS = [n * 2 * MIB for n in range(32)]


def ranges(store: Store) -> None:
    parts = store.get_ranges("m64", starts=STARTS, lengths=[64 * KIB] * len(STARTS))
    expect({len(part) for part in parts}, {64 * KIB})


def list_all(count: int) -> Op:
    def run(store: Store) -> None:
        expect(sum(map(len, store.list(chunk_size=PAGE_KEYS))), count)

    return run


def stream_out(store: Store) -> None:
    expect(sum(map(len, store.get("g1").stream())), GIB)


def stream_in(store: Store) -> None:
    expect("e_tag" in store.put("put/g1", pieces()), expected=True)


def stream_in_local(store: Store) -> None:
    store.put("put/g1", pieces())
    expect(store.head("put/g1")["size"], GIB)


def pieces() -> Iterator[bytes]:
    """Yield 1 GiB in blocks, each an object of its own, as those of a real source are.

    One block again and again would weigh nothing with a client that keeps what it is given.
    """
    block = bytearray(data(4 * MIB))
    for _ in range(GIB // len(block)):
        yield bytes(block)


def verify_get(key: str, size: int) -> Verify:
    def verify(op: Op, store: Store, site: Site) -> None:
        del op, site
        expect_same(store.get(key).bytes(), data(size), key)

    return verify


def verify_put(key: str, size: int) -> Verify:
    def verify(op: Op, store: Store, site: Site) -> None:
        del site
        op(store)
        expect_same(store.get(key).bytes(), data(size), key)

    return verify


def verify_parts(key: str, size: int) -> Verify:
    def verify(op: Op, store: Store, site: Site) -> None:
        for old in parts_of(site, key):
            old.unlink()
        op(store)
        expect_same(b"".join(part.read_bytes() for part in parts_of(site, key)), data(size), key)

    return verify


def parts_of(site: Site, key: str) -> list[Path]:
    found = site.bucket.glob(f"{key}.part*")
    return sorted(found, key=lambda path: int(path.suffix.removeprefix(".part")))


def verify_ranges(op: Op, store: Store, site: Site) -> None:
    del op, site
    whole = data(64 * MIB)
    got = store.get_ranges("m64", starts=STARTS, lengths=[64 * KIB] * len(STARTS))
    expect_same(b"".join(map(bytes, got)), b"".join(whole[n : n + 64 * KIB] for n in STARTS), "m64")


def verify_list(count: int) -> Verify:
    def verify(op: Op, store: Store, site: Site) -> None:
        del op, site
        found = [meta["path"] for chunk in store.list() for meta in chunk]
        expect(found, listed_keys(count))

    return verify


def warm_stream(op: Op, store: Store, site: Site) -> None:
    """Let the client import and connect, so that only the transfer counts as growth."""
    del op, site
    store.put("put/small", data(KIB))
    expect_same(store.get("k1").bytes(), data(KIB), "k1")
